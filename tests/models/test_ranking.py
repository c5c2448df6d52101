"""The k highest scores of each row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from laionet.models.ranking import padded, top_k


@given(
    arrays(np.float32, st.tuples(st.integers(0, 5), st.integers(1, 9)), elements=st.integers(-3, 3).map(float)),
    st.integers(1, 12),
)
def test_highest_first_and_of_equal_ones_the_first(scores, k):
    found = top_k(scores, k)
    for row, best in zip(scores, found, strict=True):
        assert best.tolist() == sorted(range(len(row)), key=lambda at: (-row[at], at))[:k]


def test_padding_keeps_the_type():
    found = padded(np.array([[1, 2]], dtype=np.int32), 4, -1)
    assert found.tolist() == [[1, 2, -1, -1]]
    assert found.dtype == np.int32
