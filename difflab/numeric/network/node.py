"""The node evaluator: difference quotients of units, and the chain rule for the linear part.

Moving z_l[j] for all samples at once and keeping every sample's change of loss gives dL_n/dz_l[j]
for every n. The layer is linear in its weights, z = W^T m, so dL/dW = m dz^T holds exactly: no
black box, but one move per unit instead of one per weight. It is labelled so wherever it is used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from difflab.numeric.network.forward import Forward
from difflab.numeric.network.layered import SAMPLES
from difflab.numeric.network.moves import Workspace, loss_changes
from difflab.numeric.stencils import Stencil

LABEL = "exact chain rule for the linear part: differences of units, not of weights"


def gradient(state: Forward, stencil: Stencil, steps: Sequence[float]) -> list[np.ndarray]:
    """Return the gradient of every parameter, from difference quotients of the units.

    Parameters
    ----------
    state : Forward
    stencil : Stencil
        Of a first derivative.
    steps : sequence of float
        Of the sums z of each layer; powers of two.

    Returns
    -------
    list of ndarray, shape (fan_in + 1, fan_out), float64 or wider
        Per layer those of the weights, and of the biases in the last row.
    """
    found = [np.zeros((len(layer.inputs), layer.fan_out)) for layer in state.layers]
    workspace = Workspace()
    for start in range(0, state.samples, SAMPLES):
        block = state.block(start, min(start + SAMPLES, state.samples))
        for number, (layer, h) in enumerate(zip(block.layers, steps)):
            above = block.above(number, 1)
            slopes = np.zeros((layer.fan_out, block.samples))
            for plus, minus, weight in stencil.quotients:
                high = np.full(block.samples, plus * h, layer.sums.dtype)
                low = np.full(block.samples, minus * h, layer.sums.dtype) if minus else None
                scale = weight / ((plus - minus) * h * state.count)
                for unit in range(layer.fan_out):
                    changes = loss_changes(layer, above, unit, low, high, workspace)
                    slopes[unit] += scale * (changes if changes.ndim == 1 else changes.sum(axis=0))
            found[number] += layer.inputs @ slopes.T
    return found
