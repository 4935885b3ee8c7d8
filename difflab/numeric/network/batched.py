"""The batched evaluator: many copies of the network side by side, each with one parameter moved.

A stack of weight matrices goes through one matrix product. Nothing but the loss in delta form is
known about the network, and the price is that of the loop, without its calls: good for small
batches of small networks, where calling takes longer than computing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.numeric.network.forward import Forward, Layer
from difflab.numeric.network.layered import Steps
from difflab.numeric.stencils import Stencil

ENTRIES = 2**19
"""Numbers of a stack, weights or outputs: a few megabytes."""


def gradient(state: Forward, stencil: Stencil, steps: Steps) -> list[np.ndarray]:
    """Return the difference quotient of every parameter; see `layered.gradient`."""
    found = []
    for number, layer in enumerate(state.layers):
        flat = np.zeros(len(layer.inputs) * layer.fan_out)
        widest = max(above.fan_out for above in state.layers[number:])
        at_once = max(1, ENTRIES // max(flat.size, state.samples * widest))
        for start in range(0, flat.size, at_once):
            coordinates = np.arange(start, min(start + at_once, flat.size))
            h = steps[number][coordinates // layer.fan_out]
            flat[coordinates] = quotients(state, number, coordinates, h, stencil)
        found.append(flat.reshape(len(layer.inputs), layer.fan_out))
    return found


def quotients(
    state: Forward, number: int, coordinates: np.ndarray, h: np.ndarray, stencil: Stencil
) -> Any:
    """Difference quotients of some parameters of one layer.

    Parameters
    ----------
    state : Forward
    number : int
        Of the layer.
    coordinates : ndarray of int, shape (copies,)
        Row-major positions in the weights with the biases below them.
    h : ndarray, shape (copies,)
        The step of each.
    stencil : Stencil

    Returns
    -------
    ndarray, shape (copies,)
    """
    layer = state.layers[number]
    rows, units = np.divmod(coordinates, layer.fan_out)
    home = np.concatenate([layer.weights, layer.biases.T])
    at, stacked = home[rows, units], np.arange(len(coordinates))
    h = h.astype(home.dtype)
    wide = state.targets.dtype
    targets = state.targets.T

    def outputs(offset: float) -> tuple[Any, Any]:
        """Outputs of all copies, and where the moved parameters are."""
        if offset == 0:
            return np.broadcast_to(state.outputs.T, (at.size, *state.outputs.T.shape)), at
        stack = np.repeat(home[None], len(coordinates), axis=0)
        moved = at + offset * h
        stack[stacked, rows, units] = moved
        return _upward(state.layers[number:], layer.inputs.T @ stack), moved

    total = np.zeros(len(coordinates))
    for plus, minus, weight in stencil.quotients:
        (high, end), (low, start) = outputs(plus), outputs(minus)
        moves = (high - low).astype(wide)
        changes = state.change(low.astype(wide), targets, moves, axis=-1)
        taken = end.astype(wide) - start.astype(wide)
        sums = changes.reshape(len(coordinates), -1).sum(axis=1)
        total += weight * sums / (taken * state.count)
    return total


def _upward(layers: tuple[Layer, ...], sums: Any) -> Any:
    """Outputs of the network, shape (copies, samples, outputs), from sums of the first layer."""
    values = layers[0].apply(sums)
    for layer in layers[1:]:
        values = layer.apply(values @ layer.weights + layer.biases.T)
    return values
