"""Whole matrices of derivatives: Jacobian and Hessian, a row or a column per sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np

from difflab.autodiff.arguments import ArgNums, check_argnums, select
from difflab.autodiff.gradient import grad
from difflab.autodiff.recorded import Recorded, run
from difflab.errors import UsageError
from difflab.tree import Nest, unflatten

Mode = Literal["auto", "forward", "reverse"]


def jacobian(
    f: Callable[..., Any], mode: Mode = "auto", argnums: ArgNums = 0
) -> Callable[..., Nest]:
    """Return a function that gives the Jacobian of ``f``.

    ``f`` runs once. Then forward mode takes one sweep per scalar of the parameters and reverse mode
    one per scalar of the value; ``auto`` takes the fewer, and forward when they are as many.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns an array of any shape, or a nest of arrays.
    mode : str
        ``"forward"``, ``"reverse"`` or ``"auto"``.
    argnums : int or tuple of int
        Which positional arguments are differentiated; a tuple makes ``params`` a tuple.

    Returns
    -------
    callable
        ``(params, *contexts) -> jacobian``: the nest of the value, and in the place of each of its
        arrays the nest of ``params``, whose arrays have shape ``value.shape + parameter.shape``.

    Raises
    ------
    UsageError
        When there is no such mode, or ``argnums`` does not name arguments.

    Examples
    --------
    >>> jacobian(lambda x: x[:2] * x[2])(np.array([1.0, 2.0, 3.0]))
    array([[3., 0., 1.],
           [0., 3., 2.]])
    """
    check_argnums(argnums)
    if mode not in ("auto", "forward", "reverse"):
        raise UsageError(
            f"mode={mode!r} is not a way to sweep a tape",
            "a Jacobian is made column by column (forward) or row by row (reverse)",
            'mode="forward", mode="reverse", or mode="auto" for the cheaper one',
        )

    def derivative(*arguments: Any) -> Nest:
        call, params, contexts = select(f, argnums, arguments)
        recorded = run(call, params, *contexts)
        inputs = sum(np.size(leaf) for leaf in recorded.leaves)
        outputs = sum(np.size(result) for result in recorded.results)
        forward = inputs <= outputs if mode == "auto" else mode == "forward"
        blocks = _by_columns(recorded) if forward else _by_rows(recorded)
        return unflatten(
            recorded.form, [unflatten(recorded.structure, of_result) for of_result in blocks]
        )

    return derivative


def hessian(f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Nest]:
    """Return a function that gives the Hessian of ``f``, forward over reverse.

    The gradient is recorded once; then one forward sweep per scalar of the parameters, each a
    small multiple of one gradient. For a few directions, `hvp` costs less.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number.
    argnums : int or tuple of int
        Which positional arguments are differentiated; a tuple makes ``params`` a tuple.

    Returns
    -------
    callable
        ``(params, *contexts) -> hessian``: the nest of ``params``, and in the place of each array
        ``p`` again that nest, whose arrays ``q`` have become arrays of shape ``p.shape + q.shape``.

    Raises
    ------
    UsageError
        When ``argnums`` does not name arguments.

    Examples
    --------
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnums), "forward", argnums)


def _by_columns(recorded: Recorded) -> list[list[Any]]:
    """Blocks of the Jacobian by result and parameter, one forward sweep per parameter scalar."""
    columns = [
        [recorded.push(direction) for direction in _unit_vectors(recorded.leaves, k)]
        for k in range(len(recorded.leaves))
    ]
    return [
        [
            _joined([column[j] for column in block], -1, np.shape(result) + np.shape(leaf), result)
            for block, leaf in zip(columns, recorded.leaves)
        ]
        for j, result in enumerate(recorded.results)
    ]


def _by_rows(recorded: Recorded) -> list[list[Any]]:
    """Blocks of the Jacobian by result and parameter, one reverse sweep per result scalar."""
    blocks = []
    for j, result in enumerate(recorded.results):
        rows = [recorded.pull(direction) for direction in _unit_vectors(recorded.results, j)]
        blocks.append(
            [
                _joined([row[k] for row in rows], 0, np.shape(result) + np.shape(leaf), leaf)
                for k, leaf in enumerate(recorded.leaves)
            ]
        )
    return blocks


def _unit_vectors(arrays: list[Any], chosen: int) -> Iterator[list[Any]]:
    """Directions along every entry of one of several arrays, the others at rest (None)."""
    shape, dtype = np.shape(arrays[chosen]), getattr(arrays[chosen], "dtype", np.dtype(float))
    for position in range(int(np.prod(shape))):
        unit = np.zeros(int(np.prod(shape)), dtype)
        unit[position] = 1
        yield [unit.reshape(shape)[()] if k == chosen else None for k in range(len(arrays))]


def _joined(slices: list[Any], axis: int, shape: tuple[int, ...], like: Any) -> Any:
    """Stack the slices of a block and give it its shape."""
    if not slices:
        return np.zeros(shape, getattr(like, "dtype", float))
    return np.reshape(np.stack(slices, axis=axis), shape) if shape else slices[0]
