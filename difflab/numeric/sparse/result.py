"""What a matrix of derivatives comes with: its error, and its price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.numeric.sparse.pattern import Pattern
from difflab.numeric.sparse.vector_function import VectorFunction
from difflab.tree import Nest, unflatten


@dataclass(frozen=True, slots=True)
class DerivativeMatrix:
    """A Jacobian or Hessian by differences.

    Attributes
    ----------
    value : nest or matrix
        The derivatives, in the parameters' float types.
    error : nest or matrix, or None
        Absolute error bar of every entry, of the same form; None where none was asked for.
    scheme : str
    groups : int
        How many sets of parameters were moved together; n without a pattern.
    evaluations : int
        Calls of the function, all checks included.
    gradient_evaluations : int
        Calls of the gradient, where one was given.
    notes : tuple of str
        What looked suspicious, in words.
    """

    value: Any
    error: Any
    scheme: str
    groups: int
    evaluations: int
    gradient_evaluations: int = 0
    notes: tuple[str, ...] = ()


def blocks(matrix: np.ndarray, function: VectorFunction, dtype: Any = None) -> Nest:
    """Cut a dense matrix (m, n) into the nest of the results, each holding that of the parameters.

    Parameters
    ----------
    matrix : ndarray, shape (m, n)
    function : VectorFunction
        Whose derivatives it holds.
    dtype : dtype or None
        Of all blocks; that of their parameter when None.

    Examples
    --------
    >>> function = VectorFunction(lambda p: {"y": p[0] * p[1]}, [2.0, np.ones(2)])
    >>> blocks(np.arange(6.0).reshape(2, 3), function)["y"]
    [array([0., 3.]), array([[1., 2.],
           [4., 5.]])]
    """
    return unflatten(function.form, _rows_of_blocks(matrix, function, function.results, dtype))


def square_blocks(matrix: np.ndarray, function: VectorFunction, dtype: Any = None) -> Nest:
    """Cut a Hessian (n, n) into the nest of the parameters, each holding that nest again.

    Examples
    --------
    >>> function = VectorFunction(lambda p: p[0] * p[1], [2.0, 3.0])
    >>> square_blocks(np.arange(4.0).reshape(2, 2), function)
    [[np.float64(0.0), np.float64(1.0)], [np.float64(2.0), np.float64(3.0)]]
    """
    return unflatten(function.structure, _rows_of_blocks(matrix, function, function.leaves, dtype))


def _rows_of_blocks(
    matrix: np.ndarray, function: VectorFunction, outer: list[Any], dtype: Any
) -> list[Nest]:
    """Return for every outer array a nest of blocks, one per parameter."""
    rows, found = 0, []
    for array in outer:
        columns, inner = 0, []
        for leaf in function.leaves:
            block = matrix[rows : rows + np.size(array), columns : columns + np.size(leaf)]
            kind = np.asarray(leaf).dtype if dtype is None else dtype
            with np.errstate(over="ignore", under="ignore"):
                inner.append(block.reshape(np.shape(array) + np.shape(leaf)).astype(kind)[()])
            columns += np.size(leaf)
        found.append(unflatten(function.structure, inner))
        rows += np.size(array)
    return found


def entries(values: np.ndarray, pattern: Pattern, function: VectorFunction) -> Any:
    """Return values of a pattern as a matrix of its form, in the parameters' float type."""
    with np.errstate(over="ignore", under="ignore"):
        return pattern.matrix(values.astype(np.asarray(function.leaves[0]).dtype))
