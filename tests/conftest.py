"""Fixtures of all tests."""

import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items):
    """Files with long tests first, so that no worker is left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data to check against; tests that need it are skipped where it is absent."""
    root = Path(__file__).resolve().parent.parent
    folder = root / os.environ.get("LAIONET_REAL_DATA", "../shared/data")
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set LAIONET_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def encoder(tmp_path_factory):
    """Folder of a small sentence-transformers checkpoint."""
    from checkpoints import make_bert

    folder = tmp_path_factory.mktemp("bert")
    make_bert(folder)
    return str(folder)
