"""What the manifest says, in the words of the card. Parts that the manifest lacks are left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from laionet.dataset.layout import ClassRow
from laionet.dataset.text import Markdown
from laionet.schema import Drop

#: What each stage asks of a row.
STAGES = {
    "match": "a lemma of a class is in the caption",
    "score": "caption and synset text are encoded and compared",
    "select": "similarity above the threshold, one class, safe",
    "assemble": "rules over the whole set: duplicates and limits per class",
    "import": "a published table is read and labelled",
}

#: Why a row did not go on, as a card says it.
REASONS: dict[str, str] = {
    Drop.BAD_ROW: "a line of a text file with the wrong number of fields",
    Drop.NO_CAPTION: "no caption",
    Drop.NOT_TEXT: "the caption is not valid UTF-8",
    Drop.NO_LEMMA: "no lemma of any class in the caption",
    Drop.BELOW_THRESHOLD: "similarity to the synset text not above the threshold",
    Drop.NOT_FINITE: "no finite similarity",
    Drop.SEVERAL_CLASSES: "the caption belongs to more than one class",
    Drop.UNSAFE: "marked by the corpus as not safe, or not surely safe",
    Drop.SAFETY_UNKNOWN: "the corpus marks safety, but not for this row",
    Drop.DUPLICATE_CAPTION: "an earlier row has the same caption",
    Drop.NEAR_DUPLICATE_CAPTION: "an earlier row has the same words, up to case, punctuation and order",
    Drop.DUPLICATE_URL: "an earlier row has the same image address",
    Drop.BEYOND_TOP_K: "the class has enough captions that are more similar",
    Drop.BEYOND_CAP: "the class is full; those that stay were drawn with the seed",
    Drop.NO_URL: "no image address",
    Drop.BAD_URL: "the image address cannot be asked for",
    Drop.PRIVATE_ADDRESS: "the image address is not of the public network",
    Drop.ROBOTS: "robots.txt asks not to visit the image",
    Drop.OPTED_OUT: "the image opts out of such use",
    Drop.DNS: "the image's host has no address",
    Drop.REFUSED: "the image's host takes no connection",
    Drop.TLS: "the image's host does not prove itself",
    Drop.TIMEOUT: "no whole image in time",
    Drop.BROKEN_OFF: "the connection broke off",
    Drop.REDIRECTS: "redirected too often, or to nowhere",
    Drop.HTTP_4XX: "the image is gone or forbidden (HTTP 4xx)",
    Drop.HTTP_5XX: "the image's server failed (HTTP 5xx)",
    Drop.HTTP_OTHER: "another HTTP status that brings no image",
    Drop.EMPTY: "an empty answer",
    Drop.TOO_LARGE: "more bytes than the limit",
    Drop.NOT_AN_IMAGE: "the answer is no image",
    Drop.UNDECODABLE: "a broken image",
    Drop.TOO_MANY_PIXELS: "more pixels than the limit",
    Drop.NO_IMAGE: "no image was kept",
    Drop.SPELLS_CLASS: "the class is written in the image",
    Drop.UNKNOWN_LABEL: "the label is of no class of the list",
}

_IMPORT_REASONS = {
    Drop.NO_LEMMA: "no class of the list could be found for the row",
    Drop.SEVERAL_CLASSES: "the labels give the row to more than one class",
}

_MARKS = {
    "nsfw": (Markdown("a tag (`nsfw`)"), "nsfw_keep"),
    "punsafe": (Markdown("a probability that the image is unsafe (`punsafe`)"), "max_punsafe"),
    "nsfw_score": (Markdown("a score for not safe for work (`nsfw_score`)"), "max_nsfw_score"),
}


@dataclass(frozen=True)
class Loss:
    """Rows that one stage dropped for one reason; ``share`` is of the rows that came in."""

    stage: str
    why: str
    rows: int
    share: float


@dataclass(frozen=True)
class Mark:
    """One mark of safety: what it is, whether the corpus has it, and the rule on it."""

    what: str
    in_corpus: bool
    rule: str

    @property
    def applied(self) -> bool:
        """Whether rows were judged by it."""
        return self.in_corpus and bool(self.rule)


def number(value: Any) -> int | None:
    """A count of the manifest, or None where it is missing."""
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else None


def losses(stages: Sequence[Mapping[str, Any]]) -> list[Loss]:
    """Every reason of every stage with its rows, largest first within a stage."""
    found = []
    for stage in stages:
        name, rows_in = str(stage.get("name", "")), number(stage.get("rows_in")) or 0
        words = REASONS | _IMPORT_REASONS if name == "import" else REASONS
        dropped = sorted((stage.get("dropped") or {}).items(), key=lambda item: (-item[1], item[0]))
        found += [Loss(name, words.get(r, r), n, n / rows_in if rows_in else 0.0) for r, n in dropped if n]
    return found


def total_dropped(stages: Sequence[Mapping[str, Any]], reason: str) -> int:
    """Rows that all stages together dropped for a reason."""
    return sum(number((stage.get("dropped") or {}).get(reason)) or 0 for stage in stages)


def empty_classes(rows: Sequence[ClassRow], manifest: Mapping[str, Any]) -> list[tuple[str, list[ClassRow]]]:
    """Classes without a sample, by what kept them empty; each class once, most frequent cause first.

    Every candidate of a class either stays or is counted under a reason, so a class with no sample and no
    such count had no candidate.
    """
    without_lemma = set((manifest.get("classes") or {}).get("without_lemma") or ())
    stages = manifest.get("stages") or []
    by_class: dict[str, dict[str, int]] = {}
    for stage in stages:
        for reason, counts in (stage.get("dropped_by_class") or {}).items():
            for wnid, n in counts.items():
                by_class.setdefault(wnid, {}).setdefault(reason, 0)
                by_class[wnid][reason] += n
    matched = any(stage.get("name") == "match" for stage in stages)
    causes: dict[str, list[ClassRow]] = {}
    for row in rows:
        if row.samples:
            continue
        if row.wnid in without_lemma:
            cause = "has no lemma that the lemma policy keeps"
        elif row.wnid in by_class:
            lost = by_class[row.wnid]
            most = min(lost, key=lambda reason: (-lost[reason], reason))
            cause = f"had captions, all dropped; most often: {REASONS.get(most, most)}"
        else:
            cause = "had no caption with one of its lemmas" if matched else "no row is labelled with it"
        causes.setdefault(cause, []).append(row)
    return sorted(causes.items(), key=lambda item: (-len(item[1]), item[0]))


def safety(manifest: Mapping[str, Any]) -> list[Mark] | None:
    """The marks of safety and the rules on them, or None where the manifest does not name the marks."""
    have = (manifest.get("corpus") or {}).get("safety")
    if have is None:
        return None
    rules = (manifest.get("recipe") or {}).get("select") or {}
    marks = [Mark(what, name in have, _rule(rules.get(knob))) for name, (what, knob) in _MARKS.items()]
    return marks + [Mark(str(name), True, "") for name in have if name not in _MARKS]


def _rule(value: Any) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, list | tuple):
        return "kept only if it is " + " or ".join(map(str, value)) if value else "no row is kept"
    return f"kept only up to {value:g}"


def ambiguous_lemmas(classes: Mapping[str, Any]) -> int | None:
    """How many lemmas have several senses or classes, where the manifest says so."""
    listed = classes.get("ambiguous", classes.get("ambiguous_lemmas"))
    return len(listed) if isinstance(listed, Sequence) and not isinstance(listed, str) else number(listed)


def set_aside(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Corpus files and shards that are not in the dataset, each with its reason."""
    files = (manifest.get("corpus") or {}).get("set_aside") or []
    found = [(f"file {item.get('file', '')}", str(item.get("reason", ""))) for item in files]
    for stage in manifest.get("stages") or []:
        for item in stage.get("set_aside") or []:
            found.append((f"{stage.get('name', '')}, shard {item.get('shard', '')}", str(item.get("error", ""))))
    return found
