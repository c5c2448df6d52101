"""Text encoders: captions and synset texts to unit vectors.

Three kinds are known: the text tower of CLIP, that of SigLIP, and sentence-transformers models. One encoder,
all-MiniLM-L6-v2, comes with the package as ``"embedded"`` and needs no download.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from laionet.errors import ModelError
from laionet.models.checkpoint import (
    EMBEDDED,
    check_official,
    check_safe,
    digest_of,
    file_hashes,
    find_checkpoint,
    kind_of,
)

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Encoded:
    """Embeddings of n texts.

    Attributes:
        embeddings: float32 (n, dim), each of length 1, so that a dot product is a cosine.
        truncated: bool (n,), whether the text is longer than the model reads.
    """

    embeddings: np.ndarray
    truncated: np.ndarray


class TextEncoder(Protocol):
    """An open text encoder.

    Attributes:
        name: as it was asked for.
        kind: ``"clip"``, ``"siglip"`` or ``"sentence"``.
        dim: length of an embedding.
        max_tokens: how many tokens of a text are read, special ones included.
        device: where it runs, such as ``"cpu"`` or ``"cuda"``.
        precision: its arithmetic, ``"fp32"``, ``"bf16"``, ``"fp16"`` or ``"int8"``.
        digest: sha256 over weights, configuration and tokenizer; see ``encoder_digest``.
    """

    name: str
    kind: str
    dim: int
    max_tokens: int
    device: str
    precision: str
    digest: str

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Embed ``texts``, in their order.

        A text's embedding does not depend on the texts around it. Any string is taken: empty ones, ones of
        megabytes, with lone surrogates or NUL. Numbers that overflow in fp16 stay NaN for the caller to drop.
        """
        ...

    def embed(self, texts: Sequence[str]) -> tuple[Tensor, np.ndarray]:
        """As ``encode``: the embeddings as a float32 tensor that stays on the encoder's device, and which texts
        were truncated.
        """
        ...


def open_text_encoder(
    name: str = EMBEDDED,
    *,
    device: str = "auto",
    precision: str = "fp32",
    batch_tokens: int | None = None,
    check_hash: bool = True,
) -> TextEncoder:
    """Load a text encoder.

    Only safetensors weights are read and no code of a checkpoint is run.

    Args:
        name: ``"embedded"``; or a local folder; or a Hugging Face name, such as
            ``"openai/clip-vit-base-patch32"`` or ``"sentence-transformers/all-mpnet-base-v2"``, with
            ``@revision`` if wanted.
        device: auto, cpu, cuda, cuda:N or mps.
        precision: fp32, bf16, fp16 on a GPU, or int8 (linear layers only) on a processor; docs/describe.md says
            what each changes.
        batch_tokens: tokens computed at once; speed only. None picks what suits the device.
        check_hash: compare the embedded weights with the official ones.

    Raises:
        ModelError: for an unknown name, device or precision, and for a model that is not supported, not
            safe to load, incomplete, or not the official one.

    Example:
        >>> encoder = open_text_encoder(device="cpu")
        >>> encoded = encoder.encode(["a tabby cat", "a striped cat", "a go-kart"])
        >>> encoded.embeddings.shape
        (3, 384)
        >>> bool(encoded.embeddings[0] @ encoded.embeddings[1] > encoded.embeddings[0] @ encoded.embeddings[2])
        True
    """
    from laionet.models.device import choose_device, choose_dtype

    if batch_tokens is not None and batch_tokens < 1:
        raise ModelError(f"batch_tokens is {batch_tokens}; give 1 or more, or leave it out")
    chosen = choose_device(device)
    dtype = choose_dtype(precision, chosen, int8=True)
    folder = find_checkpoint(name)
    kind = kind_of(folder, name)
    check_safe(folder, name)
    hashes = file_hashes(folder, name)
    if check_hash:
        check_official(hashes, name)

    from laionet.models.encoder import TorchTextEncoder
    from laionet.models.towers import load_tower

    return TorchTextEncoder(
        load_tower(folder, kind, name),
        name=name,
        kind=kind,
        digest=digest_of(hashes),
        device=chosen,
        precision=precision,
        dtype=dtype,
        batch_tokens=batch_tokens,
    )


def encoder_digest(name: str = EMBEDDED) -> str:
    """The ``digest`` that an encoder of this name has once open, without loading it.

    It is a sha256 over the sha256 of each file that determines the numbers: weights, configuration,
    tokenizer. The folder's path, the device and the precision are not in it.

    Raises:
        ModelError: where there is no such model, or it is not supported.
    """
    folder = find_checkpoint(name)
    kind_of(folder, name)
    return digest_of(file_hashes(folder, name))
