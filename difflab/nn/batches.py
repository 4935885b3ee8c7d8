"""Mini-batches: which samples each step sees, decided by the seed and the epoch alone.

No generator is carried from step to step. So batches are the same under every provider, and a run
can be resumed at any step by its number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

_STREAM = 1  # keeps the batches' random numbers apart from those of the initial parameters


class Batch(NamedTuple):
    """The samples of one step.

    Attributes
    ----------
    epoch : int
        From 1.
    rows : ndarray of int or slice
        Which samples; the slice of all for a full batch, which copies nothing.
    size : int
        How many they are.
    """

    epoch: int
    rows: np.ndarray | slice
    size: int


def epoch_order(samples: int, seed: int, epoch: int, shuffle: bool = True) -> np.ndarray:
    """Return the order in which an epoch visits the samples, shape (samples,).

    Examples
    --------
    >>> epoch_order(5, seed=0, epoch=1).tolist() == epoch_order(5, seed=0, epoch=1).tolist()
    True
    >>> epoch_order(3, seed=0, epoch=1, shuffle=False)
    array([0, 1, 2])
    """
    if not shuffle:
        return np.arange(samples)
    return np.random.default_rng([seed, _STREAM, epoch]).permutation(samples)


def steps_per_epoch(samples: int, batch_size: int | None) -> int:
    """How many batches cover the samples once; the last one may be short.

    Examples
    --------
    >>> steps_per_epoch(1000, 300), steps_per_epoch(1000, None)
    (4, 1)
    """
    return 1 if batch_size is None else -(-samples // batch_size)


def batches(
    samples: int, batch_size: int | None, seed: int = 0, shuffle: bool = True
) -> Iterator[Batch]:
    """Yield batches for ever, epoch after epoch; the last of each is kept even when it is short.

    Examples
    --------
    >>> from itertools import islice
    >>> [batch.size for batch in islice(batches(5, 2), 4)]
    [2, 2, 1, 2]
    """
    epoch = 0
    while True:
        epoch += 1
        if batch_size is None or batch_size == samples:
            yield Batch(epoch, slice(None), samples)
            continue
        order = epoch_order(samples, seed, epoch, shuffle)
        for start in range(0, samples, batch_size):
            rows = order[start : start + batch_size]
            yield Batch(epoch, rows, len(rows))
