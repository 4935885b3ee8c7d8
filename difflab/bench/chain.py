"""A long chain of scalar operations, and what a gradient leaves for the garbage collector.

Tapes that walk their graph by recursion fail on the chain after a few thousand operations; tapes
whose entries refer to one another in circles keep their arrays until a collection.
"""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any

import numpy as np

from difflab import providers
from difflab.bench.cases import CASES
from difflab.bench.contenders import EAGER
from difflab.bench.contenders.provider import Provider, without_safety
from difflab.bench.record import ChainRow
from difflab.clock import once

OPERATIONS = 100_000
"""Half of them multiplications, half additions."""

RUNS = 3
"""Gradients of the chain; the shortest counts."""

FACTOR, SUMMAND = 1.0000001, 1e-9

ATTEMPTS = 3
"""At counting garbage, unless there is none."""

GATE = 1e-9
"""Largest relative error of the derivative; rounding adds up to about 1e-11."""


def chain(x: Any, operations: int) -> Any:
    """Apply x -> x * FACTOR + SUMMAND until that many operations are done.

    Examples
    --------
    >>> round(chain(1.0, 2), 12)
    1.000000101
    """
    for _ in range(operations // 2):
        x = x * FACTOR + SUMMAND
    return x


def measure_chain(operations: int = OPERATIONS) -> ChainRow:
    """Time value and gradient of the chain, and count garbage on the chain and on a network.

    Examples
    --------
    >>> measure_chain(100).status
    'ok'
    """
    row = ChainRow(operations, "ok")
    try:
        prepared = without_safety(providers.get(EAGER)).prepare(
            lambda x: chain(x, operations), np.float64(1)
        )

        def gradient() -> None:
            slopes.append(prepared.value_and_gradient(np.float64(1))[1])

        slopes: list[Any] = []
        seconds = min(once(gradient) for _ in range(RUNS))
        error = abs(float(slopes[-1]) / FACTOR ** (operations // 2) - 1)
        network = Provider(EAGER).make(CASES["4-16-16-3"].problem())
        garbage = garbage_of(gradient) + garbage_of(network)
    except Exception as failure:  # a RecursionError, for one, is a result
        return replace(row, status="failed", reason=repr(failure))
    row = replace(row, seconds=seconds, error=error, garbage=garbage)
    if not error <= GATE:
        return replace(row, status="wrong", reason=f"off by {error:.1e}, may be {GATE:.0e}")
    return row


def garbage_of(call: Any) -> int:
    """Count the objects in cycles that a call leaves behind, the fewest of a few attempts.

    The collector counts for the whole process: finalizers of what it frees, and other threads,
    leave cycles too, but not at every attempt.

    Examples
    --------
    >>> def circle():
    ...     members = []
    ...     members.append(members)
    >>> garbage_of(circle), garbage_of(lambda: [1.0, 2.0])
    (1, 0)
    """
    was_enabled = gc.isenabled()
    gc.disable()
    gc.freeze()  # what is there already is not looked at: no garbage of ours, and quicker
    try:
        call()  # what the first call makes and keeps is no garbage
        gc.collect()
        fewest = _left_by(call)
        for _ in range(ATTEMPTS - 1):
            if fewest == 0:
                break
            fewest = min(fewest, _left_by(call))
        return fewest
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def _left_by(call: Any) -> int:
    call()
    return gc.collect()
