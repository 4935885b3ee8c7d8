"""Many networks at once: the same form with different parameters or targets, in one array.

Restarts and resampled data sets are trained side by side: parameters have a leading axis of
networks, and one pass of NumPy moves all of them. The objective is the *sum* of the networks'
losses, so the gradient of each is its own, and every optimizer that works entry by entry takes the
same steps as it would with each network alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.nn.init import Params
from difflab.nn.losses import Loss
from difflab.nn.mlp import MLP
from difflab.tree import Nest


@dataclass(frozen=True)
class Stack:
    """The summed loss of networks that stand side by side.

    Parameters
    ----------
    form : MLP
        Of each network.
    loss : Loss
        Compares outputs with targets; each network's is a mean, as its convention says.
    l2 : float
        Adds l2/2 times the sum of all squared weights, as in `Objective`; not part of `losses`.

    Examples
    --------
    >>> from difflab.nn import initialise, squared_error
    >>> net = MLP((1, 2, 1))
    >>> params = stacked([initialise(net, seed) for seed in range(3)])
    >>> x, y = np.zeros((4, 1)), np.ones((4, 1))
    >>> stack = Stack(net, squared_error)
    >>> stack.losses(params, x, y).shape, stack(params, x, y) == stack.losses(params, x, y).sum()
    ((3,), np.True_)
    """

    form: MLP
    loss: Loss
    l2: float = 0.0

    def losses(self, params: Nest, x: Any, y: Any) -> Any:
        """Loss of every network, shape (networks,).

        Parameters
        ----------
        params : list of (W, b)
            Shapes (networks, fan_in, fan_out) and (networks, 1, fan_out); see `stacked`.
        x : array, shape (n, d)
            The same inputs for all.
        y : array, shape (n, k), or (n, networks, k) for targets of their own
        """
        targets = np.swapaxes(y, 0, 1) if np.ndim(y) == 3 else y
        losses = self.loss.of(self.form(params, x), targets)
        return np.mean(losses, axis=tuple(range(1, np.ndim(losses))))

    def __call__(self, params: Nest, x: Any, y: Any) -> Any:
        """Sum of the networks' losses: one number, whose gradient holds each network's own."""
        total = np.sum(self.losses(params, x, y))
        if not self.l2:
            return total
        return total + self.l2 / 2 * sum(np.sum(np.square(weights)) for weights, _ in params)


def stacked(networks: Sequence[Params]) -> Params:
    """Put the parameters of several networks of one form side by side.

    Examples
    --------
    >>> pair = stacked([[(np.eye(2), np.zeros(2))], [(np.eye(2), np.ones(2))]])
    >>> pair[0][0].shape, pair[0][1].shape
    ((2, 2, 2), (2, 1, 2))
    """
    return [
        (np.stack([w for w, _ in layer]), np.stack([b[None, :] for _, b in layer]))
        for layer in zip(*networks)
    ]


def member(params: Nest, number: int) -> Params:
    """Return the parameters of one network of a stack.

    Examples
    --------
    >>> pair = stacked([[(np.eye(2), np.zeros(2))], [(np.eye(2), np.ones(2))]])
    >>> member(pair, 1)[0][1]
    array([1., 1.])
    """
    return [(weights[number], biases[number, 0]) for weights, biases in params]
