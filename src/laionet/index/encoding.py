"""The encoder that an index's vectors and its queries are made with."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from laionet.errors import ModelError
from laionet.index.parts import Encode

#: Encodes captions where nothing else is said.
USUAL = "embedded"


class IndexEncoder:
    """The text encoder of an index, loaded when it is first needed.

    Attributes:
        name: as asked for; none for embeddings of an encoder that is not known.
        digest: of its files; none where it is a function of the caller's.
        identity: in the key of all that is made with it.
        loading: seconds that loading it took.
    """

    def __init__(self, name: str | None, device: str, encode: Encode | None, *, needed: bool) -> None:
        self.name = name if name or not needed else USUAL
        self.digest: str | None = None
        self.loading = 0.0
        self._device, self._encode = device, encode
        if self.name and encode is None:
            from laionet.models.text import encoder_digest

            self.digest = encoder_digest(self.name)
        self.identity = self.digest or self.name or ""

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of texts, float32 (n, dim)."""
        if self._encode is None:
            started = time.perf_counter()
            self._encode = open_encoder(self.name, self._device)
            self.loading += time.perf_counter() - started
        return self._encode(texts)

    def vectors(self, queries: np.ndarray | Sequence[str]) -> np.ndarray:
        """Queries as embeddings."""
        return queries if isinstance(queries, np.ndarray) else self(list(queries))


def open_encoder(name: str | None, device: str = "auto") -> Encode:
    """A function from texts to unit vectors.

    Raises:
        ModelError: without a name.
    """
    if name is None:
        raise ModelError("It is not known which encoder the embeddings are of. Name it with --encoder.")
    from laionet.models.text import open_text_encoder

    encoder = open_text_encoder(name, device=device)
    return lambda texts: encoder.encode(list(texts)).embeddings
