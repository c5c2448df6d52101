"""Load with transformers, strictly: from one folder, safetensors only, every weight there, no code run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from laionet.errors import ModelError

#: Options that keep transformers off the network and from running a checkpoint's own code.
STRICT: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def pretrained(model_class: Any, folder: Path, name: str, *, may_lack: Sequence[str] = (), **options: Any) -> Any:
    """A transformers model in fp32 with all its weights from safetensors.

    Args:
        model_class: a model class of transformers, or one of its ``Auto...`` classes.
        folder: where ``config.json`` and the weights are.
        name: as it was asked for.
        may_lack: modules of the model that the checkpoint may have no weights for. They are set to None,
            since transformers would fill them with random numbers.
        options: passed on to ``from_pretrained``.

    Raises:
        ModelError: where other weights are missing.
    """
    model, report = model_class.from_pretrained(
        str(folder), use_safetensors=True, dtype=torch.float32, output_loading_info=True, **STRICT, **options
    )
    lacking = {key for key in report["missing_keys"] if key.partition(".")[0] in may_lack}
    if missing := sorted(set(report["missing_keys"]) - lacking):
        raise ModelError(f"{name}: the weights lack {', '.join(missing[:3])}, ...; this is not a whole tower")
    for module in {key.partition(".")[0] for key in lacking}:
        setattr(model, module, None)
    return model.eval()


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars and reports of weights that are left out on purpose, as the other tower's."""
    from transformers.utils import logging as logs

    logging: Any = logs  # half of its functions are typed
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
