"""What is written in pictures, whether it names the class, and what the stage makes of it."""

import io
import pickle
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from laionet.errors import ModelError
from laionet.models.ocr import Line, reader_digest
from laionet.schema import PICTURES, READ, Drop
from laionet.stage import Batch, Job, run_shard, shard_key
from laionet.stages.read_text import Reading, ReadTextStage, spelled_lemmas

LEMMAS = {"n01": ("crane",), "n02": ("bee",), "n03": ("electric guitar", "guitar"), "n04": ()}


@pytest.mark.parametrize(
    ("lines", "lemma"),
    [
        (["a crane, flying"], "crane"),
        (["CRANE"], "crane"),
        (["Crane's nest"], "crane"),
        (["cranes"], "crane"),
        (["ELECTRIC", "GUITAR"], "electric guitar"),
        (["electric-guitar"], "electric guitar"),
        (["electricguitar"], "electric guitar"),
        (["BESTELECTRICGUITARSHOP"], "electric guitar"),
        (["elec tric gui", "tar"], "electric guitar"),
        (["CRA NE"], "crane"),
        (["C R A N E"], "crane"),
        (["TheCrane2024"], "crane"),
        (["SchoolBus"], "school_bus"),
        (["schoolbus"], "school bus"),
        (["GOKART"], "go-kart"),
        (["timber wolves"], "timber wolf"),
        (["BEE!"], "bee"),
        (["two bees"], "bee"),
        (["analog cl0ck"], "analog clock"),
        (["T1GER"], "tiger"),
        (["AlRLINER"], "airliner"),
        (["baIIoon"], "balloon"),
        (["5OCCER BALL"], "soccer ball"),
        (["soccer bal"], "soccer ball"),
        (["strawbcrry"], "strawberry"),
        (["hamrnerhead"], "hammerhead"),
        (["ġiant pandà"], "giant panda"),
        (["ｃｒａｎｅ"], "crane"),
    ],
)
def test_a_lemma_is_found_as_recognisers_write_it(lines, lemma):
    assert spelled_lemmas(lines, [lemma]) == [lemma]


@pytest.mark.parametrize(
    ("lines", "lemma"),
    [
        ([], "crane"),
        ([""], "crane"),
        (["craning cranberry crate"], "crane"),
        (["beer and beef"], "bee"),
        (["be e"], "bee"),
        (["restaurant"], "ant"),
        (["snail mail"], "nail"),
        (["Shopping mall"], "mail"),
        (["www.pictures.com"], "corn"),
        (["modern times"], "modem"),
        (["the ladies"], "ladle"),
        (["get a room"], "geta"),
        (["conundrum"], "drum"),
        (["yellowhammer"], "hammer"),
        (["dormouse"], "mouse"),
        (["flaming mango"], "flamingo"),
        (["airline"], "airliner"),
        (["mountain"], "fountain"),
        (["electric guide"], "electric guitar"),
        (["ball of soccer"], "soccer ball"),
        (["5 l | 1"], "crane"),
        (["!!!"], "crane"),
    ],
)
def test_other_words_spell_no_lemma(lines, lemma):
    assert spelled_lemmas(lines, [lemma]) == []


def test_the_papers_rule_is_a_substring_in_lower_case():
    assert spelled_lemmas(["Cold BEER"], ["bee", "electric guitar"], "paper") == ["bee"]
    assert spelled_lemmas(["electric", "guitar"], ["electric_guitar"], "paper") == ["electric_guitar"]
    assert spelled_lemmas(["CRA NE"], ["crane"], "paper") == []


def test_lemmas_come_in_the_order_given():
    lines = ["guitar, electric guitar"]
    assert spelled_lemmas(lines, ["guitar", "electric guitar"]) == ["guitar", "electric guitar"]
    assert spelled_lemmas(lines, ["electric guitar", "guitar"]) == ["electric guitar", "guitar"]


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(st.text(max_size=30), max_size=4), lemma=st.sampled_from(["bee", "crane", "electric guitar"])
)
def test_any_text_is_taken_and_a_lemma_written_after_it_is_found(lines, lemma):
    assert spelled_lemmas(lines, [lemma]) in ([], [lemma])
    assert spelled_lemmas([*lines, lemma], [lemma]) == [lemma]


