"""score: cosine of each caption and its synset's text (paper, Section 2, condition 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from laionet.schema import CANDIDATES, SCORED, Drop
from laionet.stage import Needs, Outcome

if TYPE_CHECKING:
    from torch import Tensor

    from laionet.models.text import TextEncoder


@dataclass(frozen=True)
class ScoreStage:
    """Candidates to scored candidates.

    Attributes:
        texts: wnid to synset text.
        encoder: name or folder of the text encoder; ``digest`` is of its weights and tokenizer.
        precision: arithmetic of the encoder.
        device, batch_tokens: speed only.
    """

    texts: Mapping[str, str]
    encoder: str
    digest: str
    precision: str = "fp32"
    device: str = "auto"
    batch_tokens: int = 0

    name = "score"
    version = 2
    needs = Needs(cpus=1, gpus=1)
    reads = CANDIDATES
    writes = SCORED

    def identity(self) -> Mapping[str, Any]:
        """The synset texts, the weights and the precision."""
        return {"texts": sorted(self.texts.items()), "encoder": self.digest, "precision": self.precision}

    def open(self) -> Callable[[pa.Table], Outcome]:
        """Load the encoder on its device."""
        from laionet.models.text import open_text_encoder

        encoder = open_text_encoder(
            self.encoder, device=self.device, precision=self.precision, batch_tokens=self.batch_tokens or None
        )
        return Scoring(encoder, self.texts)


#: Captions whose embeddings a worker remembers from batch to batch: the first that it met.
_REMEMBERED = 32_768


class Scoring:
    """Scores batches with an open encoder.

    A synset text is encoded when its class first occurs, a caption once in a batch, and not again while it is
    remembered. An embedding does not depend on the texts around it, so that remembering changes no bit.
    Embeddings stay on the encoder's device; only cosines leave it.
    """

    def __init__(self, encoder: TextEncoder, texts: Mapping[str, str]) -> None:
        self._encoder = encoder
        self._texts = texts
        self._synsets: dict[str, Tensor] = {}
        self._captions: dict[str, tuple[Tensor, bool]] = {}

    def __call__(self, table: pa.Table) -> Outcome:
        """Score one batch of candidates; each distinct caption is encoded once."""
        if not len(table):
            return Outcome(SCORED.empty_table(), {}, 0)
        captions = pc.dictionary_encode(table["caption"].combine_chunks())
        of_caption = captions.indices.to_numpy()
        embeddings, cut = self._encode(captions.dictionary.to_pylist())
        similarity = self._cosines(embeddings, of_caption, table["wnid"])
        truncated = cut[of_caption]
        finite = np.isfinite(similarity)
        scored = table.append_column("similarity", pa.array(similarity, pa.float32()))
        scored = scored.append_column("truncated", pa.array(truncated, pa.bool_())).cast(SCORED)
        return Outcome(
            table=scored if finite.all() else scored.filter(pa.array(finite)),
            dropped={Drop.NOT_FINITE: np.flatnonzero(~finite)},
            kept=int(finite.sum()),
            counts={"truncated": int(truncated.sum())},
        )

    def _encode(self, captions: list[str]) -> tuple[Tensor, np.ndarray]:
        """Embeddings and whether truncated, of distinct captions."""
        import torch

        new = [caption for caption in captions if caption not in self._captions]
        vectors, cut = self._encoder.embed(new)
        fresh = dict(zip(new, zip(vectors, cut, strict=True), strict=True))
        both = [fresh.get(caption) or self._captions[caption] for caption in captions]
        for caption in new[: max(0, _REMEMBERED - len(self._captions))]:
            self._captions[caption] = fresh[caption]
        return torch.stack([vector for vector, _ in both]), np.array([cut for _, cut in both], dtype=bool)

    def _cosines(self, embeddings: Tensor, of_caption: np.ndarray, wnids: pa.ChunkedArray) -> np.ndarray:
        """Cosine of each row's caption and class; float64 sums, so that order of rows cannot matter."""
        import torch

        classes = pc.dictionary_encode(wnids.combine_chunks())
        synsets = self._synset_embeddings(classes.dictionary.to_pylist())
        captions, labels = (
            torch.tensor(indices, dtype=torch.int64, device=synsets.device)
            for indices in (of_caption, classes.indices.to_numpy())
        )
        products = _exact(embeddings)[captions] * synsets[labels]
        return products.sum(dim=1).clamp(-1, 1).float().cpu().numpy()

    def _synset_embeddings(self, wnids: list[str]) -> Tensor:
        import torch

        missing = [wnid for wnid in wnids if wnid not in self._synsets]
        if missing:
            vectors, _ = self._encoder.embed([self._texts[wnid] for wnid in missing])
            self._synsets.update(zip(missing, _exact(vectors), strict=True))
        return torch.stack([self._synsets[wnid] for wnid in wnids])


def _exact(vectors: Tensor) -> Tensor:
    """In float64, on their device, or on the processor where that is Apple's GPU, which has no such numbers."""
    return (vectors.cpu() if vectors.device.type == "mps" else vectors).double()
