"""The report as one HTML page that holds all it needs and asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laionet.report.album import Album
from laionet.report.comparing.blocks import Section
from laionet.report.embed import content_security_policy, rendered, template, vega_bundle
from laionet.report.pictures import pictures_part
from laionet.report.telling.asked import diagnosis_section
from laionet.report.telling.classes import class_data
from laionet.report.telling.compared import compared_sections
from laionet.report.telling.made import (
    frequency_section,
    funnel,
    provenance_section,
    threshold_blocks,
    truth_section,
)
from laionet.report.telling.story import cards, story
from laionet.report.telling.trust import lost_sections, trust_section
from laionet.report.telling.view import View
from laionet.report.words import shown

#: Words of the field and what they mean here.
GLOSSARY = (
    (
        "class, synset",
        "a meaning in the dictionary WordNet, with one or more words for it, such as crane, the bird",
    ),
    ("lemma", "one of a synset’s words"),
    ("definition", "what the dictionary says of it; captions are held against “name which is definition”"),
    (
        "embedding, cosine",
        "a model’s picture or text as a direction; the cosine of two says how near they are, up to 1",
    ),
    ("recall", "of the pictures of a class, the share that a model recognises"),
    ("similarity within a class", "mean cosine of two pictures of the class; low means diverse"),
    ("interval", "where the true number lies but for chance; with 95 %, in 19 of 20 such cases"),
    ("q", "probability of so large a difference by chance, after correction for as many tests as classes"),
    ("zero-shot", "naming a class by its words alone, with no labelled picture learnt from"),
    ("selection frequency", "share of annotators who marked a picture as one of the class"),
)


def report_page(document: Mapping[str, Any], album: Album | None = None) -> str:
    """The page as HTML; equal arguments give equal bytes. Texts may be hostile, they are escaped here.

    Args:
        document: from ``flow.reporting.gather``, with ``validity``.
        album: pictures, from ``flow.reporting.pictures``; None for a page without.
    """
    view = View(document)
    sections = {section.key: section for section in _sections(view)}
    run = document["run"]
    part = pictures_part(album) if album is not None else None
    contents = [("pictures", "Pictures")] if part else []
    contents += [("made", "How it was made")] if run else []
    contents += [(key, section.heading) for key, section in sections.items()]
    scripts = [template(f"report/{name}.js") for name in ("figures", "classes")]
    if part:
        scripts.append(template("report/pictures.js"))
    styles = ["page.css", "comparison.css", "report/report.css", *(["report/pictures.css"] if part else [])]
    style, bundle = "".join(map(template, styles)), vega_bundle()
    return rendered(
        "report/report.html",
        policy=content_security_policy([bundle, *scripts], [style]),
        style=style,
        bundle=bundle,
        scripts=scripts,
        title=_title(view),
        subtitle=_subtitle(view),
        story=story(view),
        cards=cards(view),
        cards_note=f"Differences are {view.a} less {view.b}; choose one to read on." if view.pair else "",
        glossary=GLOSSARY,
        contents=contents,
        funnel=funnel(run),
        funnel_of=shown(run["name"], 60) if run else "",
        threshold=threshold_blocks(view),
        sections=list(sections.values()),
        pictures=part,
        class_data=class_data(view),
        has_classes=bool(document["rows"] or (run and run["frequencies"])),
    )


def _sections(view: View) -> list[Section]:
    return [
        *frequency_section(view),
        *compared_sections(view),
        *diagnosis_section(view),
        *trust_section(view),
        *lost_sections(view),
        *truth_section(view),
        *provenance_section(view),
    ]


def _title(view: View) -> str:
    a, b = view.context.heads
    return f"{a[:1].upper()}{a[1:]}, {b}" if view.pair else a


def _subtitle(view: View) -> str:
    if view.document["demo"]:
        return (
            "How pictures chosen by their captions alone differ from those that people chose by looking, and why"
        )
    if view.pair:
        return f"How {view.a} differs from {view.b}, and why"
    return ""
