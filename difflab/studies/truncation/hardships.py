"""Exhibit 8: what makes one step for all coordinates fail: saturation, units of inputs, float32."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from difflab.studies.measurement import Measurement
from difflab.studies.problem import Problem
from difflab.studies.truncation.coordinates import Sweep, best_shared, chosen_per_block, sweep
from difflab.tree import map_leaves, size

SATURATION = 8.0
"""Factor on all parameters: most units then answer with their limits."""

UNITS = 1000.0
"""An input in other units: its column is multiplied, its weights divided; the loss stays."""

SHARE = 0.9
"""Errors are shown for this share of the coordinates: all but the worst tenth are better."""


def as_it_is(here: Problem) -> Problem:
    """Return the network unchanged."""
    return here


def saturated(here: Problem) -> Problem:
    """Return the network with all parameters enlarged."""
    return replace(here, params=map_leaves(lambda leaf: SATURATION * leaf, here.params))


def in_other_units(here: Problem) -> Problem:
    """Return the same loss with one input in units that are a thousand times smaller.

    It is the input that varies most; others may be zero, as the corners of images are.

    Examples
    --------
    >>> from difflab.studies.truncation.networks import network_of
    >>> here = network_of("simplest")[1]
    >>> other = in_other_units(here)
    >>> loss, same = (each.objective(each.params, *each.contexts) for each in (here, other))
    >>> bool(abs(loss - same) < 1e-14)
    True
    """
    x, y = here.contexts
    (weights, biases), *above = here.params
    column = np.ones(x.shape[1], x.dtype)
    column[int(np.argmax(np.std(x, axis=0)))] = UNITS
    params = [(weights / column[:, None], biases), *above]
    return replace(here, params=params, contexts=(x * column, y))


def in_float32(here: Problem) -> Problem:
    """Return the network in float32."""
    return replace(
        here,
        params=map_leaves(lambda leaf: leaf.astype(np.float32), here.params),
        contexts=tuple(context.astype(np.float32) for context in here.contexts),
    )


HARDSHIPS: dict[str, Callable[[Problem], Problem]] = {
    "as it is": as_it_is,
    "saturated": saturated,
    "one input x 1000": in_other_units,
    "float32": in_float32,
}
"""What is done to the network, by the name that the figure shows."""


def reached(found: Sweep, positions: np.ndarray) -> float:
    """Relative error that a `SHARE` of the coordinates stay below, with one step per block."""
    errors = found.relative_errors[np.arange(len(found.block)), positions[found.block]]
    return float(np.quantile(errors[np.isfinite(errors)], SHARE))


def measure_hardships(name: str, here: Problem) -> list[Measurement]:
    """Return exhibit 8 as rows: error against step, and what the best steps reach.

    Of a network that is in float32 already, "as it is" and "float32" are the same.

    Examples
    --------
    >>> from difflab.studies.problem import problem
    >>> rows = measure_hardships("a net", problem("sincos-small", samples=2))
    >>> {row.quantity for row in rows if row.at == ""} >= {"saturated, one step", "float32, step"}
    True
    """
    shape = {"parameters": size(here.params), "batch": here.samples}
    rows = [Measurement("network", name, "", **shape)]
    for label, change in HARDSHIPS.items():
        found = sweep(change(here))
        errors = found.relative_errors
        usable = errors[np.isfinite(errors).all(axis=1)]
        rows += [
            Measurement(f"{label}, error", float(error), "1", at=float(step), **shape)
            for step, error in zip(found.steps, np.quantile(usable, SHARE, axis=0))
        ]
        shared = best_shared(found)
        summary = {
            "step": float(found.steps[shared]),
            "one step": reached(found, np.full(len(found.labels), shared)),
            "own steps": reached(found, chosen_per_block(found)),
        }
        rows += [
            Measurement(f"{label}, {quantity}", value, "1", **shape)
            for quantity, value in summary.items()
        ]
    return rows