class FakeReader:
    """Reads in a picture the text that its size and colour stand for."""

    TEXTS = (
        (),
        (("crane", 0.9),),
        (("beer", 0.8), ("bee", 0.4)),
        (("a  bee", 0.7), ("ELECTRIC", 0.95), ("GUITAR", 0.6)),
        (("--", 0.99), ("X", 0.99)),
    )
    name = digest = device = "fake"

    def __init__(self):
        self.asked = 0

    def read(self, images):
        self.asked += len(images)
        box = np.zeros((4, 2), np.float32)
        return [
            [Line(text, sure, box) for text, sure in self.TEXTS[image.getpixel((0, 0))[0]]] for image in images
        ]


def stage(**more):
    return ReadTextStage(**{"lemmas": LEMMAS, "digest": "d"} | more)


def call(**more):
    return Reading(FakeReader(), stage(**more))


def png(image):
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def pictures(rows):
    """A table of (what the fake reader reads, wnid); None for no image, bytes for themselves."""
    images = [png(Image.new("RGB", (8, 8), (of, 0, 0))) if isinstance(of, int) else of for of, _ in rows]
    columns = {
        "sample": [f"s{i}" for i in range(len(rows))],
        "wnid": [wnid for _, wnid in rows],
        "label": [0] * len(rows),
        "caption": [None] * len(rows),
        "url": [None] * len(rows),
        "image": images,
    }
    return pa.table({f.name: pa.array(columns[f.name], f.type) for f in PICTURES}, schema=PICTURES)


def test_rows_have_their_text_and_the_lemmas_that_it_spells():
    outcome = call(drop=False)(pictures([(1, "n01"), (2, "n02"), (3, "n03"), (0, "n01"), (4, "n01"), (3, "n04")]))
    assert outcome.table.schema.equals(READ)
    assert outcome.table["text"].to_pylist() == [
        "crane", "beer", "a bee\nELECTRIC\nGUITAR", "", "", "a bee\nELECTRIC\nGUITAR",
    ]  # fmt: skip
    assert outcome.table["lines"].to_pylist() == [1, 1, 3, 0, 0, 3]
    assert outcome.table["spelled"].to_pylist() == [["crane"], [], ["electric guitar", "guitar"], [], [], []]
    confidence = outcome.table["confidence"].to_pylist()
    assert confidence == [
        pytest.approx(0.9),
        pytest.approx(0.8),
        pytest.approx(0.6),
        None,
        None,
        pytest.approx(0.6),
    ]
    assert outcome.counts == {"read": 6, "with_text": 4, "lines": 8, "spells": 2}
    assert outcome.kept == 6
    assert outcome.dropped == {}


def test_pictures_that_spell_their_class_and_rows_without_a_picture_stop_with_a_reason():
    rows = [(1, "n01"), (None, "n01"), (1, "n02"), (b"junk", "n01"), (b"", "n02"), (3, "n03")]
    outcome = call()(pictures(rows))
    assert outcome.table["sample"].to_pylist() == ["s0", "s2", "s5"]
    assert outcome.table["kept"].to_pylist() == [False, True, False]
    assert outcome.table["text"][0].as_py() == "crane"
    assert {reason: rows.tolist() for reason, rows in outcome.dropped.items()} == {
        Drop.NO_IMAGE: [1],
        Drop.NOT_AN_IMAGE: [3],
        Drop.EMPTY: [4],
        Drop.SPELLS_CLASS: [0, 5],
    }
    assert outcome.kept == 1
    assert outcome.counts["spells"] == 2


def test_the_threshold_decides_which_lines_count_as_read():
    table = pictures([(2, "n02")])
    assert call(min_confidence=0.4)(table).kept == 0
    assert call(min_confidence=0.41)(table).kept == 1


def test_the_papers_rule_can_be_asked_for():
    assert call(method="paper")(pictures([(2, "n02")])).kept == 0


def test_pictures_beyond_the_limit_are_dropped_before_they_are_decoded():
    outcome = call(max_pixels=63)(pictures([(1, "n02")]))
    assert list(outcome.dropped) == [Drop.TOO_MANY_PIXELS]


