"""Recipes: every knob known, errors that name it, and what a result depends on."""

import tomllib
from pathlib import Path

import pytest

from laionet.errors import RecipeError
from laionet.recipe import PRESETS, Recipe, differences, load_recipe, recipe_of

RECIPES = Path(__file__).resolve().parent.parent / "recipes"


def write(tmp_path, text):
    path = tmp_path / "r.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_misspelled_knob_is_named_with_the_nearest(tmp_path):
    with pytest.raises(RecipeError, match=r"select\.treshold: no such knob; did you mean 'threshold'"):
        load_recipe(write(tmp_path, "[select]\ntreshold = 0.5"))


def test_a_misspelled_section_is_named(tmp_path):
    with pytest.raises(RecipeError, match="selct: no such knob; did you mean 'select'"):
        load_recipe(write(tmp_path, "[selct]\nthreshold = 0.5"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[select]\nthreshold = 3", "select.threshold"),
        ("[select]\ntop_k = 0", "select.top_k"),
        ("[match]\nrules = 'strict'", "match.rules"),
        ("[score]\nprecision = 'int3'", "score.precision"),
        ("[select", "not valid TOML"),
        ("[select]\nthreshold = false", "select.threshold"),
    ],
)
def test_values_out_of_range_are_refused(tmp_path, text, said):
    with pytest.raises(RecipeError, match=said):
        load_recipe(write(tmp_path, text))


def test_a_missing_recipe_says_where_recipes_are(tmp_path):
    with pytest.raises(RecipeError, match="recipes/"):
        load_recipe(tmp_path / "none.toml")


def test_written_recipes_read_back_equal():
    for recipe in (Recipe(), load_recipe(preset="paper-mpnet-top50", select__max_punsafe=False)):
        assert recipe_of(tomllib.loads(recipe.to_toml())) == recipe


def test_later_sources_win(tmp_path):
    path = write(tmp_path, "seed = 3\n[select]\nthreshold = 0.6")
    recipe = load_recipe(path, "paper-clip", select__top_k=7)
    assert (recipe.seed, recipe.select.threshold, recipe.select.top_k) == (3, 0.6, 7)
    assert recipe.match.rules == "paper"


def test_presets_are_the_papers_numbers():
    found = {
        name: (p["score"]["encoder"], p["select"]["threshold"], p["select"].get("top_k"))
        for name, p in PRESETS.items()
    }
    clip, mpnet = "openai/clip-vit-base-patch32", "sentence-transformers/all-mpnet-base-v2"
    assert found == {
        "paper-clip": (clip, 0.82, None),
        "paper-clip-top50": (clip, 0.82, 50),
        "paper-mpnet": (mpnet, 0.58, None),
        "paper-mpnet-top50": (mpnet, 0.58, 50),
    }
    with pytest.raises(RecipeError, match="paper-clip"):
        load_recipe(preset="paper-bert")


def test_speed_and_places_are_no_part_of_a_result():
    plain = load_recipe()
    assert load_recipe(run__workers=7, corpus__files=("x",)).digest() == plain.digest()
    assert load_recipe(select__threshold=0.51).digest() != plain.digest()


def test_differences_name_the_knobs():
    found = differences(load_recipe(), load_recipe(select__threshold=0.6, seed=1))
    assert found == ["seed: 0 -> 1", "select.threshold: 0.5 -> 0.6"]


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda p: p.name)
def test_the_projects_own_recipes_are_valid(path):
    assert load_recipe(path).name
