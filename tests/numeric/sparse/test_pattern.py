"""Patterns: three forms of one thing, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from difflab.errors import DifflabError, ShapeError, UsageError
from difflab.numeric.sparse import Pattern

GIVEN = np.array([[1, 0, 1], [0, 1, 0]], bool)
PAIRS = ([1, 0, 0, 0], [1, 2, 0, 2])  # in disorder, one of them twice


@pytest.mark.parametrize(
    "given",
    [GIVEN, GIVEN.astype(float) * -7, sparse.csr_matrix(GIVEN), sparse.coo_array(GIVEN), PAIRS],
    ids=["bool", "float", "csr_matrix", "coo_array", "pairs"],
)
def test_all_forms_mean_the_same(given: Any) -> None:
    pattern = Pattern.of(given, (2, 3))
    np.testing.assert_array_equal(pattern.rows, [0, 0, 1])
    np.testing.assert_array_equal(pattern.cols, [0, 2, 1])
    np.testing.assert_array_equal(pattern.by_row.of(0), [0, 2])
    np.testing.assert_array_equal(pattern.by_column.of(2), [0])


def test_a_matrix_comes_back_in_the_form_of_its_pattern() -> None:
    values = np.array([1.0, 2.0, 3.0])
    expected = [[1, 0, 2], [0, 3, 0]]
    dense = Pattern.of(GIVEN, (2, 3)).matrix(values)
    assert type(dense) is np.ndarray
    np.testing.assert_array_equal(dense, expected)
    for given in (PAIRS, sparse.csc_array(GIVEN)):
        found = Pattern.of(given, (2, 3)).matrix(values)
        assert isinstance(found, sparse.csr_array)
        np.testing.assert_array_equal(found.toarray(), expected)


def test_stored_zeros_of_a_sparse_matrix_belong_to_the_pattern() -> None:
    stored = sparse.csr_array((np.array([0.0, 1.0]), ([0, 1], [1, 0])), shape=(2, 2))
    assert Pattern.of(stored, (2, 2)).rows.size == 2


def test_empty_matrices_have_empty_patterns() -> None:
    for shape in ((0, 3), (3, 0), (0, 0)):
        pattern = Pattern.of(np.zeros(shape, bool), shape)
        assert pattern.matrix(np.zeros(0)).shape == shape
        assert Pattern.of(([], []), shape).rows.size == 0


@pytest.mark.parametrize(
    ("given", "kind", "says"),
    [
        (GIVEN.T, ShapeError, "the transposed pattern"),
        (sparse.eye_array(3), ShapeError, r"shape \(3, 3\)"),
        (([0, 2], [0, 0]), ShapeError, "names row 2"),
        (([0, 1], [0, -1]), ShapeError, "names column -1"),
        (([0], [0, 1]), ShapeError, "1 rows and 2 columns"),
        (([0.5], [1]), UsageError, "not a list of positions"),
        (np.full((2, 3), np.nan), UsageError, "no pattern"),
        ("tridiagonal", UsageError, "no pattern"),
        (GIVEN[0], UsageError, "no pattern"),
        (np.eye(2) * 1j, UsageError, "no pattern"),
    ],
)
def test_what_is_no_pattern_is_refused(given: Any, kind: type[DifflabError], says: str) -> None:
    with pytest.raises(kind, match=says):
        Pattern.of(given, (2, 3))
