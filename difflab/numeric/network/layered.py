"""The layered evaluator: the difference quotient of every parameter, by rank-one updates.

Moving W[i, j] by h moves column j of z by h times column i of the inputs, and nothing else in its
layer. This is the difference quotient of the loop over all parameters, to rounding: what the loop
evaluates again although it did not move is left out, and the loss is taken in delta form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from difflab.numeric.network.forward import Forward
from difflab.numeric.network.moves import Workspace, loss_changes
from difflab.numeric.stencils import Stencil

SAMPLES = 1024
"""Samples at a time: what is kept of them fits into a core's cache."""

ROW = 3072
"""Length from which NumPy broadcasts a column over a row without loss of speed."""

ENTRIES = 2**16
"""Entries of an array of moved sums, where a row of them is longer than `ROW` anyway."""

Steps = Sequence[np.ndarray]
"""Per layer the step of each input's weights, and of the biases last: shape (fan_in + 1,)."""


def gradient(state: Forward, stencil: Stencil, steps: Steps) -> list[np.ndarray]:
    """Return the difference quotient of every parameter.

    Parameters
    ----------
    state : Forward
    stencil : Stencil
        Of a first derivative.
    steps : Steps
        Powers of two.

    Returns
    -------
    list of ndarray, shape (fan_in + 1, fan_out), float64 or wider
        Per layer those of the weights, and of the biases in the last row.
    """
    found = [np.zeros((len(layer.inputs), layer.fan_out)) for layer in state.layers]
    workspace = Workspace()
    for start in range(0, state.samples, SAMPLES):
        block = state.block(start, min(start + SAMPLES, state.samples))
        for number, layer in enumerate(block.layers):
            for rows in chunks(block, number):
                inputs, h = layer.inputs[rows], steps[number][rows]
                above = block.above(number, len(inputs))
                for plus, minus, weight in stencil.quotients:
                    high = shifts(plus, h, inputs)
                    low = shifts(minus, h, inputs) if minus else None
                    scale = weight / ((plus - minus) * h * state.count)
                    for unit in range(layer.fan_out):
                        changes = loss_changes(layer, above, unit, low, high, workspace)
                        found[number][rows, unit] += scale * totals(changes, len(inputs))
    return found


def totals(changes: np.ndarray, moves: int) -> Any:
    """Sum the changes over the samples of each move, and over the outputs."""
    if changes.ndim == 2:
        changes = changes[0] if len(changes) == 1 else np.add.reduce(changes, axis=0)
    return np.add.reduce(changes.reshape(moves, -1), axis=1)


def shifts(offset: float, h: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """How far each input's move shifts the sum of a unit: one batch after the other."""
    return ((offset * h).astype(inputs.dtype)[:, None] * inputs).reshape(-1)


def chunks(state: Forward, number: int) -> Iterator[slice]:
    """Split the inputs of a layer into those that are moved at once."""
    inputs = len(state.layers[number].inputs)
    units = max([1, *(above.fan_out for above in state.layers[number + 1 :])])
    at_once = max(-(-ROW // state.samples), ENTRIES // (units * state.samples))
    for start in range(0, inputs, at_once):
        yield slice(start, min(start + at_once, inputs))
