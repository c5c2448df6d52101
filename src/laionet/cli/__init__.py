"""The command line: one command per stage, and those that run or show the whole."""

from laionet.cli.app import main

__all__ = ["main"]
