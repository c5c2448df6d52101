"""Dose-response on the mini-web: the pool, trials on it, and the strengths that explain a gap."""

import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from laionet.compare.estimate import Estimate
from laionet.errors import OutputError
from laionet.flow.diagnosing.dose import Doses, Gap, diagnose_dose, gap_of_comparison, response
from laionet.flow.diagnosing.pool import Pool, PoolOf, open_pool
from laionet.flow.diagnosing.trial import STATISTICS, TESTS, caption_trial, draw, trial
from laionet.flow.truth import Population, embedded
from laionet.shards import read_json, write_json

OF = PoolOf(per_class=18, classes=3, seed=3)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A folder with a small pool of the mini-web, drawn once."""
    folder = tmp_path_factory.mktemp("diagnose")
    open_pool(folder / "pool", OF)
    return folder


@pytest.fixture(scope="module")
def simulated():
    """A pool of 8 classes whose pictures lie the nearer to their class's middle the more typical they are."""
    rng, classes, n, dim = np.random.default_rng(0), 8, 90, 24
    label = np.repeat(np.arange(classes), n)
    typicality = np.clip(rng.beta(5, 2.2, len(label)), 0, 1)
    text = rng.standard_normal((classes, 12))[label] + 0.7 * rng.standard_normal((len(label), 12))
    away = rng.standard_normal((len(label), dim)) + rng.standard_normal(dim) * 2
    middle = 6 * rng.standard_normal((classes, dim))
    image = middle[label] + 6 * (1 - typicality[:, None]) * away + text @ rng.standard_normal((12, dim)) * 0.4
    image /= np.linalg.norm(image, axis=1, keepdims=True)
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    of = PoolOf(per_class=n, classes=classes)
    picture = np.arange(len(label))
    towards = text @ text[0]
    return Pool(of, label, picture, typicality, towards, image.astype(np.float32), text.astype(np.float32), {})


def test_captions_alone_leave_images_independent_of_the_selection(simulated):
    found = [caption_trial(simulated, seed) for seed in range(25)]
    assert np.mean([one["p"]["independence"] < 0.05 for one in found]) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 25)
    assert all(one["left"] < 0.8 for one in found)


def test_a_pool_holds_pages_of_its_classes_once_and_says_what_became_of_the_others(out):
    pool = open_pool(out / "pool", OF)
    assert np.bincount(pool.label).tolist() == [18] * 3
    assert len(np.unique(pool.picture)) == len(pool) == 54
    assert (np.diff(pool.label) >= 0).all()
    np.testing.assert_allclose(np.linalg.norm(pool.text, axis=1), 1, rtol=1e-4)
    rows = pq.read_table(out / "pool" / "pool.parquet").to_pylist()
    assert min(row["similarity"] for row in rows) > OF.threshold
    assert all(row["caption"] for row in rows)
    counts = dict(pool.counts)
    assert counts.pop("seen") == sum(counts.values())
    assert counts["below_threshold"] > 0


def test_embeddings_of_a_pool_are_those_of_its_pictures(out):
    from laionet.causal.web import Web

    pool = open_pool(out / "pool", OF)
    some = np.array([3, 30, 53])
    np.testing.assert_allclose(
        embedded(Web(OF.seed), Population(pool.picture[some], pool.label[some])), pool.image[some], atol=1e-5
    )


def test_a_pool_is_drawn_once_and_not_taken_for_another(out):
    before = {path.name: path.stat().st_mtime_ns for path in (out / "pool").iterdir()}
    open_pool(out / "pool", OF)
    assert {path.name: path.stat().st_mtime_ns for path in (out / "pool").iterdir()} == before
    with pytest.raises(OutputError, match="other settings"):
        open_pool(out / "pool", replace(OF, seed=4))


def test_a_pool_of_other_weights_of_the_same_name_is_not_taken(out, tmp_path):
    for path in (out / "pool").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    written = read_json(tmp_path / "pool.json")
    write_json(tmp_path / "pool.json", written | {"models": written["models"] | {"encoder": "another"}})
    with pytest.raises(OutputError, match="other weights"):
        open_pool(tmp_path, OF)


def test_files_of_a_pool_that_do_not_belong_together_are_refused(out, tmp_path):
    for path in (out / "pool").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    np.save(tmp_path / "text.npy", np.zeros((5, 3), np.float32))
    with pytest.raises(OutputError, match="do not belong together"):
        open_pool(tmp_path, OF)


def test_the_two_selections_share_no_page_and_votes_follow_the_strength(simulated):
    fair, strong, odd = (draw(simulated, strength, seed=5, per_class=20) for strength in (0.0, 0.9, -0.9))
    for one in (fair, strong, odd):
        assert not set(one.by_caption) & set(one.shown)
        assert set(one.by_sight) <= set(one.shown)
        assert np.bincount(simulated.label[one.by_sight]).max() <= 20
        assert (one.frequency[np.isin(one.shown, one.by_sight)] >= 0.7 - 1e-9).all()
    assert set(strong.shown) == set(fair.shown)
    typical = [simulated.typicality[one.by_sight].mean() for one in (odd, fair, strong)]
    assert typical == sorted(typical)
    assert abs(typical[1] - simulated.typicality.mean()) < 0.04


def test_a_trial_is_a_function_of_pool_strength_and_seed(simulated):
    assert trial(simulated, 0.5, 7) == trial(simulated, 0.5, 7)
    assert trial(simulated, 0.5, 7) != trial(simulated, 0.5, 8)


