"""What bf16 and int8 do to similarities of real captions, and where they are not to be had."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from laionet.errors import ModelError
from laionet.models import encoder as module
from laionet.models.text import open_text_encoder
from laionet.vocab import load_classes

PAIRS = 600


@cache
def candidates(root: Path) -> tuple[list[str], list[str]]:
    """Real captions and the texts of the classes whose lemma they hold."""
    lines = (root / "cc3m_val_8000.tsv").read_text(encoding="utf-8").splitlines()
    with (root / "cc3m_val_8000.paper_matches.csv").open(encoding="utf-8") as file:
        matches = list(csv.DictReader(file))[:PAIRS]
    classes = load_classes()
    text_of = dict(zip(classes.wnids, classes.texts(), strict=True))
    return [lines[int(match["row"])].split("\t")[0] for match in matches], [text_of[m["wnid"]] for m in matches]


@cache
def similarities(root: Path, precision: str) -> np.ndarray:
    captions, synsets = candidates(root)
    encoder = open_text_encoder(device="cpu", precision=precision)
    assert encoder.precision == precision
    found = encoder.encode([*captions, *dict.fromkeys(synsets)]).embeddings.astype(float)
    of_text = dict(zip(dict.fromkeys(synsets), found[len(captions) :], strict=True))
    return (found[: len(captions)] * np.stack([of_text[text] for text in synsets])).sum(axis=1)


@pytest.mark.parametrize(("precision", "most_changed"), [("bf16", 0.015), ("int8", 0.05)])
def test_similarities_keep_their_order_and_the_selected_set(
    real_data: Path, precision: str, most_changed: float
) -> None:
    exact, reduced = similarities(real_data, "fp32"), similarities(real_data, precision)
    assert not np.array_equal(exact, reduced)
    assert spearmanr(exact, reduced).statistic >= 0.999
    for threshold in (0.4, 0.5):
        selected = exact >= threshold
        assert (selected != (reduced >= threshold)).sum() <= most_changed * selected.sum()


def test_unknown_architectures_have_no_8_bit_layers(checkpoint: Callable[[str], Path]) -> None:
    with pytest.raises(ModelError, match=r"no 8-bit layers for its architecture; give precision fp32 or bf16"):
        open_text_encoder(str(checkpoint("distilbert")), device="cpu", precision="int8")


def test_a_processor_without_the_kernels_computes_bf16_throughout_and_refuses_int8(
    checkpoint: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(checkpoint("bert"))
    exact = open_text_encoder(folder, device="cpu").encode(["a cat"]).embeddings
    monkeypatch.setattr(module, "prepack", lambda layers, rows, precision: False)
    found = open_text_encoder(folder, device="cpu", precision="bf16").encode(["a cat"]).embeddings
    assert 0 < np.abs(found - exact).max() < 0.05
    with pytest.raises(ModelError, match=r"has no 8-bit products; give precision fp32 or bf16"):
        open_text_encoder(folder, device="cpu", precision="int8")
