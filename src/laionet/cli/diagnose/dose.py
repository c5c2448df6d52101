"""The command diagnose dose: how strong must a link from image to selection be to explain a gap?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from laionet.cli import options as o
from laionet.cli.diagnose import diagnose
from laionet.cli.diagnose.ending import say

if TYPE_CHECKING:
    from laionet.flow.diagnosing.dose import Gap


@diagnose.command(short_help="How strong a link from image to selection explains a gap?")
def dose(
    gap: Annotated[
        str | None, typer.Option(metavar="VALUE,LOW,HIGH", help="A measured gap and its 95 % interval.")
    ] = None,
    comparison: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Instead: the comparison.json that holds the gap.")
    ] = None,
    of: Annotated[
        str, typer.Option(metavar="NAME", help="What the gap is: similarity, below, rise, distance or z.")
    ] = "similarity",
    pair: Annotated[int, typer.Option(metavar="N", help="Which pair of the comparison, from 1.", min=1)] = 1,
    encoder: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose similarities of the comparison.")
    ] = None,
    strengths: Annotated[
        list[float] | None,
        typer.Option("--strength", metavar="S", help="To simulate, -1 to 1; again for more."),
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Trials at each strength.", min=2)] = 20,
    pool: Annotated[int, typer.Option(metavar="N", help="Pages of each class to draw.", min=12)] = 150,
    classes: Annotated[int, typer.Option(metavar="N", help="Classes of the mini-web, the first N.", min=2)] = 24,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the mini-web.")] = 0,
    out: o.Out = Path("out/diagnose"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    quiet: o.Quiet = False,
) -> None:
    """Diagnose simulated selections of known strengths, and read off which strengths explain a gap.

    Pages are drawn once, into the output folder; trials on them take less than a second each.
    """
    from laionet.cli.render import Progress
    from laionet.flow.diagnosing.dose import Doses, diagnose_dose
    from laionet.flow.diagnosing.pool import PoolOf

    if gap and comparison:
        raise typer.BadParameter("--gap and --comparison are two ways to say one thing; give one")
    measured = _measured(gap, comparison, of, pair, encoder)
    doses = Doses(seeds=seeds) if not strengths else Doses(tuple({0.0, *strengths}), seeds)
    wanted = PoolOf(per_class=pool, classes=min(classes, 24), seed=seed)
    with Progress(quiet or as_json) as progress:
        document = diagnose_dose(out, gap=measured, doses=doses, pool_of=wanted, listener=progress)
    say("dose", document, out, as_json=as_json, quiet=quiet, show=lambda: _show(document))


def _measured(gap: str | None, comparison: Path | None, of: str, pair: int, encoder: str | None) -> Gap | None:
    from laionet.compare.estimate import Estimate
    from laionet.flow.diagnosing.dose import Gap, gap_of_comparison

    if comparison:
        return gap_of_comparison(comparison, encoder=encoder, pair=pair - 1, statistic=of)
    if not gap:
        return None
    try:
        value, low, high = (float(part) for part in gap.split(","))
    except ValueError:
        raise typer.BadParameter(f"--gap takes value, low, high, as -0.10,-0.12,-0.08; not {gap!r}") from None
    return Gap(of, Estimate(value, float("nan"), low, high), "given")


def _show(document: Mapping[str, Any]) -> None:
    from laionet.cli.render import table

    rows = []
    for row in document["strengths"]:
        one = row["statistics"]
        shares = [f"{row['found'][test]:.0%}" for test in ("similarity", "frequency", "independence")]
        numbers = [_number(one.get(name), form) for name, form in _FORMS.items()]
        rows.append([f"{row['strength']:g}", *numbers, *shares])
    head = ["strength", "alike", "below", "rise", "distance", "finds: alike", "votes", "given T"]
    table("Means over trials, and shares of trials whose tests find something", head, rows, right=tuple(range(8)))
    if document["explained"]:
        print(said(document["explained"]))


_FORMS = {"similarity": "+.3f", "below": ".0%", "rise": "+.3f", "distance": ".4f"}


def _number(one: Mapping[str, Any] | None, form: str) -> str:
    return "-" if one is None or one["mean"] is None else f"{one['mean']:{form}}"


def said(explained: Mapping[str, Any]) -> str:
    """The answer in words."""
    gap = explained["gap"]
    what = f"A gap of {gap['value']:.3g} ({gap['low']:.3g} to {gap['high']:.3g})"
    if explained["where"] == "above":
        return f"{what} is larger than the strongest link simulated makes: none of these strengths explains it."
    if explained["where"] == "below":
        return f"{what} lies beyond what the weakest strength simulated makes: none of these explains it."
    low = "the least simulated" if explained["open_low"] else f"{explained['low']:.2f}"
    high = "the strongest simulated" if explained["open_high"] else f"{explained['high']:.2f}"
    none = " Strength 0, no link, is among them." if explained["unlinked"] else " Strength 0 is not among them."
    return f"{what} is what links of strength {low} to {high} make on the mini-web.{none}"
