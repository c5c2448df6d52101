"""Sets of classifiers by one name.

``paper`` is the list of the paper's published scripts (its notebook of LAIONet against ImageNet names all 29),
with the owner of each checkpoint on the Hugging Face Hub.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

_RESNET = tuple(f"microsoft/resnet-{depth}" for depth in (18, 34, 50, 101, 152))
_CONVNEXT = tuple(
    f"facebook/convnext-{size}"
    for size in ("tiny-224", "small-224", "base-224", "large-224", "base-384", "large-384")
)
_VIT = tuple(
    f"google/vit-{size}"
    for size in (
        "base-patch16-224",
        "base-patch16-384",
        "base-patch32-384",
        "large-patch16-224",
        "large-patch16-384",
        "large-patch32-384",
    )
)
_CONVNEXT_TUNED = tuple(
    f"facebook/convnext-{size}-22k-1k" for size in ("base-224", "large-224", "base-384", "large-384")
)
_BEIT = tuple(
    f"microsoft/beit-{size}"
    for size in ("base-patch16-224", "base-patch16-384", "large-patch16-224", "large-patch16-384")
)
_LARGE_HEAD = (
    "facebook/convnext-base-224-22k",
    "facebook/convnext-large-224-22k",
    "microsoft/beit-base-patch16-224-pt22k-ft22k",
    "microsoft/beit-large-patch16-224-pt22k-ft22k",
)

#: The paper's 29 classifiers, each with its group (Section 2): trained on ImageNet-1k; pre-trained on
#: ImageNet-21k or -22k and fine-tuned on 1k; trained on 21k or 22k, with a head of that many classes.
PAPER = MappingProxyType(
    dict.fromkeys(_RESNET + _CONVNEXT, "1k")
    | dict.fromkeys(_VIT + _CONVNEXT_TUNED + _BEIT, "21k to 1k")
    | dict.fromkeys(_LARGE_HEAD, "21k")
)

PRESETS = MappingProxyType({"paper": tuple(PAPER)})


def expand(names: Iterable[str]) -> tuple[str, ...]:
    """Names of models with every preset in them written out, each once, in their order.

    Example:
        >>> len(expand(["microsoft/resnet-18", "paper"]))
        29
    """
    return tuple(dict.fromkeys(model for name in names for model in PRESETS.get(name, (name,))))
