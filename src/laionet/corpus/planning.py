"""From files to shards: which layout the corpus has, and which rows of which file are one unit of work."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from laionet.corpus.convert import require_text
from laionet.corpus.layouts import LAION, LAYOUTS, Layout, custom, detect, fit, named
from laionet.corpus.opening import open_parquet
from laionet.corpus.sources import CorpusFile
from laionet.corpus.textfiles import read_head
from laionet.errors import CorpusError, LaionetError, LayoutError

#: Counts up when the same file is read to other rows; results made from the old ones are then not reused.
READER_VERSION = 1

_PART = re.compile(r"part-(\d+)")
_THREADS = 16

_Resolve = Callable[[Sequence[str], Sequence[Sequence[str]] | None], Layout]


@dataclass(frozen=True)
class CorpusShard:
    """A unit of work: a run of row groups of a parquet file, or a whole text file. Picklable.

    Attributes:
        file: the file.
        layout: the layout, with the names that this file has.
        first_row: position in the file of the shard's first row.
        row_groups: first row group and the one past the last; none for a text file.
        laion_part: number of the part, where the corpus is LAION and the file is named ``part-NUMBER...``.
        index: position of the shard in the plan.
        rows: number of rows; none for a text file, which is counted when it is read.
    """

    file: CorpusFile
    layout: Layout
    first_row: int
    row_groups: tuple[int, int] | None
    laion_part: int | None
    index: int
    rows: int | None = None

    @property
    def name(self) -> str:
        """What results made from this shard are called: its place in the plan, five digits or more."""
        return f"{self.index:05d}"

    def identity(self) -> str:
        """A digest of all that decides the rows read: the file's content and name, which part, which columns.

        Where the file lies and the shard's place in the plan are not in it.
        """
        parts = [
            READER_VERSION,
            self.file.name,
            self.file.fingerprint,
            self.file.kind,
            self.file.compression,
            self.first_row,
            self.row_groups,
            self.laion_part,
            sorted(self.layout.columns.items()),
            list(self.layout.columns) if not self.layout.header else None,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


Shard = CorpusShard


@dataclass(frozen=True)
class Plan:
    """How a corpus will be read.

    Attributes:
        shards: in the order of the files, and of rows in each.
        layouts: the layouts of the files, each once, with the names of the first file that has it;
            ``spoken()`` tells one to people. Files of several corpora may be read in one run.
        set_aside: files that cannot be read, each with the reason.
        rows: number of rows; none where there are text files.
        files: all files that were given.
    """

    shards: list[CorpusShard]
    layouts: tuple[Layout, ...]
    set_aside: list[tuple[CorpusFile, str]]
    rows: int | None
    files: tuple[CorpusFile, ...]


@dataclass(frozen=True)
class _Seen:
    """What a look at a file gave: rows of each row group, of a text file none; or why it is unreadable."""

    file: CorpusFile
    layout: Layout | None = None
    groups: tuple[int, ...] | None = ()
    unreadable: str | None = None


def plan(
    files: Sequence[CorpusFile],
    *,
    layout: str | Layout = "auto",
    columns: Mapping[str, str] | None = None,
    rows_per_shard: int = 1_000_000,
) -> Plan:
    """Cut a corpus into shards. Of each parquet file the footer is read, of a text file its first lines.

    Args:
        files: from :func:`laionet.corpus.list_files`.
        layout: ``"auto"``, the name of a layout, or one made by :func:`laionet.corpus.custom`.
        columns: a column map of the user's own, such as ``{"caption": "alt", "url": "src"}``.
        rows_per_shard: a shard of a parquet file has as many row groups as have no more rows; at least one.

    Raises:
        LayoutError: a file does not fit the layout.
        CorpusError: no files, or none that can be read.
    """
    if not files:
        raise CorpusError("No corpus file was named.")
    if rows_per_shard < 1:
        raise ValueError(f"rows_per_shard is {rows_per_shard}; it must be at least 1")
    resolve = _resolver(layout, columns)
    with ThreadPoolExecutor(_THREADS) as pool:
        looks = list(pool.map(lambda file: _look(file, resolve), files))
    set_aside = [(seen.file, seen.unreadable) for seen in looks if seen.unreadable is not None]
    if len(set_aside) == len(looks):
        reasons = "; ".join(f"{file.name}: {reason}" for file, reason in set_aside[:3])
        raise CorpusError(f"None of the {len(looks)} corpus files can be read. {reasons}")
    empty = layout if isinstance(layout, Layout) else LAYOUTS.get(layout, LAYOUTS["columns"])
    shards: list[CorpusShard] = []
    for seen in looks:
        if seen.unreadable is None:
            shards += _shards(seen, seen.layout or empty, rows_per_shard, len(shards))
    counts = [shard.rows for shard in shards]
    rows = None if None in counts else sum(count for count in counts if count is not None)
    layouts = {str(sorted(seen.layout.columns)) + seen.layout.name: seen.layout for seen in looks if seen.layout}
    return Plan(shards, tuple(layouts.values()) or (empty,), set_aside, rows, tuple(files))


def _resolver(layout: str | Layout, columns: Mapping[str, str] | None) -> _Resolve:
    if columns and layout not in ("auto", "columns"):
        name = layout if isinstance(layout, str) else layout.name
        raise LayoutError(f"Give either a column map or the layout {name}, not both.")
    if columns or isinstance(layout, Layout):
        mapped = custom(columns) if columns else layout
        assert isinstance(mapped, Layout)
        return lambda names, sample: fit(mapped, names)
    if layout == "auto":
        return lambda names, sample: detect(names, headerless_sample=sample)
    if layout not in LAYOUTS:
        raise LayoutError(f"There is no layout {layout!r}. There are: auto, {', '.join(LAYOUTS)}.")
    return lambda names, sample: named(layout, names, headerless_sample=sample)


def _look(file: CorpusFile, resolve: _Resolve) -> _Seen:
    try:
        if file.size == 0:
            return _Seen(file)
        return _look_at_parquet(file, resolve) if file.kind == "parquet" else _look_at_text(file, resolve)
    except LayoutError as error:
        raise LayoutError(f"{file.name}: {str(error).removeprefix(f'{file.name}: ')}") from error
    except LaionetError:
        raise
    except Exception as error:  # Arrow, decompressors and drivers each have exceptions of their own
        return _Seen(file, unreadable=f"{type(error).__name__}: {error}")


def _look_at_parquet(file: CorpusFile, resolve: _Resolve) -> _Seen:
    parquet = open_parquet(file.uri)
    schema, footer = parquet.schema_arrow, parquet.metadata
    groups = tuple(footer.row_group(i).num_rows for i in range(footer.num_row_groups))
    if not schema.names and not sum(groups):
        return _Seen(file)
    layout = resolve(schema.names, None)
    require_text_columns(file, layout, {name: schema.field(name).type for name in layout.columns.values()})
    return _Seen(file, layout, groups)


def require_text_columns(file: CorpusFile, layout: Layout, types: Mapping[str, object]) -> None:
    """Refuse a file whose captions or addresses are not text; ``types`` has the type of each column."""
    for field in ("caption", "url"):
        if field in layout.columns and layout.columns[field] in types:
            column = layout.columns[field]
            require_text(file.name, field, column, types[column])


def _look_at_text(file: CorpusFile, resolve: _Resolve) -> _Seen:
    head = read_head(file)
    if not head.rows:
        return _Seen(file)
    layout = resolve(head.rows[0], head.rows)
    only_header = head.whole and len(head.rows) <= int(layout.header)
    return _Seen(file, layout, () if only_header else None)


def _shards(seen: _Seen, layout: Layout, rows_per_shard: int, index: int) -> Iterator[CorpusShard]:
    part = _laion_part(seen.file, layout)
    if seen.file.kind != "parquet" or not seen.groups:
        rows = None if seen.groups is None else 0
        groups = None if seen.file.kind != "parquet" else (0, 0)
        yield CorpusShard(seen.file, layout, 0, groups, part, index, rows)
        return
    for i, (start, stop) in enumerate(_runs(seen.groups, rows_per_shard)):
        before, rows = sum(seen.groups[:start]), sum(seen.groups[start:stop])
        yield CorpusShard(seen.file, layout, before, (start, stop), part, index + i, rows)


def _runs(groups: Sequence[int], rows_per_shard: int) -> Iterator[tuple[int, int]]:
    start = rows = 0
    for i, count in enumerate(groups):
        if i > start and rows + count > rows_per_shard:
            yield start, i
            start, rows = i, 0
        rows += count
    yield start, len(groups)


def _laion_part(file: CorpusFile, layout: Layout) -> int | None:
    found = _PART.search(file.name.rsplit("/", 1)[-1])
    return int(found.group(1)) if found and layout.name in LAION else None
