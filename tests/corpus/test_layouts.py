import pickle

import pyarrow as pa
import pytest

from laionet.corpus import FIELDS, LAYOUTS, custom, detect, list_files, plan
from laionet.errors import LayoutError

# One row of each corpus as it is published, and what must be read from it.
LAION = {
    "SAMPLE_ID": [1.25e12],
    "URL": ["http://a/1.jpg"],
    "TEXT": ["a dog"],
    "HEIGHT": [300],
    "WIDTH": [400],
    "LICENSE": ["?"],
    "NSFW": ["UNLIKELY"],
    "similarity": [0.5],
}
ROW = {"caption": "a dog", "url": "http://a/1.jpg", "width": 400, "height": 300, "image_text_similarity": 0.5}
JOINED = {**{k: v for k, v in LAION.items() if k not in ("NSFW", "LICENSE")}, "hash": [7], "punsafe": [0.25]}
RE_LAION = {
    "url": ["http://a/1.jpg"],
    "caption": ["a dog"],
    "similarity": [0.5],
    "hash": [7],
    "width": [400],
    "height": [300],
    "pwatermark": [0.1],
    "punsafe": [0.25],
    "key": ["0001"],
    "status": ["success"],
}
DATACOMP = {
    "uid": ["f00"],
    "url": ["http://a/1.jpg"],
    "text": ["a dog"],
    "original_width": [400],
    "original_height": [300],
    "clip_b32_similarity_score": [0.5],
    "clip_l14_similarity_score": [0.75],
    "face_bboxes": [[[0.0, 0.0, 1.0, 1.0]]],
    "sha256": ["00"],
}
COYO = {
    "id": [5],
    "url": ["http://a/1.jpg"],
    "text": ["a dog"],
    "width": [400],
    "height": [300],
    "image_phash": ["00"],
    "text_length": [5],
    "clip_similarity_vitb32": [0.5],
    "clip_similarity_vitl14": [0.75],
    "nsfw_score_opennsfw2": [0.25],
    "nsfw_score_gantman": [0.75],
    "watermark_score": [0.1],
    "aesthetic_score_laion_v2": [5.0],
}
IMG2DATASET = {
    "caption": ["a dog"],
    "url": ["http://a/1.jpg"],
    "key": ["000000000"],
    "status": ["success"],
    "error_message": pa.nulls(1),
    "width": [256],
    "height": [256],
    "original_width": [400],
    "original_height": [300],
    "exif": ["{}"],
    "sha256": ["00"],
    "NSFW": ["UNSURE"],
    "punsafe": [0.25],
    "similarity": [0.5],
}
PUBLISHED = [
    pytest.param("laion-400m", LAION, {**ROW, "nsfw": "UNLIKELY"}, ("nsfw",), id="laion-400m"),
    pytest.param(
        "laion-400m", {**LAION, "kind": ["x"]}, {**ROW, "nsfw": "UNLIKELY"}, ("nsfw",), id="further-column"
    ),
    pytest.param("laion-2b", {**LAION, "LANGUAGE": ["en"]}, {**ROW, "nsfw": "UNLIKELY"}, ("nsfw",), id="laion-2b"),
    pytest.param("re-laion", JOINED, {**ROW, "punsafe": 0.25}, ("punsafe",), id="joined"),
    pytest.param("re-laion", RE_LAION, {**ROW, "punsafe": 0.25}, ("punsafe",), id="re-laion"),
    pytest.param("datacomp", DATACOMP, ROW, (), id="datacomp"),
    pytest.param("coyo-700m", COYO, {**ROW, "nsfw_score": 0.25}, ("nsfw_score",), id="coyo-700m"),
    pytest.param(
        "img2dataset",
        IMG2DATASET,
        {**ROW, "nsfw": "UNSURE", "punsafe": 0.25},
        ("nsfw", "punsafe"),
        id="img2dataset",
    ),
    pytest.param(
        "columns",
        {"image_url": ["http://a/1.jpg"], "alt": ["a dog"]},
        {"caption": "a dog", "url": "http://a/1.jpg"},
        (),
        id="other-names",
    ),
    pytest.param("columns", {"Caption": ["a dog"]}, {"caption": "a dog"}, (), id="captions-only"),
]


@pytest.mark.parametrize(("name", "columns", "expected", "safety"), PUBLISHED)
def test_a_published_layout_is_recognised_and_read(name, columns, expected, safety, write_parquet, read_corpus):
    corpus = read_corpus(write_parquet(columns))
    assert corpus.plan.layouts[0].name == name
    assert corpus.plan.layouts[0].safety == safety
    (row,) = corpus.table.to_pylist()
    assert (row.pop("file"), row.pop("row"), row.pop("laion_row")) == ("captions.parquet", 0, None)
    assert row == {**dict.fromkeys(FIELDS), **expected}


