"""Versions against references, from folders: the same numbers by hand, and verdicts where the truth is known."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import ttest_1samp

from flow.diagnosed import described_run, diagnose
from laionet.causal.annotators import Annotators
from laionet.compare.frequency import versions_in_bins, within_class_trend
from laionet.compare.similarity import intra_class, similarity_difference
from laionet.compare.votes import true_frequencies
from laionet.errors import LayoutError, OutputError
from laionet.flow.diagnosing.frequency import diagnose_frequency
from laionet.flow.diagnosing.selected import VersionPlace, parse_version, read_frequencies_of
from laionet.flow.diagnosing.versions import Voted
from laionet.vocab import load_classes

#: Classes of the tests: the first 20 of ImageNet.
WNIDS = load_classes("imagenet1k").wnids[:20]
CLASSES = "wordnet:" + ",".join(WNIDS)
CENTRES = np.random.default_rng(99).standard_normal((20, 12))


def images(n, spread, seed):
    """n images of each class, whose spread is one number or one an image."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(20), n)
    noise = np.reshape(spread, (-1, 1)) * rng.standard_normal((len(label), 12))
    return label, CENTRES[label] + noise


@pytest.fixture
def family(tmp_path):
    """A wide reference, and three versions that are the narrower the higher their frequency."""
    reference = described_run(tmp_path / "caption", *images(25, 1.1, 0), CLASSES)
    versions = []
    for seed, (name, spread) in enumerate((("b", 1.0), ("a", 0.8), ("c", 0.6)), 1):
        place = described_run(tmp_path / name, *images(30, spread, seed), CLASSES)
        versions.append(parse_version(f"{name}={place}"))
    return reference, versions


def test_numbers_are_those_of_the_datasets_by_hand(family, tmp_path):
    reference, versions = family
    document = diagnose_frequency([reference], versions, tmp_path / "out")
    assert [one["frequency"] for one in document["versions"]] == [0.73, 0.85, 0.93]
    (part,) = document["encoders"][0]["references"]
    label, x = images(25, 1.1, 0)
    mine = intra_class(x.astype(np.float32), label)
    differences = []
    for seed, spread, row in zip((1, 2, 3), (1.0, 0.8, 0.6), part["versions"], strict=True):
        label, x = images(30, spread, seed)
        found = similarity_difference(mine, intra_class(x.astype(np.float32), label))
        assert row["lower"] == found.lower
        assert row["judged"] == 20
        assert row["pooled"]["value"] == pytest.approx(found.pooled.value)
        assert row["share_lower"]["value"] == found.lower / 20
        differences.append(found.difference)
    slopes = [np.polyfit([0.73, 0.85, 0.93], one, 1)[0] for one in np.transpose(differences)]
    trend = part["trends"]["difference"]
    assert trend["p"] == pytest.approx(ttest_1samp(slopes, 0).pvalue)
    assert trend["slope"]["high"] < 0
    assert part["trends"]["lower"]["slope"]["low"] > 0
    assert json.loads((tmp_path / "out" / "diagnosis" / "frequency.json").read_text()) == document
    assert (tmp_path / "out" / "diagnosis" / "frequency.svg").read_text().startswith("<svg")


def test_versions_that_do_not_differ_show_no_trend(tmp_path):
    reference = described_run(tmp_path / "caption", *images(25, 1.1, 0), CLASSES)
    versions = [
        VersionPlace(name, described_run(tmp_path / name, *images(30, 0.8, seed), CLASSES), frequency)
        for seed, (name, frequency) in enumerate((("low", 0.7), ("mid", 0.8), ("high", 0.9)), 11)
    ]
    (part,) = diagnose_frequency([reference], versions, tmp_path / "out")["encoders"][0]["references"]
    assert part["trends"]["difference"]["p"] > 0.05
    assert part["trends"]["difference"]["slope"]["low"] < 0 < part["trends"]["difference"]["slope"]["high"]


