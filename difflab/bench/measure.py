"""One case in this process: check every contender, then time those that are right, in turn.

A contender that is wrong, fails or is not installed has a row that says so, and no time. That all
share a process makes ratios honest on a machine whose speed drifts; that PyTorch and JAX are loaded
beside NumPy changes NumPy's own times by at most 3 % (4-16-16-3: 25.7 us alone, 26.3 us beside).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from difflab.accuracy import gradient_error
from difflab.bench.cases import Case, Problem
from difflab.bench.contenders import CONTENDERS, YARDSTICK, Call, Contender
from difflab.bench.record import Row
from difflab.clock import Timing, interleaved, once
from difflab.errors import DifflabError
from difflab.tree import flatten, map_leaves

PREPARATIONS = 3
"""Fresh ones per contender; the shortest counts."""

GATES = {"float64": 1e-12, "float32": 1e-4}
"""Largest relative error by which a contender may differ from the hand-written gradient."""


def measure(case: Case, samples: int, contenders: Sequence[Contender] = CONTENDERS) -> list[Row]:
    """Check and time contenders on a case.

    Parameters
    ----------
    case : Case
    samples : int
        Per contender, each of at least `difflab.clock.SAMPLE_SECONDS`.
    contenders : sequence of Contender

    Returns
    -------
    list of Row
        In the order of ``contenders``.

    Examples
    --------
    >>> tiny = Case("tiny", (2, 3, 1), "tanh", "squared error", 4)
    >>> [row.status for row in measure(tiny, 1, CONTENDERS[:2])]
    ['ok', 'ok']
    """
    problem = case.problem()
    reference = YARDSTICK.make(problem)()
    entered = [enter(contender, problem, reference) for contender in contenders]
    calls = [call for _, call in entered if call is not None]
    timings = iter(interleaved(calls, samples, budget=math.inf))
    return [
        row if call is None else finish(row, call, next(timings), problem, reference)
        for row, call in entered
    ]


def finish(row: Row, call: Call, timing: Timing, problem: Problem, reference: Any) -> Row:
    """Check once more after the last sample: a buffer used twice shows in a later call only."""
    fault, error = disagreement(call(), reference, problem)
    if fault is not None:
        return replace(row, status="wrong", reason=f"in a later call: {fault}", error=error)
    return replace(row, timing=timing)


def enter(contender: Contender, problem: Problem, reference: Any) -> tuple[Row, Call | None]:
    """Prepare a contender, make its first call and check what it gives.

    The yardstick's first call has been made before, for the reference: its cold time is no colder
    than NumPy is then.

    Returns
    -------
    Row
        Without timing.
    callable or None
        To be timed, if it is right.
    """
    row = Row(problem.case.name, contender.name, "ok")
    reason = contender.unavailable()
    if reason is not None:
        return replace(row, status="unavailable", reason=reason), None
    try:
        first, call = _timed(lambda: contender.make(problem))
        cold, result = _timed(call)
        fresh = [once(lambda: contender.make(problem)) for _ in range(PREPARATIONS - 1)]
        row = replace(row, preparation=min(first, *fresh), first_preparation=first, cold=cold)
        fault, error = disagreement(result, reference, problem)
    except Exception as failure:  # whatever a contender raises belongs into its row
        what = failure.what if isinstance(failure, DifflabError) else repr(failure)
        return replace(row, status="failed", reason=what), None
    if fault is not None:
        return replace(row, status="wrong", reason=fault, error=error), None
    return replace(row, error=error), call


def disagreement(
    result: tuple[Any, Any], reference: tuple[Any, Any], problem: Problem
) -> tuple[str | None, float | None]:
    """Compare value and gradient with the reference.

    Returns
    -------
    str or None
        What is wrong.
    float or None
        The relative error, where it is a number.
    """
    value, gradient = float(result[0]), map_leaves(np.asarray, result[1])
    leaves, expected = flatten(gradient)[0], flatten(problem.params)[0]
    shapes = [leaf.shape for leaf in leaves]
    if shapes != [leaf.shape for leaf in expected]:
        return f"gradients have shapes {shapes}", None
    for leaf in leaves:
        if leaf.dtype != problem.case.dtype:
            return f"a gradient is {leaf.dtype}, not {problem.case.dtype}", None
    distance = gradient_error(gradient, reference[1])
    off = abs(value / float(reference[0]) - 1)
    errors = (off, distance.relative_l2, distance.scaled_max)
    if not all(math.isfinite(error) for error in errors):
        return "it gives numbers that are not finite", None
    error = max(errors)
    gate = GATES[problem.case.dtype]
    return (None if error <= gate else f"off by {error:.1e}, may be {gate:.0e}"), error


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of a call, and its result."""
    results: list[Any] = []
    seconds = once(lambda: results.append(call()))
    return seconds, results[0]
