"""Finding lemmas in captions: what counts as the same word, and a matcher over whole Arrow buffers."""

from laionet.matching.matcher import LemmaMatcher, match
from laionet.matching.rules import PAPER, RULES, WEB, Rules, rules_named

__all__ = ["PAPER", "RULES", "WEB", "LemmaMatcher", "Rules", "match", "rules_named"]
