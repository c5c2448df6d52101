"""What runs in a Ray actor: a process that stays, so that a stage is opened once in it and kept."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from laionet.engines.local import available_cores, share_cores


class Worker:
    """Does one job after the other. Stages keep what they opened in their module, as in a local process.

    Args:
        folder: working folder of the command, which relative paths of jobs are meant from.
        modules: where the command looks for modules (``sys.path``), as spawned processes get it too.
        threads: for numeric libraries, at most; they are loaded after this.
    """

    def __init__(self, folder: str, modules: Sequence[str], threads: int) -> None:
        if Path(folder).is_dir():
            os.chdir(folder)
        sys.path.extend(where for where in modules if where and where not in sys.path)
        share_cores(min(threads, available_cores()))

    def version(self) -> str:
        """Of laionet in this process."""
        from laionet import __version__

        return __version__

    def work(self, fn: Callable[[Any], Any], job: Any) -> tuple[bool, Any]:
        """Whether ``fn`` returned, and what it returned or raised."""
        try:
            return True, fn(job)
        except Exception as error:
            return False, _portable(error)


def _portable(error: Exception) -> Exception:
    """The error itself where it can cross to another process, else one that says as much."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 what was pickled one call before
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
