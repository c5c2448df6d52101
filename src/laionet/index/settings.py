"""What decides how an index is built."""

from __future__ import annotations

from dataclasses import dataclass

#: Rows up to which all vectors are looked at.
FLAT_UP_TO = 100_000
#: Rows that lists take; with fewer all are looked at, whatever was asked for.
LEAST_IN_LISTS = 256


@dataclass(frozen=True)
class IndexSettings:
    """How an index is built.

    Attributes:
        kind: ``flat`` looks at all vectors, ``ivf`` at some lists; ``auto`` is flat up to ``FLAT_UP_TO`` rows.
        encoder: text encoder, as ``models.text.open_text_encoder`` takes it; of a table of embeddings the one that
            they are of, none where that is not known.
        precision: what vectors are kept in, ``float16`` (a cosine is then true to 1e-4) or ``float32``.
        keep_vectors: true similarities at the end of every search. A flat index always keeps them.
        recall: share of queries whose nearest row is to be found, 0 to 1; decides how many lists are looked at.
        sample: queries that lists are chosen by, and as many that the recall is reported of.
        k: neighbours that recall is reported of beside the nearest.
        lists: number of lists; none for what the number of rows suggests.
        seed: of the samples and the centroids.
        rows_per_part: rows of a part; none for what fits into memory.
        device: of the encoder; speed only.
    """

    kind: str = "auto"
    encoder: str | None = None
    precision: str = "float16"
    keep_vectors: bool = True
    recall: float = 0.99
    sample: int = 1_000
    k: int = 10
    lists: int | None = None
    seed: int = 0
    rows_per_part: int | None = None
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.kind not in ("auto", "flat", "ivf"):
            raise ValueError(f"There is no kind {self.kind!r}; choose auto, flat or ivf.")
        if self.precision not in ("float16", "float32"):
            raise ValueError(f"There is no precision {self.precision!r}; choose float16 or float32.")
        if not 0 < self.recall <= 1:
            raise ValueError(f"The recall is {self.recall}; it must be above 0 and at most 1.")
        if min(self.sample, self.k) < 1 or (self.lists is not None and self.lists < 1):
            raise ValueError("The sample, the neighbours and the lists must be 1 or more.")
