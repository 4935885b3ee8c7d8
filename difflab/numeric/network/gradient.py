"""The gradient of a network by differences: an evaluator, a stencil and steps, chosen once.

`Recipe.gradient` is what training calls. `Recipe.with_bars` also says how wrong each entry may be:
the quotient at twice the step shows truncation, the ladder of the preparation showed rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from difflab.numeric.error_bars import DEVIATIONS, truncation_bar
from difflab.numeric.network import batched, layered, node
from difflab.numeric.network.blocks import (
    SAMPLES,
    Block,
    choose,
    layered_steps,
    node_steps,
    scale_of,
)
from difflab.numeric.network.forward import Forward, Layer, forward, has_kinks
from difflab.numeric.network.given_step import check_given_step
from difflab.numeric.network.kinks import crossings, node_crossings
from difflab.numeric.network.penalty import add_quotients
from difflab.numeric.stencils import Stencil
from difflab.objective import NetworkObjective
from difflab.tree import Nest

Evaluator = Literal["layered", "node", "batched"]

EVALUATORS: tuple[Evaluator, ...] = ("layered", "node", "batched")
"""Evaluators that know the layers of a network."""


@dataclass(frozen=True)
class Bars:
    """A gradient with an error bar for every entry.

    Attributes
    ----------
    gradient, error : list of ndarray, shape (fan_in + 1, fan_out)
        Per layer, weights with the biases below them; the error is absolute.
    kinks : list of ndarray of int, or None
        How many units and samples cross a kink in each entry's stencil; None where there is no
        kink. Where it is not 0 the bar says nothing.
    """

    gradient: list[np.ndarray]
    error: list[np.ndarray]
    kinks: list[np.ndarray] | None


@dataclass(frozen=True)
class Recipe:
    """How a network is differenced; see `recipe`.

    Attributes
    ----------
    objective : NetworkObjective
    stencil : Stencil
    evaluator : {"layered", "node", "batched"}
    blocks : tuple of Block
        Steps per block; empty where ``step`` is given.
    step : float or None
        One absolute step for every parameter, or every sum for "node".
    sampled : int
        Samples that the ladder ran on, at most.
    """

    objective: NetworkObjective
    stencil: Stencil
    evaluator: Evaluator
    blocks: tuple[Block, ...]
    step: float | None = None
    sampled: int = SAMPLES

    def evaluate(self, params: Nest, x: Any, y: Any) -> Forward:
        """Run the network once and keep what its layers computed.

        Raises
        ------
        UsageError
            When a step that was given vanishes beside a parameter, or a sum.
        """
        state = forward(self.objective, params, x, y)
        if self.step is not None:
            check_given_step(self.step, params, state, self.evaluator)
        return state

    def gradient(self, state: Forward, times: float = 1.0) -> list[np.ndarray]:
        """Difference quotients of all parameters, with steps ``times`` as long.

        Returns
        -------
        list of ndarray, shape (fan_in + 1, fan_out)
            Per layer those of the weights, and of the biases in the last row.
        """
        chosen = self._node_steps(state) if self.evaluator == "node" else self._steps(state)
        steps: list[Any] = [times * h for h in chosen]
        differences = {"layered": layered, "node": node, "batched": batched}[self.evaluator]
        found = differences.gradient(state, self.stencil, steps)
        return add_quotients(found, state, self.stencil, steps)

    def _node_steps(self, state: Forward) -> list[float]:
        return [self.step] * len(state.layers) if self.step else node_steps(self.blocks)

    def _steps(self, state: Forward) -> layered.Steps:
        if self.step is not None:
            return [np.full(len(layer.inputs), self.step) for layer in state.layers]
        return layered_steps(state, self.blocks)

    def with_bars(self, state: Forward) -> Bars:
        """The gradient, an error bar for every entry, and the stencils that cross a kink.

        Costs two gradients; where the network has kinks also their count.
        """
        found, coarser = self.gradient(state), self.gradient(state, 2.0)
        order = self.stencil.accuracy
        errors = [
            truncation_bar(fine, wide, order) + rounding
            for fine, wide, rounding in zip(found, coarser, self._rounding(state, found))
        ]
        return Bars(found, errors, self.kinks(state))

    def kinks(self, state: Forward) -> list[np.ndarray] | None:
        """Count for every entry the units and samples whose sums cross a kink in its stencil.

        Returns
        -------
        list of ndarray of int, shape (fan_in + 1, fan_out), or None
            None where there is no kink. Costs about a gradient.
        """
        if not has_kinks(state):
            return None
        if self.evaluator == "node":
            return node_crossings(state, self.stencil, self._node_steps(state))
        return crossings(state, self.stencil, self._steps(state))

    def _rounding(self, state: Forward, found: list[np.ndarray]) -> list[Any]:
        """Rounding bars: what a ladder shows, and a few units in the last place of a sum."""
        unit = np.finfo(state.layers[0].sums.dtype).eps
        own = [DEVIATIONS * unit * np.max(np.abs(g), axis=1, keepdims=True) for g in found]
        # a step that was given came without a ladder
        blocks = self.blocks or choose(state, self.stencil, self.evaluator)
        # the rounding of a sum grows with the samples that the ladder did not see, at most
        grown = max(1.0, state.samples / self.sampled) if state.count == 1 else 1.0
        if self.evaluator == "node":
            seen = [
                (block.noise / h + block.floor) * np.sqrt(np.mean(layer.inputs**2, axis=1))
                for layer, block, h in zip(state.layers, blocks, self._node_steps(state))
            ]
        else:
            parts = zip(state.layers, blocks[::2], blocks[1::2], self._steps(state))
            seen = [
                _both(layer, weights.noise, biases.noise) / h
                + _both(layer, weights.floor, biases.floor)
                / [scale_of(values) for values in layer.inputs]
                for layer, weights, biases, h in parts
            ]
        return [bar + DEVIATIONS * grown * noise[:, None] for bar, noise in zip(own, seen)]


def _both(layer: Layer, weights: float, biases: float) -> np.ndarray:
    """A number for every input of a layer, and one for the biases."""
    return np.append(np.full(layer.fan_in, weights), biases)


def recipe(
    objective: NetworkObjective,
    params: Nest,
    x: Any,
    y: Any,
    stencil: Stencil,
    evaluator: Evaluator = "layered",
    step: float | None = None,
) -> Recipe:
    """Choose steps for a network at one point.

    Parameters
    ----------
    objective : NetworkObjective
    params : list of (W, b)
    x, y : array, shape (samples, features) and (samples, outputs)
    stencil : Stencil
        Of a first derivative.
    evaluator : {"layered", "node", "batched"}
    step : float or None
        None runs the ladder on sampled entries of every block.

    Raises
    ------
    UsageError
        When the step vanishes beside a parameter, or a sum.

    Examples
    --------
    >>> from difflab.nn import MLP, Objective, initialise, squared_error
    >>> from difflab.numeric.stencils import SCHEMES
    >>> net = Objective(MLP((2, 8, 1), "tanh"), squared_error)
    >>> at = initialise(net.model, seed=0), np.ones((5, 2)), np.ones((5, 1))
    >>> made = recipe(net, *at, SCHEMES["central-4"])
    >>> [w.shape for w in made.gradient(made.evaluate(*at))]
    [(3, 8), (9, 1)]
    """
    made = Recipe(objective, stencil, evaluator, (), step)
    with np.errstate(all="ignore"):
        state = made.evaluate(params, x[:SAMPLES], y[:SAMPLES])
    if step is not None:
        return made
    return replace(made, blocks=choose(state, stencil, evaluator), sampled=state.samples)
