"""Models by Hugging Face name, against a stand-in for the Hub and its cache."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import checkpoints
from laionet.errors import ModelError
from laionet.models.text import encoder_digest, open_text_encoder

Checkpoint = Callable[[str], Path]


class Hub:
    """Stands in for huggingface_hub: a cache laid out as its own, of one model, and what the server has."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.server: dict[str | None, Path] = {}
        self.pull_requests: list[str] = []
        self.online = True

    def snapshot_download(self, repository: str, *, revision: str | None, **_: object) -> str:
        reference = self.cache / "refs" / (revision or "main")
        if self.online and revision in self.server:
            commit = f"commit-{len(list(self.cache.glob('snapshots/*')))}"
            shutil.copytree(self.server[revision], self.cache / "snapshots" / commit)
            reference.parent.mkdir(parents=True, exist_ok=True)
            reference.write_text(commit)
        if not reference.exists():
            raise FileNotFoundError("no connection\nmore")
        return str(self.cache / "snapshots" / reference.read_text())

    def get_repo_discussions(self, repository: str, *, author: str, **_: object) -> list[SimpleNamespace]:
        if not self.online:
            raise ConnectionError
        assert author == "SFconvertbot"
        title = "Adding `safetensors` variant of this model"
        return [SimpleNamespace(title=title, git_reference=reference) for reference in self.pull_requests]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    import huggingface_hub

    made = Hub(tmp_path / "cache")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", made.snapshot_download)
    monkeypatch.setattr(huggingface_hub, "get_repo_discussions", made.get_repo_discussions)
    return made


@pytest.mark.usefixtures("hub")
def test_unreachable_hub_says_what_to_do() -> None:
    message = r"no connection.*Give a local folder; or set HF_HOME.*be online"
    with pytest.raises(ModelError, match=message) as caught:
        open_text_encoder("owner/model")
    assert "more" not in str(caught.value)
    with pytest.raises(ModelError, match="owner/model@v2: not a local folder"):
        encoder_digest("owner/model@v2")


def test_hub_name_and_revision(hub: Hub, checkpoint: Checkpoint) -> None:
    hub.server = {None: checkpoint("bert"), "v2": checkpoint("mpnet")}
    assert encoder_digest("owner/model") == encoder_digest(str(checkpoint("bert")))
    assert encoder_digest("owner/model@v2") == encoder_digest(str(checkpoint("mpnet")))
    hub.online = False
    assert encoder_digest("owner/model@v2") == encoder_digest(str(checkpoint("mpnet")))


def test_converted_weights_are_taken_from_the_pull_request(
    hub: Hub, copy: Checkpoint, checkpoint: Checkpoint
) -> None:
    pickled = copy("clip")
    checkpoints.pickle_weights(pickled)
    hub.server = {None: pickled, "refs/pr/7": checkpoint("clip"), "fine-tuned": checkpoint("bert")}
    assert encoder_digest("owner/model@fine-tuned") == encoder_digest(str(checkpoint("bert")))
    with pytest.raises(ModelError, match="only pickled weights"):
        open_text_encoder("owner/model")
    hub.pull_requests = ["refs/pr/7"]
    assert encoder_digest("owner/model") == encoder_digest(str(checkpoint("clip")))
    hub.online = False  # by now it is in the cache
    assert open_text_encoder("owner/model", device="cpu").kind == "clip"