def voted(tmp_path, shown=10):
    """A dataset whose images are the nearer to the stereotype the more they are marked."""
    rng = np.random.default_rng(5)
    p = rng.beta(4, 1.5, 20 * 60)
    label, x = images(60, 1.4 - p, 6)
    place = described_run(tmp_path / "voted", label, x, CLASSES)
    votes = rng.binomial(shown, p)
    table = pa.table(
        {"sample": [f"{i:09d}" for i in range(len(label))], "votes": votes, "shown": [shown] * len(label)}
    )
    pq.write_table(table, tmp_path / "votes.parquet")
    return place, tmp_path / "votes.parquet", p, votes


def test_versions_made_by_votes_have_the_trend_and_their_frequencies_freed_of_noise(tmp_path):
    reference = described_run(tmp_path / "caption", *images(25, 1.1, 0), CLASSES)
    place, votes_file, p, votes = voted(tmp_path)
    document = diagnose_frequency([reference], [], tmp_path / "out", voted=Voted(place, votes_file))
    assert document["reliability"]["value"] == pytest.approx(p.var() / (votes / 10).var(), abs=0.06)
    first, _, last = document["versions"]
    assert last["images"] == first["images"] == 400
    # What was selected by noisy votes lies nearer together than it seems.
    assert last["corrected"] - first["corrected"] < 0.9 * (last["frequency"] - first["frequency"])
    (part,) = document["encoders"][0]["references"]
    observed, corrected = part["trends"]["difference"], part["trends_corrected"]["difference"]
    assert observed["slope"]["high"] < 0
    assert corrected["slope"]["value"] < 1.1 * observed["slope"]["value"]  # steeper, both below 0
    at_least = Voted(place, votes_file, at_least=(0.5, 0.9))
    nested = diagnose_frequency([reference], [], tmp_path / "out", voted=at_least)
    assert [one["images"] for one in nested["versions"]] == [int((votes >= k).sum()) for k in (5, 9)]


def test_a_link_of_known_strength_is_found_and_none_where_there_is_none():
    """Simulated workers; pictures scatter the less the more typical they are."""
    rng = np.random.default_rng(0)
    label, index = np.repeat(np.arange(20), 90), np.arange(1800)
    typicality = rng.uniform(0.6, 1.0, 1800)
    x = CENTRES[label] + (2.2 - 2 * typicality)[:, None] * rng.standard_normal((1800, 12))
    shows = np.ones(1800, bool)

    def trends(strength, seed, truth=None):
        votes = 10 * Annotators(strength=strength, seed=seed).frequency(index, typicality, shows)
        versions = versions_in_bins(votes / 10, label, 3, seed)
        inside = [np.where(np.isin(index, one.rows), label, -1) for one in versions]
        means = np.stack([intra_class(x, mine, 20).mean for mine in inside], axis=1)
        scales = [votes / 10]
        scales += [] if truth is None else [true_frequencies(np.round(votes), 10).expected, truth]
        return [
            within_class_trend(means, np.stack([one.frequency(f, label, 20) for one in versions], axis=1))
            for f in scales
        ]

    assert np.mean([trends(0.0, seed)[0].p < 0.05 for seed in range(20)]) < 0.25
    truth = np.mean(
        [Annotators(strength=0.3, seed=99 + i).frequency(index, typicality, shows) for i in range(20)], 0
    )
    found = [trends(0.3, seed, truth) for seed in range(4)]
    assert all(observed.p < 1e-3 and observed.slope.low > 0 for observed, _, _ in found)
    observed, corrected, true = (np.mean([one[k].slope.value for one in found]) for k in range(3))
    assert observed < 0.6 * true
    assert corrected == pytest.approx(true, rel=0.15)


def test_votes_that_are_noise_throughout_are_not_corrected(tmp_path):
    reference = described_run(tmp_path / "caption", *images(25, 1.1, 0), CLASSES)
    place = described_run(tmp_path / "voted", *images(40, 0.9, 6), CLASSES)
    votes = np.random.default_rng(2).binomial(10, 0.8, 800)
    rows = "".join(f"{i:09d},{k / 10}\n" for i, k in enumerate(votes))
    (tmp_path / "votes.csv").write_text("sample,frequency\n" + rows)
    voted_on = Voted(place, tmp_path / "votes.csv", shown=10)
    document = diagnose_frequency([reference], [], tmp_path / "out", voted=voted_on)
    assert document["reliability"]["low"] < 0.05
    (part,) = document["encoders"][0]["references"]
    assert part["trends"]["difference"]["p"] > 0.01
    if document["reliability"]["low"] <= 0:
        assert "trends_corrected" not in part
        assert document["versions"][0]["corrected"] is None


