"""Kinks: which stencils of a network reach across one, counted and listed.

Where relu bends between two points of a stencil, the difference quotient is no derivative of
either side, and its error has no order. A mean over all coordinates would hide them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from difflab.numeric.network.forward import Activation, Forward, activation_kinks
from difflab.numeric.network.layered import Steps
from difflab.numeric.network.moves import Workspace, loss_changes
from difflab.numeric.stencils import Stencil


@dataclass
class _Watched:
    """An activation that remembers on which sides of its kinks its arguments were."""

    activation: Activation
    kinks: tuple[float, ...]
    sides: list[np.ndarray]

    def __call__(self, z: np.ndarray) -> np.ndarray:
        self.sides.append(sum(z > kink for kink in self.kinks))  # type: ignore[arg-type]
        return np.asarray(self.activation(z))


def crossings(state: Forward, stencil: Stencil, steps: Steps) -> list[np.ndarray]:
    """Count, for every parameter, the units and samples whose sums cross a kink in its stencil.

    Parameters
    ----------
    state, stencil, steps
        As for `layered.gradient`.

    Returns
    -------
    list of ndarray of int, shape (fan_in + 1, fan_out)
        Per layer those of the weights, and of the biases in the last row.
    """
    sides: list[np.ndarray] = []
    layers = tuple(
        replace(layer, activation=_Watched(layer.activation, tuple(kinks), sides))
        if (kinks := activation_kinks(layer.activation))
        else layer
        for layer in state.layers
    )
    watched = replace(state, layers=layers)
    outermost = min(stencil.offsets), max(stencil.offsets)
    workspace = Workspace()
    found = [np.zeros((len(layer.inputs), layer.fan_out), int) for layer in layers]
    for number, layer in enumerate(layers):
        above = watched.above(number, 1)
        for row, (values, h) in enumerate(zip(layer.inputs, steps[number])):
            low, high = (offset * h * values for offset in outermost)
            for unit in range(layer.fan_out):
                sides.clear()
                loss_changes(layer, above, unit, low, high, workspace)
                pairs = zip(sides[::2], sides[1::2])  # every activation is called at both ends
                found[number][row, unit] = sum(np.count_nonzero(a != b) for a, b in pairs)
    return found
