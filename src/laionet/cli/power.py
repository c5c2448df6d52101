"""The command power: how many images of each class it takes to see a difference."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from laionet.cli.app import app
from laionet.cli.look import AsJson
from laionet.errors import LaionetError

if TYPE_CHECKING:
    from laionet.compare.power import Comparison, Rule
    from laionet.flow.comparing.described import Described


@dataclass(frozen=True)
class OfClass:
    """How images of a class scatter in the first dataset and in the second; see ``compare.power.Similarity``."""

    sd: float
    sd_b: float
    rest: float = 0.0
    rest_b: float = 0.0


@dataclass(frozen=True)
class Spreads:
    """How images scatter within classes.

    Attributes:
        classes: that have a spread in all datasets.
        median, wide: of the middle class, and of one that nine in ten are below.
        rms: root of the mean square, for the pooled difference.
        between: spread of the true differences over classes.
    """

    classes: int
    median: OfClass
    wide: OfClass
    rms: OfClass
    between: float


@app.command(short_help="Tell how many images a difference takes.")
def power(
    difference: Annotated[
        list[float], typer.Option(metavar="D", help="Difference to see, above 0; may be given again.")
    ],
    powers: Annotated[
        list[float] | None,
        typer.Option("--power", metavar="P", help="Probability to see it; 0.8 and 0.9 where not given."),
    ] = None,
    sd: Annotated[
        float | None,
        typer.Option(metavar="S", help="Spread over images of their mean similarity to their class."),
    ] = None,
    folders: Annotated[
        list[Path] | None,
        typer.Option(
            "--from", metavar="DIR", help="Take the spread from a described run; twice for two datasets."
        ),
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose embeddings, with --from; the first where not given.")
    ] = None,
    recall: Annotated[
        float | None, typer.Option(metavar="R", help="Recall in the other dataset: a difference in recall too.")
    ] = None,
    reference: Annotated[
        int | None, typer.Option(metavar="N", help="Images a class of the other dataset; as many where not given.")
    ] = None,
    alpha: Annotated[
        float, typer.Option(metavar="A", help="Level; over classes the false discovery rate.")
    ] = 0.05,
    classes: Annotated[
        int | None, typer.Option(metavar="K", help="Classes judged together; those of --from where not given.")
    ] = None,
    share: Annotated[float, typer.Option(metavar="SHARE", help="Of the classes, how many differ.")] = 0.5,
    between: Annotated[
        float | None,
        typer.Option(metavar="T", help="Spread of differences over classes; from two folders, else 0."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell how many images of each class it takes to see a difference between two datasets.

    In mean intra-class similarity with --sd or --from, in recall with --recall; for one class alone, for each of K
    classes by false discovery rate, and for the mean over K classes.
    """
    if sd is None and not folders and recall is None:
        raise LaionetError("Give the spread with --sd or --from, or a recall with --recall.")
    if sd is not None and folders:
        raise LaionetError("Give the spread with --sd or with --from, not both.")
    try:
        spreads = _given(sd, classes, between) if sd is not None else None
        if folders:
            spreads = _measured(folders, encoder, between)
        k = classes or (spreads.classes if spreads else 1)
        document = _document(spreads, recall, reference, (alpha, k, share), (difference, powers or [0.8, 0.9]))
    except ValueError as error:
        raise LaionetError(str(error)) from None
    if as_json:
        print(json.dumps(document, indent=2))
    else:
        _show(document)


def _given(sd: float, classes: int | None, between: float | None) -> Spreads:
    one = OfClass(sd, sd)
    return Spreads(classes or 1, one, one, one, between or 0.0)


def _measured(folders: Sequence[Path], encoder: str | None, between: float | None) -> Spreads:
    """The spread within classes, and of two datasets that between them."""
    import numpy as np

    from laionet.compare.intervals import unbiased_variance
    from laionet.compare.moments import moments
    from laionet.compare.power import projection_sd
    from laionet.compare.spread import spread
    from laionet.flow.comparing.described import open_described

    if len(folders) > 2:
        raise LaionetError("Give --from once, or twice for two datasets.")
    opened = [open_described(folder) for folder in folders]
    if len({one.classes.wnids for one in opened}) > 1:
        raise LaionetError("The two folders have different classes; describe both over one list.")
    found = [moments(one.embeddings(_encoder(one, encoder)), one.label, len(one.classes)) for one in opened]
    variances = [unbiased_variance(of) for of in found]
    some = np.all([np.isfinite(of) & (of > 0) for of in variances], axis=0)
    if not some.any():
        raise LaionetError("No class has three different images in each folder; no spread can be told.")
    if between is None:
        gap, noise = (found[0].mean - found[-1].mean)[some], np.sum(variances, axis=0)[some]
        between = spread(gap, noise, draws=0).sd if len(found) == 2 and len(gap) > 1 else 0.0
    sds = [projection_sd(np.sqrt(v), m.n, m.rest)[some] for v, m in zip(variances, found, strict=True)]
    rests = [m.rest[some] for m in found]

    def of(sd: Callable[[Any], Any], rest: Callable[[Any], Any]) -> OfClass:
        return OfClass(float(sd(sds[0])), float(sd(sds[-1])), float(rest(rests[0])), float(rest(rests[-1])))

    return Spreads(
        int(some.sum()),
        of(np.median, np.median),
        of(lambda values: np.quantile(values, 0.9), np.median),
        of(lambda values: np.sqrt(np.mean(values**2)), np.mean),
        between,
    )


