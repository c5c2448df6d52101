"""The figures of a report: which of the paper's each is, how it is made, its caption; and their export."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from laionet.report import captions, taken
from laionet.report.diagnosing import captions as of_experiments
from laionet.report.figures import save_spec
from laionet.report.panels import Spec
from laionet.shards import write_text

#: Endings that figures can be exported with.
KINDS: Final = ("pdf", "svg", "png", "json")

#: The document of a report: ``settings``, ``datasets``, ``run``, ``pair``, ``rows``, ``diagnosis``.
Report = Mapping[str, Any]


@dataclass(frozen=True)
class PaperFigure:
    """A figure of a report.

    Attributes:
        key: stem of its file name.
        numbers: of the paper's figures, "1, 12, 14"; empty for one that the paper does not have.
        title: what it shows.
        make: the report's document to a Vega-Lite specification; None where the report has no such data.
        caption: the report's document to what stands under it; asked only where ``make`` gives a figure.
    """

    key: str
    numbers: str
    title: str
    make: Callable[[Report], Spec | None]
    caption: Callable[[Report], str]


FIGURES: Final[tuple[PaperFigure, ...]] = (
    PaperFigure("thresholds", "3, 11", "Density of similarities, classes and captions over the threshold",
                taken.thresholds, captions.thresholds),
    PaperFigure("frequencies", "4", "Class frequencies", taken.frequencies, captions.frequencies),
    PaperFigure("accuracy", "1, 12, 14", "Accuracy on both datasets", taken.accuracy, captions.accuracy),
    PaperFigure("weighting-a", "5", "Accuracy weighted by class frequency, on the first dataset",
                taken.weighting_a, captions.weighting_a),
    PaperFigure("weighting-b", "19", "Accuracy weighted by class frequency, on the second dataset",
                taken.weighting_b, captions.weighting_b),
    PaperFigure("similarity", "6a, 8a, 10a, 13a, 15", "Similarity of two images of a class",
                taken.similarity, captions.similarity),
    PaperFigure("similarity-classes", "6b, 10b, 13b", "Difference of similarity by class",
                taken.similarity_classes, captions.similarity_classes),
    PaperFigure("synset-similarity", "17a", "Similarity of an image to the text of its class",
                taken.synset_similarity, captions.synset_similarity),
    PaperFigure("synset-similarity-classes", "17b", "Difference of similarity to the text by class",
                taken.synset_similarity_classes, captions.synset_similarity_classes),
    PaperFigure("recall-disparity", "7", "Recall and disparity in similarity",
                taken.recall_disparity, captions.recall_disparity),
    PaperFigure("recall-frequency", "20", "Recall and class frequency",
                taken.recall_frequency, captions.recall_frequency),
    PaperFigure("recall-gaps", "21", "Gaps in recall over classes", taken.recall_gaps, captions.recall_gaps),
    PaperFigure("selection-frequency", "8b, 8c", "Significant classes and selection frequency",
                taken.selection_frequency, of_experiments.selection_frequency),
    PaperFigure("explained", "9", "What the text alone explains", taken.explained, of_experiments.explained),
    PaperFigure("searched", "10, 18", "A dataset searched by text, over the threshold",
                taken.searched, of_experiments.searched),
    PaperFigure("frontier", "", "Thresholds of text and image at a fixed size",
                taken.frontier, of_experiments.frontier),
    PaperFigure("nearest", "", "Similarity to the nearest image of the corpus",
                taken.nearest, of_experiments.nearest),
    PaperFigure("independence", "", "Image and selection given the caption, by class",
                taken.independence, of_experiments.independence),
    PaperFigure("dose", "", "The diagnosis and the strength of the image link", taken.dose, of_experiments.dose),
    PaperFigure("validity", "", "Intervals of this report and of the paper", taken.validity, captions.validity),
)  # fmt: skip


def export(report: Report, folder: Path, kinds: Sequence[str]) -> list[Path]:
    """Write each figure that the report has data for, as on the page, and ``figures.md`` with their captions.

    Equal reports give equal bytes, where the same fonts are installed; each file is written whole or not at all.

    Args:
        report: document of the report.
        folder: to write ``KEY.KIND`` into.
        kinds: of ``KINDS``.

    Returns:
        The files written, ``figures.md`` last.

    Raises:
        ValueError: for another kind.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise ValueError(f"A figure cannot be written as {', '.join(unknown)}; choose of {', '.join(KINDS)}.")
    written: list[Path] = []
    parts = ["# Figures"]
    for figure in FIGURES:
        spec = figure.make(report)
        if spec is None:
            continue
        for kind in kinds:
            written.append(folder / f"{figure.key}.{kind}")
            save_spec(spec, written[-1])
        parts.append(_listed(figure, figure.caption(report)))
    written.append(folder / "figures.md")
    write_text(written[-1], "\n\n".join(parts) + "\n")
    return written


def _listed(figure: PaperFigure, caption: str) -> str:
    """A figure's part of ``figures.md``; foreign text cannot become a link, a tag or a heading there."""
    number = f"; the paper's {figure.numbers}" if figure.numbers else ""
    escaped = "".join(f"\\{char}" if char in "\\`*_{}[]<>#|!&" else char for char in caption)
    escaped = escaped.replace("://", ":\\//")
    return f"## {figure.title}\n\n`{figure.key}`{number}\n\n{escaped}"
