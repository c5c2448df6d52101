"""Classes: which synsets, which lemmas stand for them, and which text describes them."""

from laionet.vocab.classes import ClassList, Synset, load_classes

__all__ = ["ClassList", "Synset", "load_classes"]
