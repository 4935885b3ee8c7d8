"""The multi-layer perceptron as a plain NumPy function of its parameters.

``z = n_previous @ W + b``, ``n = activation(z)``, layer after layer: the same lines run on floats,
on complex numbers and on traced arrays, so every way of differentiating sees the same network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import ShapeError, UsageError, unknown_name
from difflab.functions import gelu, leaky_relu, relu, sigmoid, softplus
from difflab.tree import Nest, flatten, leaf_names


def identity(x: Any) -> Any:
    """Return ``x``: the activation of a linear network, and of most output layers.

    Examples
    --------
    >>> identity(3.0)
    3.0
    """
    return x


Activation = Callable[[Any], Any]
"""An elementwise function, plain NumPy inside."""

ACTIVATIONS: dict[str, Activation] = {
    "identity": identity,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": relu,
    "leaky-relu": leaky_relu,
    "softplus": softplus,
    "gelu": gelu,
    "sin": np.sin,
}
"""Activation functions by name; each is elementwise and can be traced."""


@dataclass(frozen=True)
class MLP:
    """A fully connected network; holds its form, not its parameters.

    Parameters
    ----------
    widths : tuple of int
        Inputs, hidden layers, outputs: ``(2, 64, 64, 1)``. Two numbers make a linear model.
    activation : str or callable
        Of the hidden layers: "identity", "sigmoid", "tanh", "relu", "leaky-relu" (slope 0.01 below
        0), "softplus", "gelu" (the exact one) or "sin"; or an elementwise function of your own in
        plain NumPy, such as `difflab.activation` makes from an expression.
    output : str or callable
        Of the last layer. Cross-entropies of `difflab.nn` take logits, so it stays "identity".

    Raises
    ------
    UnknownNameError
        For an activation that does not exist.
    UsageError
        For widths that are not two or more positive integers.

    Examples
    --------
    >>> net = MLP((2, 3, 1), "relu")
    >>> print(net, "with", net.parameter_count, "parameters")
    2-3-1 relu with 13 parameters
    >>> ones = [(np.ones((2, 3)), np.zeros(3)), (np.ones((3, 1)), np.zeros(1))]
    >>> net(ones, np.array([[1.0, 2.0], [-1.0, -2.0]]))
    array([[9.],
           [0.]])
    """

    widths: tuple[int, ...]
    activation: str | Activation = "tanh"
    output: str | Activation = "identity"

    def __post_init__(self) -> None:
        widths = tuple(self.widths) if isinstance(self.widths, Iterable) else ()
        if len(widths) < 2 or not all(is_positive_integer(width) for width in widths):
            raise UsageError(
                f"widths {self.widths!r} do not describe a network",
                "they count the units of each layer: inputs, hidden layers, outputs",
                "MLP((2, 64, 64, 1)) for two inputs, two hidden layers of 64 and one output",
            )
        object.__setattr__(self, "widths", tuple(int(width) for width in widths))
        for chosen in (self.activation, self.output):
            if callable(chosen) or (isinstance(chosen, str) and chosen in ACTIVATIONS):
                continue
            raise unknown_name("activation", chosen, ACTIVATIONS, "difflab.nn.ACTIVATIONS")

    @property
    def parameter_count(self) -> int:
        """How many numbers are trained, usually called P."""
        return sum((fan_in + 1) * fan_out for fan_in, fan_out in self.layers)

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """Pairs (fan_in, fan_out), first layer first."""
        return tuple(zip(self.widths, self.widths[1:]))

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The function of each layer, first layer first."""
        names = (*[self.activation] * (len(self.widths) - 2), self.output)
        return tuple(ACTIVATIONS[each] if isinstance(each, str) else each for each in names)

    def __str__(self) -> str:
        name = "-".join(str(width) for width in self.widths)
        if len(self.widths) > 2:
            name += f" {_name(self.activation)}"
        return name if self.output == "identity" else f"{name}, {_name(self.output)} output"

    def __call__(self, params: Nest, x: Any) -> Any:
        """Evaluate the network.

        Parameters
        ----------
        params : list of (W, b)
            W of shape (fan_in, fan_out), b of shape (fan_out,); see `difflab.nn.initialise`.
        x : array, shape (n, d) or (d,)
            A batch, or one sample.

        Returns
        -------
        array, shape (n, k) or (k,)

        Raises
        ------
        ShapeError
            When the parameters or the inputs do not fit the widths.
        """
        return self.layer_outputs(params, x)[-1][1]

    def layer_outputs(self, params: Nest, x: Any) -> list[tuple[Any, Any]]:
        """Evaluate the network and keep what every layer computed, for diagnosis.

        Returns
        -------
        list of (z, n)
            Per layer the sum before the activation and the value after it, shapes (n, fan_out).

        Examples
        --------
        >>> net = MLP((1, 1, 1), "sigmoid", "sigmoid")
        >>> chain = [(np.array([[0.8]]), np.array([-0.2])), (np.array([[-1.1]]), np.array([0.3]))]
        >>> (z1, n), (z2, m) = net.layer_outputs(chain, np.array([0.5]))
        >>> round(float(n[0]), 6), round(float(m[0]), 6)
        (0.549834, 0.42438)
        """
        self._check_shapes(params, x)
        outputs = []
        value = x
        for (weights, biases), activation in zip(params, self.activations):
            z = value @ weights + biases
            value = activation(z)
            outputs.append((z, value))
        return outputs

    def _check_shapes(self, params: Nest, x: Any) -> None:
        features = self.widths[0]
        if np.ndim(x) not in (1, 2) or np.shape(x)[-1] != features:
            raise ShapeError(
                f"the inputs have shape {np.shape(x)}, which does not fit the network {self}",
                f"its first layer takes {features} features per sample",
                f"pass x of shape (n, {features}), or ({features},) for one sample"
                + ("; x[:, None] makes a column" if features == 1 else ""),
            )
        if not is_list_of_pairs(params) or len(params) != len(self.layers):
            raise ShapeError(
                f"the parameters are not {len(self.layers)} pairs (W, b), as {self} needs them",
                f"their nesting is {flatten(params)[1]}, and there is one pair per layer",
                "difflab.nn.initialise(model, seed) makes parameters that fit",
            )
        for number, ((weights, biases), fans) in enumerate(zip(params, self.layers), start=1):
            # the last axes only: a stack of networks in front of them is welcome
            if np.shape(weights)[-2:] != fans or np.shape(biases)[-1:] != fans[1:]:
                raise ShapeError(
                    f"layer {number} has weights {np.shape(weights)} and biases {np.shape(biases)}",
                    f"the network {self} needs weights {fans} and biases ({fans[1]},)",
                    "difflab.nn.initialise(model, seed) makes parameters that fit",
                )


