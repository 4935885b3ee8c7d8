"""Colourings: valid on every pattern, and few on those whose least number is known."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.numeric.sparse import Colouring, Pattern, column_colouring, star_colouring
from tests.numeric.sparse.problems import band


@st.composite
def patterns(draw: Any, square: bool = False, largest: int = 9) -> Any:
    m = draw(st.integers(1, largest))
    n = m if square else draw(st.integers(1, largest))
    cells = draw(st.lists(st.booleans(), min_size=m * n, max_size=m * n))
    return np.array(cells, bool).reshape(m, n)


def structurally_orthogonal(matrix: Any, colours: Any) -> bool:
    """No two columns of one colour share a row: the definition, pair by pair."""
    return not any(
        colours[i] == colours[j] and np.any(matrix[:, i] & matrix[:, j])
        for i, j in combinations(range(matrix.shape[1]), 2)
    )


def is_star(matrix: Any, colours: Any) -> bool:
    """Neighbours differ, and no path over four columns has two colours: the definition."""
    n = len(colours)
    neighbours = [(i, j) for i, j in permutations(range(n), 2) if matrix[i, j]]
    if any(colours[i] == colours[j] for i, j in neighbours):
        return False
    return not any(
        matrix[a, b] and matrix[b, c] and matrix[c, d] and len({colours[k] for k in path}) < 3
        for path in permutations(range(n), 4)
        for a, b, c, d in [path]
    )


@settings(derandomize=True, max_examples=150, deadline=None)
@given(patterns())
def test_columns_of_one_colour_share_no_row(matrix: Any) -> None:
    found = column_colouring(Pattern.of(matrix, matrix.shape))
    assert structurally_orthogonal(matrix, found.colours)
    assert found.groups >= matrix.sum(axis=1).max()
    assert set(found.colours) == set(range(found.groups))


@settings(derandomize=True, max_examples=150, deadline=None)
@given(patterns(square=True, largest=7))
def test_star_colourings_are_star_colourings(matrix: Any) -> None:
    matrix = matrix | matrix.T | np.eye(len(matrix), dtype=bool)
    found = star_colouring(Pattern.of(matrix, matrix.shape))
    assert is_star(matrix, found.colours)


def test_the_definitions_reject_what_is_no_colouring() -> None:
    path = band(4)
    assert not structurally_orthogonal(path, [0, 1, 0, 1])
    assert structurally_orthogonal(path, [0, 1, 2, 0])
    assert not is_star(path, [0, 1, 0, 1])
    assert not is_star(path, [0, 0, 1, 2])
    assert is_star(path, [0, 1, 0, 2])


@pytest.mark.parametrize("width", [0, 1, 2, 5])
def test_a_band_needs_as_many_colours_as_it_is_wide(width: int) -> None:
    pattern = Pattern.of(band(1000, width), (1000, 1000))
    assert column_colouring(pattern).groups == 2 * width + 1


def test_a_tridiagonal_hessian_needs_three_colours() -> None:
    assert star_colouring(Pattern.of(band(1000), (1000, 1000))).groups == 3


@pytest.mark.parametrize("hub", [0, 17, 999])
def test_an_arrow_needs_two_colours_as_a_hessian_and_all_as_a_jacobian(hub: int) -> None:
    pattern = Pattern.of(([hub] * 1000, np.arange(1000)), (1000, 1000)).symmetric()
    assert star_colouring(pattern).groups == 2
    assert column_colouring(pattern).groups == 1000


def test_a_dense_matrix_needs_a_colour_per_column() -> None:
    for colour in (column_colouring, star_colouring):
        assert colour(Pattern.full((6, 6))).groups == 6


def test_the_five_point_laplacian_stays_close_to_its_least_number() -> None:
    side = 20
    line = np.eye(side, k=1) + np.eye(side, k=-1)
    laplacian = np.kron(line, np.eye(side)) + np.kron(np.eye(side), line) + np.eye(side**2)
    pattern = Pattern.of(laplacian, laplacian.shape)
    assert 5 <= column_colouring(pattern).groups <= 8  # the least is 5
    assert 4 <= star_colouring(pattern).groups <= 8  # at least 4 (Fertin, Raspaud and Reed 2004)


def test_groups_partition_the_columns() -> None:
    colouring = Colouring(np.array([2, 0, 1, 0]))
    assert [group.tolist() for group in colouring.members()] == [[1, 3], [2], [0]]
    assert Colouring(np.zeros(0, int)).members() == []
