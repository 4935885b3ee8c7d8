"""The Hessian by differences: of values, or of a gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.errors import NonScalarLossError, ShapeError, UsageError, WrongGradientError
from difflab.numeric.sparse.bars import error_bar
from difflab.numeric.sparse.colouring import Colouring, star_colouring
from difflab.numeric.sparse.compressed import Compressed
from difflab.numeric.sparse.jacobian import compress, stencil_of
from difflab.numeric.sparse.pattern import Pattern
from difflab.numeric.sparse.result import DerivativeMatrix, entries, square_blocks
from difflab.numeric.sparse.second_differences import (
    SECOND,
    second_differences,
    second_error_bar,
    verify_second,
)
from difflab.numeric.sparse.vector_function import VectorFunction
from difflab.numeric.sparse.verify import NOISE, random_displacement, verify
from difflab.numeric.stencils import SCHEMES
from difflab.tree import Nest

GRADIENT_TOLERANCE = 1e-6
"""Relative disagreement between a gradient and the function it is said to belong to."""

SCALES = (1.0, 0.25, 0.0625)
"""Of the steps at which a disagreement has to persist."""


def hessian(
    f: Callable[..., Any],
    x: Nest,
    *contexts: Any,
    gradient: Callable[..., Nest] | None = None,
    scheme: str = "central",
    step: float | None = None,
    sparsity: Any = None,
    error_bars: bool = True,
) -> DerivativeMatrix:
    """Differentiate a function twice, from its values alone or once from its gradient.

    Parameters
    ----------
    f : callable
        ``f(x, *contexts)`` returns one real number.
    x : nest of float arrays
        The point; a flat array of shape (n,) if there is a pattern.
    contexts
        Passed on.
    gradient : callable or None
        ``gradient(x, *contexts)`` returns the gradient of f, a nest like x. It costs 2n gradients
        in place of 2n^2 values, and twice as many digits are right.
    scheme : str
        How a gradient is differenced: a name of `difflab.numeric.SCHEMES`, or "complex-step". Of
        values there are central second differences only.
    step : float or None
        One absolute step for all; None for one that fits: near the fourth root of eps for values,
        near the third for gradients.
    sparsity : boolean array (n, n), scipy.sparse matrix, (rows, cols), or None
        Where the Hessian may differ from zero. Mirror images and the diagonal belong to it without
        being named. With a gradient, columns are grouped by a star colouring; from values, only
        the entries of the pattern are evaluated.
    error_bars : bool
        Whether to difference again at twice the step, which doubles the price; see `jacobian`. With
        a gradient, the asymmetry that was averaged out is added.

    Returns
    -------
    DerivativeMatrix
        Its value is symmetric: a nest as from `difflab.hessian`, or with a pattern a matrix (n, n)
        of its form.

    Raises
    ------
    NonScalarLossError
        When f returns anything but one real number.
    UnknownNameError, ShapeError, MissingRuleError
        As for `jacobian`.
    UsageError
        As for `jacobian`; for another scheme than "central" with values.
    WrongGradientError
        When the gradient is not that of f along a random direction.

    Notes
    -----
    Second differences: error 4 eps_f / h^2 + h^2 / 12 |f''''|, least at h = (48 eps_f / F)^(1/4).
    Star colouring: Coleman and Moré (1984); Gebremedhin, Manne and Pothen (2005).

    Examples
    --------
    >>> found = hessian(lambda x: x[0] ** 2 * x[1], np.array([1.0, 2.0]))
    >>> found.value
    array([[4., 2.],
           [2., 0.]])
    >>> bool(np.all(found.error < 1e-6))
    True
    >>> chain = lambda x: np.sum(np.diff(x) ** 4)
    >>> slope = lambda x: -np.diff(4 * np.diff(x) ** 3, prepend=0.0, append=0.0)
    >>> x, pattern = np.sin(np.arange(1000.0)), (np.arange(999), np.arange(1, 1000))
    >>> hessian(chain, x, gradient=slope, sparsity=pattern).groups
    3
    """
    values_of = VectorFunction(f, x, contexts)
    if values_of.form.kind is not None or values_of.results[0].shape != ():
        raise NonScalarLossError(
            f"the function returned {'a nest' if values_of.form.kind else 'an array'}, not one "
            "number",
            "a Hessian is the second derivative of one real number",
            "reduce the result: np.mean(...) or np.sum(...); or difflab.jacobian",
        )
    pattern = _pattern(sparsity, values_of)
    if gradient is None:
        return _from_values(values_of, pattern, sparsity, scheme, step, error_bars)
    slopes = VectorFunction(gradient, x, contexts, "gradient")
    _check_gradient(values_of, slopes)
    return _from_gradient(values_of, slopes, pattern, sparsity, scheme, step, error_bars)


def _pattern(sparsity: Any, function: VectorFunction) -> Pattern:
    n = function.x.size
    if sparsity is None:
        return Pattern.full((n, n))
    if function.structure.kind is not None or np.ndim(function.leaves[0]) != 1:
        raise UsageError(
            "sparsity was given, but x is not a flat array",
            "a pattern counts rows and columns, and the entries of a nest have no such numbers",
            "a function of an array (n,), or no sparsity",
        )
    return Pattern.of(sparsity, (n, n)).symmetric()


def _from_values(
    function: VectorFunction,
    pattern: Pattern,
    sparsity: Any,
    scheme: str,
    step: float | None,
    error_bars: bool,
) -> DerivativeMatrix:
    if scheme != "central":
        raise UsageError(
            f"scheme={scheme!r} for a Hessian from values",
            "second differences of values are central here",
            'scheme="central", or a gradient to difference: gradient=...',
        )
    steps = function.steps(SECOND, step)
    values = second_differences(function, pattern, steps)
    error = None
    if error_bars:
        coarser = second_differences(function, pattern, 2 * steps)
        error = second_error_bar(function, pattern, steps, values, np.abs(coarser - values))
    notes: tuple[str, ...] = ()
    if sparsity is not None:
        notes = verify_second(function, pattern, values, steps)
    value, bars = _in_form(values, error, pattern, sparsity, function)
    groups = function.x.size
    return DerivativeMatrix(value, bars, scheme, groups, function.evaluations, notes=notes)


def _from_gradient(
    function: VectorFunction,
    slopes: VectorFunction,
    pattern: Pattern,
    sparsity: Any,
    scheme: str,
    step: float | None,
    error_bars: bool,
) -> DerivativeMatrix:
    stencil = stencil_of(scheme, step)
    dense = sparsity is None
    colouring = Colouring(np.arange(slopes.x.size)) if dense else star_colouring(pattern)
    rows, cols = pattern.rows, pattern.cols
    alone = _alone(pattern, colouring)
    mirrored = np.lexsort((rows, cols))  # entry k of the transposed matrix, in the pattern's order

    def both_sides(compressed: Compressed) -> tuple[np.ndarray, np.ndarray]:
        """Every entry as found in its own row and in its mirror image's, where it is alone."""
        here = compressed.entries(rows, cols)
        there = here[mirrored]
        return np.where(alone, here, there), np.where(alone[mirrored], there, here)

    fine, coarse = compress(slopes, colouring, stencil, step, error_bars)
    here, there = both_sides(fine)
    finite = np.isfinite(slopes.value)
    values = np.where(finite[rows] & finite[cols], (here + there) / 2, np.nan)
    error = None
    if coarse is not None:
        change = np.abs(np.mean(both_sides(coarse), axis=0) - values)
        longest = pattern.longest_row
        one_side = error_bar(slopes, stencil, step, longest, rows, cols, values, change)
        error = np.fmax(one_side, one_side[mirrored]) + np.abs(here - there) / 2
    notes = () if dense else verify(slopes, pattern, values)
    value, bars = _in_form(values, error, pattern, sparsity, slopes)
    return DerivativeMatrix(
        value, bars, scheme, colouring.groups, function.evaluations, slopes.evaluations, notes
    )


def _alone(pattern: Pattern, colouring: Colouring) -> np.ndarray:
    """For every entry, whether its row has no other one in the group of its column."""
    places = pattern.rows * max(colouring.groups, 1) + colouring.colours[pattern.cols]
    _, inverse, counts = np.unique(places, return_inverse=True, return_counts=True)
    return counts[inverse] == 1


def _in_form(
    values: np.ndarray,
    error: np.ndarray | None,
    pattern: Pattern,
    sparsity: Any,
    function: VectorFunction,
) -> tuple[Any, Any]:
    """Bring values and error bars into the nest of the parameters, or the pattern's form."""
    if sparsity is not None:
        bars = None if error is None else pattern.matrix(error)
        return entries(values, pattern, function), bars
    n = function.x.size
    bars = None if error is None else square_blocks(error.reshape(n, n), function, np.float64)
    return square_blocks(values.reshape(n, n), function), bars


def _check_gradient(function: VectorFunction, slopes: VectorFunction) -> None:
    """Refuse a gradient of another form, or of another function.

    At a minimum the slope is zero and the change of the function all truncation, so one comparison
    decides nothing. A wrong slope is as wrong at every step; truncation falls with the step, and
    what rounding makes of a slope grows.
    """
    shapes = [result.shape for result in slopes.results]
    wanted = [np.shape(leaf) for leaf in function.leaves]
    if slopes.form != function.structure or shapes != wanted:
        raise ShapeError(
            f"the gradient has shapes {shapes}, the parameters {wanted}",
            "a gradient is a nest like the parameters",
            "difflab.grad(f) gives one",
        )
    n = max(function.x.size, 1)
    displacement = random_displacement(function.steps(SCHEMES["central"], None)) / np.sqrt(n)
    excess = []
    for scale in SCALES:
        above, below = (function.rounded(function.x + s * displacement) for s in (scale, -scale))
        after, before = function.at(above)[0], function.at(below)[0]
        parts = slopes.value * (above - below)
        noise = 2 * NOISE * function.roundoff * max(abs(after), abs(before))
        disagreement = after - before - parts.sum()
        if not abs(disagreement) > GRADIENT_TOLERANCE * np.abs(parts).sum() + noise:
            return
        excess.append(disagreement / scale)
    if min(excess) * max(excess) > 0 and 0.5 < abs(excess[-1] / excess[0]) < 2:
        raise WrongGradientError(
            "gradient= is not the gradient of the function",
            f"along a random direction the function changes by {after - before:.6g}, where the "
            f"gradient says {parts.sum():.6g}",
            "gradient=difflab.grad(f), or leave it out",
        )