@pytest.mark.parametrize(("name", "columns", "expected", "safety"), PUBLISHED)
def test_a_layout_asked_for_by_name_gives_what_detection_gives(
    name, columns, expected, safety, write_parquet, read_corpus
):
    path = write_parquet(columns)
    named, detected = read_corpus(path, layout=name), read_corpus(path)
    assert named.plan.layouts == detected.plan.layouts
    assert named.table.equals(detected.table)


def test_names_match_without_regard_to_case_but_exact_ones_come_first():
    assert detect(["Url", "Text", "nsfw", "Similarity"]).columns["caption"] == "Text"
    assert detect(["Url", "Text", "nsfw", "Similarity"]).name == "laion-400m"
    assert detect(["CAPTION", "caption", "url"]).columns["caption"] == "caption"
    assert detect(["uid", "URL", "TEXT", "NSFW", "similarity"]).name == "laion-400m"
    assert detect(["UID", "URL", "TEXT"]).name == "datacomp"


def test_a_layouts_own_caption_column_wins_over_another_spelling():
    columns = detect(["URL", "caption", "TEXT", "NSFW", "similarity"]).columns
    assert columns["caption"] == "TEXT"


def test_an_unknown_layout_error_says_what_was_seen_expected_and_missing():
    with pytest.raises(LayoutError) as error:
        detect(["URL", "NSFW", "similarity", "WORDS"])
    message = str(error.value)
    assert "URL, NSFW, similarity, WORDS" in message
    assert "laion-400m, are NSFW, TEXT, URL, similarity" in message
    assert "missing: TEXT" in message


def test_a_layout_error_of_a_file_names_the_file(write_parquet):
    path = write_parquet({"words": ["a"]}, "one.parquet")
    with pytest.raises(LayoutError, match=r"^one\.parquet: .*Seen are words"):
        plan(list_files([path]))


def test_a_layout_asked_for_that_does_not_fit_is_refused(write_parquet):
    path = write_parquet({"url": ["u"], "text": ["t"]})
    with pytest.raises(LayoutError, match="datacomp needs the columns text, uid, url; seen are url, text"):
        plan(list_files([path]), layout="datacomp")


def test_an_unheard_of_layout_is_refused_with_the_names_there_are(write_parquet):
    with pytest.raises(LayoutError, match=r"no layout 'laion'.*laion-400m"):
        plan(list_files([write_parquet({"text": ["t"]})]), layout="laion")


def test_a_column_twice_in_the_file_is_refused():
    with pytest.raises(LayoutError, match="TEXT is in the file more than once"):
        detect(["TEXT", "TEXT"])


def test_custom_maps_fields_and_keeps_only_them(write_parquet, read_corpus):
    path = write_parquet({"Alt": ["a dog"], "src": ["http://a"], "NSFW": ["NSFW"], "text": ["no"]})
    corpus = read_corpus(path, columns={"caption": "alt", "url": "src"})
    (row,) = corpus.table.to_pylist()
    assert (row["caption"], row["url"], row["nsfw"]) == ("a dog", "http://a", None)
    assert corpus.plan.layouts[0].safety == ()
    assert corpus.plan.layouts[0].spoken() == "caption from Alt, url from src"


def test_custom_knows_safety():
    assert custom({"caption": "a", "punsafe": "p"}).safety == ("punsafe",)


def test_custom_refuses_an_unknown_field_naming_the_valid_ones():
    with pytest.raises(LayoutError, match=r"no field colour.*caption, url, nsfw"):
        custom({"caption": "a", "colour": "b"})
    with pytest.raises(LayoutError, match="no field row"):
        custom({"caption": "a", "row": "b"})


def test_custom_needs_a_caption():
    with pytest.raises(LayoutError, match="which column holds the caption"):
        custom({"url": "b"})


def test_custom_columns_that_the_file_lacks_are_named(write_parquet):
    path = write_parquet({"text": ["a"]})
    with pytest.raises(LayoutError, match="names alt, which the file does not have; seen are text"):
        plan(list_files([path]), columns={"caption": "alt"})


def test_a_map_and_a_layout_together_are_refused(write_parquet):
    path = write_parquet({"text": ["a"]})
    with pytest.raises(LayoutError, match="not both"):
        plan(list_files([path]), layout="datacomp", columns={"caption": "text"})


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_cross_process_borders(name):
    assert pickle.loads(pickle.dumps(LAYOUTS[name])) == LAYOUTS[name]
    assert set(LAYOUTS[name].columns) <= set(FIELDS)
