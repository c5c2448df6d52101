"""What to do, as a TOML file: every knob, its unit, its default. Read top to bottom it is the documentation."""

from laionet.recipe.loading import PRESETS, Recipe, differences, load_recipe, recipe_of
from laionet.recipe.sections import (
    Classes,
    Corpus,
    Describe,
    Fetch,
    Match,
    Pictures,
    ReadText,
    Run,
    Score,
    Select,
    Sweep,
)

__all__ = [
    "PRESETS",
    "Classes",
    "Corpus",
    "Describe",
    "Fetch",
    "Match",
    "Pictures",
    "ReadText",
    "Recipe",
    "Run",
    "Score",
    "Select",
    "Sweep",
    "differences",
    "load_recipe",
    "recipe_of",
]