def _name(activation: str | Activation) -> str:
    if isinstance(activation, str):
        return activation
    named = getattr(activation, "name", None) or getattr(activation, "__name__", None)
    return str(named or repr(activation))


def is_positive_integer(value: Any) -> bool:
    """Whether a value counts something: 1, 2, ...; neither True nor 2.0."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and int(value) > 0


def layer_members(params: Nest) -> list[Any]:
    """Split parameters into what belongs to each layer: the members of the outermost list.

    Examples
    --------
    >>> len(layer_members([(np.eye(2), np.zeros(2)), (np.eye(2), np.zeros(2))]))
    2
    """
    return list(params) if isinstance(params, (list, tuple)) else [params]


def leaf_labels(params: Nest) -> list[str]:
    """Name every leaf as a reader would: "layer 2 weights", or its Python expression.

    Examples
    --------
    >>> leaf_labels([(np.eye(2), np.zeros(2))])
    ['layer 1 weights', 'layer 1 biases']
    >>> leaf_labels({"w": np.zeros(2)})
    ["params['w']"]
    """
    if is_list_of_pairs(params):
        return [
            f"layer {number} {part}"
            for number in range(1, len(params) + 1)
            for part in ("weights", "biases")
        ]
    return leaf_names(flatten(params)[1])


def is_list_of_pairs(params: Nest) -> bool:
    """Whether parameters are nested as those of an `MLP`: a list of (W, b).

    Examples
    --------
    >>> is_list_of_pairs([(np.eye(2), np.zeros(2))]), is_list_of_pairs([np.eye(2)])
    (True, False)
    """
    return isinstance(params, (list, tuple)) and all(_is_pair(member) for member in params)


def _is_pair(member: Any) -> bool:
    return (
        isinstance(member, (list, tuple))
        and len(member) == 2
        and not any(isinstance(part, (list, tuple, dict)) for part in member)
    )
