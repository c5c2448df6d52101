"""Numbers and foreign text as a reader should see them."""

from __future__ import annotations

import re

#: Controls, surrogates, and the marks that turn the direction of text around: shown as a replacement.
_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def shown(value: object, longest: int = 200) -> str:
    """Text from a corpus or a setting, fit to be shown: one line, no controls, not endless.

    Whoever shows it must still escape it for the language it goes into.
    """
    text = _UNSHOWABLE.sub("\ufffd", " ".join(str(value).split()))
    if len(text) <= longest:
        return text
    head = longest * 2 // 3
    return f"{text[:head]}…{text[len(text) - (longest - head - 1) :]}"


def threshold_text(threshold: float) -> str:
    """A threshold with two decimals, or as many as it has, up to six: 0.50, 0.825."""
    text = f"{threshold:.6f}".rstrip("0")
    whole, _, decimals = text.partition(".")
    text = f"{whole}.{decimals.ljust(2, '0')}"
    return text.replace("-", "−") if float(text) else "0.00"


def number(value: int) -> str:
    """An integer with thousands separated: 40,000."""
    return f"{value:,}"


def share(part: float, whole: float) -> str:
    """A percentage with one decimal; a dash where there is nothing to share."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def count(value: int, noun: str) -> str:
    """A number and its noun: 1 caption, 2 captions, 3 classes."""
    if value == 1:
        return f"1 {noun}"
    return f"{value:,} {noun}{'es' if noun.endswith('s') else 's'}"
