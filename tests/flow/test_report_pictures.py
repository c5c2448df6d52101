"""The album of a report: what is drawn, in which order, what is said of it, and what happens where it is lost."""

import io
import shutil

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from flow.albums import CLASSES, PER, by_caption, by_sight, described_table, picture
from laionet.errors import OutputError
from laionet.flow.comparing import Described, compare, open_described
from laionet.flow.reporting.album import extremes as extremes_module
from laionet.flow.reporting.album.captions import safety_of, short, web_address
from laionet.flow.reporting.album.drawing import draw
from laionet.flow.reporting.album.extremes import extremes
from laionet.flow.reporting.pictures import gather_album
from laionet.report.album import CAPTION


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return by_caption(folder / "a"), by_sight(folder / "b")


@pytest.fixture(scope="module")
def album(pair):
    return gather_album(pair, compare(*pair), per_class=4, pixels=32)


def side_of(album, name, side=0):
    return next(one for one in album["classes"] if one["name"] == name)["sides"][side]


def number_of(jpeg):
    """Which of ``flow.albums.picture`` a thumbnail is of."""
    return round(np.asarray(Image.open(io.BytesIO(jpeg)))[..., 0].mean() / 5)


def test_samples_are_of_their_class_and_say_what_is_known_of_them(album):
    for label, name in enumerate(("ant", "bee", "cat")):
        side = side_of(album, name)
        assert side["n"] == PER
        assert side["recall"] == 0.5
        assert len(set(side["samples"])) == 4
        for one in side["pictures"]:
            number = int(one["sample"])
            assert number % 3 == label
            assert one["caption"] == f"caption {number}"
            assert one["url"] == f"https://example.com/{number}.jpg"
            assert one["similarity"] == pytest.approx(0.5 + 0.01 * (number // 3))
            assert one["right"] == (number // 3 < 6)
            assert one["said"] == (name if one["right"] else CLASSES[(label + 1) % 3].name)
            assert one["safety"] == "safe"
            assert one["lost"] is None


def test_a_reference_brings_its_own_captions_and_is_not_rated(album):
    side = side_of(album, "bee", 1)
    assert len(side["pictures"]) >= 4
    for one in side["pictures"]:
        assert one["caption"] == f"title {one['sample'][1:]}"
        assert (one["safety"], one["similarity"]) == ("unrated", None)
    assert side["intervals"] == []
    assert [(one["marked"], one["rated"]) for one in album["datasets"]] == [(True, True), (False, False)]


def test_thumbnails_are_small_jpegs_of_the_right_pictures(album):
    for one in album["classes"]:
        for side in one["sides"]:
            for shown in side["pictures"]:
                opened = Image.open(io.BytesIO(shown["jpeg"]))
                assert opened.format == "JPEG"
                assert opened.size == (shown["width"], shown["height"]) == (32, 24)
                assert number_of(shown["jpeg"]) == int(shown["sample"].lstrip("p"))


def test_nothing_that_came_with_a_picture_goes_into_its_thumbnail(tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    marked = picture(0, comment=b"SECRET comment", exif=exif, icc_profile=b"SECRET profile")
    assert marked.count(b"SECRET") == 3
    one = by_caption(tmp_path / "a", dict.fromkeys(range(3 * PER), marked))
    jpegs = [shown["jpeg"] for c in gather_album([one])["classes"] for shown in c["sides"][0]["pictures"]]
    assert len(jpegs) > 30
    assert not any(b"SECRET" in jpeg for jpeg in jpegs)


def test_intervals_are_equal_and_hold_what_they_say(album):
    intervals = side_of(album, "cat")["intervals"]
    assert [one["n"] for one in intervals] == [3, 2, 2, 2, 3]
    edges = [intervals[0]["low"], *(one["high"] for one in intervals)]
    assert edges == pytest.approx(np.linspace(0.5, 0.61, 6).tolist(), abs=1e-6)
    pictures = side_of(album, "cat")["pictures"]
    for one in intervals:
        assert len(one["pictures"]) == 2
        assert all(one["low"] <= pictures[at]["similarity"] <= one["high"] for at in one["pictures"])


def test_a_class_of_one_similarity_has_no_intervals():
    rng = np.random.default_rng(0)
    assert draw(slice(0, 3), np.full(3, 0.5), None, 2, (0, 0, "n")).intervals == []
    one_known = np.array([np.nan, 0.5, np.nan])
    drawn = draw(slice(0, 3), one_known, rng.standard_normal((3, 4)), 2, (0, 0, "n"))
    assert drawn.intervals == []
    assert drawn.pairs is not None


def test_draws_depend_on_seed_dataset_and_class_alone():
    similarity, rows = np.linspace(0, 1, 100), slice(20, 80)
    first = draw(rows, similarity, None, 5, (1, 0, "n1"))
    assert draw(rows, similarity, None, 5, (1, 0, "n1")) == first
    others = [draw(rows, similarity, None, 5, key).samples for key in ((2, 0, "n1"), (1, 1, "n1"), (1, 0, "n2"))]
    assert all(other != first.samples for other in others)
    assert all(20 <= row < 80 for row in first.wanted)


@pytest.mark.parametrize("n", [2, 40, 513])
def test_extremes_are_those_of_all_pairs(n, monkeypatch):
    monkeypatch.setattr(extremes_module, "_BLOCK", 64)
    x = np.random.default_rng(n).standard_normal((n, 5)).astype(np.float32)
    x *= np.random.default_rng(1).uniform(0.1, 9, (n, 1)).astype(np.float32)
    found = extremes(x, np.random.default_rng(0))
    unit = x.astype(np.float64) / np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)
    i, j = np.triu_indices(n, 1)
    cosines = (unit[i] * unit[j]).sum(axis=1)
    assert found.compared == n
    assert found.nearest == (i[cosines.argmax()], j[cosines.argmax()])
    assert found.farthest == (i[cosines.argmin()], j[cosines.argmin()])
    assert found.cosines == pytest.approx((cosines.max(), cosines.min()), abs=1e-6)


def test_extremes_leave_out_what_has_no_direction_and_say_how_many_were_compared():
    x = np.array([[1, 0], [np.nan, 0], [0, 0], [1, 0.1], [-1, 0]], np.float32)
    found = extremes(x, np.random.default_rng(0))
    assert (found.nearest, found.compared) == ((0, 3), 3)
    assert found.farthest in ((0, 4), (3, 4))
    assert extremes(x[:3], np.random.default_rng(0)) is None
    many = np.random.default_rng(0).standard_normal((50, 3))
    assert extremes(many, np.random.default_rng(0), most=20).compared == 20


def test_pairs_of_an_album_are_those_of_the_embeddings(album, pair):
    one = pair[0]
    x, samples = one.embeddings("clip")[one.label == 1], one.samples[one.label == 1]
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    cosines = unit @ unit.T
    i, j = np.unravel_index((cosines - 9 * np.eye(len(x))).argmax(), cosines.shape)
    side = side_of(album, "bee")
    assert {side["pictures"][at]["sample"] for at in side["nearest"]["pictures"]} == {samples[i], samples[j]}
    assert side["nearest"]["cosine"] == pytest.approx(cosines[i, j], abs=1e-5)
    assert side["farthest"]["cosine"] == pytest.approx(cosines.min(), abs=1e-5)


def test_the_model_that_is_told_is_the_best_on_the_reference(album):
    assert (album["classifier"], album["encoder"]) == ("good", "clip")
    assert [side_of(album, "ant", side)["recall"] for side in (0, 1)] == [0.5, 1.0]
    ant = next(one for one in album["classes"] if one["name"] == "ant")
    assert ant["gap"] == -0.5


def test_classes_come_by_gap_then_difference_then_name(pair):
    found = compare(*pair)
    found["gaps"] = [{"model": "good", "largest": [{"wnid": CLASSES[1].wnid}]}]
    names = [one["name"] for one in gather_album(pair, found)["classes"]]
    assert names == ["bee", "ant", "cat"]
    found["gaps"] = []
    found["similarity"][0]["classes"] = [{"wnid": CLASSES[2].wnid, "difference": -0.2}]
    assert [one["name"] for one in gather_album(pair, found)["classes"]] == ["cat", "ant", "bee"]
    assert [one["name"] for one in gather_album(pair)["classes"]] == ["ant", "bee", "cat"]


def test_the_budget_is_kept_and_what_has_no_room_keeps_its_numbers(pair, album):
    whole = [sum(len(one["jpeg"]) for side in c["sides"] for one in side["pictures"]) for c in album["classes"]]
    assert album["bytes"] == sum(whole)
    found = gather_album(pair, compare(*pair), per_class=4, pixels=32, budget_bytes=whole[0] + whole[1] // 2)
    assert [one["shown"] for one in found["classes"]] == [True, False, False]
    assert found["bytes"] == whole[0]
    left = found["classes"][1]["sides"][0]
    assert (left["n"], left["recall"], left["pictures"], left["samples"]) == (PER, 0.5, [], [])
    none = gather_album(pair, budget_bytes=0)
    assert none["bytes"] == 0
    assert not any(one["shown"] for one in none["classes"])


def test_equal_inputs_give_equal_albums(pair, album):
    assert gather_album(pair, compare(*pair), per_class=4, pixels=32) == album
    assert gather_album(pair, compare(*pair), per_class=4, pixels=32, seed=1) != album


def test_pictures_that_cannot_be_had_have_a_reason_and_are_counted(tmp_path):
    broken = {i: picture(i)[:200] for i in range(0, 36, 3)} | dict.fromkeys(range(1, 36, 3), b"")
    one, told = by_caption(tmp_path / "a", broken), []
    found = gather_album([one], listener=told.append)
    for name, reason in (("ant", "undecodable"), ("bee", "not_found"), ("cat", None)):
        shown = side_of(found, name)["pictures"]
        assert {(picture["lost"], picture["jpeg"] is None) for picture in shown} == {(reason, reason is not None)}
    wanted = [len(side_of(found, name)["pictures"]) for name in ("ant", "bee")]
    assert found["datasets"][0]["lost"] == {"undecodable": wanted[0], "not_found": wanted[1]}
    notes = [event.text for event in told if event.kind == "note"]
    assert notes == [
        f"by caption: {sum(wanted)} pictures cannot be shown ({wanted[1]} not_found, {wanted[0]} undecodable)"
    ]


def test_a_run_without_images_or_a_shard_of_them_still_gives_an_album(tmp_path):
    one = by_caption(tmp_path / "a")
    (tmp_path / "a" / "images" / "00001.tar").write_bytes(b"no tar at all" * 100)
    found = gather_album([one])
    lost = {int(p["sample"]): p["lost"] for c in found["classes"] for p in c["sides"][0]["pictures"]}
    assert {number < 18 for number, reason in lost.items() if reason is None} == {True}
    assert {reason for number, reason in lost.items() if number >= 18} == {"unreadable"}
    shutil.rmtree(tmp_path / "a" / "images")
    found = gather_album([one])
    assert set(found["datasets"][0]["lost"]) == {"no_image"}
    assert side_of(found, "ant")["pictures"][0]["caption"].startswith("caption ")


def test_a_reference_that_is_gone_and_a_table_have_no_pictures(tmp_path):
    one = by_sight(tmp_path / "b")
    (tmp_path / "b.parquet").unlink()
    found = gather_album([one])
    assert set(found["datasets"][0]["lost"]) == {"gone"}
    label = np.repeat([0, 1, 2], PER)
    table = described_table([str(i) for i in range(36)], label, 0, (0.5, 0.5))
    found = gather_album([Described("table", CLASSES, table)])
    assert set(found["datasets"][0]["lost"]) == {"gone"}
    assert side_of(found, "cat")["nearest"] is not None


def test_marks_of_the_corpus_are_told_and_rows_of_another_dataset_are_not(tmp_path):
    marks = ["UNLIKELY", "NSFW", None] * PER
    label = [i % 3 if i < 18 else 2 - i % 3 for i in range(3 * PER)]  # the second half was built anew since
    one = by_caption(tmp_path / "a", rows={"nsfw": marks, "label": label})
    found = gather_album([one])
    for name, safety in (("ant", "safe"), ("bee", "unsafe"), ("cat", "unknown")):
        for shown in side_of(found, name)["pictures"]:
            same = int(shown["sample"]) < 18 or name == "bee"
            assert shown["safety"] == (safety if same else "unknown")
            assert (shown["similarity"] is None) == (not same)


def test_without_a_finished_dataset_captions_come_with_the_images(tmp_path):
    one = by_caption(tmp_path / "a")
    shutil.rmtree(tmp_path / "a" / "dataset")
    found = gather_album([one])
    shown = side_of(found, "ant")["pictures"][0]
    assert shown["caption"] == f"caption {int(shown['sample'])}"
    assert (shown["safety"], shown["similarity"]) == ("unknown", None)
    assert not found["datasets"][0]["rated"]


@pytest.mark.parametrize(
    ("marks", "safety"),
    [
        (("UNLIKELY", None, None), "safe"),
        (("unlikely", 0.1, 0.2), "safe"),
        ((None, 0.1, None), "safe"),
        (("UNSURE", 0.1, None), "unknown"),
        (("", None, float("nan")), "unknown"),
        (("NSFW", 0.0, None), "unsafe"),
        (("UNLIKELY", 0.9, None), "unsafe"),
        ((None, 0.1, 0.6), "unsafe"),
    ],
)
def test_safety_is_what_the_marks_say(marks, safety):
    assert safety_of(*marks) == safety


def test_captions_are_cut_and_addresses_are_of_the_web_alone():
    assert short("x" * 1_000_000) == "x" * (CAPTION - 1) + "…"
    assert short(None) is None
    assert web_address("https://example.com/a b") == "https://example.com/a b"
    hostile = [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://",
        "http://[x",
        "//a.b",
        None,
        "http://a/" + "x" * 3000,
    ]
    assert [web_address(url) for url in hostile] == [None] * len(hostile)


def test_one_dataset_without_predictions_or_embeddings(tmp_path):
    label = np.repeat([0, 2], 3)
    table = pa.table({"sample": list("abcdef"), "label": pa.array(label, pa.int32())})
    found = gather_album([Described("bare", CLASSES, table)])
    assert (found["classifier"], found["encoder"]) == (None, None)
    assert [one["name"] for one in found["classes"]] == ["ant", "cat"]
    side = side_of(found, "cat")
    assert (side["recall"], side["nearest"], side["pictures"][0]["right"]) == (None, None, None)


def test_what_makes_no_album_is_refused(pair):
    for datasets, knobs in (
        ([], {}),
        (pair, {"per_class": 0}),
        (pair, {"pixels": 1}),
        (pair, {"budget_bytes": -1}),
    ):
        with pytest.raises(OutputError, match="An album takes"):
            gather_album(datasets, **knobs)


def test_a_run_is_read_from_its_folder_alone(tmp_path):
    by_caption(tmp_path / "a")
    found = gather_album([open_described(tmp_path / "a")])
    assert found["datasets"][0]["lost"] == {}
