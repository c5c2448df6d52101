"""Described datasets, side by side: opened, brought over one class list, compared pair by pair."""

from laionet.flow.comparing.described import Described, open_described
from laionet.flow.comparing.pair import Settings, compare

__all__ = ["Described", "Settings", "compare", "open_described"]
