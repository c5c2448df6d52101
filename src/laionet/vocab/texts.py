"""Synset texts: the sentence whose embedding a caption is compared with."""

from __future__ import annotations

import string

from laionet.errors import ClassListError
from laionet.vocab.synset import Synset, did_you_mean

#: Named templates. ``name-def`` is the paper's; the others are the variants published with it.
TEMPLATES: dict[str, str] = {
    "name-def": "{name} which is {definition}",
    "name": "{name}",
    "lemmas": "{lemmas}",
    "photo-name": "a photo of {name}",
    "photo-lemmas": "a photo of {lemmas}",
    "photo-name-def": "a photo of {name} which is {definition}",
    "clear-photo-name-def": "a clear photo of {name} which is {definition}",
}

#: What a template can hold, and what stands for it.
FIELDS: dict[str, str] = {
    "name": "the first lemma, underscores as spaces, in lower case",
    "lemmas": "the lemmas, joined by ' or '",
    "definition": "the gloss without its quoted examples",
    "gloss": "the gloss as the dictionary has it",
    "wnid": "the id of the class",
}


def resolve_template(template: str) -> str:
    """The format string of a template: one of ``TEMPLATES`` by name, or a text of one's own.

    Raises:
        ClassListError: for an unknown name, or a text that is malformed, holds no field, or holds
            anything but plain ``FIELDS``.
    """
    if template in TEMPLATES:
        return TEMPLATES[template]
    if not _fields(template):
        raise ClassListError(
            f"Unknown synset text {template!r}: it is neither a named template ({', '.join(TEMPLATES)}) "
            f"nor a text that holds a field such as {{name}}." + did_you_mean(template, TEMPLATES)
        )
    return template


def synset_text(synset: Synset, template: str = "name-def") -> str:
    """The text of one class.

    Args:
        synset: the class.
        template: a name of ``TEMPLATES``, or a text that holds some of ``FIELDS`` in braces.

    Raises:
        ClassListError: for an unusable template, or where the class lacks what the template asks for.
    """
    form = resolve_template(template)
    values = {
        "name": synset.text_name,
        "lemmas": " or ".join(lemma.replace("_", " ") for lemma in synset.lemmas),
        "definition": synset.definition,
        "gloss": synset.gloss,
        "wnid": synset.wnid,
    }
    for name in _fields(form):
        if not values[name]:
            raise ClassListError(
                f"Class {synset.wnid} ({synset.name}) has no {name}, which the synset text {template!r} "
                f"holds. Give the class one, or use another template such as 'name'."
            )
    return form.format_map(values)


def _fields(form: str) -> tuple[str, ...]:
    """The fields of a format string, refused unless each is a plain known one.

    A format string can walk from any value to Python's own objects (``{name.__class__}``), and recipes
    are files that people pass on; so nothing but a bare field name is let through.
    """
    try:
        parts = list(string.Formatter().parse(form))
    except ValueError as error:
        raise ClassListError(
            f"The synset text {form!r} is malformed: {error}. Write a brace that is meant as text twice."
        ) from error
    names = []
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if name not in FIELDS:
            raise ClassListError(
                f"The synset text {form!r} holds {{{name}}}; the fields are "
                f"{', '.join(f'{{{field}}}' for field in FIELDS)}." + did_you_mean(name, FIELDS)
            )
        if spec or conversion:
            raise ClassListError(
                f"The synset text {form!r} formats {{{name}}} with ':' or '!'; write the plain {{{name}}}."
            )
        names.append(name)
    return tuple(names)
