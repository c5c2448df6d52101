"""One contract for every engine: each job ends in a result or an exception, whatever becomes of its worker."""

import pytest

from engines.jobs import threads_of_worker, work
from laionet.engines import LocalEngine, engine_named
from laionet.errors import RecipeError


class EngineContract:
    """Subclasses give an engine; processes says whether a worker may die, limit_s how long a job may take."""

    processes = True
    limit_s = 8

    def engine(self, **more):
        raise NotImplementedError

    def results(self, jobs, **more):
        return dict(self.engine(**more).map(work, jobs))

    def test_every_job_comes_back_once(self):
        jobs = [("double", n) for n in range(7)]
        found = list(self.engine().map(work, jobs))
        assert sorted(found) == [(("double", n), 2 * n) for n in range(7)]

    def test_no_jobs(self):
        assert list(self.engine().map(work, [])) == []

    def test_a_job_that_raises_spares_the_others(self):
        found = self.results([("double", 1), ("raise", 2), ("double", 3)])
        assert found[("double", 1)] == 2
        assert found[("double", 3)] == 6
        assert isinstance(found[("raise", 2)], ValueError)
        assert "bad 2" in str(found[("raise", 2)])

    def test_a_worker_that_dies_takes_only_its_job(self):
        if not self.processes:
            pytest.skip("this engine works in the test's own process, which would die")
        found = self.results([("double", 1), ("die", 2), ("double", 3), ("double", 4)])
        assert isinstance(found.pop(("die", 2)), Exception)
        assert found == {("double", 1): 2, ("double", 3): 6, ("double", 4): 8}

    def test_a_job_that_hangs_is_stopped(self):
        if not self.processes:
            pytest.skip("this engine works in the test's own process, which would hang")
        found = self.results([("hang", 1), ("double", 3)], timeout_s=self.limit_s)
        assert isinstance(found[("hang", 1)], TimeoutError)
        assert found[("double", 3)] == 6


class TestLocalInProcess(EngineContract):
    processes = False

    def engine(self, **more):
        return LocalEngine(workers=1, **more)


class TestLocalProcesses(EngineContract):
    def engine(self, **more):
        return LocalEngine(workers=2, **more)


def test_processes_share_the_cores():
    shares = [n for _, n in LocalEngine(workers=2).map(threads_of_worker, [1, 2, 3])]
    assert min(shares) >= 1
    assert len(set(shares)) == 1


def test_unknown_engine_is_named():
    with pytest.raises(RecipeError, match="local"):
        engine_named("slurm")
