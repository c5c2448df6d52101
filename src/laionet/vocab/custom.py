"""Classes of one's own, from a CSV; the shipped ImageNet table has the same format."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from laionet.errors import ClassListError
from laionet.vocab.synset import Synset, lemma_problem

#: Columns of a table that laionet writes. ``index`` is the label: the position of the row.
COLUMNS = ("index", "wnid", "name", "lemmas", "senses", "definition", "gloss")
_NEEDED = ("wnid", "name", "lemmas", "definition")


def read_csv(path: str | Path) -> tuple[Synset, ...]:
    """The classes of a CSV, one a row; the label of a class is the position of its row.

    The header names the columns, in any order: ``id`` or ``wnid``; ``name``; ``lemmas``, separated by
    ``|`` or ``;`` or, where the cell has neither, by ``,`` (put first the one that texts should use);
    ``definition``. ``gloss`` and ``senses`` (one number for each lemma) are read where they are there, so
    that what ``ClassList.to_csv`` wrote reads back the same. Further columns are ignored.

    Raises:
        ClassListError: naming the file and the line, for a missing or unreadable file or an unusable row.
    """
    try:
        content = Path(path).expanduser().read_bytes()
    except FileNotFoundError as error:
        raise ClassListError(f"No class list at {path}; give the path of a CSV file.") from error
    except OSError as error:
        raise ClassListError(f"The class list {path} cannot be read: {error}.") from error
    return parse_csv(content, str(path))


def parse_csv(content: bytes, source: str) -> tuple[Synset, ...]:
    """As ``read_csv``, from bytes; ``source`` stands for the file in messages."""
    records = _records(_decoded(content, source), source)
    _, header = next(records, (1, []))
    columns = _columns(header, source)
    synsets = []
    lines: dict[str, int] = {}
    for line, record in records:
        where = f"{source}, line {line}"
        if len(record) != len(header):
            raise ClassListError(
                f"{where}: {len(record)} fields where the header has {len(header)}. A text that holds a "
                f"comma or a line break must stand in double quotes."
            )
        synset = _synset({name: record[at].strip() for name, at in columns.items()}, where)
        if synset.wnid in lines:
            raise ClassListError(
                f"{where}: the id {synset.wnid!r} is already that of line {lines[synset.wnid]}; "
                f"give each class its own, or join the two."
            )
        lines[synset.wnid] = line
        synsets.append(synset)
    if not synsets:
        raise ClassListError(f"{source}: no class below the header; add a line for each class.")
    return tuple(synsets)


def csv_row(index: int, synset: Synset) -> list[str]:
    """The cells of a class in the order of ``COLUMNS``; ``parse_csv`` reads them back the same."""
    lemmas = join_lemmas(synset.lemmas)
    senses = "|".join(map(str, synset.senses))
    return [str(index), synset.wnid, synset.name, lemmas, senses, synset.definition, synset.gloss]


def join_lemmas(lemmas: tuple[str, ...]) -> str:
    """The lemmas as one cell."""
    # A comma separates only where no bar does: the bar at the end keeps a single "Paris, Texas" whole.
    return lemmas[0] + "|" if len(lemmas) == 1 and "," in lemmas[0] else "|".join(lemmas)


def _decoded(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ClassListError(
            f"{source}, line {line}: not UTF-8 (byte 0x{content[error.start]:02x}). Save the file as UTF-8; "
            f"spreadsheets call it 'CSV UTF-8'."
        ) from error


def _records(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the number of the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                yield start, record
            start = reader.line_num + 1
    except csv.Error as error:
        raise ClassListError(
            f"{source}, line {start}: not readable as CSV ({error}). A double quote inside a quoted text is "
            f"written twice."
        ) from error


def _columns(header: list[str], source: str) -> dict[str, int]:
    """The position of each column that is read."""
    names = [cell.strip().lower() for cell in header]
    if "wnid" not in names and "id" in names:
        names[names.index("id")] = "wnid"
    missing = ["id" if name == "wnid" else name for name in _NEEDED if name not in names]
    if missing:
        seen = ", ".join(cell.strip() for cell in header) or "none"
        other = len(names) == 1 and re.search(r"[;\t|]", names[0])
        hint = f" The header is separated by {other[0]!r}; separate by commas." if other else ""
        raise ClassListError(
            f"{source}: no column {', '.join(missing)}; the first line must name the columns id (or wnid), "
            f"name, lemmas and definition; it names {seen}.{hint}"
        )
    read = [name for name in names if name in COLUMNS]
    twice = sorted({name for name in read if read.count(name) > 1})
    if twice:
        raise ClassListError(f"{source}: the header names {', '.join(twice)} twice; keep one of them.")
    return {name: names.index(name) for name in read}


def _synset(cells: dict[str, str], where: str) -> Synset:
    if not cells["wnid"]:
        raise ClassListError(f"{where}: the id is empty; give each class an id of its own.")
    lemmas = _lemmas(cells["lemmas"])
    if not lemmas:
        raise ClassListError(
            f"{where}: class {cells['wnid']!r} has no lemma; give it at least one word to search for."
        )
    for lemma in lemmas:
        problem = lemma_problem(lemma)
        if problem:
            raise ClassListError(f"{where}: class {cells['wnid']!r}: the lemma {lemma!r} {problem}.")
    return Synset(
        wnid=cells["wnid"],
        name=cells["name"] or lemmas[0],
        lemmas=lemmas,
        definition=cells["definition"],
        gloss=cells.get("gloss", ""),
        senses=_senses(cells.get("senses", ""), len(lemmas), where),
    )


def _lemmas(cell: str) -> tuple[str, ...]:
    separators = r"[|;]" if re.search(r"[|;]", cell) else ","
    # WordNet writes spaces as underscores, and people copy from it; a caption has spaces.
    parts = (" ".join(part.replace("_", " ").split()) for part in re.split(separators, cell))
    return tuple(part for part in parts if part)


def _senses(cell: str, n_lemmas: int, where: str) -> tuple[int, ...]:
    if not cell:
        return ()
    parts = [part.strip() for part in cell.split("|")]
    if len(parts) != n_lemmas or not all(part.isascii() and part.isdigit() for part in parts):
        raise ClassListError(
            f"{where}: the column senses holds {cell!r}; it must hold one number for each of the {n_lemmas} "
            f"lemmas, joined by '|', or nothing."
        )
    return tuple(map(int, parts))