def test_nothing_is_found_without_a_link_and_a_strong_one_is(simulated):
    """The acceptance of benchmarks/bench_diagnosis.py with fewer seeds, on simulated embeddings."""
    n = 40
    for strength, bound in ((0.0, None), (0.8, 0.95)):
        found = [trial(simulated, strength, seed)["p"] for seed in range(n if bound is None else 12)]
        for test in TESTS:
            share = np.mean([one[test] < 0.05 for one in found])
            if bound is None:
                assert share <= 0.07 + 3 * np.sqrt(0.05 * 0.95 / n), test
            else:
                assert share >= bound, test


def test_dose_response_of_trials_is_monotone(simulated):
    trials = [trial(simulated, s, seed) for s in (-0.6, 0.0, 0.4, 0.8) for seed in range(4)]
    for name in ("similarity", "rise", "distance"):
        curve = response(trials, name)
        assert curve.rises == (name != "similarity")
        assert (np.diff(curve.mean) > 0).all() == curve.rises
        assert curve.strength[0] == (0.0 if name == "distance" else -0.6)


def test_the_document_has_curve_tests_and_answer(out):
    gap = Gap("similarity", Estimate(-0.05, float("nan"), -0.2, 0.1), "given")
    document = diagnose_dose(out, gap=gap, doses=Doses((0.0, 0.5, 1.0), seeds=3), pool_of=OF)
    assert [row["strength"] for row in document["strengths"]] == [0.0, 0.5, 1.0]
    assert set(document["strengths"][0]["statistics"]) == set(STATISTICS)
    assert set(document["monotone"]) == set(STATISTICS)
    assert document["explained"]["where"] == "within"
    assert document["explained"]["unlinked"]
    assert len(document["trials"]) == 9
    assert json.loads((out / "diagnosis" / "dose.json").read_text()) == document
    assert "<svg" in (out / "diagnosis" / "dose.svg").read_text()
    assert "NaN" not in (out / "diagnosis" / "dose.json").read_text()
    again = (out / "diagnosis" / "dose.json").read_bytes()
    diagnose_dose(out, gap=gap, doses=Doses((1.0, 0.0, 0.5), seeds=3), pool_of=OF)
    assert (out / "diagnosis" / "dose.json").read_bytes() == again


def test_settings_that_make_no_curve_are_refused(out):
    with pytest.raises(OutputError, match="two strengths"):
        Doses((0.5, 1.0))
    with pytest.raises(OutputError, match="two seeds"):
        Doses(seeds=1)
    with pytest.raises(OutputError, match="between -1 and 1"):
        Doses((0.0, 1.5))
    estimate = Estimate(0.1, float("nan"), 0.2, 0.3)
    with pytest.raises(OutputError, match="in its interval"):
        diagnose_dose(out, gap=Gap("similarity", estimate, ""), pool_of=OF)
    with pytest.raises(OutputError, match="no statistic"):
        diagnose_dose(out, gap=Gap("slope", estimate, ""), pool_of=OF)


@pytest.fixture
def comparison(tmp_path):
    part = {
        "encoder": "mini-web/clip",
        "pooled": {"value": -0.1, "se": 0.01, "low": -0.12, "high": -0.08},
        "below": 0.75,
        "judged": 100,
    }
    pair = {"datasets": [{"title": "A"}, {"title": "B"}], "similarity": [part]}
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps({"pairs": [pair]}))
    return path, pair


def test_a_gap_is_read_from_a_comparison_or_a_demo(comparison, tmp_path):
    path, pair = comparison
    gap = gap_of_comparison(path)
    assert (gap.value.value, gap.value.low, gap.value.high) == (-0.1, -0.12, -0.08)
    assert gap.source == "A less B, mini-web/clip"
    share = gap_of_comparison(path, statistic="below").value
    assert share.value == 0.75
    assert share.low == pytest.approx(0.6569, abs=1e-4)  # Wilson's, of 75 of 100
    (tmp_path / "demo.json").write_text(json.dumps(pair))
    assert gap_of_comparison(tmp_path / "demo.json") == gap
    with pytest.raises(OutputError, match="pair 1"):
        gap_of_comparison(path, pair=1)
    with pytest.raises(OutputError, match="'x'"):
        gap_of_comparison(path, encoder="x")
    with pytest.raises(OutputError, match="similarity and below"):
        gap_of_comparison(path, statistic="rise")
    with pytest.raises(OutputError, match="holds no similarities"):
        gap_of_comparison(tmp_path / "missing.json")


def test_the_command_says_which_strengths_explain_the_gap(out, comparison):
    from laionet.cli import diagnose
    from laionet.cli.app import app

    diagnose.register()
    line = ["diagnose", "dose", "--out", str(out), "--pool", "18", "--classes", "3", "--seed", "3", "--seeds", "2"]
    line += ["--strength", "0.6", "--strength", "1", "--quiet"]
    result = CliRunner().invoke(app, [*line, "--comparison", str(comparison[0])], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    line.remove("--quiet")
    result = CliRunner().invoke(app, [*line, "--gap", "0.5,0.49,0.51"], catch_exceptions=False)
    assert "none of these explains it" in result.output
    result = CliRunner().invoke(app, [*line, "--gap", "-0.01,-0.9,0.9"], catch_exceptions=False)
    assert "is what links of strength" in result.output
    result = CliRunner().invoke(app, [*line, "--gap", "0.5"])
    assert result.exit_code == 2
