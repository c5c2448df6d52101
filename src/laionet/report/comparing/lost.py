"""The part of the page on what was lost: how much and why, in which classes, and what it could hide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report.comparing.blocks import Block, Context, Section, Table, Text, cut
from laionet.report.comparing.numbers import (
    COSINE,
    PERCENT,
    POINTS,
    Unit,
    decimals,
    equals_p,
    interval_text,
    known,
    value_text,
    with_interval,
    written,
)
from laionet.report.page import REASONS
from laionet.report.words import count, number, share, shown

#: Rows of the table of bounds.
BOUNDS = 40
_OTHER_REASONS = {"not_reached": "that were not reached"}


def lost_section(comparison: Mapping[str, Any], context: Context) -> list[Section]:
    """Shares lost by reason and class, whether that depends on the class, bounds and tipping points.

    ``missing`` may be of one dataset alone.
    """
    missing = comparison.get("missing")
    if not missing or not any(one["known"] for one in missing["datasets"]):
        return []
    blocks: list[Block] = [
        Text(_dataset_text(one, title, context))
        for one, title in zip(missing["datasets"], (context.a, context.b), strict=False)
    ]
    blocks += _reason_table(missing["datasets"], context)
    for one, title in zip(missing["datasets"], (context.a, context.b), strict=False):
        if one["known"] and one["most"]:
            blocks.append(_class_table(one, title, context))
    if missing["bounds"]:
        blocks.append(_bound_table(missing["bounds"], context))
    return [Section("What was lost on the way", blocks)]


def _dataset_text(one: Mapping[str, Any], title: str, context: Context) -> str:
    if not one["known"]:
        return f"What {title} lost is not known: it has no reports of what was asked for."
    if not one["lost"]:
        return f"{title} lost none of its {count(one['asked'], 'image')}."
    estimate = {"value": one["share"], "low": one["low"], "high": one["high"]}
    text = (
        f"{title} lost {number(one['lost'])} of {count(one['asked'], 'image')}: "
        f"{value_text(estimate, PERCENT)} ({interval_text(estimate, PERCENT)})."
    )
    depends = one["depends_on_class"]
    if depends and known(depends["p"]):
        strength = f"Cramér's V {written(depends['cramers_v_corrected'], 2)} of 1, corrected for chance"
        words = (
            "depends on the class"
            if depends["p"] < 1 - context.level
            else "does not depend on the class beyond chance"
        )
        text += f" What is lost {words} ({equals_p(depends['p'])}; {strength})."
    if one["without_class"]:
        text += f" {count(one['without_class'], 'row')} without a class are not counted here."
    return text


def _reason_table(datasets: Sequence[Mapping[str, Any]], context: Context) -> list[Block]:
    both = [one for one in datasets if one["known"]]
    rows = {
        reason: sum(one["by_reason"].get(reason, 0) for one in both) for one in both for reason in one["by_reason"]
    }
    if not any(rows.values()):
        return []
    cells = []
    for reason, total in sorted(rows.items(), key=lambda item: (-item[1], item[0])):
        if total:
            row = [REASONS.get(reason) or _OTHER_REASONS.get(reason) or shown(reason)]
            for one in datasets:
                lost = one["by_reason"].get(reason, 0) if one["known"] else None
                row += ["–", "–"] if lost is None else [number(lost), share(lost, one["asked"])]
            cells.append(row)
    caption = "Images lost, by the reason why each did not go on, and as shares of what was asked for."
    columns = [name for head in context.heads[: len(datasets)] for name in (f"{head} #", "Share #")]
    return [Table(caption, ["Images", *columns], cells)]


def _class_table(one: Mapping[str, Any], title: str, context: Context) -> Table:
    rows = [
        [
            shown(row["name"], 60),
            number(row["asked"]),
            number(row["lost"]),
            with_interval({"value": row["lost"] / row["asked"], "low": row["low"], "high": row["high"]}, PERCENT),
        ]
        for row in one["most"]
    ]
    caption = f"{title}: classes that lost most, by the lower end of their {context.percent} interval; in percent."
    return Table(
        caption, ["Class", "Asked for #", "Lost #", "Share #"], rows, folded=f"Classes of {title} that lost most"
    )


def _bound_table(bounds: Sequence[Mapping[str, Any]], context: Context) -> Table:
    rows = []
    for one in bounds:
        if not known(one["point"]):
            continue
        unit = COSINE if one["what"].startswith("similarity") else POINTS
        sure = known(one["low"]) and known(one["interval_low"])
        places = decimals((one["low"] - one["interval_low"]) * unit.scale if sure else None, unit.places)
        rows.append(
            [
                f"{one['what']}, {shown(one['model'], 60)}",
                written(one["point"] * unit.scale, places, sign=True),
                _range(one["low"], one["high"], unit, places),
                _range(one["interval_low"], one["interval_high"], unit, places),
                tipping_text(one, unit),
            ]
        )
    some, left = cut(rows, BOUNDS, "comparison.json")
    caption = (
        f"How far the lost images could move each difference, {context.a} less {context.b}, in points or cosine. "
        "As seen: if the lost are as the others of their class. Whatever they are: the lost could be all right or "
        f"all wrong, all alike or all unlike. With chance: and with the error of sampling ({context.percent}). To "
        f"vanish: by how much the lost would have to differ from the seen of their class.{left}"
    )
    columns = ["Difference", "As seen #", "Whatever they are #", "With chance #", "To vanish"]
    return Table(caption, columns, some)


def _range(low: Any, high: Any, unit: Unit, places: int) -> str:
    if not (known(low) and known(high)):
        return "–"
    return " to ".join(written(end * unit.scale, places, sign=True) for end in (low, high))


def tipping_text(one: Mapping[str, Any], unit: Unit) -> str:
    """How much it would take for a difference to vanish, in words."""
    shift, doubt = one["shift"], one["shift_to_doubt"]
    in_doubt = f"by {written(doubt * unit.scale, unit.places)} to be in doubt" if known(doubt) else ""
    if known(one["low"]) and known(one["high"]) and (one["low"] > 0 or one["high"] < 0):
        return f"cannot vanish; {in_doubt}" if in_doubt else "cannot vanish"
    if known(doubt) and doubt == 0:
        return "is not beyond chance as it is"
    if not known(shift):
        return "not known"
    text = f"by {written(shift * unit.scale, unit.places)}{unit.suffix}"
    return f"{text}; {in_doubt}" if in_doubt else text
