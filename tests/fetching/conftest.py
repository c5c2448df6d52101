"""A mini-web for each test, and tries without waiting."""

import pytest
import stamina

from fetching.web import picture
from laionet.causal.server import MiniWebServer


@pytest.fixture(autouse=True)
def no_waiting():
    """As many tries as the recipe says, at once."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture
def web():
    with MiniWebServer(picture) as server:
        yield server
