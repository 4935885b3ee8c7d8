"""Refusing a step that was asked for and is lost beside the numbers that it moves."""

from __future__ import annotations

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.network.forward import Forward
from difflab.numeric.resolution import check_resolution, spacing
from difflab.tree import Nest, entry_name, flatten


def check_given_step(step: float, params: Nest, state: Forward, evaluator: str) -> None:
    """Refuse a step below the spacing of the floats around what it moves.

    Parameters
    ----------
    step : float
        Of every parameter; of every sum for the evaluator "node".
    params : list of (W, b)
    state : Forward
        At these parameters.
    evaluator : {"layered", "node", "batched"}

    Raises
    ------
    UsageError
        Naming the first such parameter, or the layer, and the least step that is not lost.

    Examples
    --------
    >>> from difflab.nn import MLP, Objective, squared_error
    >>> from difflab.numeric.network.forward import forward
    >>> net = Objective(MLP((1, 1)), squared_error)
    >>> at = [(np.array([[3.0]]), np.zeros(1))], np.ones((1, 1)), np.ones((1, 1))
    >>> try:
    ...     check_given_step(1e-18, at[0], forward(net, *at), "layered")
    ... except UsageError as error:
    ...     print(error.what)
    step 1e-18 is below the spacing of float64 at params[0][0][0, 0] = 3
    """
    if evaluator == "node":
        _check_sums(step, state)
    else:
        _check_parameters(step, params)


def _check_parameters(step: float, params: Nest) -> None:
    before = 0
    for leaf in flatten(params)[0]:
        lost = np.ravel(step < spacing(leaf))
        if lost.any():
            first = int(np.argmax(lost))
            check_resolution(
                np.ravel(leaf)[first], step, names=[entry_name(params, before + first)]
            )
        before += lost.size


def _check_sums(step: float, state: Forward) -> None:
    for number, layer in enumerate(state.layers, start=1):
        size = np.max(np.abs(layer.sums), initial=0)
        least = float(spacing(size))
        if step < least:
            raise UsageError(
                f"step {step:.3g} is below the spacing of {size.dtype} at the sums of layer "
                f"{number}, which reach {size:.3g}",
                "z + h rounds back to z, so the difference of the losses is 0 whatever the slope",
                f"use at least {least:.2g}, or step=None for a step that fits",
            )
