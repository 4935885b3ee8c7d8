"""RMSProp: the gradient over its running root mean square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from difflab.nn.optimizers.leafwise import (
    ANY,
    SHARE,
    check_settings,
    decayed,
    lerp,
    mean_square,
    scratch_like,
    update_leaves,
    zeros_like,
)
from difflab.tree import Nest


class RMSPropState(NamedTuple):
    """Running mean of squares; running mean (centered) and momentum buffer, or None."""

    squares: Nest
    means: Nest | None
    buffer: Nest | None


@dataclass(frozen=True)
class RMSProp:
    """Gradient over its running root mean square; `torch.optim.RMSprop`.

    ::

        v = alpha v + (1 - alpha) g g                  from 0, without bias correction
        a = alpha a + (1 - alpha) g                    if centered
        scale = sqrt(v - a a  if centered else  v) + eps      eps outside the root
        p -= lr g / scale                              or, with momentum mu:
        buf = mu buf + g / scale;  p -= lr buf

    Tieleman and Hinton (2012), lecture 6.5; centered: Graves (2013), equation 40.

    Parameters
    ----------
    lr, alpha, eps, momentum, weight_decay : float
        As above.
    centered : bool
        Divide by the standard deviation instead of the root mean square.

    Examples
    --------
    >>> RMSProp(lr=0.1).step(1.0, 1.0, RMSProp().init(1.0))[0].round(6)
    np.float64(0.0)
    """

    lr: float = 1e-2
    alpha: float = 0.99
    eps: float = 1e-8
    momentum: float = 0.0
    centered: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        check_settings(self, lr=ANY, alpha=SHARE, eps=ANY, momentum=ANY, weight_decay=ANY)

    def init(self, params: Nest) -> RMSPropState:
        """Return zeros for every running mean in use."""
        return RMSPropState(
            zeros_like(params),
            zeros_like(params) if self.centered else None,
            zeros_like(params) if self.momentum else None,
        )

    def step(self, params: Nest, gradient: Nest, state: RMSPropState) -> tuple[Nest, RMSPropState]:
        """Take one step; see the class."""

        def update(p: Any, g: Any, v: Any, mean: Any, buffer: Any) -> tuple[Any, ...]:
            scratch = scratch_like(p)
            g = decayed(g, p, self.weight_decay)
            v = mean_square(v, g, self.alpha, scratch)
            if self.centered:
                mean = lerp(mean, g, 1 - self.alpha)
                variance = np.subtract(v, np.multiply(mean, mean, out=scratch), out=scratch)
                scale = np.sqrt(variance, out=scratch)
            else:
                scale = np.sqrt(v, out=scratch)
            scale += self.eps
            if self.momentum:
                buffer = buffer * self.momentum
                buffer += np.divide(g, scale, out=scratch)
                moved = buffer * -self.lr
            else:
                moved = g * -self.lr
                moved /= scale
            moved += p
            return moved, v, mean, buffer

        params, squares, means, buffer = update_leaves(
            update, params, gradient, state.squares, state.means, state.buffer
        )
        return params, RMSPropState(squares, means, buffer)
