"""Exhibit 7: stencils that cross a kink of relu, against the step.

Between kinks the loss is smooth. A stencil with a kink between its ends measures neither slope, and
no shorter analysis saves it: it is counted, and its error shown apart.
"""

from __future__ import annotations

import numpy as np

from difflab.nn import Objective
from difflab.studies.measurement import Measurement
from difflab.studies.problem import Problem
from difflab.studies.truncation.coordinates import chosen as seeded
from difflab.studies.truncation.coordinates import sweep
from difflab.studies.truncation.networks import Coordinate, stacked
from difflab.tree import flatten, size

SAMPLES = 100
"""Batch of the loss: every sample brings its own kinks."""

PER_BLOCK = 24


def crossings(here: Problem, moved: Coordinate, steps: np.ndarray) -> np.ndarray:
    """Whether any unit changes sign between x - h and x + h for any sample; shape (s,) of bool.

    Parameters
    ----------
    here : Problem
        Of a network with relu.
    moved : Coordinate
    steps : ndarray, shape (s,)

    Examples
    --------
    >>> from difflab.studies.truncation.networks import network_of
    >>> here = network_of("simplest", "relu")[1]
    >>> crossings(here, Coordinate(0, (0, 0)), np.array([1e-12, 10.0]))
    array([False,  True])
    """
    home = np.asarray(flatten(here.params)[0][moved.leaf])[moved.entry]
    below, above = (unit_signs(here, moved, home + side * steps) for side in (-1, 1))
    return np.asarray(np.any(below != above, axis=1))


def unit_signs(here: Problem, moved: Coordinate, values: np.ndarray) -> np.ndarray:
    """Return which units are on where one parameter takes some values.

    Returns
    -------
    ndarray of bool, shape (s, units * samples)
        Of all hidden layers and all samples.

    Examples
    --------
    >>> from difflab.studies.truncation.networks import network_of
    >>> unit_signs(network_of("simplest", "relu")[1], Coordinate(0, (0, 0)), np.ones(3)).shape
    (3, 512)
    """
    objective = here.objective
    assert isinstance(objective, Objective)
    params = stacked(here.params, moved, values)
    sums = [z for z, _ in objective.model.layer_outputs(params, here.contexts[0])[:-1]]
    full = [np.broadcast_to(z > 0, (len(values), *np.shape(z)[-2:])) for z in sums]
    return np.concatenate([signs.reshape(len(values), -1) for signs in full], axis=1)


def measure_kinks(name: str, here: Problem) -> list[Measurement]:
    """Return exhibit 7 as rows: by layer the share that crosses, and errors of both kinds.

    Examples
    --------
    >>> from difflab.studies.truncation.networks import network_of
    >>> rows = measure_kinks(*network_of("simplest", "relu"))
    >>> max(row.value for row in rows if row.quantity == "layer 1, share") > 0.5
    True
    """
    found = sweep(here, per_block=PER_BLOCK)
    coordinates = seeded(here, PER_BLOCK)
    crossed = np.array([crossings(here, moved, found.steps) for moved in coordinates])
    shape = {"parameters": size(here.params), "batch": here.samples}
    rows = [Measurement("network", name, "", **shape)]
    layer = found.block // 2
    for number in range(int(layer.max()) + 1):
        shares = np.mean(crossed[layer == number], axis=0)
        rows += _series(f"layer {number + 1}, share", found.steps, shares, shape)
    errors = found.relative_errors
    for label, mask in (("crossing", crossed), ("clean", ~crossed)):
        kept = np.where(mask & np.isfinite(errors), errors, np.nan)
        for quantity, of in (("median error", np.nanmedian), ("largest error", np.nanmax)):
            seen = np.any(np.isfinite(kept), axis=0)
            values = np.full(len(found.steps), np.nan)
            values[seen] = of(kept[:, seen], axis=0)
            rows += _series(f"{label}, {quantity}", found.steps, values, shape)
    return rows


def _series(
    quantity: str, steps: np.ndarray, values: np.ndarray, shape: dict[str, int]
) -> list[Measurement]:
    return [
        Measurement(quantity, float(value), "1", at=float(step), **shape)
        for step, value in zip(steps, values)
    ]
