"""Optimizers: SGD, RMSProp, Adam and AdamW, in the order of operations that PyTorch uses.

Each is a frozen dataclass with two pure functions: ``init(params) -> state`` and
``step(params, gradient, state) -> (params, state)``. Nothing is changed in place, dtypes are kept,
and parameters may be any nest.

The same names stand for different algorithms elsewhere, so the order is spelled out. Some libraries
put (1 - momentum) in front of the gradient, some put eps inside RMSProp's root, some add eps to
sqrt(v) before the bias correction. Here g includes ``weight_decay * p`` first, except in AdamW.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from difflab.errors import UsageError, unknown_name
from difflab.tree import Nest, flatten, map_leaves, unflatten

State = Any
"""What an optimizer remembers from step to step; a named tuple of nests and numbers."""


@runtime_checkable
class Optimizer(Protocol):
    """A rule that turns a gradient into the next parameters; immutable and picklable."""

    @property
    def lr(self) -> float:
        """Learning rate."""
        ...

    def init(self, params: Nest) -> State:
        """Return the state before the first step."""
        ...

    def step(self, params: Nest, gradient: Nest, state: State) -> tuple[Nest, State]:
        """Return the next parameters and the next state; the arguments stay as they are."""
        ...


def _check(optimizer: Any, **ranges: tuple[float, float]) -> None:
    """Refuse settings outside [low, high)."""
    for name, (low, high) in ranges.items():
        value = getattr(optimizer, name)
        if not low <= value < high:
            upper = "" if high == np.inf else f" and below {high:g}"
            raise UsageError(
                f"{name} = {value!r} is no setting for {type(optimizer).__name__}",
                f"it has to be {low:g} or more{upper}",
                f"{type(optimizer).__name__}() uses "
                f"{name} = {type(optimizer).__dataclass_fields__[name].default}",
            )


_ANY = (0.0, float("inf"))
_SHARE = (0.0, 1.0)


def _each(update: Callable[..., tuple[Any, ...]], *nests: Nest) -> tuple[Nest, ...]:
    """Apply a leaf-wise update that returns several leaves, and sort them into several nests.

    A nest given as None is None at every leaf.
    """
    leaves, structure = flatten(nests[0])
    nothing = [None] * len(leaves)
    columns = [nothing if nest is None else flatten(nest)[0] for nest in nests]
    rows = [update(*leaves) for leaves in zip(*columns, strict=True)]
    return tuple(
        None if column[0] is None else unflatten(structure, column) for column in zip(*rows)
    )


def _zeros(params: Nest) -> Nest:
    return map_leaves(lambda leaf: np.zeros_like(leaf)[()], params)


def _lerp(start: Any, end: Any, weight: float) -> Any:
    """torch.lerp: the form that is exact at the nearer end."""
    if weight < 0.5:
        return start + weight * (end - start)
    return end - (end - start) * (1 - weight)


def _decayed(g: Any, p: Any, weight_decay: float) -> Any:
    return g + weight_decay * p if weight_decay else g


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
        _check(self, lr=_ANY, momentum=_ANY, weight_decay=_ANY)
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
            g = _decayed(g, p, self.weight_decay)
            if not self.momentum:
                return p - self.lr * g, None
            if buffer is None:
                buffer = np.array(g)[()]  # a copy: the gradient belongs to the provider
            else:
                buffer = self.momentum * buffer + (1 - self.dampening) * g
            direction = g + self.momentum * buffer if self.nesterov else buffer
            return p - self.lr * direction, buffer

        params, buffer = _each(update, params, gradient, state.buffer)
        return params, SGDState(buffer)


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
        _check(self, lr=_ANY, alpha=_SHARE, eps=_ANY, momentum=_ANY, weight_decay=_ANY)

    def init(self, params: Nest) -> RMSPropState:
        """Return zeros for every running mean in use."""
        return RMSPropState(
            _zeros(params),
            _zeros(params) if self.centered else None,
            _zeros(params) if self.momentum else None,
        )

    def step(self, params: Nest, gradient: Nest, state: RMSPropState) -> tuple[Nest, RMSPropState]:
        """Take one step; see the class."""

        def update(p: Any, g: Any, v: Any, mean: Any, buffer: Any) -> tuple[Any, ...]:
            g = _decayed(g, p, self.weight_decay)
            v = self.alpha * v + (1 - self.alpha) * g * g
            if self.centered:
                mean = _lerp(mean, g, 1 - self.alpha)
                scale = np.sqrt(v - mean * mean) + self.eps
            else:
                scale = np.sqrt(v) + self.eps
            if self.momentum:
                buffer = self.momentum * buffer + g / scale
                return p - self.lr * buffer, v, mean, buffer
            return p - self.lr * g / scale, v, mean, None

        params, squares, means, buffer = _each(
            update, params, gradient, state.squares, state.means, state.buffer
        )
        return params, RMSPropState(squares, means, buffer)


class AdamState(NamedTuple):
    """Steps taken, running means of g and g g, and the largest of the latter (AMSGrad) or None."""

    steps: int
    means: Nest
    squares: Nest
    largest: Nest | None


def _adam_init(params: Nest, amsgrad: bool) -> AdamState:
    return AdamState(0, _zeros(params), _zeros(params), _zeros(params) if amsgrad else None)


def _adam_step(
    optimizer: Adam | AdamW, decoupled: bool, params: Nest, gradient: Nest, state: AdamState
) -> tuple[Nest, AdamState]:
    b1, b2, count = optimizer.b1, optimizer.b2, state.steps + 1
    rate = optimizer.lr / (1 - b1**count)
    correction = (1 - b2**count) ** 0.5

    def update(p: Any, g: Any, m: Any, v: Any, largest: Any) -> tuple[Any, ...]:
        if decoupled:
            p = p * (1 - optimizer.lr * optimizer.weight_decay)
        else:
            g = _decayed(g, p, optimizer.weight_decay)
        m = _lerp(m, g, 1 - b1)
        v = b2 * v + (1 - b2) * g * g
        if optimizer.amsgrad:
            largest = np.maximum(largest, v)
        scale = np.sqrt(largest if optimizer.amsgrad else v) / correction + optimizer.eps
        return p - rate * m / scale, m, v, largest

    params, means, squares, largest = _each(
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
        _check(self, lr=_ANY, b1=_SHARE, b2=_SHARE, eps=_ANY, weight_decay=_ANY)

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
        _check(self, lr=_ANY, b1=_SHARE, b2=_SHARE, eps=_ANY, weight_decay=_ANY)

    def init(self, params: Nest) -> AdamState:
        """Return zero moments."""
        return _adam_init(params, self.amsgrad)

    def step(self, params: Nest, gradient: Nest, state: AdamState) -> tuple[Nest, AdamState]:
        """Take one step; see the class."""
        return _adam_step(self, True, params, gradient, state)


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "momentum": partial(SGD, momentum=0.9),
    "nesterov": partial(SGD, momentum=0.9, nesterov=True),
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
}
"""Optimizers by name."""


def optimizer(name: str, **overrides: Any) -> Optimizer:
    """Return the optimizer of a name, with settings of your own.

    Parameters
    ----------
    name : str
        A name of `OPTIMIZERS`.
    **overrides
        Fields of the optimizer, such as ``lr=0.01``.

    Raises
    ------
    UnknownNameError
        For a name that does not exist, with the nearest ones.
    UsageError
        For a setting that the optimizer does not have, or a value out of range.

    Examples
    --------
    >>> optimizer("momentum", lr=0.05)
    SGD(lr=0.05, momentum=0.9, dampening=0.0, nesterov=False, weight_decay=0.0)
    """
    if name not in OPTIMIZERS:
        raise unknown_name("optimizer", name, OPTIMIZERS, "difflab.nn.OPTIMIZERS")
    made: Any = OPTIMIZERS[name]
    settings = [field.name for field in fields(getattr(made, "func", made))]
    for key in overrides:
        if key not in settings:
            raise UsageError(
                f"optimizer {name!r} has no setting {key!r}",
                f"its settings are {', '.join(settings)}",
                f"difflab.nn.optimizer({name!r}, lr=0.01)",
            )
    return made(**overrides)
