"""Layouts: which column of a file holds the caption, the URL and the rest, for each corpus we know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from laionet.errors import LayoutError
from laionet.schema import CORPUS

#: Fields of the corpus schema that come out of a file; the others tell where a row is.
FIELDS = tuple(name for name in CORPUS.names if name not in ("file", "row", "laion_row"))

#: Fields that say whether an image is safe to show.
SAFETY = ("nsfw", "punsafe", "nsfw_score")

#: Layouts whose files are numbered parts, so that a row has the paper's id.
LAION = frozenset({"laion-400m", "laion-2b", "re-laion"})

#: Names under which a field is found where a layout's own name for it is not there, best first. Of several
#: image-text similarities the one of CLIP ViT-B/32 comes first: LAION's own is of that model.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "caption": ("caption", "TEXT", "text", "alt", "alt_text", "alttext", "captions"),
    "url": ("url", "URL", "image_url", "img_url", "imageurl", "src"),
    "nsfw": ("NSFW",),
    "punsafe": ("punsafe",),
    "nsfw_score": ("nsfw_score", "nsfw_score_opennsfw2", "nsfw_score_gantman"),
    "width": ("original_width", "width", "image_width"),
    "height": ("original_height", "height", "image_height"),
    "image_text_similarity": (
        "similarity",
        "image_text_similarity",
        "clip_b32_similarity_score",
        "clip_similarity_vitb32",
        "clip_l14_similarity_score",
        "clip_similarity_vitl14",
    ),
}


@dataclass(frozen=True)
class Layout:
    """Where the fields of the corpus schema are in a file.

    Attributes:
        name: ``"laion-400m"``, ``"re-laion"``, ..., or ``"columns"`` for any other file with named columns.
        columns: corpus field to column name. Without a header: in the order of the file's columns.
        needs: columns by which the layout is known.
        safety: which of ``nsfw``, ``punsafe`` and ``nsfw_score`` the corpus has.
        header: whether a text file begins with the names of its columns.
    """

    name: str
    columns: Mapping[str, str]
    needs: frozenset[str]
    safety: tuple[str, ...]
    header: bool = True

    def spoken(self) -> str:
        """The column map in words, for people: ``"caption from TEXT, url from URL"``."""
        return ", ".join(f"{field} from {column}" for field, column in self.columns.items())


def _known(
    name: str, needs: str, columns: dict[str, str], *, similarity: str | None = None, header: bool = True
) -> Layout:
    ordered = {field: columns[field] for field in FIELDS if field in columns} if header else columns
    if similarity:
        ordered["image_text_similarity"] = similarity
    safety = tuple(field for field in SAFETY if field in columns)
    return Layout(name, ordered, frozenset(needs.split()), safety, header)


_UPPER = {"caption": "TEXT", "url": "URL", "width": "WIDTH", "height": "HEIGHT"}
_LOWER = {"caption": "caption", "url": "url", "width": "width", "height": "height"}
_ORIGINAL = {"url": "url", "width": "original_width", "height": "original_height"}

#: In the order of trial: the most particular first. Two of Re-LAION: its own, and the joined tables' names.
_TRIALS = (
    _known(
        "img2dataset",
        "url caption key status error_message",
        {**_ORIGINAL, "caption": "caption", "nsfw": "NSFW", "punsafe": "punsafe"},
        similarity="similarity",
    ),
    _known("datacomp", "uid url text", {**_ORIGINAL, "caption": "text"}, similarity="clip_b32_similarity_score"),
    _known(
        "coyo-700m",
        "url text clip_similarity_vitb32",
        {**_LOWER, "caption": "text", "nsfw_score": "nsfw_score_opennsfw2"},
        similarity="clip_similarity_vitb32",
    ),
    _known("re-laion", "url caption punsafe", {**_LOWER, "punsafe": "punsafe"}, similarity="similarity"),
    _known("re-laion", "URL TEXT punsafe", {**_UPPER, "punsafe": "punsafe"}, similarity="similarity"),
    _known("laion-2b", "URL TEXT NSFW LANGUAGE", {**_UPPER, "nsfw": "NSFW"}, similarity="similarity"),
    _known("laion-400m", "URL TEXT NSFW similarity", {**_UPPER, "nsfw": "NSFW"}, similarity="similarity"),
    _known("columns", "caption", {"caption": "caption", "url": "url"}),
)
_HEADERLESS = (
    _known("cc3m", "caption url", {"caption": "caption", "url": "url"}, header=False),
    _known("cc12m", "url caption", {"url": "url", "caption": "caption"}, header=False),
)

#: Every layout by name. The English LAION-2B has the very columns of LAION-400M and is recognised as that;
#: what is read from it is the same.
LAYOUTS: dict[str, Layout] = {known.name: known for known in reversed((*_HEADERLESS, *_TRIALS))}


def detect(columns: Sequence[str], *, headerless_sample: Sequence[Sequence[str]] | None = None) -> Layout:
    """Recognise the layout of a file by its columns.

    Names are compared as they stand first, then without regard to case.

    Args:
        columns: names of the file's columns; of a text file the fields of its first line.
        headerless_sample: of a text file that may have no header, the fields of its first lines.

    Returns:
        The layout, with the names as this file has them and only the fields that it has.

    Raises:
        LayoutError: saying what was seen, and what the nearest layout expects.
    """
    if headerless_sample and any(_is_url(field) for field in headerless_sample[0]):
        return _without_header(headerless_sample)
    for folded in (False, True):
        for trial in _TRIALS[:-1]:
            if not _missing(trial, columns, folded=folded):
                return _bind(trial, columns)
    bound = _bind(LAYOUTS["columns"], columns)
    if "caption" in bound.columns:
        return bound
    sample = headerless_sample or ()
    if 2 * sum(any(map(_is_url, row)) for row in sample) > len(sample):
        return _without_header(sample)
    raise LayoutError(_misfit(columns))


def named(
    name: str, columns: Sequence[str], *, headerless_sample: Sequence[Sequence[str]] | None = None
) -> Layout:
    """Fit the layout called ``name`` to a file; arguments, result and errors as of :func:`detect`."""
    if name not in LAYOUTS:
        raise LayoutError(f"There is no layout {name!r}. There are: auto, {', '.join(LAYOUTS)}.")
    if not LAYOUTS[name].header and headerless_sample:
        return _named_without_header(name, columns, headerless_sample)
    for trial in (*_TRIALS, *_HEADERLESS):
        if trial.name == name and (name == "columns" or not _missing(trial, columns)):
            bound = _bind(trial, columns)
            if "caption" in bound.columns:
                return bound
    expected = " or ".join(sorted(", ".join(sorted(t.needs)) for t in (*_TRIALS, *_HEADERLESS) if t.name == name))
    raise LayoutError(f"The layout {name} needs the columns {expected}; seen are {_list(columns)}.")


def custom(columns: Mapping[str, str]) -> Layout:
    """A layout out of the user's own map, for example ``{"caption": "alt", "url": "src"}``.

    Only the fields of the map are read; a safety mark that is to count must be in it.

    Raises:
        LayoutError: a field that the corpus schema does not have, or no caption.
    """
    unknown = sorted(set(columns) - set(FIELDS))
    if unknown:
        raise LayoutError(f"A column map has no field {', '.join(unknown)}. Fields are: {', '.join(FIELDS)}.")
    if "caption" not in columns:
        raise LayoutError(f"A column map must say which column holds the caption; it has {_list(columns)}.")
    safety = tuple(field for field in SAFETY if field in columns)
    return Layout("columns", dict(columns), frozenset(columns.values()), safety)


def fit(layout: Layout, columns: Sequence[str]) -> Layout:
    """Fit a layout made by :func:`custom` to a file: every column of it must be there.

    Raises:
        LayoutError: naming the columns that are missing, and those that were seen.
    """
    found = {
        field: _find((column,), columns, folded=False) or _find((column,), columns)
        for field, column in layout.columns.items()
    }
    missing = [layout.columns[field] for field, column in found.items() if column is None]
    if missing:
        raise LayoutError(
            f"The column map names {_list(missing)}, which the file does not have; seen are {_list(columns)}."
        )
    return replace(layout, columns=_once({f: c for f, c in found.items() if c is not None}, columns))


def _bind(layout: Layout, columns: Sequence[str]) -> Layout:
    """The layout with the names that the file has, and without the fields that it has not."""
    found: dict[str, str] = {}
    for field in FIELDS:
        own = [layout.columns[field]] if field in layout.columns else []
        for spellings, folded in (
            (own, False),
            (own, True),
            (_SPELLINGS[field], False),
            (_SPELLINGS[field], True),
        ):
            column = _find(spellings, columns, folded=folded)
            if column is not None:
                found.setdefault(field, column)
    safety = tuple(field for field in SAFETY if field in found)
    return replace(layout, columns=_once(found, columns), safety=safety, header=True)


def _missing(layout: Layout, columns: Sequence[str], *, folded: bool = True) -> list[str]:
    return sorted(need for need in layout.needs if _find((need,), columns, folded=folded) is None)


def _once(found: dict[str, str], columns: Sequence[str]) -> dict[str, str]:
    """Refuse a column whose name occurs more than once: which of them is meant cannot be known."""
    for column in found.values():
        if list(columns).count(column) > 1:
            raise LayoutError(f"The column {column} is in the file more than once; seen are {_list(columns)}.")
    return found


def _without_header(sample: Sequence[Sequence[str]], undecided: str = "cc3m") -> Layout:
    pairs = [row for row in sample if len(row) == 2]
    if 2 * len(pairs) < len(sample):
        raise LayoutError(
            f"The file has no header and {len(sample[0])} columns; without a header only caption TAB url "
            "(CC3M) and url TAB caption (CC12M) are known. Put the names of the columns in a first line."
        )
    first, second = (sum(_is_url(row[i]) for row in pairs) for i in (0, 1))
    if first == second:
        return LAYOUTS[undecided]
    return LAYOUTS["cc12m" if first > second else "cc3m"]


def _named_without_header(name: str, columns: Sequence[str], sample: Sequence[Sequence[str]]) -> Layout:
    has_header = not any(_is_url(field) for field in sample[0])
    if has_header and not _missing(LAYOUTS[name], columns):
        return _bind(LAYOUTS[name], columns)  # somebody put the names in front, as downloaders ask for
    seen = _without_header(sample, undecided=name)
    if seen.name != name:
        raise LayoutError(
            f"The layout {name} is {' TAB '.join(LAYOUTS[name].columns)}, but the first lines look like "
            f"{' TAB '.join(seen.columns)} ({seen.name}): {' TAB '.join(sample[0])[:120]!r}."
        )
    return seen


def _misfit(columns: Sequence[str]) -> str:
    folded = {column.casefold() for column in columns}

    def nearness(trial: Layout) -> tuple[float, int]:
        found = len(trial.needs) - len(_missing(trial, columns))
        return found / len(trial.needs), sum(name.casefold() in folded for name in trial.columns.values())

    nearest = max(_TRIALS[:-1], key=nearness)
    if nearness(nearest) == (0, 0):
        nearest = LAYOUTS["columns"]
    return (
        f"No column holds captions as far as the names tell. Seen are {_list(columns)}. Expected, for the "
        f"nearest layout {nearest.name}, are {_list(sorted(nearest.needs))}; "
        f"missing: {_list(_missing(nearest, columns))}. "
        "Say which columns to read with a map such as caption = 'alt', url = 'src'."
    )


def _find(spellings: Iterable[str], columns: Sequence[str], *, folded: bool = True) -> str | None:
    """The column with the first of the spellings that is there; regardless of case where ``folded``."""
    for spelling in spellings:
        for column in columns:
            if column == spelling or (folded and column.strip().casefold() == spelling.casefold()):
                return column
    return None


def _is_url(text: str) -> bool:
    return text.lstrip("\ufeff\"' ").lower().startswith(("http://", "https://", "//", "ftp://"))


def _list(names: Iterable[str]) -> str:
    names = list(names)
    shown = ", ".join(name[:60] for name in names[:30])
    return (shown or "none") + (f" and {len(names) - 30} more" if len(names) > 30 else "")
