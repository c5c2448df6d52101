"""Recipes of experiments: one for each, of words that its command takes, and doing what the command does."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from laionet.cli.app import commands
from laionet.errors import RecipeError
from laionet.recipe.experiment import load_experiment

RECIPES = Path(__file__).resolve().parent.parent / "recipes" / "diagnose"


def experiments():
    import typer

    group = typer.main.get_command(commands()).commands["diagnose"]
    return {name: command for name, command in group.commands.items() if name != "run"}


def test_every_experiment_has_its_recipe():
    assert {path.stem for path in RECIPES.glob("*.toml")} == set(experiments())


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_recipe_is_of_words_that_its_command_takes(path):
    found = load_experiment(path)
    assert found.name == path.stem
    context = experiments()[found.name].make_context(found.name, list(found.words), resilient_parsing=False)
    assert str(context.params["out"]) == "out/diagnose"
    assert not any("{" in word for word in found.words)


def test_a_recipe_does_what_its_command_does(tmp_path):
    gap = tmp_path / "recipe.toml"
    gap.write_text(
        'experiment = "dose"\n[options]\ngap = "{gap}"\npool = 20\nclasses = 4\nseeds = 3\n'
        '[places]\ngap = "-0.1,-0.2,-0.05"\n'
    )
    out = tmp_path / "out"
    words = ["diagnose", "run", str(gap), "--out", str(out), "--quiet"]
    done = CliRunner().invoke(commands(), words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    document = json.loads((out / "diagnosis" / "dose.json").read_text())
    assert document["explained"]["gap"]["value"] == -0.1


def test_places_are_put_where_they_are_named(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(
        'experiment = "nearest"\narguments = ["{a}/x", "b"]\n'
        '[options]\nk = 3\njson = true\nquiet = false\nlist = ["1", "{a}"]\n[places]\na = "here"\n'
    )
    assert load_experiment(path).words == ("here/x", "b", "--k", "3", "--json", "--list", "1", "--list", "here")
    assert load_experiment(path, {"a": "there"}).words[0] == "there/x"


@pytest.mark.parametrize(
    ("text", "places", "says"),
    [
        ("experiment = 1", {}, "experiment"),
        ("experiment = 'dose'\nextra = 1", {}, "extra"),
        ("experiment = 'dose'\narguments = ['{x}']", {}, "which \\[places\\] does not have"),
        ("experiment = 'dose'", {"x": "y"}, "no place called 'x'"),
        ("experiment = ", {}, "is no TOML"),
        ("experiment = 'dose'\n[options]\na = {b = 1}", {}, "options.a must be"),
    ],
)
def test_a_wrong_recipe_is_refused_with_what_is_wrong(tmp_path, text, places, says):
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=says):
        load_experiment(path, places)


def test_a_recipe_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(RecipeError, match="cannot be read"):
        load_experiment(tmp_path / "none.toml")


def test_an_unknown_experiment_is_refused(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text("experiment = 'run'")
    done = CliRunner().invoke(commands(), ["diagnose", "run", str(path)])
    assert isinstance(done.exception, RecipeError)
