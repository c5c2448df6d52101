"""Classes: which synsets, which lemmas stand for them, and which text describes them."""

from laionet.vocab.classes import ClassList, Synset, load_classes
from laionet.vocab.policies import POLICIES
from laionet.vocab.texts import TEMPLATES, synset_text
from laionet.vocab.wordnet import WordNet

__all__ = ["POLICIES", "TEMPLATES", "ClassList", "Synset", "WordNet", "load_classes", "synset_text"]
