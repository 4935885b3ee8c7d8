"""Evaluation of emitted code on nests of arrays: entry by entry, or over all samples at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from difflab.errors import DataError
from difflab.tree import unravel_like

Compiled = Callable[[Sequence[Any], Sequence[Any]], list[Any]]
"""``compiled(parameter scalars, context scalars or arrays)``: the loss, then its derivatives."""

BLOCK = 1024
"""Samples evaluated at once: temporaries of this length stay in the processor's cache."""


def evaluate_whole(
    compiled: Compiled, leaves: Sequence[Any], contexts: Sequence[Any]
) -> tuple[Any, list[Any]]:
    """Evaluate code that has a symbol for every entry of every context.

    Returns
    -------
    value : NumPy scalar
    gradient : list of arrays
        Of the shapes and dtypes of ``leaves``.

    Examples
    --------
    >>> product = lambda p, x: [p[0] * x[0], x[0]]
    >>> evaluate_whole(product, [np.array(2.0)], [np.array(5.0)])
    (np.float64(10.0), [array(5.)])
    """
    with np.errstate(all="ignore"):
        results = compiled(_scalars(leaves), _scalars(contexts))
    return _finish(np.array(results, _dtype(leaves, contexts)), leaves)


def evaluate_mean(
    compiled: Compiled, leaves: Sequence[Any], contexts: Sequence[Any]
) -> tuple[Any, list[Any]]:
    """Evaluate code that knows one sample over a batch, and average.

    Parameters
    ----------
    compiled : callable
        Takes every context entry as an array of shape (n,).
    leaves : sequence of arrays
    contexts : sequence of arrays, shapes (n, ...)

    Raises
    ------
    DataError
        For a batch without samples, which has no mean.

    Examples
    --------
    >>> product = lambda p, x: [p[0] * x[0], x[0]]
    >>> evaluate_mean(product, [np.array(2.0)], [np.array([5.0, 7.0])])
    (np.float64(12.0), [array(6.)])
    """
    total, dtype = _total(compiled, leaves, contexts)
    return _finish(total / np.array(len(contexts[0]), dtype), leaves)


def evaluate_sum(
    compiled: Compiled, leaves: Sequence[Any], contexts: Sequence[Any]
) -> tuple[Any, list[Any]]:
    """Evaluate code that knows one sample over a batch, and add up.

    The code has one context more, the share 1/n of a sample in what counts once.

    Raises
    ------
    DataError
        For a batch without samples.

    Examples
    --------
    >>> product = lambda p, x: [p[0] * x[0] + x[1], x[0]]
    >>> evaluate_sum(product, [np.array(2.0)], [np.array([5.0, 7.0])])
    (np.float64(25.0), [array(12.)])
    """
    samples = max(1, len(contexts[0]))
    share = np.full(samples, 1 / samples, _dtype(leaves, contexts))
    total, _ = _total(compiled, leaves, [*contexts, share])
    return _finish(total, leaves)


def _total(
    compiled: Compiled, leaves: Sequence[Any], contexts: Sequence[Any]
) -> tuple[Any, np.dtype]:
    """Results added up over the samples, block after block."""
    samples = len(contexts[0])
    if samples == 0:
        raise DataError("the batch has no samples", "a mean needs at least one", "x[:1] at least")
    scalars = _scalars(leaves)
    columns = [column for context in contexts for column in _columns(context)]
    dtype = _dtype(leaves, contexts)
    total: Any = 0
    with np.errstate(all="ignore"):
        for start in range(0, samples, BLOCK):
            block = [column[start : start + BLOCK] for column in columns]
            results = compiled(scalars, block)
            table = np.empty((len(results), len(block[0])), dtype)
            for row, result in zip(table, results):
                row[:] = result  # also a result without samples in it, such as weight decay
            total += table.sum(axis=1)
    return total, dtype


def _columns(context: Any) -> np.ndarray:
    """Entries of one sample as rows, each contiguous over the samples: shape (entries, n)."""
    array = _as_floats(context)
    entries = int(np.prod(array.shape[1:]))
    return np.ascontiguousarray(array.reshape(len(array), entries).T)


def _finish(flat: np.ndarray, leaves: Sequence[Any]) -> tuple[Any, list[Any]]:
    gradient = []
    for leaf, part in zip(leaves, unravel_like(flat[1:], leaves)):
        part = part.astype(_as_floats(leaf).dtype)
        gradient.append(part if isinstance(leaf, np.ndarray) else part[()])
    return flat[0], gradient


def _scalars(arrays: Sequence[Any]) -> list[Any]:
    """Entries in C order as NumPy scalars, which follow IEEE rules where Python floats raise."""
    return [entry for array in arrays for entry in _as_floats(array).ravel()]


def _as_floats(array: Any) -> np.ndarray:
    array = np.asarray(array)
    return array if array.dtype.kind == "f" else array.astype(float)


def _dtype(leaves: Sequence[Any], contexts: Sequence[Any]) -> np.dtype:
    dtypes = [_as_floats(array).dtype for array in (*leaves, *contexts)]
    return np.result_type(*(dtypes or [np.dtype(float)]))
