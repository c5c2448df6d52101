"""The Ray engine: the contract of every engine, and what becomes of lost workers, nodes and clusters."""

import gc
import importlib.util
import os
import subprocess
import sys
import time
from collections import Counter

import pyarrow.parquet as pq
import pytest

import laionet
from engines.jobs import Act, Doubling, Numbers, act
from engines.test_engines import EngineContract
from flow.runs import fingerprint, write_part
from laionet.engines import Link, RayEngine
from laionet.engines.ray_pool import WorkerLost
from laionet.errors import RecipeError
from laionet.recipe import load_recipe
from laionet.stage import Job, run_shard

if not importlib.util.find_spec("ray"):
    pytest.skip("Ray is not installed:  pip install 'laionet[ray]'", allow_module_level=True)
pytestmark = pytest.mark.slow

STORE = 80 * 2**20
#: A node that is gone is noticed after a second or two, and not after fifteen.
ALERT = {"health_check_period_ms": 500, "health_check_timeout_ms": 2000, "health_check_failure_threshold": 2}
ENVIRONMENT = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "4" * 64, "RAY_USAGE_STATS_ENABLED": "0"}


@pytest.fixture(scope="module")
def cluster():
    """A head node with one core, for this module alone; closed to those without its token."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False, "_system_config": ALERT}
        nodes = Cluster(initialize_head=True, head_node_args=head)
        engine = RayEngine(address=nodes.address)
        engine.connect()  # holds the link, so that the engines of the tests need not join each for itself
        yield nodes
        engine.close()
        nodes.shutdown()


@pytest.fixture
def corpus(tmp_path):
    write_part(tmp_path / "corpus" / "part-00000.parquet", 400)
    return tmp_path / "corpus"


@pytest.fixture
def recipe(corpus, encoder):
    """Four shards, a threshold that keeps about half."""

    def make(**changes):
        base = {"corpus__files": (str(corpus),), "corpus__rows_per_shard": 100, "score__encoder": encoder}
        return load_recipe(**base, select__threshold=0.92, run__device="cpu", **changes)

    return make


class TestRay(EngineContract):
    limit_s = 3  # counted from when a worker begins

    @pytest.fixture(autouse=True)
    def _address(self, cluster):
        self.address = cluster.address

    def engine(self, **more):
        return RayEngine(workers=2, address=self.address, **more)


def test_a_lost_worker_is_replaced_and_poison_is_set_aside_while_others_finish(cluster, tmp_path):
    kinds = ["dies once", "fine", "poison", "fine", "fine"]
    jobs = [Act(f"job-{n}", tmp_path / "log", kind) for n, kind in enumerate(kinds)]
    results = {job.name: result for job, result in RayEngine(2, address=cluster.address, retries=1).map(act, jobs)}
    assert isinstance(results.pop("job-2"), WorkerLost)
    assert len(results) == 4
    assert all(isinstance(node, str) for node in results.values())
    assert [job.times() for job in jobs] == [2, 1, 2, 1, 1]


def test_a_worker_killed_mid_shard_leaves_the_bytes_of_a_run_without_it(cluster, tmp_path):
    plain = Job(Doubling(), Numbers(), tmp_path / "plain", "00000", "key")
    killed = Job(Doubling(tmp_path / "mark"), Numbers(), tmp_path / "killed", "00000", "key")
    ((_, report),) = RayEngine(address=cluster.address).map(run_shard, [killed])
    assert (tmp_path / "mark").exists()
    assert report.to_json() == run_shard(plain).to_json()
    assert killed.data.read_bytes() == plain.data.read_bytes()
    assert pq.read_table(killed.data)["n"].to_pylist() == list(range(0, 60, 2))


def test_a_node_that_is_removed_leaves_its_jobs_to_the_others(cluster, tmp_path):
    second = cluster.add_node(num_cpus=1, object_store_memory=STORE)
    jobs = [Act(f"job-{n}", tmp_path / "log", seconds=0.5) for n in range(12)]
    found = []
    for _, node in RayEngine(address=cluster.address).map(act, jobs):
        found.append(node)
        if second.node_id in found and second in cluster.list_all_nodes():
            cluster.remove_node(second, allow_graceful=False)
    by_node = Counter(found)
    assert by_node.total() == 12
    assert len(by_node) == 2
    assert by_node[second.node_id] < 6


def test_links_overlap_where_gpus_and_cores_differ_and_lost_gpus_are_not_waited_for(cluster, tmp_path):
    """Ray's GPUs are counters: a node may say that it has one. Ours goes when it has done two jobs."""
    second = cluster.add_node(num_cpus=0, num_gpus=1, object_store_memory=STORE)
    first = [Act(f"first-{n}", tmp_path / "log", seconds=0.5) for n in range(8)]
    links = [
        Link(act, then=lambda job, _: Act(job.name.replace("first", "then"), job.log, seconds=0.5)),
        Link(act, gpus=1),
    ]
    engine = RayEngine(address=cluster.address, patience_s=1)
    order, nodes, lost = [], set(), 0
    for number, _, result in engine.chain(links, first):
        order.append(number)
        if number and isinstance(result, str):
            nodes.add(result)
        lost += isinstance(result, WorkerLost)
        if order.count(1) == 2 and second in cluster.list_all_nodes():
            cluster.remove_node(second, allow_graceful=False)
    assert sorted(order) == [0] * 8 + [1] * 8
    assert order.index(1) < 7  # before the last of the first link
    assert nodes == {second.node_id}
    assert 0 < lost <= 6


def test_an_address_without_a_cluster_is_refused_with_what_to_do():
    with pytest.raises(RecipeError, match=r"ray://head:10001 .* run\.ray_address = 'auto'"):
        RayEngine(address="ray://head:10001").connect()


def test_a_run_goes_on_after_its_cluster_was_shut_down(cluster, recipe, corpus, encoder, tmp_path):
    """The cluster goes mid-run; the same command starts Ray on this machine and reuses what is done."""
    import ray

    laionet.build(recipe(run__workers=1), tmp_path / "local")
    out = tmp_path / "ray"
    command = [sys.executable, "-m", "laionet", "build", "--corpus", str(corpus), "--encoder", encoder, "--quiet"]
    command += ["--threshold", "0.92", "--device", "cpu", "--set", "corpus.rows_per_shard=100", "--out", str(out)]
    command += ["--set", "run.engine=ray"]
    there = {"RAY_ADDRESS": cluster.address, "RAY_gcs_rpc_server_reconnect_timeout_s": "2"}
    process = subprocess.Popen(command, env={**os.environ, **there}, stderr=subprocess.PIPE)
    while not list((out / "match").glob("*.json")):
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.01)
    ray.shutdown()
    cluster.shutdown()
    process.communicate()
    assert process.returncode != 0
    assert not (out / "dataset" / "manifest.json").exists()
    events = []
    laionet.build(recipe(run__engine="ray", run__workers=1), out, listener=events.append)
    assert any(event.data["reused"] for event in events if event.kind == "shard_done")
    gc.collect()  # Ray ends with the last that holds its connection
    assert not ray.is_initialized()
    assert fingerprint(out) == fingerprint(tmp_path / "local")
