"""The penalty of a network by differences: each weight moves, and the penalty with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from difflab.numeric.network.forward import Forward
from difflab.numeric.stencils import Stencil


def add_quotients(
    found: list[np.ndarray], state: Forward, stencil: Stencil, steps: Sequence[Any]
) -> list[np.ndarray]:
    """Add the difference quotients of the penalty to those of the loss, in place.

    Parameters
    ----------
    found : list of ndarray, shape (fan_in + 1, fan_out)
        Per layer the quotients of the weights, with those of the biases, which carry no penalty,
        below them.
    state : Forward
    stencil : Stencil
        Of a first derivative.
    steps : sequence of float, or of ndarray of shape (fan_in + 1,)
        Per layer the step of all weights, or those of the weights of every input.

    Returns
    -------
    list of ndarray
        ``found``.
    """
    if state.penalty is None:
        return found
    for quotients, layer, step in zip(found, state.layers, steps):
        h = np.broadcast_to(step, len(layer.inputs))[:-1, None]
        weights = layer.weights.astype(quotients.dtype)
        for plus, minus, weight in stencil.quotients:
            moves = (plus - minus) * h
            quotients[:-1] += weight * state.penalty(weights + minus * h, moves) / moves
    return found
