"""Rules and rows as the page tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laionet.exploring.judging import SAFE
from laionet.exploring.marking import Marker, link
from laionet.recipe import Select
from laionet.report.page import CAUSES, REASONS
from laionet.report.words import number, shown

_SEVERAL = {
    "lemmas": "captions with lemmas of several classes are dropped",
    "labels": "captions of which several classes pass the threshold are dropped",
    "best": "a caption of several classes counts for the most similar one",
    "keep": "a caption of several classes counts for each",
}


def rules_told(rules: Select) -> list[str]:
    """The recipe's rules beside the threshold, each as a part of a sentence."""
    told = [_SEVERAL[rules.several_classes]]
    if rules.nsfw_keep is not None:
        told.append(f"safety tags other than {shown(', '.join(rules.nsfw_keep))} are dropped")
    limits = (("punsafe", rules.max_punsafe), ("nsfw_score", rules.max_nsfw_score))
    told += [f"{name} above {most:g} is dropped" for name, most in limits if most is not None]
    for what, rule in (("captions", rules.duplicate_captions), ("image addresses", rules.duplicate_urls)):
        if rule != "keep":
            told.append(f"repeated {what} are dropped{' (near ones too)' if rule == 'near' else ''}")
    if rules.top_k is not None:
        told.append(f"the {number(rules.top_k)} most similar of a class stay")
    if rules.cap is not None:
        told.append(f"at most {number(rules.cap)} of a class stay, drawn by the seed")
    return told


def row_told(
    row: Mapping[str, Any], similarity: float, reason: str, safety: int, marker: Marker
) -> dict[str, Any]:
    """A row of the page: its caption in pieces, how it was found, and why it is dropped.

    Args:
        row: its shown columns, ``shard`` and ``at``.
        similarity: cosine of caption and synset text.
        reason: of ``schema.Drop``, empty where it stays.
        safety: what the rules say of its marks.
        marker: finds the lemmas in the caption.
    """
    lemmas = row["lemmas"] or []
    found = zip(lemmas, row["found_by"] or [], strict=False)
    address = row["url"] or ""
    return {
        "shard": row["shard"],
        "at": row["at"],
        "similarity": similarity,
        "reason": reason,
        "words": REASONS.get(reason, ""),
        "caption": marker.excerpt(row["caption"] or "", lemmas).to_json(),
        "lemmas": [{"lemma": shown(lemma), "by": by, "how": CAUSES.get(by, "")} for lemma, by in found],
        "hidden": hidden(row, safety),
        "safety": _marks_told(row),
        "link": link(row["url"]),
        "address": shown(address, 120),
        "where": f"{shown(row['file'], 80)}, row {row['row']:,}",
        "truncated": bool(row["truncated"]),
    }


def hidden(row: Mapping[str, Any], safety: int) -> bool:
    """Whether a caption is shown only when asked for: its marks do not say that it is safe.

    Marks count also where the recipe does not look at them. A corpus without marks says nothing of any row.
    """
    tag = row["nsfw"] not in (None, "", "UNLIKELY")
    scores = any((row[name] or 0) > 0.5 for name in ("punsafe", "nsfw_score"))
    return safety != SAFE or tag or scores


def _marks_told(row: Mapping[str, Any]) -> str:
    told = [f"nsfw {shown(row['nsfw'], 20)}"] if row["nsfw"] else []
    told += [f"{name} {row[name]:.2f}" for name in ("punsafe", "nsfw_score") if row[name] is not None]
    return ", ".join(told)
