"""One evaluation of a network that keeps what every layer computed, samples along the last axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from difflab.functions import LEAK, leaky_relu, relu
from difflab.objective import NetworkObjective, penalty_change_of, reduction_of
from difflab.tree import Nest

Activation = Callable[[Any], Any]


_RECTIFIERS = ((relu, 0.0), (leaky_relu, LEAK))
"""Activations that rectify, and their slopes below 0."""


@dataclass(frozen=True)
class Layer:
    """One layer at one point: z = W^T n + b, m = activation(z).

    Attributes
    ----------
    weights : ndarray, shape (fan_in, fan_out)
        W.
    biases : ndarray, shape (fan_out, 1)
        b.
    activation : callable
        Elementwise.
    linear : bool
        Whether the activation is the identity.
    inputs : ndarray, shape (fan_in + 1, samples)
        n, and a row of ones for the biases.
    sums, outputs : ndarray, shape (fan_out, samples)
        z and m.
    """

    weights: np.ndarray
    biases: np.ndarray
    activation: Activation
    linear: bool
    inputs: np.ndarray
    sums: np.ndarray
    outputs: np.ndarray

    @property
    def fan_in(self) -> int:
        """How many inputs a unit has; its bias comes after them."""
        return self.weights.shape[0]

    @property
    def fan_out(self) -> int:
        """How many units there are."""
        return self.weights.shape[1]

    @property
    def leak(self) -> float | None:
        """Slope below 0 of an activation that is straight on either side of it; None for others."""
        return next((leak for bent, leak in _RECTIFIERS if self.activation is bent), None)

    def apply(self, sums: np.ndarray) -> Any:
        """Activation of sums that may be overwritten."""
        if self.linear:
            return sums
        if isinstance(self.activation, np.ufunc):
            return self.activation(sums, out=sums)
        values = np.asarray(self.activation(sums))
        return values if values.flags.writeable else values.copy()


@dataclass(frozen=True)
class Forward:
    """A network with its loss, evaluated at one point; or its upper layers.

    Attributes
    ----------
    layers : tuple of Layer
        First layer first.
    outputs, targets : ndarray, shape (outputs, samples)
        What the loss compares, the targets in float64 or wider.
    change : callable
        ``change(outputs, targets, moves, axis=)``: a loss in delta form.
    count : int
        How many losses the mean is over; 1 where the objective is their sum.
    separable : bool
        Whether every output has a loss of its own.
    kink : callable or None
        ``kink(outputs, targets)`` changes its sign, entry by entry, where the loss has a kink.
    penalty : callable or None
        ``penalty(weights, moves)`` is the change of a penalty, for every weight that moves alone.
    """

    layers: tuple[Layer, ...]
    outputs: np.ndarray
    targets: np.ndarray
    change: Callable[..., Any]
    count: int
    separable: bool
    kink: Callable[[Any, Any], Any] | None = None
    penalty: Callable[[Any, Any], Any] | None = None

    @property
    def samples(self) -> int:
        """How many samples the batch has."""
        return int(self.targets.shape[1])

    def block(self, start: int, stop: int) -> Forward:
        """The same network on some of its samples."""
        if (start, stop) == (0, self.samples):
            return self
        return self._on(lambda array: np.ascontiguousarray(array[:, start:stop]))

    def above(self, number: int, times: int) -> Forward:
        """The layers above one, on the samples ``times`` over.

        Several moves at once are several batches side by side: one long row is quicker to work on
        than many short ones.
        """
        upper = replace(self, layers=self.layers[number + 1 :])
        return upper if times == 1 else upper._on(lambda array: np.tile(array, times))

    def _on(self, choose: Callable[[np.ndarray], np.ndarray]) -> Forward:
        layers = tuple(
            replace(
                layer,
                inputs=choose(layer.inputs),
                sums=choose(layer.sums),
                outputs=choose(layer.outputs),
            )
            for layer in self.layers
        )
        outputs, targets = choose(self.outputs), choose(self.targets)
        return replace(self, layers=layers, outputs=outputs, targets=targets)


def forward(objective: NetworkObjective, params: Nest, x: np.ndarray, y: np.ndarray) -> Forward:
    """Evaluate a network and keep everything.

    Parameters
    ----------
    objective : NetworkObjective
        Activations and loss; one of `difflab.nn`, for instance.
    params : list of (W, b)
        W of shape (fan_in, fan_out), b of shape (fan_out,).
    x, y : ndarray, shape (samples, features) and (samples, outputs)
        Numbers of any type; what is not floating becomes so as NumPy multiplies it by W.

    Examples
    --------
    >>> from difflab.nn import MLP, Objective, squared_error
    >>> net = Objective(MLP((1, 1)), squared_error)
    >>> at = [(np.array([[2.0]]), np.array([1.0]))], np.ones((3, 1)), np.ones((3, 1))
    >>> kept = forward(net, *at)
    >>> kept.layers[0].outputs
    array([[3., 3., 3.]])
    """
    kept: list[Layer] = []
    below = np.asarray(x).T
    for (weights, biases), activation in zip(params, objective.activations):
        # the type of the product: a step is lost in integers, and rounded in a coarser float
        inputs = np.empty((len(below) + 1, below.shape[1]), np.result_type(below, weights))
        inputs[:-1], inputs[-1] = below, 1
        if kept and inputs.dtype == below.dtype:  # one copy of a large batch is enough
            kept[-1] = replace(kept[-1], outputs=inputs[:-1])
        sums = weights.T @ inputs[:-1]
        biases = biases[:, None]
        sums = np.add(sums, biases, out=sums if biases.dtype == sums.dtype else None)
        linear = objective.is_linear(activation)
        below = sums if linear else np.asarray(activation(sums))
        weights = np.ascontiguousarray(weights)
        kept.append(Layer(weights, biases, activation, linear, inputs, sums, below))
    wide = np.result_type(below.dtype, np.float64)
    targets = np.ascontiguousarray(np.asarray(y, wide).T)
    losses, (outputs, samples) = objective.losses_per_sample, targets.shape
    separable = outputs > 1 and losses == outputs
    change, kink = objective.loss_change, objective.loss_kink
    count = 1 if reduction_of(objective) == "sum" else losses * samples
    penalty = penalty_change_of(objective)
    return Forward(tuple(kept), below, targets, change, count, separable, kink, penalty)


def activation_kinks(activation: Activation) -> Sequence[float]:
    """Where an activation has kinks: at 0 for relu, leaky relu and |z|, else as its ``kinks`` says.

    Examples
    --------
    >>> activation_kinks(relu), activation_kinks(np.tanh)
    ((0.0,), ())
    """
    if any(activation is bent for bent in (relu, leaky_relu, np.absolute, np.fabs)):
        return (0.0,)
    return tuple(getattr(activation, "kinks", ()))


def has_kinks(state: Forward) -> bool:
    """Whether the loss, or any activation of the network, has a kink."""
    return state.kink is not None or any(
        activation_kinks(layer.activation) for layer in state.layers
    )
