"""Batches: every sample once an epoch, decided by seed and epoch alone."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.nn import batches, epoch_order, steps_per_epoch


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    samples=st.integers(1, 40),
    batch_size=st.integers(1, 40),
    seed=st.integers(0, 99),
    shuffle=st.booleans(),
)
def test_every_epoch_sees_every_sample_once(
    samples: int, batch_size: int, seed: int, shuffle: bool
) -> None:
    steps = steps_per_epoch(samples, batch_size)
    met = list(islice(batches(samples, batch_size, seed, shuffle), 3 * steps))
    for epoch in (1, 2, 3):
        mine = [batch for batch in met if batch.epoch == epoch]
        rows = np.concatenate([np.arange(samples)[batch.rows] for batch in mine])
        assert len(mine) == steps
        assert sorted(rows) == list(range(samples))
        assert [batch.size for batch in mine[:-1]] == [batch_size] * (steps - 1)
        assert mine[-1].size == samples - (steps - 1) * batch_size


def test_a_full_batch_copies_nothing() -> None:
    x = np.arange(6.0)
    for size in (None, 6):
        batch = next(batches(6, size))
        assert np.shares_memory(x[batch.rows], x)
        assert batch.size == 6


def test_orders_differ_between_epochs_and_seeds_and_repeat() -> None:
    order = epoch_order(100, seed=0, epoch=1)
    np.testing.assert_array_equal(order, epoch_order(100, seed=0, epoch=1))
    assert not np.array_equal(order, epoch_order(100, seed=0, epoch=2))
    assert not np.array_equal(order, epoch_order(100, seed=1, epoch=1))


def test_without_shuffling_samples_come_in_order() -> None:
    rows = [batch.rows.tolist() for batch in islice(batches(5, 2, shuffle=False), 3)]  # type: ignore[union-attr]
    assert rows == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(("samples", "size", "steps"), [(10, 5, 2), (11, 5, 3), (4, 5, 1)])
def test_the_short_batch_counts_as_a_step(samples: int, size: int, steps: int) -> None:
    assert steps_per_epoch(samples, size) == steps
