"""How right is a provider? Its gradient against the truth, and checks that need no truth.

The gradient is prepared at one point and evaluated at another, twice. The truth comes from 60-digit
arithmetic where the function is small enough, and from the complex step elsewhere; both are
independent of every derivative rule in the lab. The Taylor slope needs no truth at all: for a right
gradient the remainder |f(p + t d) - f(p) - t g.d| falls as t^2, for a wrong one as t.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from difflab import providers
from difflab.accuracy import gradient_error
from difflab.errors import UsageError
from difflab.studies.measurement import Measurement
from difflab.studies.problem import Problem, problem
from difflab.tree import Nest, flatten, map_leaves, ravel, size, unflatten, unravel_like

SAMPLES = 16
"""Batch for which the truth is computed; a gradient's error does not depend on how large it is."""

EXACT_LIMIT = 64
"""Most parameters for which 60-digit arithmetic answers within seconds."""

GATES = {
    "float64": {"forward": 1e-4, "central": 1e-6},
    "float32": {"forward": 0.1, "central": 0.1},
}
"""Largest relative L2 error that counts as right, by dtype and scheme; `EXACT_GATES` for methods
that do not difference.

Differences in float32 hold one digit on networks of thousands of parameters, and no more.
"""

EXACT_GATES = {"float64": 1e-11, "float32": 1e-5}
SLOPE_RANGE = (1.9, 2.1)

DIRECTIONS = 8
"""Drawn for the slope of Taylor's remainder, which is taken along one of them."""


def measure(task: str, provider: str, seed: int = 0, dtype: str = "float64") -> list[Measurement]:
    """Measure one provider on one task.

    Parameters
    ----------
    task, provider : str
        By name.
    seed : int
        Of weights and batch; the gradient is prepared with another seed than it is evaluated with.
    dtype : str

    Returns
    -------
    list of Measurement
        Error measures, worst entry, Taylor slope, repeatability, and the verdict.

    Raises
    ------
    UsageError
        When the provider is itself the truth here.

    Examples
    --------
    >>> found = {m.quantity: m.value for m in measure("simplest", "autodiff")}
    >>> found["verdict"], found["relative L2 error"] < 1e-13
    ('right', True)
    """
    here = problem(task, seed=seed, dtype=dtype, samples=SAMPLES)
    elsewhere = problem(task, seed=seed + 1, dtype=dtype, samples=SAMPLES)
    source, truth = true_gradient_of(task, seed, dtype)
    if source == provider:
        raise UsageError(
            f"{provider} is the truth on {task}",
            "a method is not checked against itself",
            "the tasks with few parameters, where 60-digit arithmetic is the truth",
        )
    prepared = providers.get(provider).prepare(
        elsewhere.objective, elsewhere.params, *elsewhere.contexts
    )
    before = pickle.dumps((here.params, here.contexts))
    _, gradient = prepared.value_and_gradient(here.params, *here.contexts)
    again = prepared.value_and_gradient(here.params, *here.contexts)[1]
    intact = pickle.dumps((here.params, here.contexts)) == before
    repeatable = pickle.dumps(gradient) == pickle.dumps(again)

    error = gradient_error(gradient, truth)
    exact = _widened(here)  # the slope looks at differences far below float32's resolution
    slope = taylor_slope(
        lambda p: exact.objective(p, *exact.contexts), exact.params, gradient, seed=seed
    )
    right = (
        error.relative_l2 <= gate(provider, dtype)
        and (dtype != "float64" or SLOPE_RANGE[0] <= slope <= SLOPE_RANGE[1])
        and intact
        and repeatable
    )
    shape = {"parameters": size(here.params), "batch": here.samples}
    numbers = {
        "relative L2 error": error.relative_l2,
        "largest error / largest component": error.scaled_max,
        "1 - cosine": 1 - error.cosine,
        "mixed error (ADBench)": error.mixed_max,
        "Taylor slope": slope,
        "inputs intact": float(intact),
        "repeatable": float(repeatable),
    }
    words = {
        "worst entry": error.worst_entry,
        "truth": source,
        "verdict": "right" if right else "wrong",
    }
    return [
        *(Measurement(name, value, "1", **shape) for name, value in numbers.items()),
        *(Measurement(name, word, "", **shape) for name, word in words.items()),
    ]


