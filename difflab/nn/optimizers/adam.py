"""Adam and AdamW: adaptive moments, with the weight decay inside or outside of them."""

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


class AdamState(NamedTuple):
    """Steps taken, running means of g and g g, and the largest of the latter (AMSGrad) or None."""

    steps: int
    means: Nest
    squares: Nest
    largest: Nest | None


def _adam_init(params: Nest, amsgrad: bool) -> AdamState:
    return AdamState(
        0, zeros_like(params), zeros_like(params), zeros_like(params) if amsgrad else None
    )


def _adam_step(
    optimizer: Adam | AdamW, decoupled: bool, params: Nest, gradient: Nest, state: AdamState
) -> tuple[Nest, AdamState]:
    b1, b2, eps, count = optimizer.b1, optimizer.b2, optimizer.eps, state.steps + 1
    rate = optimizer.lr / (1 - b1**count)
    correction = (1 - b2**count) ** 0.5
    decay = optimizer.weight_decay

    def update(p: Any, g: Any, m: Any, v: Any, largest: Any) -> tuple[Any, ...]:
        scratch = scratch_like(p)
        if not decoupled:
            g = decayed(g, p, decay)
        m = lerp(m, g, 1 - b1)
        v = mean_square(v, g, b2, scratch)
        if optimizer.amsgrad:
            largest = np.maximum(largest, v)
        scale = np.sqrt(largest if optimizer.amsgrad else v, out=scratch)
        scale /= correction
        scale += eps
        moved = m * -rate
        moved /= scale
        moved += np.multiply(p, 1 - optimizer.lr * decay, out=scratch) if decoupled else p
        return moved, m, v, largest

    params, means, squares, largest = update_leaves(
        update, params, gradient, state.means, state.squares, state.largest
    )
    return params, AdamState(count, means, squares, largest)


@dataclass(frozen=True)
class Adam:
    """Adaptive moments; `torch.optim.Adam`.

    ::

        m += (1 - b1) (g - m);  v = b2 v + (1 - b2) g g
        p -= (lr / (1 - b1^t)) m / (sqrt(v) / sqrt(1 - b2^t) + eps)

    With ``amsgrad`` the largest v so far takes the place of v. Kingma and Ba (2015), algorithm 1;
    Reddi, Kale and Kumar (2018), algorithm 2, with the bias correction kept, as in PyTorch.

    Parameters
    ----------
    lr, b1, b2, eps, weight_decay : float
        As above; weight decay is added to the gradient.
    amsgrad : bool

    Examples
    --------
    >>> Adam(lr=0.1).step(1.0, 1.0, Adam().init(1.0))[0].round(9)
    np.float64(0.900000001)
    """

    lr: float = 1e-3
    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    amsgrad: bool = False

    def __post_init__(self) -> None:
        check_settings(self, lr=ANY, b1=SHARE, b2=SHARE, eps=ANY, weight_decay=ANY)

    def init(self, params: Nest) -> AdamState:
        """Return zero moments."""
        return _adam_init(params, self.amsgrad)

    def step(self, params: Nest, gradient: Nest, state: AdamState) -> tuple[Nest, AdamState]:
        """Take one step; see the class."""
        return _adam_step(self, False, params, gradient, state)


@dataclass(frozen=True)
class AdamW:
    """Adam with decoupled weight decay; `torch.optim.AdamW`.

    p is first multiplied by 1 - lr weight_decay, then `Adam` steps along the bare gradient.
    Loshchilov and Hutter (2019), algorithm 2.

    Parameters
    ----------
    lr, b1, b2, eps, weight_decay : float
        As for `Adam`, but the decay does not pass through the moments.
    amsgrad : bool

    Examples
    --------
    >>> AdamW(lr=0.1, weight_decay=0.1).step(1.0, 1.0, AdamW().init(1.0))[0].round(9)
    np.float64(0.890000001)
    """

    lr: float = 1e-3
    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 1e-2
    amsgrad: bool = False

    def __post_init__(self) -> None:
        check_settings(self, lr=ANY, b1=SHARE, b2=SHARE, eps=ANY, weight_decay=ANY)

    def init(self, params: Nest) -> AdamState:
        """Return zero moments."""
        return _adam_init(params, self.amsgrad)

    def step(self, params: Nest, gradient: Nest, state: AdamState) -> tuple[Nest, AdamState]:
        """Take one step; see the class."""
        return _adam_step(self, True, params, gradient, state)
