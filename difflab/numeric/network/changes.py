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

LARGE = 1.0
"""Beyond this move two losses may be subtracted: they differ by as much as they are."""


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


def binary_cross_entropy_change(outputs: Any, targets: Any, moves: Any, *, axis: int = -1) -> Any:  # noqa: ARG001
    """Change of softplus(z) - y z when the logit z moves by D.

    softplus(z + D) - softplus(z) = log(1 + sigmoid(z) (e^D - 1)).

    Examples
    --------
    >>> float(binary_cross_entropy_change(0.0, 1.0, 2.0**-60) * 2.0**60)
    -0.5
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        grown = np.log1p(sigmoid(outputs) * np.expm1(moves))
    grown = _far(grown, moves, lambda: softplus(outputs + moves) - softplus(outputs))
    return grown - targets * moves


def softmax_cross_entropy_change(outputs: Any, targets: Any, moves: Any, *, axis: int = -1) -> Any:
    """Change of -sum(y log softmax(z)) along ``axis`` when the logits z move by D.

    logsumexp(z + D) - logsumexp(z) = log(1 + sum(softmax(z) (e^D - 1))), and -y z changes by -y D.

    Returns
    -------
    array without ``axis``

    Examples
    --------
    >>> moves = np.array([2.0**-60, 0.0])
    >>> float(softmax_cross_entropy_change(np.zeros(2), np.array([1.0, 0.0]), moves) * 2.0**60)
    -0.5
    """
    total = logsumexp(outputs, axis=axis, keepdims=True)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        share = exponential(outputs - total)
        grown = np.log1p(np.sum(share * np.expm1(moves), axis=axis))
    largest = np.max(np.abs(moves), axis=axis)
    grown = _far(
        grown,
        largest,
        lambda: logsumexp(outputs + moves, axis=axis) - np.squeeze(total, axis=axis),
    )
    return np.sum(targets, axis=axis) * grown - np.sum(targets * moves, axis=axis)


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
