"""Commands of the diagnosis: is the image in the selection? (paper, Section 4)."""

from __future__ import annotations

import typer

from laionet.cli.app import app

diagnose = typer.Typer(
    name="diagnose",
    help="Is the image in the selection? The paper's Section 4, and measured answers.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(diagnose, short_help="Is the image in the selection? Section 4, and measured answers.")


def register() -> None:
    """Load the experiments; each registers itself with ``diagnose``."""
    # One line an experiment, in alphabetical order.
    from laionet.cli.diagnose import (  # noqa: F401
        dose,
        explained,
        frequency,
        frontier,
        independence,
        nearest,
        run,
        searched,
    )
