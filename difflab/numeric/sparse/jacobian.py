"""The Jacobian by differences: a group of columns at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.errors import UsageError, unknown_name
from difflab.numeric.complex_check import check
from difflab.numeric.sparse.bars import error_bar
from difflab.numeric.sparse.colouring import Colouring, column_colouring
from difflab.numeric.sparse.compressed import Compressed, by_complex_step, by_differences
from difflab.numeric.sparse.pattern import Pattern
from difflab.numeric.sparse.result import DerivativeMatrix, blocks, entries
from difflab.numeric.sparse.vector_function import VectorFunction
from difflab.numeric.sparse.verify import random_displacement, verify
from difflab.numeric.stencils import SCHEMES, Stencil
from difflab.numeric.traps import refusing_real_only_calls
from difflab.tree import Nest, flatten, unravel_like

COMPLEX_STEP = "complex-step"


def jacobian(
    f: Callable[..., Any],
    x: Nest,
    *contexts: Any,
    scheme: str = "central",
    step: float | None = None,
    sparsity: Any = None,
    error_bars: bool = True,
) -> DerivativeMatrix:
    """Differentiate a vector-valued function by finite differences or the complex step.

    Parameters
    ----------
    f : callable
        ``f(x, *contexts)`` returns a float array of any shape, or a nest of them.
    x : nest of float arrays
        The point; a flat array of shape (n,) if there is a pattern.
    contexts
        Passed on.
    scheme : str
        A name of `difflab.numeric.SCHEMES`, or "complex-step".
    step : float or None
        One absolute step for all; None for a step that fits. Not with the complex step, whose own
        is right for all functions.
    sparsity : boolean array (m, n), scipy.sparse matrix, (rows, cols), or None
        Where the Jacobian may differ from zero; see `Pattern.of`.
    error_bars : bool
        Whether to difference again at twice the step and to measure the noise, which doubles the
        price; see `difflab.numeric.sparse.bars.error_bar`.

    Returns
    -------
    DerivativeMatrix
        Its value is a nest as from `difflab.jacobian`: arrays of shape
        ``result.shape + parameter.shape``. With a pattern, a matrix (m, n): an ndarray for a
        boolean array, else a ``scipy.sparse.csr_array``. Entries without a finite difference
        quotient are NaN.

    Raises
    ------
    UnknownNameError
        For another scheme.
    UsageError
        For a step that is none or vanishes beside x; when two calls disagree; for a pattern with a
        nest; when the pattern misses an entry.
    ShapeError
        When the pattern does not fit.
    MissingRuleError
        When the complex step cannot follow the function.

    Notes
    -----
    Evaluations: 2 calls that are compared, one per group and point of the stencil, 2 that verify a
    pattern; for error bars as many at the second step, and 6 for the noise. Groups: Curtis,
    Powell and Reid (1974), Coleman and Moré (1983).

    Examples
    --------
    >>> second_difference = lambda x: x[:-2] - 2 * x[1:-1] + x[2:]
    >>> found = jacobian(second_difference, np.linspace(0.0, 1.0, 5), error_bars=False)
    >>> np.round(found.value, 6) + 0.0
    array([[ 1., -2.,  1.,  0.,  0.],
           [ 0.,  1., -2.,  1.,  0.],
           [ 0.,  0.,  1., -2.,  1.]])
    >>> pattern = found.value.round(6) != 0
    >>> jacobian(second_difference, np.linspace(0.0, 1.0, 5), sparsity=pattern).groups
    3
    """
    stencil = stencil_of(scheme, step)
    function = VectorFunction(f, x, contexts)
    shape = (function.value.size, function.x.size)
    if sparsity is None:
        colouring = Colouring(np.arange(shape[1]))
        rows, cols = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    else:
        pattern = flat_pattern(sparsity, function)
        colouring, rows, cols = column_colouring(pattern), pattern.rows, pattern.cols

    fine, coarse = compress(function, colouring, stencil, step, error_bars)
    values = np.where(np.isfinite(function.value)[rows], fine.entries(rows, cols), np.nan)
    error = None
    if coarse is not None:
        change = np.abs(coarse.entries(rows, cols) - values)
        longest = shape[1] if sparsity is None else pattern.longest_row
        error = error_bar(function, stencil, step, longest, rows, cols, values, change)
    if sparsity is None:
        value = blocks(values, function)
        bars = None if error is None else blocks(error, function, np.float64)
        notes: tuple[str, ...] = ()
    else:
        notes = verify(function, pattern, values)
        value = entries(values, pattern, function)
        bars = None if error is None else pattern.matrix(error)
    return DerivativeMatrix(
        value, bars, scheme, colouring.groups, function.evaluations, notes=notes
    )


def flat_pattern(sparsity: Any, function: VectorFunction) -> Pattern:
    """Read a pattern for a function from a flat array to a flat array.

    Raises
    ------
    UsageError
        When parameters or results are not flat arrays.
    """
    arrays = [*function.leaves, *function.results]
    nested = function.structure.kind is not None or function.form.kind is not None
    if nested or any(np.ndim(array) != 1 for array in arrays):
        raise UsageError(
            "sparsity was given, but x or f(x) is not a flat array",
            "a pattern counts rows and columns, and the entries of a nest have no such numbers",
            "a function from an array (n,) to an array (m,), or no sparsity",
        )
    return Pattern.of(sparsity, (function.value.size, function.x.size))


def compress(
    function: VectorFunction,
    colouring: Colouring,
    stencil: Stencil | None,
    step: float | None,
    error_bars: bool,
) -> tuple[Compressed, Compressed | None]:
    """Difference every group; for error bars also at twice the step.

    The complex step, where the stencil is None, truncates nothing: its second result is the first.

    Raises
    ------
    MissingRuleError
        When the complex step cannot follow the function.
    UsageError
        For a step that is none.
    """
    if stencil is None:
        params, contexts = function.params, function.contexts
        mixture = _mixture(function)
        check(mixture, params, *contexts)
        with refusing_real_only_calls(mixture, params, *contexts):
            exact = by_complex_step(function, colouring)
        return exact, exact if error_bars else None
    steps = function.steps(stencil, step)
    fine = by_differences(function, colouring, stencil, steps)
    if not error_bars:
        return fine, None
    return fine, by_differences(function, colouring, stencil, 2 * steps)


def stencil_of(scheme: str, step: float | None) -> Stencil | None:
    """Return the stencil of a scheme; None for the complex step.

    Raises
    ------
    UnknownNameError
    UsageError
        For a complex step with a step.
    """
    if scheme == COMPLEX_STEP:
        if step is not None:
            raise UsageError(
                f"step={step!r} was given for the complex step",
                "nothing is subtracted, so its tiny step is right for every function",
                "step=None",
            )
        return None
    if scheme not in SCHEMES:
        raise unknown_name(
            "scheme", scheme, [*SCHEMES, COMPLEX_STEP], "sorted(difflab.numeric.SCHEMES)"
        )
    return SCHEMES[scheme]


def _mixture(function: VectorFunction) -> Callable[..., Any]:
    """One number made of all results, for checks that take losses.

    Weights make all results change alike along a random direction: a small one that the complex
    step gets wrong must not be hidden by large ones.
    """
    steps = function.steps(SCHEMES["central"], None) / np.sqrt(max(function.x.size, 1))
    move = random_displacement(steps)
    with np.errstate(invalid="ignore"):
        change = np.abs(function.at(function.x + move) - function.at(function.x - move))
    least = 1e3 * function.roundoff * np.abs(function.value)
    scale = np.fmax(change, np.where(np.isfinite(least), least, 0.0))
    flat = np.random.default_rng(0).uniform(0.5, 1.5, scale.shape) * np.max(steps, initial=0.0)
    weights = unravel_like(flat / np.where(scale > 0, scale, 1.0), function.results)

    def mixture(params: Nest, *contexts: Any) -> Any:
        results = flatten(function.counted(params, *contexts))[0]
        return sum(np.sum(weight * result) for weight, result in zip(weights, results))

    return mixture