@lru_cache(maxsize=8)
def true_gradient_of(task: str, seed: int, dtype: str) -> tuple[str, Nest]:
    """Return how the truth was found, and the true gradient of a task at a seeded point."""
    here = problem(task, seed=seed, dtype=dtype, samples=SAMPLES)
    if size(here.params) <= EXACT_LIMIT:
        from difflab.studies.truth import true_gradient

        return "60 digits", true_gradient(here.objective, here.params, *here.contexts)[1]
    wide = _widened(here)
    prepared = providers.get("complex-step").prepare(wide.objective, wide.params, *wide.contexts)
    return "complex-step", prepared.value_and_gradient(wide.params, *wide.contexts)[1]


def gate(provider: str, dtype: str = "float64") -> float:
    """Largest relative L2 error of a provider that counts as right.

    Examples
    --------
    >>> gate("autodiff"), gate("finite-difference:forward")
    (1e-11, 0.0001)
    """
    return GATES[dtype].get(scheme_of(provider), EXACT_GATES[dtype])


def scheme_of(provider: str) -> str:
    """Return the scheme of a provider of differences, "" of any other.

    Examples
    --------
    >>> scheme_of("finite-difference:central:node"), scheme_of("symbolic:cse")
    ('central', '')
    """
    method, _, scheme = provider.partition(":")
    return scheme.partition(":")[0] if method == "finite-difference" else ""


def _widened(here: Problem) -> Problem:
    """The same point and batch in float64: values are kept, only the arithmetic is finer."""
    return replace(
        here,
        params=map_leaves(lambda leaf: np.asarray(leaf, float), here.params),
        contexts=tuple(np.asarray(context, float) for context in here.contexts),
    )


def taylor_slope(f: Callable[[Nest], Any], params: Nest, gradient: Nest, seed: int = 0) -> float:
    """Fit the slope of log |f(p + t d) - f(p) - t g.d| against log t along a random direction d.

    Of a few directions the one nearest to the gradient is taken: along one that is orthogonal to it
    an error of the gradient's length does not show.

    Parameters
    ----------
    f : callable
        Loss of the parameters alone.
    params, gradient : nest
        The point, and the gradient to be judged there.
    seed : int
        Of the direction, which has unit length.

    Returns
    -------
    float
        About 2 for a right gradient, about 1 for a wrong one.

    Examples
    --------
    >>> f = lambda w: float(np.sum(np.sin(w)))
    >>> round(taylor_slope(f, np.ones(3), np.cos(np.ones(3))), 1)
    2.0
    >>> round(taylor_slope(f, np.ones(3), 1.01 * np.cos(np.ones(3))), 1) < 1.9
    True
    """
    rng = np.random.default_rng(seed)
    leaves, structure = flatten(params)
    shapes = [np.asarray(leaf) for leaf in leaves]
    g = ravel(flatten(gradient)[0]).astype(float)
    drawn = rng.standard_normal((DIRECTIONS, g.size))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    slopes = drawn @ g
    chosen = int(np.argmax(np.abs(slopes)))
    slope = float(slopes[chosen])
    start = float(f(params))
    nested = unflatten(structure, unravel_like(drawn[chosen], shapes))
    steps = 2.0 ** -np.arange(8, 16)  # longer ones cross kinks, shorter ones meet rounding
    remainders = []
    for t in steps:
        moved = map_leaves(lambda p, d, t=t: p + t * d, params, nested)
        remainders.append(abs(float(f(moved)) - start - t * slope))
    remainders_above_rounding = np.maximum(remainders, 1e-17)
    return float(np.polyfit(np.log(steps), np.log(remainders_above_rounding), 1)[0])
