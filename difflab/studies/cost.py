"""What does a gradient cost? Preparation, first call, steady time, ratio to the loss, memory.

Everything is measured in one process on one batch: the plain loss and the gradient are sampled in
turn, and the headline is the minimum (see `difflab.clock`). The ratio omega of the two minima is
what theory bounds: 3 to 5 operations per operation of the loss for reverse mode (Griewank & Walther
2008, section 4.5), P + 1 or 2 P losses for differences.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from difflab import providers
from difflab.clock import interleaved, once
from difflab.errors import UsageError
from difflab.numeric.vcurve import fit_slope
from difflab.studies.measurement import Measurement
from difflab.studies.problem import problem
from difflab.tree import size

PREPARATIONS = 3
"""Fresh preparations per cell; the shortest counts."""

MOST_TRACED = 2000
"""Emitted operations up to which memory is traced: for every allocation the tracer looks up a line
by walking through the function's table of lines, which takes seconds for a very long function."""


def measure(
    task: str,
    provider: str,
    seed: int = 0,
    dtype: str = "float64",
    patience: float = 20.0,
    budget: float = 2.0,
) -> list[Measurement]:
    """Measure the cost of one provider's gradient on one task's batch.

    Parameters
    ----------
    task, provider : str
        By name.
    seed : int
        Of weights and batch.
    dtype : str
    patience : float
        Seconds that one gradient may take, by estimate, before it is refused.
    budget : float
        Seconds for the samples, see `difflab.clock.interleaved`.

    Returns
    -------
    list of Measurement
        Times in seconds; ``at`` names the phase of preparation.

    Raises
    ------
    UsageError
        When one gradient would take longer than ``patience``.
    """
    here = problem(task, seed=seed, dtype=dtype)
    args = (here.params, *here.contexts)
    phases: list[dict[str, float]] = []
    for round_ in range(PREPARATIONS):
        _forget_derivations()
        prepared = providers.get(provider).prepare(here.objective, *args)
        phases.append(dict(prepared.preparation.seconds))
        if round_ == 0:
            _refuse_if_endless(here.objective, args, prepared.preparation.sizes, patience)

    cold = once(lambda: prepared.value_and_gradient(*args))
    loss, gradient = interleaved(
        [lambda: here.objective(*args), lambda: prepared.value_and_gradient(*args)], budget=budget
    )
    shape = {"parameters": size(here.params), "batch": here.samples}
    numbers: list[tuple[str, float, str]] = [
        ("preparation", min(sum(p.values()) for p in phases), "s"),
        ("first preparation", sum(phases[0].values()), "s"),
        ("cold call", cold, "s"),
        ("loss", loss.minimum, "s"),
        ("value and gradient", gradient.minimum, "s"),
        ("value and gradient, median", gradient.median, "s"),
        ("value and gradient, lower quartile", gradient.lower_quartile, "s"),
        ("value and gradient, upper quartile", gradient.upper_quartile, "s"),
        ("omega", gradient.minimum / loss.minimum, "1"),
        ("median / minimum", gradient.median / gradient.minimum, "1"),
        ("samples", gradient.samples, "1"),
        ("calls per sample", gradient.loops, "1"),
    ]
    if prepared.preparation.sizes.get("emitted operations", 0) <= MOST_TRACED:
        peak = peak_bytes(lambda: prepared.value_and_gradient(*args))
        numbers.append(("peak memory of one gradient", peak, "bytes"))
    found = [Measurement(name, value, unit, **shape) for name, value, unit in numbers]
    for phase in phases[0]:
        shortest = min(p.get(phase, float("inf")) for p in phases)
        found.append(Measurement("preparation phase", shortest, "s", at=phase, **shape))
    for name, count in prepared.preparation.sizes.items():
        found.append(Measurement(f"size: {name}", float(count), "1", **shape))
    return found


def _forget_derivations() -> None:
    """Empty SymPy's cache, without which a second derivation is no derivation."""
    if "sympy" in sys.modules:
        from sympy.core.cache import clear_cache

        clear_cache()


def peak_bytes(call: Callable[[], object]) -> int:
    """Bytes that one call takes beyond what was there before it, at most.

    Examples
    --------
    >>> peak_bytes(lambda: bytes(10**6)) >= 10**6
    True
    """
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _refuse_if_endless(objective: Any, args: Any, sizes: Any, patience: float) -> None:
    evaluations = sizes.get("equivalent losses", sizes.get("loss evaluations", 1))
    seconds = evaluations * min(once(lambda: objective(*args)) for _ in range(5))
    if seconds > patience:
        raise UsageError(
            f"one gradient needs {evaluations:,} losses, about {seconds:.0f} s",
            f"the patience of this profile is {patience:.0f} s",
            "difflab report --profile full, or a provider whose cost does not grow with P",
        )


def scaling_exponent(parameters: list[float], omega: list[float]) -> tuple[float, float]:
    """Fit omega ~ P^a and return a with its standard error.

    Expect a = 1 for differences, 0 for reverse mode.

    Parameters
    ----------
    parameters, omega : list of float
        At least three pairs.

    Examples
    --------
    >>> a, error = scaling_exponent([10, 100, 1000], [20, 200, 2000])
    >>> round(a, 6)
    1.0
    """
    if len(parameters) < 3:
        raise UsageError(
            f"{len(parameters)} points give no slope with an error",
            "a line through two points fits exactly",
            "at least three sizes",
        )
    fitted = fit_slope(np.asarray(parameters, float), np.asarray(omega, float))
    return fitted.value, fitted.standard_error