def _encoder(one: Described, asked: str | None) -> str:
    names = one.names("embedding")
    if not names or (asked and asked not in names):
        known = f"it has {', '.join(names)}" if names else "it has no embeddings"
        raise LaionetError(f"{one.title} was not described by {asked or 'any encoder'}; {known}.")
    return asked or names[0]


@dataclass(frozen=True)
class Asked:
    """One line of the table: what is compared, of which classes, and when it counts as seen."""

    what: str
    of: str
    comparison: Comparison
    rule: Rule


def _asked(
    spreads: Spreads | None, recall: float | None, reference: int | None, rules: tuple[Rule, Rule]
) -> list[Asked]:
    """The comparisons, for one class alone, for each of many, and for their mean."""
    from laionet.compare.power import Pooled, Recall, Similarity

    alone, among = rules
    kinds: list[tuple[str, str, Comparison]] = []

    def of(one: OfClass) -> Similarity:
        return Similarity(one.sd, one.sd_b, reference, one.rest, one.rest_b)

    if spreads:
        kinds.append(("similarity", "median class", of(spreads.median)))
        if spreads.wide != spreads.median:
            kinds.append(("similarity", "wide class", of(spreads.wide)))
    if recall is not None:
        kinds.append(("recall", "class", Recall(recall, reference)))
    asked = [
        Asked(what, f"{of}, {'alone' if rule is alone else f'one of {rule.tests:,}'}", kind, rule)
        for what, of, kind in kinds
        for rule in ((alone, among) if among.tests > 1 else (alone,))
    ]
    if spreads and among.tests > 1:
        pooled = Pooled(among.tests, of(spreads.rms), spreads.between)
        asked.append(Asked("similarity", f"mean of {among.tests:,} classes", pooled, alone))
    return asked


def _document(
    spreads: Spreads | None,
    recall: float | None,
    reference: int | None,
    rule: tuple[float, int, float],
    wanted: tuple[Sequence[float], Sequence[float]],
) -> dict[str, Any]:
    """What was asked and the images needed, as plain numbers; ``n`` is null where no number is enough."""
    from laionet.compare.power import Rule, needed

    differences, powers = (list(dict.fromkeys(values)) for values in wanted)
    if min(differences) <= 0 or (reference is not None and reference < 2):
        raise ValueError("--difference must be above 0, and --reference 2 or more.")
    alpha, k, share = rule
    asked = _asked(spreads, recall, reference, (Rule(alpha), Rule(alpha, k, share)))
    return {
        "alpha": alpha,
        "classes": k,
        "share": share,
        "reference": reference,
        "recall": recall,
        "spread": asdict(spreads) if spreads else None,
        "needed": [
            {
                "what": row.what,
                "of": row.of,
                "difference": difference,
                "power": power,
                "n": needed(row.comparison, difference, power, row.rule),
            }
            for row in asked
            for difference in differences
            for power in powers
        ],
    }


def _show(document: dict[str, Any]) -> None:
    from laionet.cli.render import table

    rows: dict[tuple[str, str], list[str]] = {}
    columns: list[str] = []
    for row in document["needed"]:
        column = f"{row['difference']:g}, {row['power']:.0%}"
        if column not in columns:
            columns.append(column)
        n = row["n"]
        rows.setdefault((row["what"], row["of"]), []).append("none" if n is None else f"{n:,}")
    cells = [[what, of, *numbers] for (what, of), numbers in rows.items()]
    numbers_at = tuple(range(2, 2 + len(columns)))
    table("images of a class to see a difference of ...", ["in", "of", *columns], cells, right=numbers_at)
    spread = document["spread"]
    if spread:
        print(_said(spread))
    print(f"Two-sided at {document['alpha']:g}", end="")
    if document["classes"] > 1:
        print(
            f"; one of {document['classes']:,}: by false discovery rate, {document['share']:.0%} of them differ",
            end="",
        )
    other = f"{document['reference']:,}" if document["reference"] else "as many"
    print(f". Images of a class in the other dataset: {other}.")
    if any(row["n"] is None for row in document["needed"]):
        print("none: no number is enough, for the other dataset or the classes themselves set the limit.")
    if spread and not spread["median"]["rest"] and any(row["n"] and row["n"] < 10 for row in document["needed"]):
        print("Numbers below ten are too hopeful: --sd leaves out what belongs to single pairs of images.")


def _said(spread: dict[str, Any]) -> str:
    """The spreads in words."""

    def both(of: dict[str, float]) -> str:
        return f"{of['sd']:.4f}" if of["sd"] == of["sd_b"] else f"{of['sd']:.4f} and {of['sd_b']:.4f}"

    said = f"Spread within a class: median {both(spread['median'])}"
    if spread["wide"] != spread["median"]:
        said += f", wide (9 in 10 are below) {both(spread['wide'])}, root mean square {both(spread['rms'])}"
    return f"{said}. Spread of differences over classes: {spread['between']:.4f}."
