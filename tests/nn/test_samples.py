"""Samples that are set apart: a share, drawn by the seed, both parts in their order."""

from __future__ import annotations

import numpy as np
import pytest

from difflab.nn.samples import set_apart

X = np.arange(40.0)[:, None]


@pytest.mark.parametrize("share", [0.03, 0.2, 0.5, 0.98])
def test_every_sample_is_in_one_part_and_each_part_keeps_its_order(share: float) -> None:
    x, y, (x_apart, y_apart) = set_apart(X, -X, share, seed=3)
    assert np.all(np.diff(x[:, 0]) > 0)
    assert np.all(np.diff(x_apart[:, 0]) > 0)
    assert sorted([*x[:, 0], *x_apart[:, 0]]) == X[:, 0].tolist()
    np.testing.assert_array_equal(y, -x)
    np.testing.assert_array_equal(y_apart, -x_apart)


def test_the_seed_decides_which() -> None:
    first, again, other = (set_apart(X, X, 0.25, seed)[2][0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len(first) == 10
