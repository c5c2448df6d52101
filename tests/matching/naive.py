"""Slow, obvious matchers to hold the fast one against."""

from __future__ import annotations

import string
import unicodedata


def paper(captions, lemmas):
    """The published loop: punctuation to space, padded, substring."""
    table = str.maketrans(string.punctuation, " " * len(string.punctuation))
    return {
        (row, number)
        for row, caption in enumerate(captions)
        if caption is not None
        for number, lemma in enumerate(lemmas)
        if f" {lemma} " in f" {caption.translate(table)} "
    }


def _is_space(char):
    category = unicodedata.category(char)
    return category[0] in "PZS" or category == "Cc" or char == "\u200b"


def web_form(text, fold=True):
    """Our normal form, one character at a time."""
    text = unicodedata.normalize("NFKC", text)
    if fold:
        text = unicodedata.normalize("NFKC", text.casefold())
    kept = (" " if _is_space(c) else c for c in text if unicodedata.category(c) != "Cf" or c == "\u200b")
    return " ".join(word for word in "".join(kept).split(" ") if word)


def web(captions, lemmas):
    """Word sequences compared after normalising; short lemmas with their case."""
    found = set()
    for number, lemma in enumerate(lemmas):
        fold = sum(map(str.isalnum, lemma)) > 3
        forms = {web_form(lemma, fold), web_form(lemma.replace("-", ""), fold)} - {""}
        for row, caption in enumerate(captions):
            if caption is not None and any(f" {form} " in f" {web_form(caption, fold)} " for form in forms):
                found.add((row, number))
    return found
