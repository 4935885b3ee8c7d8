"""Gradient descent, with heavy-ball or Nesterov momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from difflab.errors import UsageError
from difflab.nn.optimizers.leafwise import (
    ANY,
    check_settings,
    decayed,
    scratch_like,
    update_leaves,
)
from difflab.tree import Nest


class SGDState(NamedTuple):
    """Momentum buffer; None before the first step and without momentum."""

    buffer: Nest | None


@dataclass(frozen=True)
class SGD:
    """Gradient descent, with heavy-ball or Nesterov momentum; `torch.optim.SGD`.

    g = gradient + weight_decay p; without momentum p -= lr g. With momentum mu::

        buf = g                                on the first step, dampening not applied
        buf = mu buf + (1 - dampening) g       afterwards
        p -= lr (g + mu buf  if nesterov else  buf)

    Polyak (1964); Nesterov's form after Sutskever et al. (2013), equation 3, as PyTorch writes it.

    Parameters
    ----------
    lr : float
        Learning rate.
    momentum, dampening, weight_decay : float
        As above; 0 switches each off.
    nesterov : bool
        Needs momentum and no dampening.

    Examples
    --------
    >>> SGD(lr=0.1).step(1.0, 1.0, SGD().init(1.0))[0]
    0.9
    """

    lr: float = 1e-3
    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        check_settings(self, lr=ANY, momentum=ANY, dampening=ANY, weight_decay=ANY)
        if self.nesterov and (self.momentum == 0 or self.dampening != 0):
            raise UsageError(
                "Nesterov's method needs momentum, and no dampening",
                f"momentum is {self.momentum:g} and dampening is {self.dampening:g}",
                "SGD(lr, momentum=0.9, nesterov=True)",
            )

    def init(self, params: Nest) -> SGDState:  # noqa: ARG002 - one signature for all optimizers
        """Return an empty momentum buffer."""
        return SGDState(None)

    def step(self, params: Nest, gradient: Nest, state: SGDState) -> tuple[Nest, SGDState]:
        """Take one step; see the class."""

        def update(p: Any, g: Any, buffer: Any) -> tuple[Any, Any]:
            g = decayed(g, p, self.weight_decay)
            if self.momentum and buffer is None:
                buffer = np.array(g)[()]  # a copy: the gradient belongs to the provider
            elif self.momentum:
                buffer = buffer * self.momentum
                share = 1 - self.dampening
                buffer += g if share == 1 else np.multiply(g, share, out=scratch_like(p))
            if self.nesterov:
                moved = buffer * self.momentum
                moved += g
                moved *= -self.lr
            else:
                moved = (buffer if self.momentum else g) * -self.lr
            moved += p
            return moved, buffer

        params, buffer = update_leaves(update, params, gradient, state.buffer)
        return params, SGDState(buffer)
