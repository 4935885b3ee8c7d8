"""Delta forms: how much a loss changes when its outputs move, without subtracting two losses.

A loss is of size 1 and its change of size h, so their difference has lost the digits of h. Written
as a function of the move D itself nothing cancels: (r + D)^2 - r^2 = D (2 r + D). Each function
returns what its loss returns, per entry or per sample, not reduced; none looks at a derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from difflab.functions import exponential, logsumexp, relu, sigmoid, softplus
from difflab.numeric.network.moves import relu_change

LARGE = 1.0
"""Beyond this move two losses are subtracted: they differ by as much as they are."""


def squared_error_change(outputs: Any, targets: Any, moves: Any, *, axis: int = -1) -> Any:  # noqa: ARG001
    """Change of (m - y)^2 when m moves by D: D (2 (m - y) + D).

    Parameters
    ----------
    outputs, targets, moves : array
        m, y and D; broadcast against one another, elementwise.
    axis : int
        Not used: every entry has its own loss.

    Returns
    -------
    array of the broadcast shape

    Examples
    --------
    >>> float(squared_error_change(3.0, 1.0, 2.0**-60) * 2.0**60)  # 4 D, where (2 + D)^2 is 4
    4.0
    """
    changed = outputs - targets
    changed *= 2
    changed += moves
    changed *= moves
    return changed


def half_squared_error_change(outputs: Any, targets: Any, moves: Any, *, axis: int = -1) -> Any:
    """Change of (m - y)^2 / 2 when m moves by D: half of `squared_error_change`.

    Examples
    --------
    >>> float(half_squared_error_change(3.0, 1.0, 2.0**-60) * 2.0**60)
    2.0
    """
    return squared_error_change(outputs, targets, moves, axis=axis) / 2


def absolute_change(outputs: Any, targets: Any, moves: Any, *, axis: int = -1) -> Any:  # noqa: ARG001
    """Change of |m - y| when m moves by D, as of relu(m - y) + relu(y - m); a kink at m = y.

    Examples
    --------
    >>> float(absolute_change(0.5, 1.0, 2.0**-60) * 2.0**60), float(absolute_change(0.5, 1.0, 2.0))
    (-1.0, 1.0)
    """
    apart, moves = np.asarray(outputs - targets), np.asarray(moves)
    return relu_change(apart, moves) + relu_change(-apart, -moves)


def huber_change(outputs: Any, targets: Any, moves: Any, *, axis: int = -1) -> Any:  # noqa: ARG001
    """Change of Huber's loss with delta = 1 when m moves by D; its slope bends where |m - y| is 1.

    With r = m - y, c = clip(r, -1, 1) the slope, and E the change of c, the loss is c (r - c / 2)
    and its change c D + E (r + D - c - E / 2): both terms are as small as D.

    Examples
    --------
    >>> float(huber_change(3.0, 1.0, 2.0**-60) * 2.0**60)
    1.0
    >>> float(huber_change(1.25, 1.0, 2.0**-60) * 2.0**60)
    0.25
    """
    apart, moves = np.asarray(outputs - targets), np.asarray(moves)
    slope = np.clip(apart, -1, 1)
    bent = relu_change(apart + 1, moves) - relu_change(apart - 1, moves)
    return slope * moves + bent * (apart + moves - slope - bent / 2)


def penalty_change(weights: Any, moves: Any, l2: float) -> Any:
    """Change of l2/2 times the square of a weight w that moves by D: l2 D (w + D/2).

    Examples
    --------
    >>> float(penalty_change(3.0, 2.0**-60, l2=0.5) * 2.0**60)
    1.5
    """
    return l2 * moves * (weights + moves / 2)


def binary_cross_entropy_change(outputs: Any, targets: Any, moves: Any, *, axis: int = -1) -> Any:  # noqa: ARG001
    """Change of softplus(z) - y z when the logit z moves by D.

    With s = sigmoid(z) it is log((1 - s) e^(-y D) + s e^((1 - y) D)): for a target of 0 or 1 one
    term does not move at all, so that nothing cancels where the network is sure, and right.

    Examples
    --------
    >>> float(binary_cross_entropy_change(0.0, 1.0, 2.0**-60) * 2.0**60)
    -0.5
    >>> round(float(binary_cross_entropy_change(100.0, 1.0, -1.0) * np.exp(100)), 6)  # e - 1
    1.718282
    """
    share = np.clip(targets, 0, 1)  # targets beyond 0 and 1 leave a linear rest
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        off, on = sigmoid(np.negative(outputs)), sigmoid(outputs)
        near = np.log1p(off * np.expm1(-share * moves) + on * np.expm1((1 - share) * moves))
    change = _far(
        near,
        moves,
        lambda: (
            share * (softplus(-outputs - moves) - softplus(np.negative(outputs)))
            + (1 - share) * (softplus(outputs + moves) - softplus(outputs))
        ),
    )
    return change + (share - targets) * moves


def softmax_cross_entropy_change(outputs: Any, targets: Any, moves: Any, *, axis: int = -1) -> Any:
    """Change of -sum(y log softmax(z)) along ``axis`` when the logits z move by D.

    With s = softmax(z), and d = sum(y D) / sum(y), the move of the target's own logits, it is
    sum(y) log(sum(s e^(D - d))): the target's term does not move, so that nothing cancels where
    the network is sure, and right.

    Returns
    -------
    array without ``axis``

    Examples
    --------
    >>> moves = np.array([2.0**-60, 0.0])
    >>> float(softmax_cross_entropy_change(np.zeros(2), np.array([1.0, 0.0]), moves) * 2.0**60)
    -0.5
    """
    logs = outputs - logsumexp(outputs, axis=axis, keepdims=True)
    weight = np.sum(targets, axis=axis, keepdims=True)
    weighted = np.sum(targets * moves, axis=axis, keepdims=True)
    own = weighted / np.where(weight == 0, 1, weight)
    apart = moves - own
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        near = np.log1p(np.sum(exponential(logs) * np.expm1(apart), axis=axis))
    grown = _far(near, np.max(np.abs(apart), axis=axis), lambda: logsumexp(logs + apart, axis=axis))
    weight, weighted = np.squeeze(weight, axis=axis), np.squeeze(weighted, axis=axis)
    return np.where(weight == 0, -weighted, weight * grown)


def hinge_change(outputs: Any, targets: Any, moves: Any, *, axis: int = -1) -> Any:  # noqa: ARG001
    """Change of max(0, 1 - y m) when the output m moves by D; a kink where the margin is 1.

    Examples
    --------
    >>> float(hinge_change(0.5, 1.0, 2.0**-60) * 2.0**60)
    -1.0
    """
    before = 1 - targets * outputs
    step = -targets * moves
    after = before + step
    both = (before > 0) & (after > 0)
    return np.where(both, step, relu(after) - relu(before))


def plain_change(of: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return the change of a loss without a delta form: two losses, subtracted.

    Parameters
    ----------
    of : callable
        ``of(outputs, targets)`` with the outputs along the last axis.

    Examples
    --------
    >>> change = plain_change(lambda m, y: np.abs(m - y))
    >>> change(np.array([[3.0]]), np.array([[1.0]]), np.array([[1.0]]), axis=0)
    array([[1.]])
    """

    def change(outputs: Any, targets: Any, moves: Any, *, axis: int = -1) -> Any:
        def at(values: Any) -> Any:
            wide = np.broadcast_shapes(np.shape(values), np.shape(targets))
            values, wanted = np.broadcast_to(values, wide), np.broadcast_to(targets, wide)
            found = of(np.moveaxis(values, axis, -1), np.moveaxis(wanted, axis, -1))
            return np.moveaxis(found, -1, axis) if np.ndim(found) == len(wide) else found

        return at(outputs + moves) - at(outputs)

    return change


def _far(near: Any, moves: Any, far: Callable[[], Any]) -> Any:
    """Use ``far()`` where a move is large, and hardly ever compute it."""
    if not np.any(np.abs(moves) > LARGE):
        return near
    return np.where(np.abs(moves) > LARGE, far(), near)
