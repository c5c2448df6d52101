"""The same figure, the same PDF bytes.

svg2pdf, which vl-convert uses, keeps fonts in a hash map: with two fonts the objects of a PDF come in another
order, under other numbers, at each call. Here they are numbered as a walk from the root meets them.
"""

from __future__ import annotations

import re
from itertools import pairwise

_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_ENTRY = re.compile(rb"\s*/\S+ \d+ 0 R")
_XREF = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")


def canonical_pdf(pdf: bytes) -> bytes:
    """The PDF with its objects in the order of a walk from the trailer, and its resources by name.

    What is not laid out as svg2pdf does it (one plain cross-reference table) is returned as it is.
    """
    found = _XREF.search(pdf)
    if found is None or not pdf.startswith(b"xref", int(found[1])):
        return pdf
    table = pdf[int(found[1]) : found.start()]
    rows, _, trailer = table.partition(b"trailer")
    objects = _objects(pdf, [int(offset) for offset in re.findall(rb"(\d{10}) \d{5} n", rows)], int(found[1]))
    order = _walk(objects, trailer)
    renamed = {old: new for new, old in enumerate(order, start=1)}
    header = pdf[: min(offset for offset, _, _ in objects.values())]
    out, offsets = bytearray(header), []
    for old in order:
        _, head, stream = objects[old]
        offsets.append(len(out))
        out += b"%d 0 obj" % renamed[old] + _renumbered(head, renamed) + stream
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f\r\n" % (len(order) + 1)
    out += b"".join(b"%010d 00000 n\r\n" % offset for offset in offsets)
    trailer = re.sub(rb"/Size \d+", b"/Size %d" % (len(order) + 1), _renumbered(trailer, renamed))
    return bytes(out + b"trailer" + trailer + b"startxref\n%d\n%%%%EOF" % start)


def _objects(pdf: bytes, offsets: list[int], end: int) -> dict[int, tuple[int, bytes, bytes]]:
    """Offset, dictionary and stream (to the object's end) of each object, by number."""
    objects = {}
    bounds = [*sorted(offsets), end]
    for begin, stop in pairwise(bounds):
        name, _, body = pdf[begin:stop].partition(b" 0 obj")
        head, keyword, stream = body.partition(b"\nstream\n")
        objects[int(name)] = (begin, _sorted_entries(head), keyword + stream)
    return objects


def _sorted_entries(head: bytes) -> bytes:
    """Neighbouring ``/name reference`` lines by name: a dictionary has no order of its own."""
    lines = head.split(b"\n")
    begin = 0
    while begin < len(lines):
        stop = begin
        while stop < len(lines) and _ENTRY.fullmatch(lines[stop]):
            stop += 1
        lines[begin:stop] = sorted(lines[begin:stop])
        begin = stop + 1
    return b"\n".join(lines)


def _walk(objects: dict[int, tuple[int, bytes, bytes]], trailer: bytes) -> list[int]:
    """Object numbers as a depth-first walk from the trailer meets them."""
    order: dict[int, None] = {}
    waiting = [int(number) for number in reversed(_REFERENCE.findall(trailer))]
    while waiting:
        number = waiting.pop()
        if number not in order:
            order[number] = None
            waiting += [int(other) for other in reversed(_REFERENCE.findall(objects[number][1]))]
    return list(order)


def _renumbered(head: bytes, renamed: dict[int, int]) -> bytes:
    return _REFERENCE.sub(lambda found: b"%d 0 R" % renamed[int(found[1])], head)
