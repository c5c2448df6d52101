"""Models of the Hugging Face Hub: into the cache, safetensors only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from laionet.errors import ModelError
from laionet.models.checkpoint import has_weights

_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors"]
_UNWANTED = ["onnx/*", "openvino/*", "*/onnx/*", "*/openvino/*"]
_CONVERSION_BOT = "SFconvertbot"


def download(name: str) -> Path:
    """The folder of a Hub model in the local cache, downloaded where it is not there.

    Args:
        name: ``owner/model`` or ``owner/model@revision``. Without a revision, a model whose main branch
            holds only pickled weights, as openai/clip-vit-base-patch32 does, is taken from the pull
            request in which the Hub's own bot converted it to safetensors.

    Raises:
        ModelError: where the Hub does not know the model, or is out of reach and the cache lacks it.
    """
    repository, _, revision = name.partition("@")
    folder = _snapshot(repository, revision or None, name)
    if revision or has_weights(folder):
        return folder
    return _converted(repository, name) or _cached_pull_request(folder) or folder


def _snapshot(repository: str, revision: str | None, name: str) -> Path:
    import huggingface_hub

    try:
        folder = huggingface_hub.snapshot_download(
            repository, revision=revision, allow_patterns=_WANTED, ignore_patterns=_UNWANTED
        )
    except Exception as error:
        raise ModelError(
            f"{name}: not a local folder, and not to be had from the Hugging Face Hub"
            f" ({type(error).__name__}: {str(error).strip().splitlines()[0]}). Give a local folder; or set"
            " HF_HOME to a cache that has the model; or check the name and be online"
        ) from error
    return Path(folder)


def _converted(repository: str, name: str) -> Path | None:
    """The snapshot of the conversion bot's open pull request; None where there is none or no network."""
    import huggingface_hub

    try:
        discussions: Any = list(
            huggingface_hub.get_repo_discussions(
                repository, author=_CONVERSION_BOT, discussion_type="pull_request", discussion_status="open"
            )
        )
    except Exception:
        return None
    offered = [found for found in discussions if "safetensors" in found.title.lower()]
    return _snapshot(repository, offered[0].git_reference, name) if offered else None


def _cached_pull_request(folder: Path) -> Path | None:
    """A pull request with safetensors that was downloaded before, found by the cache's own records.

    Args:
        folder: a snapshot of the main branch, ``<cache>/snapshots/<commit>``.
    """
    references = sorted((folder.parent.parent / "refs" / "refs" / "pr").glob("*"))
    snapshots = (folder.parent / reference.read_text(encoding="utf-8").strip() for reference in references)
    return next((snapshot for snapshot in snapshots if has_weights(snapshot)), None)
