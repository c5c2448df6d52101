"""Text from data made safe for a Markdown page: a file name or a lemma may hold anything."""

from __future__ import annotations

import json
import unicodedata

#: Longest value shown; longer ones are cut.
LONGEST = 160

_ENTITIES = {sign: f"&#{ord(sign)};" for sign in "<>&`|{}$@"}
_BACKSLASHED = {sign: "\\" + sign for sign in "\\*_[]#~!^="}
_ESCAPES = str.maketrans({**_ENTITIES, **_BACKSLASHED})

# Joiners that scripts need to be written right; all other invisible signs can disguise a text.
_HARMLESS = "\u200c\u200d"


class Markdown(str):
    """Text that is Markdown already and is not escaped again."""

    __slots__ = ()


def clean(value: object) -> str:
    """One line of printable text: white space of any kind is a space, other invisible signs are marked."""
    return "".join(map(_printable, " ".join(str(value).split())))


def escape(value: object, longest: int = LONGEST) -> Markdown:
    """Plain text as Markdown that shows this text and nothing else: no HTML, no table cell, no link.

    Signs of HTML and of tables and templates become entities, which no Markdown dialect takes for markup;
    the other signs of Markdown get a backslash, which keeps file names readable in the source.
    """
    text = clean(value)
    if len(text) > longest:
        text = text[: longest - 1].rstrip() + "…"
    # An address must not become a link by itself: what is behind it is not ours.
    escaped = text.translate(_ESCAPES).replace("://", "&#58;//").replace("www.", "www&#46;")
    return Markdown(escaped)


def finalize(value: object) -> str:
    """What a template writes for a value: escaped, unless it is Markdown of our own.

    What a template has to say itself stands outside of ``{{ }}``: in there it is a value like any other.
    """
    return value if isinstance(value, Markdown) else escape(value)


def yaml_string(value: object) -> Markdown:
    """A double-quoted YAML scalar; signs of HTML and of templates are spelled out."""
    spelled = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>{}"}
    return Markdown(json.dumps(clean(value), ensure_ascii=False).translate(spelled))


def fenced(text: str, language: str = "") -> Markdown:
    """A code block whose fence is longer than any in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return Markdown(f"{fence}{language}\n{text.rstrip()}\n{fence}")


def _printable(sign: str) -> str:
    hidden = unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn") and sign not in _HARMLESS
    return "\ufffd" if hidden else sign
