"""A small corpus and a recipe over it."""

import pytest

from flow.runs import write_part
from laionet.recipe import load_recipe


@pytest.fixture
def corpus(tmp_path):
    """Two parts of 400 rows in four row groups each."""
    for part in range(2):
        write_part(tmp_path / "corpus" / f"part-{part:05d}.parquet", 400, seed=part)
    return tmp_path / "corpus"


@pytest.fixture
def recipe(corpus, encoder):
    """A recipe over that corpus: in this process, four shards, a threshold that keeps about half."""

    def make(**changes):
        base = {
            "corpus__files": (str(corpus),),
            "corpus__rows_per_shard": 200,
            "score__encoder": encoder,
            "select__threshold": 0.92,
            "run__workers": 1,
            "run__device": "cpu",
        }
        return load_recipe(None, None, **{**base, **changes})

    return make
