"""One case in this process: every rival checked against reverse mode in float64, then timed.

Quick rivals are sampled in turn with the forward pass. A slow one is timed by the one call that
checks it: it takes thousands of passes, and a slow spell of the machine averages out within it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from difflab import providers
from difflab.accuracy import gradient_error
from difflab.bench.cases import Case, Problem
from difflab.bench.contenders import Call
from difflab.bench.differences.rivals import FORWARD, RIVALS, OfNetwork, Rival
from difflab.bench.record import Row
from difflab.clock import Timing, interleaved
from difflab.errors import DifflabError
from difflab.studies.cost import peak_bytes
from difflab.tree import flatten, map_leaves


def measure(
    case: Case, samples: int, slow: bool = True, rivals: Sequence[Rival] = RIVALS
) -> list[Row]:
    """Check and time the rivals on a case.

    Parameters
    ----------
    case : Case
    samples : int
        Per quick rival, each of at least `difflab.clock.SAMPLE_SECONDS`.
    slow : bool
        Whether the slow ones take part.
    rivals : sequence of Rival

    Returns
    -------
    list of Row
        In the order of ``rivals``.

    Examples
    --------
    >>> tiny = Case("tiny", (2, 3, 1), "tanh", "squared error", 4)
    >>> [row.status for row in measure(tiny, 1, rivals=RIVALS[:3])]
    ['ok', 'ok', 'ok']
    """
    problem, truth = case.problem(), reference(case)
    entered = [enter(rival, problem, truth) for rival in rivals if slow or not rival.slow]
    calls = [call for _, call in entered if call is not None]
    timings = iter(interleaved(calls, samples, budget=math.inf))
    return [row if call is None else replace(row, timing=next(timings)) for row, call in entered]


def reference(case: Case) -> tuple[float, Any]:
    """Value and gradient by reverse mode in float64, at the numbers of the case's float type."""
    problem = case.problem()
    params, x, y = map_leaves(
        lambda leaf: leaf.astype(np.float64), [problem.params, problem.x, problem.y]
    )
    prepared = providers.get("autodiff").prepare(problem.loss, params, x, y)
    value, gradient = prepared.value_and_gradient(params, x, y)
    return float(value), gradient


def enter(rival: Rival, problem: Problem, truth: tuple[float, Any]) -> tuple[Row, Call | None]:
    """Prepare a rival and check its first call; the call is returned where it is to be timed."""
    row = Row(problem.case.name, rival.contender.name, "ok")
    reason = rival.contender.unavailable()
    if reason is not None:
        return replace(row, status="unavailable", reason=reason), None
    try:
        start = time.perf_counter()
        call = rival.contender.make(problem)
        prepared = time.perf_counter()
        result = call()
        cold = time.perf_counter() - prepared
        row = replace(row, preparation=prepared - start, first_preparation=prepared - start)
        row = replace(row, cold=cold)
        fault, error = judge(result, truth, rival, problem)
        ours = isinstance(rival.contender, OfNetwork)
        row = replace(row, error=error, peak=peak_bytes(call) if ours or not rival.slow else None)
    except Exception as failure:  # whatever a rival raises belongs into its row
        what = failure.what if isinstance(failure, DifflabError) else repr(failure)
        return replace(row, status="failed", reason=what), None
    if fault is not None:
        return replace(row, status="wrong", reason=fault), None
    if rival.slow:
        return replace(row, timing=Timing(cold, cold, cold, cold, samples=1, loops=1)), None
    return row, call


def judge(
    result: tuple[Any, Any], truth: tuple[float, Any], rival: Rival, problem: Problem
) -> tuple[str | None, float | None]:
    """Compare with the truth.

    Returns
    -------
    str or None
        What is wrong.
    float or None
        ||g - truth|| / ||truth||; of the value for the forward pass, which has no gradient.
    """
    value, gradient = float(result[0]), map_leaves(np.asarray, result[1])
    gate = rival.gate_for(problem.case.dtype)
    off = abs(value / truth[0] - 1)
    if rival.contender.name == FORWARD:
        error = off
    else:
        shapes = [leaf.shape for leaf in flatten(gradient)[0]]
        if shapes != [leaf.shape for leaf in flatten(problem.params)[0]]:
            return f"gradients have shapes {shapes}", None
        error = gradient_error(gradient, truth[1]).relative_l2
    if not math.isfinite(off + error):
        return "it gives numbers that are not finite", None
    return (None if max(off, error) <= gate else f"off by {error:.1e}, may be {gate:.0e}"), error
