"""Looking through what a build found, in a browser: classes, captions, scores, thresholds. Reads, never writes.

``reading`` finds the scored shards of a folder, ``judging`` works out over which thresholds each row is a sample,
``asking`` answers questions about it, ``server`` hands the answers to the page on loopback.
"""

from laionet.exploring.asking import Explorer
from laionet.exploring.server import serve

__all__ = ["Explorer", "serve"]
