"""Evaluation of emitted code on nests of arrays: entry by entry, or over all samples at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from difflab.tree import unravel_like

Compiled = Callable[[Sequence[Any], Sequence[Any]], list[Any]]
"""``compiled(parameter scalars, context scalars or arrays)``: the loss, then its derivatives."""


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
        value, *gradient = compiled(_scalars(leaves), _scalars(contexts))
    return _finish(np.array([value, *gradient], _dtype(leaves, contexts)), leaves)


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

    Examples
    --------
    >>> product = lambda p, x: [p[0] * x[0], x[0]]
    >>> evaluate_mean(product, [np.array(2.0)], [np.array([5.0, 7.0])])
    (np.float64(12.0), [array(6.)])
    """
    samples = len(contexts[0])
    columns = [
        column
        for context in contexts
        for column in np.ascontiguousarray(_as_floats(context).reshape(samples, -1).T)
    ]
    with np.errstate(all="ignore"):
        results = compiled(_scalars(leaves), columns)
        table = np.empty((len(results), samples), _dtype(leaves, contexts))
        for row, result in zip(table, results):
            row[:] = result  # also a result without samples in it, such as that of weight decay
        return _finish(table.sum(axis=1) / np.intp(samples).astype(table.dtype), leaves)


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
    return np.result_type(*(_as_floats(array).dtype for array in (*leaves, *contexts)))