def test_references_and_versions_of_other_lists_are_brought_over_one(family, tmp_path):
    _, versions = family
    turned = "wordnet:" + ",".join(reversed(WNIDS[:10]))
    label, x = images(25, 1.1, 0)
    rows = label < 10
    other = described_run(tmp_path / "other", 9 - label[rows], x[rows], turned)
    (part,) = diagnose_frequency([other], versions, tmp_path / "out")["encoders"][0]["references"]
    assert [row["judged"] for row in part["versions"]] == [10, 10, 10]
    assert part["trends"]["difference"]["slope"]["high"] < 0


def test_frequencies_are_read_from_text_with_ids_that_begin_with_zeros(tmp_path):
    (tmp_path / "f.csv").write_text("sample,frequency\n007,0.5\n008,1.0\n")
    found = read_frequencies_of(tmp_path / "f.csv", np.array(["008", "009", "007"], dtype=object))
    assert found.value[[0, 2]].tolist() == [1.0, 0.5]
    assert np.isnan(found.value[1])
    assert found.votes is None
    shares = read_frequencies_of(tmp_path / "f.csv", np.array(["007"], dtype=object), shown=10)
    assert shares.votes.tolist() == [5, 10]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("sample,frequency\n1,0.5\n1,0.6\n", "names '1' twice"),
        ("sample,frequency\n2,0.5\n", "no image of the dataset"),
        ("sample,frequency\n1,1.5\n", "between 0 and 1"),
        ("sample,frequency\n1,many\n", "must hold numbers"),
        ("sample,score\n1,1\n", "no column of frequencies"),
        ("name,frequency\n1,1\n", "no column of ids"),
        ("sample,votes,shown\n1,0.5,3\n", "whole numbers"),
    ],
)
def test_tables_that_are_none_are_refused(content, message, tmp_path):
    (tmp_path / "f.csv").write_text(content)
    with pytest.raises(LayoutError, match=message):
        read_frequencies_of(tmp_path / "f.csv", np.array(["1"], dtype=object))
    with pytest.raises(LayoutError, match="no file"):
        read_frequencies_of(tmp_path / "none.csv", np.array(["1"], dtype=object))


def test_versions_are_named_with_their_places():
    assert parse_version("ImageNetV2-c=hf:some/set") == VersionPlace("ImageNetV2-c", "hf:some/set", 0.93)
    assert parse_version("x=hf:some/set:0.4") == VersionPlace("x", "hf:some/set", 0.4)
    for text, message in (
        ("out/b", "not of the form"),
        ("x=out/b", "no selection frequency"),
        ("x=y:1.5", "0 and 1"),
    ):
        with pytest.raises(OutputError, match=message):
            parse_version(text)


def test_one_version_is_no_trend_and_none_in_common_is_said(family, tmp_path):
    reference, versions = family
    with pytest.raises(OutputError, match="two versions or more"):
        diagnose_frequency([reference], versions[:1], tmp_path / "out")
    with pytest.raises(OutputError, match="reference"):
        diagnose_frequency([], versions, tmp_path / "out")


def test_the_command_says_what_the_library_finds(family, tmp_path):
    reference, versions = family
    words = [word for one in versions for word in ("--version", f"{one.name}={one.place}")]
    done = diagnose("frequency", reference, *words, "--out", tmp_path / "out", "--json", "--name", "by caption")
    assert done.exit_code == 0, done.output
    document = json.loads(done.output)
    assert document == json.loads((tmp_path / "out" / "diagnosis" / "frequency.json").read_text())
    assert document["references"][0]["title"] == "by caption"
    shown = diagnose("frequency", reference, *words, "--out", tmp_path / "out")
    assert "0.1 more selection frequency" in shown.output
    assert "frequency.json" in shown.output
