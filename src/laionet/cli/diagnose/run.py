"""The command diagnose run: an experiment as its recipe says."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from laionet.cli import options as o
from laionet.cli.diagnose import diagnose


@diagnose.command(short_help="Do an experiment as a recipe says.")
def run(
    context: typer.Context,
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="TOML file, as those in recipes/diagnose/.")],
    places: Annotated[
        list[str] | None,
        typer.Option(
            "--place", metavar="NAME=PATH", help="Where a folder or file of the recipe is; again for more."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write, instead of the recipe's.")
    ] = None,
    quiet: o.Quiet = False,
) -> None:
    """Do the experiment that a recipe describes: the same as its command with arguments and options."""
    from laionet.errors import RecipeError
    from laionet.recipe.experiment import load_experiment

    named = {}
    for place in places or []:
        name, sign, path = place.partition("=")
        if not (sign and name and path):
            raise typer.BadParameter(f"--place takes NAME=PATH, not {place}")
        named[name] = path
    found = load_experiment(recipe, named)
    group = context.parent
    assert group is not None
    command = getattr(group.command, "commands", {}).get(found.name)
    if command is None or found.name == context.info_name:
        raise RecipeError(f"{recipe}: there is no experiment called {found.name!r}; see  laionet diagnose --help")
    words = [*found.words, *(["--out", str(out)] if out else []), *(["--quiet"] if quiet else [])]
    if not quiet:
        print(shlex.join(["laionet", "diagnose", found.name, *words]), file=sys.stderr)
    with command.make_context(found.name, words, parent=group) as inner:
        command.invoke(inner)
