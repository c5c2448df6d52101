"""The parts of the page on accuracy: models, groups of them, gaps over classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report.comparing.blocks import Beside, Block, Context, Figure, Section, Table, Text, cut
from laionet.report.comparing.distributions import gap_figure
from laionet.report.comparing.findings import USES
from laionet.report.comparing.numbers import (
    PERCENT,
    POINTS,
    decimals,
    give_or_take,
    half_width,
    interval_text,
    known,
    p_text,
    value_text,
    verdict,
    with_interval,
    written,
)
from laionet.report.comparing.scatter import accuracy_figure
from laionet.report.words import count, number, shown

#: Rows of the tables of models, and classes listed of those with the largest gaps.
MODELS, CLASSES = 60, 10
#: Models that a table shows unasked; with more it is folded.
OPEN = 20


def accuracy_section(comparison: Mapping[str, Any], context: Context) -> list[Section]:
    """Figure 1 of the paper, the means over models and each model; empty where no model described both."""
    rows = comparison.get("accuracy", [])
    if not rows:
        return []
    first = [row for row in rows if row["k"] == 1]
    groups = comparison.get("groups", [])
    figure = Figure(
        accuracy_figure(first, *context.short),
        f"Accuracy of each model on {context.a} against that on {context.b}; the table below has the numbers.",
        f"Top-1 accuracy, the mean of recalls over classes, with {context.percent} intervals. On the dashed line "
        "a model is as good on both.",
    )
    said = [Text(_group_text(group, context)) for group in groups]
    note = Text(_weighted_text(first, context), note=True)
    return [Section("Accuracy", [Beside([[figure], [*said, note]]), _model_table(rows, groups, context)])]


def robustness_section(comparison: Mapping[str, Any], context: Context) -> list[Section]:
    """Effective robustness (Taori et al. 2020); empty where no testbed was given."""
    part = comparison.get("robustness")
    if not part:
        return []
    rows = [
        [
            shown(row["model"], 60),
            row["use"],
            value_text({"value": row["expected"], "low": None, "high": None}, PERCENT),
            with_interval(row, POINTS, sign=True),
            "outside" if row["outside"] else "within",
            "beyond" if row["beyond"] else "",
        ]
        for row in part["models"]
    ]
    some, left = cut(rows, MODELS, "comparison.json")
    caption = (
        f"Accuracy on {context.a} less what a line through {part['baseline_models']} models of "
        f"{shown(part['testbed'], 80)} foretells from that on {context.b}, in points, {context.percent} intervals."
        f" The line is on logit axes, from {shown(part['reference'], 60)} to {shown(part['shifted'], 60)} "
        f"(R² {written(part['r2'], 3)}). Band: where a further such model would lie. Beyond: the line goes "
        f"on past all of them.{left}"
    )
    columns = ["Model", "Use", "Expected #", "Effective robustness #", "Band", "Reach"]
    return [Section("Effective robustness", [Table(caption, columns, some)])]


def _group_text(group: Mapping[str, Any], context: Context) -> str:
    difference, models, noun = group["difference"], group["models"], USES[group["use"]][0]
    who = f"The {noun} {shown(models[0], 60)}" if len(models) == 1 else f"Mean over {count(len(models), noun)}"
    return (
        f"{who}: {value_text(group['a'], PERCENT)} on {context.a}, {value_text(group['b'], PERCENT)} on "
        f"{context.b}. Difference {value_text(difference, POINTS, sign=True)}, {context.percent} interval "
        f"{interval_text(difference, POINTS, sign=True)}: {verdict(difference)}."
    )


def _weighted_text(rows: Sequence[Mapping[str, Any]], context: Context) -> str:
    """How much it matters that classes count alike (paper, Figure 5)."""
    moved = [
        row["difference_weighted"]["value"] - row["difference"]["value"]
        for row in rows
        if known(row["difference_weighted"]["value"]) and known(row["difference"]["value"])
    ]
    text = "Classes count alike in these means."
    if moved:
        low, high = (written(100 * end(moved), 1, sign=True) for end in (min, max))
        by = f"by {low} points" if low == high else f"by {low} to {high} points, by model"
        text += f" Counted as frequent as they are in {context.a}, the difference moves {by}."
    return text


def _model_table(
    rows: Sequence[Mapping[str, Any]], groups: Sequence[Mapping[str, Any]], context: Context
) -> Table:
    cells = [
        [
            f"mean of {len(group['models'])}",
            group["use"],
            "1",
            give_or_take(group["a"], PERCENT),
            give_or_take(group["b"], PERCENT),
            give_or_take(group["difference"], POINTS, sign=True),
            "",
        ]
        for group in groups
        if len(group["models"]) > 1
    ]
    cells += [
        [
            shown(row["model"], 60),
            row["use"],
            str(row["k"]),
            give_or_take(row["a"], PERCENT),
            give_or_take(row["b"], PERCENT),
            give_or_take(row["difference"], POINTS, sign=True),
            give_or_take(row["difference_weighted"], POINTS, sign=True),
        ]
        for row in rows
    ]
    some, left = cut(cells, MODELS, "comparison.json")
    caption = (
        f"Accuracy in percent, mean of recalls over classes, ± half of its {context.percent} interval; "
        f"differences in points. Weighted: classes count as frequent as they are in {context.a}.{left}"
    )
    columns = [
        "Model",
        "Use",
        "Top #",
        f"{context.heads[0]} #",
        f"{context.heads[1]} #",
        "Difference #",
        "Weighted #",
    ]
    return Table(caption, columns, some, folded="Each model in numbers" if len(rows) > OPEN else "")


def example_models(comparison: Mapping[str, Any]) -> list[str]:
    """Of the classifiers and the zero-shot models each the best on B, as examples for figures."""
    best: dict[str, tuple[float, str]] = {}
    for row in comparison.get("accuracy", []):
        if row["k"] == 1 and known(row["b"]["value"]):
            at = best.get(row["use"])
            if at is None or row["b"]["value"] > at[0]:
                best[row["use"]] = row["b"]["value"], row["model"]
    return [f"{use}/{model}" for use, (_, model) in best.items()]


def _is_example(part: Mapping[str, Any], examples: Sequence[str]) -> bool:
    return f"{part['use']}/{part['model']}" in examples


def gaps_section(comparison: Mapping[str, Any], context: Context) -> list[Section]:
    """Gaps in recall over classes (Figures 21 to 29): distribution, noise in it, the largest."""
    parts = [part for part in comparison.get("gaps", []) if part["counts"]]
    if not parts:
        return []
    examples = [part for part in parts if _is_example(part, example_models(comparison))] or parts[:1]
    figures: list[list[Text | Figure | Table]] = [[_gap_figure(part, context)] for part in examples]
    blocks: list[Block] = [
        Text(
            f"A gap is the recall of a class on {context.a} less that on {context.b}. Part of what gaps "
            "differ by is noise, because a class has few images; the rest is how far true gaps lie apart."
        ),
        Beside(figures),
        *(_largest_table(part, context) for part in examples),
    ]
    if len(parts) > 1:
        blocks.append(_gap_table(parts, context))
    return [Section("Gaps in recall over classes", blocks)]


def _gap_figure(part: Mapping[str, Any], context: Context) -> Figure:
    model = shown(part["model"], 60)
    judged = count(part["judged"], "class")
    caption = (
        f"{model} ({part['use']}), the best of its kind on {context.b}: {judged}; {_noise_text(part, context)}"
    )
    return Figure(gap_figure(part, *context.short), f"Classes by gap in recall, {model}.", caption)


def _noise_text(part: Mapping[str, Any], context: Context) -> str:
    spread = part["spread"]
    if not known(spread["noise_share"]):
        return f"lower in {part['lower']:,}, higher in {part['higher']:,} (q < 0.05)."
    return (
        f"lower in {part['lower']:,}, higher in {part['higher']:,} (q < 0.05). "
        f"{100 * spread['noise_share']:.0f} % of the variance of the gaps is noise of sampling; true gaps have a "
        f"standard deviation of {_sd_text(part)} points."
    )


def _sd_text(part: Mapping[str, Any]) -> str:
    spread = part["spread"]
    return with_interval({"value": spread["sd"], "low": spread["sd_low"], "high": spread["sd_high"]}, POINTS)


def _largest_table(part: Mapping[str, Any], context: Context) -> Table:
    rows = []
    for row in part["largest"]:
        gap = {"value": row["gap"], "low": row["low"], "high": row["high"]}
        places = decimals(100 * half_width(gap), 1)
        rows.append(
            [
                shown(row["name"], 60),
                f"{written(100 * row['recall_a'], places)} of {number(row['n_a'])}",
                f"{written(100 * row['recall_b'], places)} of {number(row['n_b'])}",
                with_interval(gap, POINTS, sign=True),
                p_text(row["q"]),
                written(100 * row["shrunk"], places, sign=True) if known(row["shrunk"]) else "–",
            ]
        )
    some, left = cut(rows, CLASSES, "comparison.json") if part["judged"] > CLASSES else (rows, "")
    order = "The classes with the largest gaps, as far as noise lets it be told."
    if not part["spread"]["sd"]:
        order = "Gaps of some classes; noise alone would spread them so, so that none can be called the largest."
    caption = (
        f"{shown(part['model'], 60)}: {order} Recall in percent of the images; gap in points with its own "
        f"{context.percent} interval; shrunken: drawn towards the mean of all classes, the more the noisier, the "
        f"best guess at the true gap.{left}"
    )
    columns = ["Class", f"{context.heads[0]} #", f"{context.heads[1]} #", "Gap #", "q #", "Shrunken #"]
    return Table(caption, columns, some, folded=f"Classes with the largest gaps, {shown(part['model'], 60)}")


def _gap_table(parts: Sequence[Mapping[str, Any]], context: Context) -> Table:
    rows = [
        [
            shown(part["model"], 60),
            part["use"],
            written(100 * part["quantiles"]["0.5"], 1, sign=True),
            " to ".join(written(100 * part["quantiles"][q], 1, sign=True) for q in ("0.05", "0.95")),
            f"{100 * part['spread']['noise_share']:.0f} %" if known(part["spread"]["noise_share"]) else "–",
            _sd_text(part),
            number(part["lower"]),
            number(part["higher"]),
        ]
        for part in parts
    ]
    some, left = cut(rows, MODELS, "comparison.json")
    caption = (
        "Gaps over classes by model, in points: median, the middle 90 % as seen, share of their variance that is "
        f"noise, standard deviation of the true gaps ({context.percent} interval), and how many classes are "
        f"significantly lower and higher.{left}"
    )
    columns = ["Model", "Use", "Median #", "Middle 90 % #", "Noise #", "True SD #", "Lower #", "Higher #"]
    return Table(caption, columns, some)
