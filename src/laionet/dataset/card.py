"""The data card, README.md: what the dataset is, how it was made, what to beware of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import jinja2
import pyarrow as pa
import tomli_w

from laionet.dataset import facts
from laionet.dataset.layout import ClassRow
from laionet.dataset.text import Markdown, escape, fenced, finalize, yaml_string

#: Rows of a table of the card; what is left out is in the manifest or in classes.csv.
LONGEST_TABLE = 40
_NAMED_CLASSES = 10

_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
    (10**11, "10B<n<100B"),
    (10**12, "100B<n<1T"),
)


def render_card(manifest: dict[str, Any], rows: Sequence[ClassRow], columns: pa.Schema) -> str:
    """The card as Markdown with a YAML head, as the Hugging Face hub reads it.

    The text is a function of the arguments: no dates, no durations. Every value is escaped, so that it
    shows as plain text; captions and addresses of single rows are not quoted.

    Args:
        manifest: how the dataset was made, with its ``dataset`` part; other parts may be absent.
        rows: the classes with their samples.
        columns: schema of the data files; the meaning of a column is in its metadata.
    """
    stages = manifest.get("stages") or []
    corpus, classes = manifest.get("corpus") or {}, manifest.get("classes") or {}
    marks = facts.safety(manifest)
    found = sorted((row for row in rows if row.samples), key=lambda row: (-row.samples, row.label))
    text = _template().render(
        manifest=manifest,
        name=manifest.get("name") or "laionet",
        dataset=manifest["dataset"],
        size=Markdown(size_category(manifest["dataset"]["rows"])),
        stages=stages,
        meanings=facts.STAGES,
        losses=facts.losses(stages),
        corpus=corpus,
        files=corpus.get("files") or [],
        corpus_rows=_corpus_rows(corpus),
        classes=classes,
        n_classes=len(rows),
        largest=found[:_NAMED_CLASSES],
        smallest=found[max(len(found) - _NAMED_CLASSES, _NAMED_CLASSES) :],
        median=found[len(found) // 2].samples if found else 0,
        empty=facts.empty_classes(rows, manifest),
        ambiguous=facts.ambiguous_lemmas(classes),
        encoder=manifest.get("encoder") or {},
        threshold=_threshold(manifest),
        truncated=sum((stage.get("counts") or {}).get("truncated", 0) for stage in stages),
        set_aside=facts.set_aside(manifest),
        marks=marks,
        judged=any(mark.applied for mark in marks or ()),
        unsafe=facts.total_dropped(stages, "unsafe"),
        unknown=facts.total_dropped(stages, "safety_unknown"),
        columns=[(field.name, _type_name(field.type), _meaning(field)) for field in columns],
        recipe=toml_block(manifest["recipe"]) if manifest.get("recipe") else None,
        longest=LONGEST_TABLE,
    )
    # Parts that are left out leave their blank lines; no value holds a line break.
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def size_category(rows: int) -> str:
    """The hub's bucket for a number of rows."""
    return next((name for limit, name in _SIZES if rows < limit), "n>1T")


def toml_block(recipe: dict[str, Any]) -> Markdown:
    """The recipe as a TOML code block; ``false`` stands for a knob that is off, as in recipe files."""
    toml = tomli_w.dumps(_without_none(_encodable(recipe)))
    # The same strings, spelled so that nothing in the block can pass for a tag or a template, or hide.
    # Two such braces together stand in strings alone.
    spelled = "".join(map(_toml_sign, toml)).replace("{{", "{\\u007B").replace("{%", "\\u007B%")
    return fenced(spelled, "toml")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("laionet.dataset", "templates"),
        autoescape=False,  # noqa: S701 - finalize escapes every value, for Markdown and HTML alike
        finalize=finalize,
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["n"] = _count
    environment.filters["percent"] = _percent
    environment.filters["yaml"] = yaml_string
    environment.filters["short"] = lambda value, length: escape(value, length)
    return environment.get_template("card.md.j2")


def _count(value: Any) -> str:
    """A whole number with thousands apart; a dash where it is missing."""
    found = facts.number(value)
    return "–" if found is None else f"{found:,}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.0005 or share == 0 else "under 0.1 %"


def _type_name(type_: pa.DataType) -> str:
    if pa.types.is_list(type_):
        return f"list of {_type_name(type_.value_type)}"
    return {"float": "float32", "double": "float64"}.get(str(type_), str(type_))


def _meaning(field: pa.Field) -> str:
    return str((field.metadata or {}).get(b"meaning", b"").decode())


def _corpus_rows(corpus: dict[str, Any]) -> int | None:
    if corpus.get("rows") is not None:
        return facts.number(corpus["rows"])
    counts = [facts.number(file.get("rows")) for file in corpus.get("files") or []]
    return sum(n for n in counts if n is not None) if counts and None not in counts else None


def _threshold(manifest: dict[str, Any]) -> dict[str, str]:
    """Chosen and suggested threshold as text, where the manifest has them."""
    select = (manifest.get("recipe") or {}).get("select") or {}
    values = {"chosen": select.get("threshold"), **(manifest.get("threshold") or {})}
    shown = {key: values.get(key) for key in ("chosen", "suggested")}
    shown["keeps"] = ((manifest.get("recipe") or {}).get("sweep") or {}).get("keep_classes")
    return {k: f"{v:g}" for k, v in shown.items() if isinstance(v, int | float) and v == v}


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _without_none(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return False if value is None else value


def _encodable(value: Any) -> Any:
    """The value with strings that UTF-8 can hold: a name taken from a file system may not be text."""
    if isinstance(value, dict):
        return {_encodable(k): _encodable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _toml_sign(sign: str) -> str:
    if sign in "<>&" or (sign != "\n" and unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp")):
        return f"\\u{ord(sign):04X}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08X}"
    return sign
