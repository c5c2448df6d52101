"""Joining a cluster, and how many workers it has room for; no Ray is needed here."""

import os
import sys

import pytest

from laionet.engines import engine_named
from laionet.engines.ray_cluster import Places, places
from laionet.errors import MissingExtra

CORES = {"CPU": 4.0, "memory": 1e9}
GPUS = {"CPU": 8.0, "GPU": 2.0}


@pytest.mark.parametrize(
    ("nodes", "workers", "gpus", "expected"),
    [
        ([CORES, CORES], 0, 0, Places(8, 1, 0, 1)),  # one per core
        ([CORES, CORES], 2, 0, Places(2, 1, 0, 4)),  # fewer, with more threads each
        ([CORES], 8, 0, Places(8, 0.5, 0, 1)),  # more than cores: they share
        ([CORES], 12, 0, Places(12, 0.3333, 0, 1)),  # rounded down, so that all fit
        ([CORES, CORES], 0, 1, Places(2, 1, 0, 4)),  # no GPU: one per node, with its cores
        ([CORES, GPUS, GPUS], 0, 1, Places(4, 0, 1, 5)),  # one per GPU
        ([GPUS], 0, 0.5, Places(4, 0, 0.5, 2)),  # two per GPU
        ([GPUS], 4, 1, Places(4, 0, 0.5, 2)),  # more than GPUs: they share
        ([CORES, {}], 0, 1, Places(1, 1, 0, 4)),  # a head node without cores takes no part
    ],
)
def test_workers_fill_the_cluster(nodes, workers, gpus, expected):
    assert places(nodes, workers, gpus, jobs=1000) == expected


def test_no_more_workers_than_jobs():
    assert places([CORES, CORES], 0, 0, jobs=2) == Places(2, 1, 0, 4)


def test_a_cluster_without_cores_has_no_room():
    assert places([{}, {"memory": 1e9}], 0, 0, jobs=3) is None
    assert places([], 2, 1, jobs=3) is None


@pytest.fixture
def without_ray(monkeypatch):
    """A process that cannot import Ray and whose user has set nothing for it."""
    for name in [name for name in os.environ if name.startswith("RAY_")]:
        monkeypatch.delenv(name)
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_MODE", "RAY_USAGE_STATS_ENABLED"):
        monkeypatch.setenv(name, "to be restored")
        monkeypatch.delenv(name)
    monkeypatch.setitem(sys.modules, "ray", None)


def test_a_missing_ray_says_how_to_install_it(without_ray):
    with pytest.raises(MissingExtra, match=r"pip install 'laionet\[ray\]'"):
        list(engine_named("ray").map(str, [1]))


def test_a_ray_of_our_own_is_closed_to_others_and_reports_nothing(without_ray):
    with pytest.raises(MissingExtra):
        engine_named("ray").connect()
    assert len(os.environ["RAY_AUTH_TOKEN"]) == 64
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_a_token_of_the_user_is_left_alone(without_ray, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_TOKEN", "mine")
    with pytest.raises(MissingExtra):
        engine_named("ray").connect()
    assert os.environ["RAY_AUTH_TOKEN"] == "mine"


def test_a_cluster_is_joined_with_its_own_token(without_ray):
    with pytest.raises(MissingExtra):
        engine_named("ray", address="10.0.0.1:6379").connect()
    assert "RAY_AUTH_TOKEN" not in os.environ
