"""Following the move of one unit up to the loss: only what lies above it is evaluated again.

If z_l[j] moves between two ends, column j of the layer's outputs moves, the next layer gains a
rank-one term, and only layers above that need a matrix product. Carried upward are the value at the
lower end and the *difference* of the two ends, so that nothing the size of the network's output, or
of its loss, is ever subtracted.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from difflab.numeric.network.forward import Forward, Layer


class Workspace:
    """Arrays that are used again from call to call: filling them is quicker than making them.

    Examples
    --------
    >>> workspace = Workspace()
    >>> first = workspace.array("sums", (2, 3), np.dtype(float))
    >>> np.shares_memory(first, workspace.array("sums", (6,), np.dtype(float)))
    True
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, np.dtype[Any]], np.ndarray] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
        """An array with whatever was in it."""
        size = math.prod(shape)
        kept = self._kept.get((name, dtype))
        if kept is None or kept.size < size:
            kept = self._kept[name, dtype] = np.empty(size, dtype)
        return kept[:size].reshape(shape)

    def repeated(self, name: str, row: np.ndarray, size: int) -> np.ndarray:
        """A row end to end until there are so many entries."""
        if row.size == size:
            return row
        array = self.array(name, (size,), row.dtype)
        array.reshape(-1, row.size)[:] = row
        return array


def relu_change(sums: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Change of relu when its argument z moves by d, without subtracting two values of it.

    The function is straight on either side of its kink, so rounding does not grow as 1/h, and steps
    may be so short that few of them reach across.

    Parameters
    ----------
    sums, moves : ndarray, same shape
        z and d.

    Returns
    -------
    ndarray
        d where both ends are on, 0 where both are off; z + d or -z where only one is on.

    Examples
    --------
    >>> relu_change(np.array([1.0, -1.0, -1e-9, 0.5]), np.array([1e-20, 1e-20, 2e-9, -1.0]))
    array([ 1.e-20,  0.e+00,  1.e-09, -5.e-01])
    """
    up = np.minimum(np.maximum(sums + moves, 0), moves)
    down = np.maximum(np.minimum(-sums, 0), moves)
    return np.where(moves < 0, down, up)


def rectified_change(sums: np.ndarray, moves: np.ndarray, leak: float) -> np.ndarray:
    """Change of relu(z) - leak relu(-z) when z moves by d: as exact as that of relu.

    Parameters
    ----------
    sums, moves : ndarray, same shape
        z and d.
    leak : float
        Slope below 0; 0 for relu itself.

    Examples
    --------
    >>> rectified_change(np.array([1.0, -1.0, -1.0]), np.array([1e-20, 1e-20, 3.0]), 0.01)
    array([1.00e-20, 1.00e-22, 2.01e+00])
    """
    if not leak:
        return relu_change(sums, moves)
    changed = relu_change(-sums, -moves)
    changed *= -leak
    changed += relu_change(sums, moves)
    return changed


def loss_changes(
    own: Layer,
    above: Forward,
    unit: int,
    low: np.ndarray | None,
    high: np.ndarray,
    workspace: Workspace,
) -> np.ndarray:
    """Change of every sample's loss between two ends of a move of one unit.

    Parameters
    ----------
    own : Layer
        The layer of the unit.
    above : Forward
        The layers above it, and the targets; on the samples of ``own``, maybe several times over.
    unit : int
        Whose sum z moves.
    low, high : ndarray, shape (samples of above,)
        By how much at either end; ``low`` is None for no move at all.
    workspace : Workspace

    Returns
    -------
    ndarray, shape (samples,) or (outputs, samples)
        float64 or wider: loss at ``high`` less that at ``low``, not reduced.
    """
    base, moved = _own_ends(own, unit, low, high, workspace)
    if above.layers:
        return _through(above, unit, base, moved, workspace)
    return _at_an_output(above, unit, base, moved)


def _own_ends(
    own: Layer, unit: int, low: np.ndarray | None, high: np.ndarray, workspace: Workspace
) -> tuple[np.ndarray | None, np.ndarray]:
    """How far the unit's output moves to the low end, and from there to the high one."""
    if own.linear:
        return low, high if low is None else high - low
    sums = workspace.repeated("sums", own.sums[unit], high.size)
    if own.leak is not None:
        if low is None:
            return None, rectified_change(sums, high, own.leak)
        base = rectified_change(sums, low, own.leak)
        return base, rectified_change(sums + low, high - low, own.leak)
    home = workspace.repeated("home", own.outputs[unit], high.size)
    ends = workspace.array("high", high.shape, sums.dtype)
    moved = own.apply(np.add(sums, high, out=ends))
    if low is None:
        moved -= home
        return None, moved
    ends = workspace.array("low", low.shape, sums.dtype)
    base = own.apply(np.add(sums, low, out=ends))
    moved -= base
    base -= home
    return base, moved


def _at_an_output(
    above: Forward, unit: int, base: np.ndarray | None, moved: np.ndarray
) -> np.ndarray:
    """The unit is an output of the network; the others stay."""
    targets = above.targets
    if above.separable:
        here = above.outputs[unit].astype(targets.dtype)
        here = here if base is None else here + base
        return np.asarray(above.change(here, targets[unit], moved.astype(targets.dtype), axis=0))
    low = above.outputs.astype(targets.dtype)
    if base is not None:
        low[unit] += base
    moves = np.zeros_like(low)
    moves[unit] = moved
    return np.asarray(above.change(low, targets, moves, axis=0))


def _through(
    above: Forward,
    unit: int,
    base: np.ndarray | None,
    moved: np.ndarray,
    workspace: Workspace,
) -> np.ndarray:
    """Output ``unit`` of the layer below moves: by ``base`` at the low end, and ``moved`` more."""
    first, *others = above.layers
    column, dtype = first.weights[unit][:, None], first.sums.dtype
    move = np.multiply(column, moved, out=workspace.array("move", first.sums.shape, dtype))
    low = None
    if base is not None:
        low = np.multiply(column, base, out=workspace.array("base", first.sums.shape, dtype))
        low += first.sums
    low, move = _activated(first, low, move)
    for layer in others:
        rising = layer.weights.T
        move = rising @ move
        low = low if low is None else rising @ low + layer.biases
        low, move = _activated(layer, low, move)
    wide = above.targets.dtype
    outputs = (above.outputs if low is None else low).astype(wide, copy=False)
    return np.asarray(above.change(outputs, above.targets, move.astype(wide, copy=False), axis=0))


def _activated(
    layer: Layer, low: np.ndarray | None, move: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray]:
    """Apply the activation at both ends; sums may be overwritten."""
    if layer.linear:
        return low, move
    if layer.leak is not None:
        changed = rectified_change(layer.sums if low is None else low, move, layer.leak)
        return low if low is None else layer.apply(low), changed
    move += layer.sums if low is None else low
    high = layer.apply(move)
    low = low if low is None else layer.apply(low)
    high -= layer.outputs if low is None else low
    return low, high
