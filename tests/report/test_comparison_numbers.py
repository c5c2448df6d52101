"""Numbers of a comparison: digits that the error justifies, a true minus sign, words for how sure."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laionet.report.comparing.numbers import (
    BY_CHANCE,
    COSINE,
    POINTS,
    Unit,
    decimals,
    equals_p,
    give_or_take,
    p_text,
    value_text,
    verdict,
    with_interval,
    written,
)


def estimate(value, half):
    return {"value": value, "low": value - half, "high": value + half}


def test_a_number_has_two_digits_of_its_error_or_one_where_that_is_large():
    assert with_interval(estimate(-0.34251, 0.0288), POINTS, sign=True) == "−34.3 (−37.1 to −31.4)"
    assert with_interval(estimate(-0.34251, 0.2), POINTS, sign=True) == "−34 (−54 to −14)"
    assert with_interval(estimate(0.45233, 0.0101), COSINE) == "0.452 (0.442 to 0.462)"
    assert give_or_take(estimate(0.66659, 0.0279), POINTS) == "66.7 ± 2.8"


@given(st.floats(1e-3, 70))
def test_the_last_digit_is_never_smaller_than_a_tenth_of_the_error(half):
    last = 10.0 ** -decimals(half, 9)
    assert last >= half / 2 / 36
    assert last <= half / 2 * 3 or decimals(half, 9) == 4 or last == 1


@given(st.floats(-1e6, 1e6), st.integers(0, 4), st.booleans())
def test_what_is_written_is_the_number_to_its_last_digit(value, places, sign):
    text = written(value, places, sign)
    assert "-" not in text
    assert float(text.replace("−", "-").replace(",", "")) == pytest.approx(value, abs=0.51 * 10.0**-places)


def test_zero_has_no_sign_and_the_unknown_is_a_dash():
    assert written(-0.0001, 2, sign=True) == "0.00"
    assert written(None, 2) == written(math.nan, 2) == "–"
    assert with_interval({"value": None, "low": None, "high": None}, COSINE) == "–"
    assert with_interval({"value": 0.5, "low": None, "high": None}, COSINE) == "0.500 (interval unknown)"
    assert value_text({"value": None, "low": None, "high": None}, POINTS) == "unknown"
    assert give_or_take({"value": 0.5, "low": None, "high": None}, POINTS) == "50.0"


def test_an_interval_that_holds_zero_is_no_difference():
    assert verdict(estimate(0.1, 0.2)) == BY_CHANCE
    assert verdict(estimate(0.1, 0.05)) == "a clear difference"
    assert verdict({"value": 0.1, "low": None, "high": None}) == "how sure this is cannot be told"


def test_probabilities_are_short():
    assert [p_text(p) for p in (1e-9, 0.0123, 0.0999, 0.38, None)] == ["< 0.001", "0.012", "0.10", "0.38", "–"]
    assert equals_p(0.4) == "p = 0.40"
    assert equals_p(0.0, "q") == "q < 0.001"


def test_a_suffix_stands_behind_the_number():
    assert value_text(estimate(0.25, 0.01), Unit(100, " %", 1)) == "25.0 %"
