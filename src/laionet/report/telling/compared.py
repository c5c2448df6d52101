"""How two datasets differ: accuracy, similarity within classes, the link between the two, diversity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from laionet.report.comparing import accuracy, images, similarity, trends
from laionet.report.comparing.blocks import Beside, Block, Live, Section, Table, Text
from laionet.report.telling.view import View

T = TypeVar("T", Text, Table)


def compared_sections(view: View) -> list[Section]:
    """The sections of a comparison; none without one."""
    if not view.pair:
        return []
    return [*_accuracy(view), *_similarity(view), *_to_text(view), *_link(view), *_diversity(view)]


def _accuracy(view: View) -> list[Section]:
    found = accuracy.accuracy_section(view.pair, view.context)
    if not found:
        return []
    blocks: list[Block] = [
        Text(
            "Accuracy is the mean of the classes’ recalls, so that each class counts alike: of the pictures of a "
            "class, the share that a model gives this class first."
        ),
        *_texts(found),
        *side_by_side(view.figure("accuracy")),
        *side_by_side(view.figure("weighting-a"), view.figure("weighting-b")),
        *tables(found),
        *tables(accuracy.robustness_section(view.pair, view.context)),
    ]
    return [Section("Accuracy", blocks, "accuracy")]


def _similarity(view: View) -> list[Section]:
    found = similarity.similarity_sections(view.pair, view.context)
    if not found:
        return []
    blocks: list[Block] = [
        Text(
            "An encoder turns each picture into a direction; the cosine between two says how alike it finds them, "
            "1 for the same and about 0 for nothing in common. The lower the mean cosine of two pictures of one "
            "class, the more diverse the class."
        ),
        *_texts(found[:1]),
        *side_by_side(view.figure("similarity-classes"), view.figure("similarity")),
        *tables(found),
    ]
    return [Section("Similarity within a class", blocks, "similarity")]


def _to_text(view: View) -> list[Section]:
    found = similarity.synset_sections(view.pair, view.context)
    if not found:
        return []
    blocks: list[Block] = [
        Text("Is one dataset merely harder, its pictures less of their class? How near they are to it in words:"),
        *_texts(found[:1]),
        *side_by_side(view.figure("synset-similarity-classes"), view.figure("synset-similarity")),
        *tables(found),
    ]
    return [Section("Similarity to the class in words", blocks, "to-text")]


def _link(view: View) -> list[Section]:
    slopes = trends.trends_section(view.pair, view.context)
    gaps = accuracy.gaps_section(view.pair, view.context)
    blocks: list[Block] = [
        *side_by_side(view.figure("recall-disparity", wide=True)),
        *side_by_side(view.figure("recall-frequency", wide=True)),
        *tables(slopes),
        *_texts(gaps),
        *side_by_side(view.figure("recall-gaps")),
        *tables(gaps),
    ]
    if not any(isinstance(block, Live | Table | Beside) for block in blocks):
        return []
    text = Text(
        f"Do models lose accuracy where {view.a} is more diverse? Each dot is a class: how far its recall differs "
        f"between {view.a} and {view.b}, against how far the similarity of its pictures does. A line that rises "
        "says that the one goes with the other."
    )
    return [Section("Accuracy and similarity together", [text, *blocks], "link")]


def _diversity(view: View) -> list[Section]:
    found = images.diversity_section(view.pair, view.context)
    if not found:
        return []
    return [Section("Diversity in other measures", [*_texts(found), *tables(found, fold=False)], "diversity")]


def side_by_side(*figures: Live | None) -> list[Block]:
    """Figures that are there: one alone, two beside each other; wide ones one below the other."""
    some = [figure for figure in figures if figure]
    if len(some) < 2 or any(figure.wide for figure in some):
        return list(some)
    return [Beside([[figure] for figure in some])]


def tables(sections: Sequence[Section], *, fold: bool = True) -> list[Block]:
    """The tables of sections of the page of a comparison, folded away by their headings."""
    return [
        Table(
            table.caption,
            table.columns,
            table.rows,
            table.folded or (f"{section.heading}, in numbers" if fold else ""),
        )
        for section in sections
        for table in _all(section.blocks, Table)
    ]


def _texts(sections: Sequence[Section]) -> list[Block]:
    return [text for section in sections for text in _all(section.blocks, Text) if text.text]


def _all(blocks: Sequence[Block], kind: type[T]) -> list[T]:
    """The blocks of a kind, also those that stand beside others."""
    found: list[T] = []
    for block in blocks:
        if isinstance(block, kind):
            found.append(block)
        elif isinstance(block, Beside):
            for column in block.columns:
                found += _all(column, kind)
    return found
