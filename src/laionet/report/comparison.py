"""The page that compares two datasets, and the one that leads to the pages of several pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laionet.report.comparing.accuracy import accuracy_section, gaps_section, robustness_section
from laionet.report.comparing.blocks import Block, Link, Pairs, Section, Table, Text, cut
from laionet.report.comparing.findings import context_of, findings
from laionet.report.comparing.images import classes_section, diversity_section, power_section
from laionet.report.comparing.lost import lost_section
from laionet.report.comparing.numbers import COSINE, POINTS, with_interval
from laionet.report.comparing.similarity import similarity_sections, synset_sections
from laionet.report.comparing.trends import trends_section
from laionet.report.embed import content_security_policy, rendered, template
from laionet.report.words import count, number, shown
from laionet.shards import plain

#: Characters of a sentence that is shown whole.
_LONGEST = 800
#: Pairs that the page of several has at most; datasets likewise.
_PAIRS = 500


def comparison_page(
    comparison: Mapping[str, Any],
    *,
    title: str,
    introduction: Sequence[str],
    made: Sequence[tuple[str, str]] = (),
    settings: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
    files: str = "comparison.json",
    back: str = "",
) -> str:
    """The page as HTML; equal arguments give equal bytes. Texts may be hostile, they are escaped here.

    Args:
        comparison: from ``flow.comparing.compare``; numbers that are not known may be None or NaN.
        title: heading.
        introduction: sentences that say what was compared.
        made: how the page was made, as pairs of a name and a text.
        settings: ``level`` of the intervals and ``alpha``, the false discovery rate; by default 0.95 and 0.05.
        notes: what a reader must know of how the comparison came about.
        files: what holds the classes that tables leave out.
        back: relative address of the page that led here.
    """
    document = plain(dict(comparison))
    context = context_of(document, settings, files)
    sections = [
        *accuracy_section(document, context),
        *robustness_section(document, context),
        *gaps_section(document, context),
        *similarity_sections(document, context),
        *synset_sections(document, context),
        *trends_section(document, context),
        *diversity_section(document, context),
        *lost_section(document, context),
        *power_section(document, context),
        *classes_section(document, context),
        *_notes_section(notes),
        *_made_section(made),
    ]
    return _rendered(
        title=shown(title),
        introduction=[shown(sentence, _LONGEST) for sentence in introduction],
        back=back,
        findings=findings(document, context),
        sections=sections,
    )


def pairs_page(
    document: Mapping[str, Any],
    addresses: Sequence[str],
    *,
    title: str,
    introduction: Sequence[str],
    made: Sequence[tuple[str, str]] = (),
) -> str:
    """The page that leads to those of several pairs, as HTML.

    Args:
        document: as ``flow.comparing.run`` writes it: ``datasets``, ``settings``, ``notes``, ``pairs``.
        addresses: of the page of each pair, relative to this one.
        title: heading.
        introduction: sentences that say what was compared.
        made: how the page was made, as pairs of a name and a text.

    Raises:
        ValueError: where there is not one address a pair.
    """
    if len(addresses) != len(document["pairs"]):
        raise ValueError(f"There are {len(addresses)} addresses for {len(document['pairs'])} pairs.")
    document = plain(dict(document))
    sections = [
        Section("Each pair", [_pair_table(document, addresses)]),
        Section("Datasets", [_dataset_table(document)]),
        *_notes_section(document.get("notes", [])),
        *_made_section(made),
    ]
    return _rendered(
        title=shown(title),
        introduction=[shown(sentence, _LONGEST) for sentence in introduction],
        back="",
        findings=[],
        sections=sections,
    )


def _pair_table(document: Mapping[str, Any], addresses: Sequence[str]) -> Table:
    uses = ("classifier", "zero-shot")
    rows: list[list[str | Link]] = []
    for pair, address in zip(document["pairs"], addresses, strict=True):
        context = context_of(pair)
        groups = {group["use"]: group["difference"] for group in pair["groups"]}
        part = next(iter(pair["similarity"]), None)
        row: list[str | Link] = [
            Link(f"{context.heads[0]} − {context.heads[1]}", address),
            number(pair["classes"]["common"]),
            with_interval(part["pooled"], COSINE, sign=True) if part else "–",
            f"{part['lower']:,} of {part['judged']:,}" if part else "–",
            number(part["higher"]) if part else "–",
        ]
        rows.append(
            row + [with_interval(groups[use], POINTS, sign=True) if use in groups else "–" for use in uses]
        )
    encoders = sorted(
        {shown(pair["similarity"][0]["encoder"], 60) for pair in document["pairs"] if pair["similarity"]}
    )
    settings = document.get("settings", {})
    some, left = cut(rows, _PAIRS, "comparison.json")
    by = f" by {', '.join(encoders)}" if encoders else ""
    caption = (
        f"Difference of the first less the second, with {100 * settings.get('level', 0.95):g} % intervals: mean "
        f"cosine within a class{by}, classes significantly lower and higher (q < {settings.get('alpha', 0.05):g}) "
        f"and top-1 accuracy in points as the mean over models. Where the interval holds 0, there is no "
        f"difference beyond chance.{left}"
    )
    columns = ["Pair", "Classes in both #", "Similarity #", "Lower #", "Higher #", "Classifiers #", "Zero-shot #"]
    return Table(caption, columns, some)


def _dataset_table(document: Mapping[str, Any]) -> Table:
    sizes = {one["title"]: one for pair in document["pairs"] for one in pair["datasets"]}
    rows: list[list[str]] = []
    for one in document["datasets"]:
        size = sizes.get(one["title"])
        counts = [number(size["images"]), number(size["classes"])] if size else ["–", "–"]
        rows.append([shown(one["title"], 60), *counts, shown(one.get("where", ""), 120)])
    some, left = cut(rows, _PAIRS, "comparison.json")
    return Table(f"What was compared, each with each.{left}", ["Dataset", "Images #", "Classes #", "Where"], some)


def _notes_section(notes: Sequence[str]) -> list[Section]:
    blocks: list[Block] = [Text(shown(note, _LONGEST)) for note in notes]
    return [Section("Notes", blocks)] if blocks else []


def _made_section(made: Sequence[tuple[str, str]]) -> list[Section]:
    pairs = Pairs([(shown(name), shown(text, _LONGEST)) for name, text in made])
    return [Section("How this was made", [pairs])] if made else []


def introduce(pair: Mapping[str, Any]) -> list[str]:
    """What two datasets are, in a sentence, for a page that nobody wrote an introduction for."""
    context, (a, b) = context_of(pair), pair["datasets"]
    return [
        f"The numbers of {context.a} ({count(a['images'], 'image')}) less those of {context.b} "
        f"({count(b['images'], 'image')}), over the {count(pair['classes']['common'], 'class')} that both have. A "
        f"difference below 0 means that {context.a} is lower."
    ]


def _rendered(**content: Any) -> str:
    style = template("page.css") + template("comparison.css")
    return rendered("comparison.html", policy=content_security_policy([], [style]), style=style, **content)


__all__ = ["comparison_page", "findings", "introduce", "pairs_page"]
