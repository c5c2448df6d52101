"""Write docs/recipes.md from the recipe's own fields:  python scripts/make_recipes_doc.py"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel

from laionet.recipe import PRESETS, Recipe

PAGE = Path(__file__).resolve().parent.parent / "docs" / "recipes.md"

INTRODUCTION = """# Recipes

A recipe is a TOML file that says what to do. Knobs that it leaves out keep their defaults; options of a
command go over it; `--set section.knob=value` reaches every knob. A knob that is misspelled or out of range is
refused by name. `false` stands for "no limit" where a knob may have none. The project's own are in `recipes/`.

Sections other than `run` decide the result: they are what `laionet build` compares when it finds an output
folder. `run` decides only how fast it comes. (This page is written by `scripts/make_recipes_doc.py`.)
"""


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION, _table("the top of the file", Recipe)]
    for name, field in Recipe.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            parts.append(_table(f"[{name}]", field.annotation))
    parts.append("## Presets\n\n`--preset NAME` puts the paper's selection under a recipe.\n")
    parts.append("| preset | rules | encoder | threshold | top-k |\n|---|---|---|---|---|")
    for name, knobs in PRESETS.items():
        select = knobs["select"]
        cells = [knobs["match"]["rules"], f"`{knobs['score']['encoder']}`", str(select["threshold"])]
        parts[-1] += f"\n| `{name}` | {' | '.join(cells)} | {select.get('top_k', '')} |"
    return "\n".join(parts) + "\n"


def _table(title: str, section: type[BaseModel]) -> str:
    lines = [
        f"## {title}",
        "",
        (section.__doc__ or "").strip(),
        "",
        "| knob | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            continue
        default = False if field.default is None else field.default
        lines.append(f"| `{name}` | `{json.dumps(default)}` | {field.description} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