def test_decoded_pictures_can_be_read_without_the_stage():
    reading = call()
    found = reading.reading([Image.new("RGB", (8, 8), (1, 0, 0)), Image.new("RGB", (8, 8))], ["n01", "n01"])
    assert found.column_names == ["text", "lines", "confidence", "spelled"]
    assert all(found.schema.field(name).type == READ.field(name).type for name in found.column_names)
    assert reading.stops(found).tolist() == [True, False]
    assert reading.reading([], []).num_rows == 0


rows = st.lists(
    st.tuples(st.integers(0, 4) | st.none() | st.just(b"junk"), st.sampled_from(sorted(LEMMAS))), max_size=12
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rows=rows, cut=st.integers(0, 12), drop=st.booleans())
def test_result_of_a_row_does_not_depend_on_its_batch_and_every_row_has_one_end(rows, cut, drop):
    table, reading = pictures(rows), call(drop=drop)
    at = min(cut, len(rows))
    whole, first, second = reading(table), reading(table.slice(0, at)), reading(table.slice(at))
    assert pa.concat_tables([first.table, second.table]).to_pylist() == whole.table.to_pylist()
    for reason in set(whole.dropped) | set(first.dropped) | set(second.dropped):
        split = [*first.dropped.get(reason, []), *(i + at for i in second.dropped.get(reason, []))]
        assert split == list(whole.dropped.get(reason, []))
    stopped = [int(i) for rows in whole.dropped.values() for i in rows]
    assert len(stopped) == len(set(stopped))
    assert whole.kept == sum(whole.table["kept"].to_pylist()) == len(rows) - len(stopped)
    unread = sum(len(of) for reason, of in whole.dropped.items() if reason != Drop.SPELLS_CLASS)
    assert len(whole.table) == len(rows) - unread


class Tables:
    def __init__(self, tables):
        self.tables = tables

    def batches(self):
        return (Batch(table) for table in self.tables)


def written(word):
    image = Image.new("RGB", (200, 120), "white")
    ImageDraw.Draw(image).text((12, 40), word, "black", ImageFont.load_default(32))
    return png(image)


def test_a_shard_read_again_by_the_real_reader_has_the_same_bytes_however_it_is_batched(tmp_path):
    table = pictures([(written(w), n) for w, n in (("crane", "n01"), ("crane", "n02"), ("for sale", "n01"))])
    real = ReadTextStage(LEMMAS, reader_digest())
    results = []
    for folder, parts in (("a", [table]), ("b", [table.slice(0, 1), table.slice(1)])):
        job = Job(real, Tables(parts), tmp_path / folder, "00000", "key", keep_dropped=True)
        report = run_shard(job)
        assert report.status == "done", report.error
        assert report.dropped == {"spells_class": 1}
        assert report.dropped_by_class == {"spells_class": {"n01": 1}}
        dropped = (tmp_path / folder / "dropped" / "00000.parquet").read_bytes()
        results.append((job.data.read_bytes(), dropped, report.to_json()))
    assert results[0] == results[1]


def test_identity_has_what_decides_the_result_and_not_what_decides_the_speed():
    plain = stage()
    for same in ({"device": "cpu"}, {"threads": 2}, {"precision": "bf16"}):
        assert shard_key(replace(plain, **same), "x") == shard_key(plain, "x")
    for other in (
        {"digest": "e"},
        {"min_confidence": 0.6},
        {"drop": False},
        {"method": "paper"},
        {"max_pixels": 10},
        {"lemmas": {"n01": ("crane", "heron")}},
        {"engine": "east-trocr"},
    ):
        assert shard_key(replace(plain, **other), "x") != shard_key(plain, "x")
    trocr = replace(plain, engine="east-trocr")
    assert shard_key(replace(trocr, precision="bf16"), "x") != shard_key(trocr, "x")


def test_the_stage_is_picklable_and_says_what_is_wrong_when_it_opens():
    assert pickle.loads(pickle.dumps(stage())) == stage()
    with pytest.raises(ModelError, match="frozen_east_text_detection"):
        stage(engine="east-trocr").open()
