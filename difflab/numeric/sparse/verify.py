"""Does a pattern miss an entry? A product with one random vector, in two evaluations.

A missing entry is lost, or lands on another one of its row. Either way J v disagrees with the
difference of f along v, if the entry contributes more than 1e-7 of its row. A disagreement alone
might be truncation, so it is followed up: all parameters outside a row's pattern are moved, and by
the pattern nothing may happen there.
"""

from __future__ import annotations

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.sparse.pattern import Pattern
from difflab.numeric.sparse.vector_function import VectorFunction
from difflab.numeric.stencils import SCHEMES

SEED = 19830201

TOLERANCE = 1e-7
"""Relative disagreement that is followed up."""

NOTED = 1e-4
"""Relative disagreement that is worth a note where the pattern is right."""

NOISE = 32
"""Rounding error of one value that is allowed for, in units of u |f|."""

FOLLOWED = 8
"""How many suspicious rows are looked into."""

FARTHER = (8, 64)
"""How much farther than in the first comparison parameters outside the pattern are moved."""

GROWTH = 4
"""By how much a change grows from one to the other, at least, if it is no rounding."""


def random_displacement(steps: np.ndarray) -> np.ndarray:
    """A seeded random direction; no entry near 0, and no two alike, for these might cancel.

    Examples
    --------
    >>> np.abs(random_displacement(np.ones(1000))).min() > 0.5
    np.True_
    """
    rng = np.random.default_rng(SEED)
    return steps * rng.uniform(0.5, 1.5, steps.shape) * rng.choice([-1.0, 1.0], steps.shape)


def verify(function: VectorFunction, pattern: Pattern, values: np.ndarray) -> tuple[str, ...]:
    """Compare a sparse Jacobian with the function's change along one direction.

    Parameters
    ----------
    function : VectorFunction
    pattern : Pattern
        Of its Jacobian.
    values : ndarray, shape (entries,)
        As found by compressed differences.

    Returns
    -------
    tuple of str
        Rows that disagree although the pattern is right, in words: the step may be too large.

    Raises
    ------
    UsageError
        When the pattern misses an entry; one is named.

    Examples
    --------
    >>> function = VectorFunction(lambda x: x + x[::-1], np.ones(3))
    >>> verify(function, Pattern.of(np.eye(3), (3, 3)), np.array([1.0, 2.0, 1.0]))
    Traceback (most recent call last):
    difflab.errors.UsageError: f[0] depends on x[2], and the pattern says it does not
      why: moving x[2] alone by 0.00094 changes f[0] by 0.00094
      try: add (0, 2) to sparsity, or leave sparsity out
    """
    steps = function.steps(SCHEMES["central"], None) / np.sqrt(max(pattern.longest_row, 1))
    displacement = random_displacement(steps)
    above, below = (function.rounded(function.x + sign * displacement) for sign in (1, -1))
    after, before = function.at(above), function.at(below)
    with np.errstate(invalid="ignore"):
        parts = values * ((above - below) / 2)[pattern.cols]
        predicted = np.bincount(pattern.rows, parts, pattern.shape[0])
        size = np.bincount(pattern.rows, np.abs(parts), pattern.shape[0])
        level = np.maximum(np.abs(function.value), np.maximum(np.abs(after), np.abs(before)))
        disagreement = np.abs((after - before) / 2 - predicted)
        allowed = TOLERANCE * size + NOISE * function.roundoff * level
        excess = np.nan_to_num(disagreement / np.where(allowed > 0, allowed, np.nan), posinf=0.0)
        excess[(allowed == 0) & (disagreement > 0)] = np.inf
    suspects = [int(row) for row in np.argsort(-excess)[:FOLLOWED] if excess[row] > 1]
    notes = []
    for row in suspects:
        outside = np.setdiff1d(np.arange(pattern.shape[1]), pattern.by_row.of(row))
        near, far = (times * displacement for times in FARTHER)
        noise = NOISE * function.roundoff * level[row]
        moved = _change(function, row, outside, far)
        if moved > GROWTH * _change(function, row, outside, near) + noise:
            raise _missing(function, row, _culprit(function, row, outside, far), far)
        if disagreement[row] > NOTED * size[row]:
            notes.append(
                f"{function.row_name(row)}: the change along a random direction disagrees by "
                f"{disagreement[row] / (size[row] or 1.0):.0e}; the step may be too large there"
            )
    return tuple(notes)


def _change(
    function: VectorFunction, row: int, columns: np.ndarray, displacement: np.ndarray
) -> float:
    """By how much one result changes when some parameters move; infinite where it is lost."""
    if not columns.size:
        return 0.0
    point = function.x.copy()
    point[columns] += displacement[columns]
    change = abs(float(function.at(function.rounded(point))[row] - function.value[row]))
    return np.inf if np.isnan(change) else change


def _culprit(
    function: VectorFunction, row: int, columns: np.ndarray, displacement: np.ndarray
) -> int:
    """Find one column that changes the result, by halving those that move."""
    while columns.size > 1:
        halves = np.array_split(columns, 2)
        columns = max(halves, key=lambda half: _change(function, row, half, displacement))
    return int(columns[0])


def _missing(
    function: VectorFunction, row: int, column: int, displacement: np.ndarray
) -> UsageError:
    result, parameter = function.row_name(row), function.column_name(column)
    change = _change(function, row, np.array([column]), displacement)
    return UsageError(
        f"{result} depends on {parameter}, and the pattern says it does not",
        f"moving {parameter} alone by {abs(displacement[column]):.2g} changes {result} by "
        f"{change:.2g}",
        f"add ({row}, {column}) to sparsity, or leave sparsity out",
    )
