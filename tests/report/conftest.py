from __future__ import annotations

import shutil

import pytest

from laionet.compare.threshold import ThresholdCurves
from report.examples import many


@pytest.fixture(scope="session")
def realistic() -> ThresholdCurves:
    return many()


@pytest.fixture(scope="session")
def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    pytest.skip("no chromium on this machine")
