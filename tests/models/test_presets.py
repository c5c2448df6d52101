"""Sets of classifiers by one name."""

from collections import Counter

from laionet.models.presets import PAPER, expand


def test_the_paper_has_29_classifiers_in_three_groups() -> None:
    assert len(PAPER) == 29
    assert Counter(PAPER.values()) == {"1k": 11, "21k to 1k": 14, "21k": 4}
    assert Counter(name.partition("/")[0] for name in PAPER) == {
        "microsoft": 5 + 6,
        "google": 6,
        "facebook": 12,
    }


def test_the_paper_has_the_models_of_its_published_predictions(real_data) -> None:
    import pyarrow.parquet as pq

    names = pq.read_schema(real_data / "paper_imagenet_val_predictions.parquet").names
    published = {name.removeprefix("top_1_is_correct_") for name in names if name.startswith("top_1_")}
    assert published - {"clip-vit-base-patch32"} <= {name.partition("/")[2] for name in PAPER}


def test_presets_are_written_out_each_model_once() -> None:
    assert expand(["own", "paper", "microsoft/resnet-18", "own"]) == ("own", *PAPER)
    assert expand([]) == ()
