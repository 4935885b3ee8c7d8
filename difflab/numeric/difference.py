"""Finite differences: the gradient by an honest loop over all coordinates.

Nothing is known about f but its values. Each coordinate is moved, f is called, and differences are
divided by the step that the machine took, (x + h) - (x - h), not by the one that was asked for.
Forward differences reuse f(x) and cost P + 1 losses; central ones of order 2m cost 2mP, and one
more for the value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.choose import StepSizes
from difflab.numeric.edges import Edge, at_edge
from difflab.numeric.loss import Loss, guarded, read_only, real_number
from difflab.numeric.quotient import difference
from difflab.numeric.stencils import SCHEMES, Stencil
from difflab.numeric.steps import default_exponent, default_step, unit_roundoff
from difflab.tree import Nest, Structure, check_parameters, entry_name, flatten, unflatten


def value_and_gradient(
    f: Loss,
    params: Nest,
    *contexts: Any,
    stencil: Stencil = SCHEMES["central"],
    step: float | StepSizes | None = None,
    precision: Any = None,
    times: float = 1.0,
) -> tuple[Any, Nest]:
    """Evaluate f and its gradient by finite differences.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number.
    params : nest of float arrays
        Left as they are: f is called on read-only views of copies.
    contexts
        Passed on, arrays as read-only views.
    stencil : Stencil
        Of a first derivative.
    step : float, StepSizes or None
        The same absolute step for every coordinate, or sizes relative to it; `default_step` when
        None.
    precision : dtype or None
        Float type that f returns, where that is coarser than its parameters; the default step
        suits the coarser of the two.
    times : float
        Steps are this many times as long.

    Returns
    -------
    value : scalar
        As f returned it.
    gradient : nest
        The nest, shapes and dtypes of ``params``. All NaN where f(params) is not finite. Where only
        a shifted point gives no finite number, such as log beside 0, the entry is that of the
        one-sided stencil of the same order; NaN where that reaches such a point too.

    Raises
    ------
    ParameterTypeError, NonScalarLossError
    UsageError
        When ``step`` is below the spacing of floats around a coordinate, which is named, or when f
        changes its arguments in place.

    Examples
    --------
    >>> value, gradient = value_and_gradient(lambda p: np.sum(p["w"] ** 2), {"w": np.ones(2)})
    >>> np.round(gradient["w"], 8)
    array([2., 2.])
    """
    settings: dict[str, Any] = {"stencil": stencil, "step": step, "precision": precision}
    return value_gradient_and_edges(f, params, *contexts, **settings, times=times)[:2]


def value_gradient_and_edges(
    f: Loss,
    params: Nest,
    *contexts: Any,
    stencil: Stencil = SCHEMES["central"],
    step: float | StepSizes | None = None,
    precision: Any = None,
    times: float = 1.0,
) -> tuple[Any, Nest, tuple[Edge, ...]]:
    """Do what `value_and_gradient` does, and return also which entries lie at an edge.

    Examples
    --------
    >>> f = lambda w: np.sum(np.where(w >= 0, w, np.nan))
    >>> value, gradient, edges = value_gradient_and_edges(f, np.array([0.0, 4.0]))
    >>> print(gradient, *edges)
    [1. 1.] below params[0] = 0 the loss is nan, at -1.52588e-05; its slope is taken from above
    """
    leaves, structure = flatten(params)
    check_parameters(leaves, structure)
    loss = guarded(f, contexts)
    # copies, because they are shifted in place
    copies = [np.array(leaf) if isinstance(leaf, np.ndarray) else leaf for leaf in leaves]
    value = loss(read_only(unflatten(structure, copies)))
    base = real_number(value)
    gradient = []
    before = 0
    for position, leaf in enumerate(leaves):
        x = np.asarray(leaf)
        if np.isfinite(base):
            h = times * steps_for(x, stencil, step, precision)
            _check_steps(x, h, params, before)
            sweep = _sweep(loss, structure, copies, position)
            slopes = difference(sweep, x, h, stencil, base)
        else:
            slopes = np.full(x.shape, np.nan)
        gradient.append(in_the_form_of(leaf, slopes))
        before += x.size
    settings: dict[str, Any] = {"stencil": stencil, "step": step, "precision": precision}
    mended, edges = without_edges(f, params, contexts, value, gradient, **settings, times=times)
    return value, unflatten(structure, mended), edges


def without_edges(
    f: Loss,
    params: Nest,
    contexts: tuple[Any, ...],
    value: Any,
    gradient: list[Any],
    *,
    stencil: Stencil,
    step: float | StepSizes | None = None,
    precision: Any = None,
    times: float = 1.0,
) -> tuple[list[Any], tuple[Edge, ...]]:
    """Take entries of a gradient that are no numbers from the side where f is finite.

    Costs nothing where all are finite. ``value`` is f(params), ``gradient`` the leaves, which are
    not changed; the rest is as for `value_and_gradient`. Returns leaves, and the edges met.
    """
    base = real_number(value)
    if not np.isfinite(base) or all(np.isfinite(slopes).all() for slopes in gradient):
        return gradient, ()
    leaves, structure = flatten(params)
    loss = guarded(f, contexts)
    found, edges, before = [], [], 0
    for position, (leaf, slopes) in enumerate(zip(leaves, gradient)):
        x, mended = np.asarray(leaf), np.array(slopes)
        steps = times * steps_for(x, stencil, step, precision)
        for index in np.argwhere(~np.isfinite(mended) & np.isfinite(x)):
            at = tuple(index)
            flat = int(np.ravel_multi_index(at, x.shape)) if at else 0
            entry = _entry(loss, structure, leaves, position, at)
            name = entry_name(params, before + flat)
            mended[at], edge = at_edge(entry, x[at], steps[at], stencil, base, name)
            edges += [edge] if edge else []
        found.append(in_the_form_of(leaf, mended))
        before += x.size
    return found, tuple(edges)


def _entry(
    loss: Callable[[Nest], Any],
    structure: Structure,
    leaves: list[Any],
    position: int,
    at: tuple[int, ...],
) -> Callable[[Any], Any]:
    """Return f as a function of one entry of one leaf."""

    def moved(point: Any) -> Any:
        leaf = leaves[position]
        if isinstance(leaf, np.ndarray):
            leaf = leaf.copy()
            leaf[at] = point
        else:
            leaf = type(leaf)(point)
        nest = unflatten(structure, [*leaves[:position], leaf, *leaves[position + 1 :]])
        return real_number(loss(read_only(nest)))

    return moved


def _sweep(
    loss: Callable[[Nest], Any], structure: Structure, copies: list[Any], position: int
) -> Callable[[Any], Any]:
    """Return the function that gives, for each entry of one leaf, f with only that entry moved."""
    leaf = copies[position]
    nest = read_only(unflatten(structure, copies))

    def losses(points: Any) -> Any:
        with np.errstate(all="ignore"):  # the caller did not choose these points
            if not isinstance(leaf, np.ndarray):
                moved = [*copies[:position], type(leaf)(points), *copies[position + 1 :]]
                return _finite_or_nan(real_number(loss(read_only(unflatten(structure, moved)))))
            found = np.empty(leaf.shape, np.result_type(leaf.dtype, np.float64))
            for index, point in np.ndenumerate(points):
                home = leaf[index]
                leaf[index] = point
                found[index] = real_number(loss(nest))
                leaf[index] = home
            return _finite_or_nan(found)

    return losses


def _finite_or_nan(losses: Any) -> Any:
    """Make infinities NaN: beside a finite loss they are an edge, and no slope is known there."""
    return np.where(np.isfinite(losses), losses, np.nan)


def steps_for(
    x: np.ndarray, stencil: Stencil, step: float | StepSizes | None, precision: Any
) -> Any:
    """Return the step of every entry of a leaf; see `value_and_gradient` for the arguments.

    Examples
    --------
    >>> steps_for(np.array([1.0, 4.0]), SCHEMES["central"], None, None) * 2**16
    array([1., 4.])
    """
    if isinstance(step, StepSizes):
        return step.at(x, stencil, precision)
    if step:
        return np.full(x.shape, step)
    dtypes = [x.dtype] if precision is None else [x.dtype, np.dtype(precision)]
    return default_step(x, default_exponent(stencil, max(dtypes, key=unit_roundoff)))


def _check_steps(x: np.ndarray, h: Any, params: Nest, offset: int) -> None:
    """Refuse steps that vanish beside a coordinate; ``offset`` scalars precede this leaf."""
    vanished = (x + h.astype(x.dtype) == x) & np.isfinite(x)
    if not np.any(vanished):
        return
    first = int(np.argmax(vanished))
    at = np.ravel(x)[first]
    raise UsageError(
        f"step {np.ravel(h)[first]:.3g} is below the spacing of {x.dtype} at "
        f"{entry_name(params, offset + first)} = {at:.6g}",
        "x + h rounds back to x, so the difference of the losses is 0 whatever the slope",
        f"use at least {np.spacing(np.abs(at)):.2g}, or step=None for a step that fits",
    )


def in_the_form_of(leaf: Any, slopes: Any) -> Any:
    """Cast a derivative to its leaf's dtype: an array for an array, else a NumPy scalar.

    Examples
    --------
    >>> in_the_form_of(np.ones(1, np.float32), np.array([1.0])), in_the_form_of(2.0, 1.0)
    (array([1.], dtype=float32), np.float64(1.0))
    """
    with np.errstate(over="ignore", under="ignore"):
        cast = np.array(slopes, dtype=np.asarray(leaf).dtype)
    return cast if isinstance(leaf, np.ndarray) else cast[()]
