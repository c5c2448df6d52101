"""Tables and figure of docs/validity.md from benchmarks/*.json:  python scripts/make_validity.py"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from laionet.compare.simulation import SHAPES

ROOT = Path(__file__).resolve().parent.parent
PAGE, FIGURE = ROOT / "docs" / "validity.md", ROOT / "docs" / "figures" / "coverage.svg"
RECORD, TRUTH = ROOT / "benchmarks" / "coverage.json", ROOT / "benchmarks" / "truth.json"
METHODS = ("second-order", "jackknife", "ustatistic", "bca", "paper")
BAR = (0.935, 0.965)


def page(text: str) -> str:
    """The page with its tables made anew."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    parts = {"coverage": _coverage(record["rows"]), "discoveries": _discoveries(record)}
    if TRUTH.exists():
        parts["mini-web"] = _mini_web(json.loads(TRUTH.read_text(encoding="utf-8")))
    for name, part in parts.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text = re.sub(pattern, lambda found, part=part: found[1] + part + found[2], text, flags=re.DOTALL)
    return text


def _coverage(rows: list[dict[str, Any]]) -> str:
    counts = sorted({row["n"] for row in rows if row["method"] in METHODS})
    share = {(row["shape"], row["method"], row["n"]): row["share"] for row in rows}
    lines = [
        f"Percent of {_draws(rows, 'paper')} draws ({_draws(rows, 'bca')} for `bca`), by images n of a class; the "
        "standard error of a figure is 0.5 (1.1). Bold: outside 93.5 to 96.5.",
        "",
        f"| population | method | {' | '.join(f'n = {n:,}' for n in counts)} |",
        "|---|---|" + "---|" * len(counts),
    ]
    for shape in SHAPES:
        for method in METHODS:
            cells = [_cell(share.get((shape, method, n))) for n in counts]
            lines.append(f"| {shape if method == METHODS[0] else ''} | {method} | {' | '.join(cells)} |")
    meanings = "; ".join(f"**{shape}**: {meaning}" for shape, meaning in SHAPES.items())
    return "\n".join([*lines, "", f"The populations, 512 dimensions: {meanings}.", ""])


def _draws(rows: list[dict[str, Any]], method: str) -> str:
    return f"{next(row['draws'] for row in rows if row['method'] == method):,}"


def _cell(share: float | None) -> str:
    if share is None:
        return ""
    shown = f"{100 * share:.1f}"
    return shown if BAR[0] <= round(share, 3) <= BAR[1] else f"**{shown}**"


def _discoveries(record: dict[str, Any]) -> str:
    differences = [row for row in record["rows"] if row["method"] == "difference"]
    lines = ["| two populations | n and 2n | holds the true difference |", "|---|---|---|"]
    lines += [f"| {row['shape']} | {row['n']} | {_cell(row['share'])} % |" for row in differences]
    lines += ["", "| classes that do not differ | images | false share of those called different at q < 0.05 |"]
    lines += ["|---|---|---|"]
    lines += [f"| {100 * r['null']:.0f} % of 100 | {r['n']} | {r['share']:.3f} |" for r in record["discoveries"]]
    return "\n".join([*lines, ""])


def _mini_web(truth: dict[str, Any]) -> str:
    """What ``benchmarks/bench_truth.py`` found."""
    lines = [
        f"Both selections were run on a mini-web of seed {truth['seed']}. {truth['images'][0]:,} pictures "
        f"chosen by caption and {truth['images'][1]:,} chosen by annotators (strength {truth['strength']:g}), of "
        f"{truth['classes']} classes, were drawn and embedded, and taken as the truth: a mean difference of "
        f"{truth['difference']:.3f}. Datasets of {truth['n']} images a class were drawn from them "
        f"{truth['draws']:,} times.",
        "",
        "| interval, 95 % | holds the truth |",
        "|---|---|",
        f"| difference of a class, by ours | {_cell(truth['by_class'])} % |",
        f"| difference of a class, by the paper's | {_cell(truth['by_class_paper'])} % |",
        f"| mean difference over these classes (`fixed`) | {_cell(truth['fixed'])} % |",
        f"| mean difference, classes taken as drawn (`pooled`) | {100 * truth['pooled']:.1f} % |",
    ]
    return "\n".join([*lines, ""])


def figure(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Share of draws against n, a panel for each population, as Vega-Lite."""
    from laionet.report import theme

    values = [
        {"shape": row["shape"], "method": row["method"], "n": row["n"], "share": row["share"]}
        for row in rows
        if row["method"] in ("second-order", "jackknife", "paper")
    ]
    colours = [theme.CURVE, theme.SUGGESTED, theme.CHOSEN]
    order = ["second-order", "jackknife", "paper"]
    band = {
        "mark": {"type": "rect", "color": theme.PALE},
        "data": {"values": [{"low": BAR[0], "high": BAR[1]}]},
        "encoding": {
            "y": {"field": "low", "type": "quantitative"},
            "y2": {"field": "high"},
            "x": {"value": 0},
            "x2": {"value": "width"},
        },
    }
    x = {"field": "n", "type": "quantitative", "scale": {"type": "log"}, "title": "images of a class"}
    x["axis"] = {"values": [10, 20, 50, 100, 300, 1000], "grid": False}
    y = {"field": "share", "type": "quantitative", "title": "intervals that hold the truth"}
    y |= {"scale": {"domain": [0, 1]}, "axis": {"format": ".0%", "tickCount": 5, "grid": True}}
    told = {"field": "method", "type": "nominal", "title": None, "legend": {"orient": "top"}}
    scales = {"domain": order, "range": colours}
    shapes = {"domain": order, "range": ["circle", "square", "triangle-up"]}
    line = {
        "mark": {"type": "line", "point": {"filled": True, "size": 45}},
        "encoding": {
            "x": x,
            "y": y,
            "color": told | {"scale": scales},
            "shape": told | {"scale": shapes},
        },
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": values},
        "facet": {"field": "shape", "type": "nominal", "title": None, "sort": list(SHAPES)},
        "columns": 4,
        "spec": {"width": 190, "height": 150, "layer": [band, line]},
        "config": theme.config(),
    }


def main() -> None:
    """Write page and figure."""
    import vl_convert

    from laionet.report.figures import vega_lite_version

    rows = json.loads(RECORD.read_text(encoding="utf-8"))["rows"]
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    FIGURE.write_text(
        vl_convert.vegalite_to_svg(figure(rows), vl_version=vega_lite_version(), allowed_base_urls=[]),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
