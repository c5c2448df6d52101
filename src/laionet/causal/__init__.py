"""The mini-web: a small web with known causes, and two ways of selecting images from it."""
