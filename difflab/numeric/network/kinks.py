"""Kinks: which stencils of a network reach across one, counted and listed.

Where relu bends between two points of a stencil, or the hinge of a loss, the difference quotient is
no derivative of either side, and its error has no order. A mean over all coordinates would hide
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from difflab.numeric.network.forward import Activation, Forward, Layer, activation_kinks
from difflab.numeric.network.layered import SAMPLES, Steps, chunks, shifts
from difflab.numeric.network.moves import Workspace, loss_changes
from difflab.numeric.stencils import Stencil

Sides = list[np.ndarray]
"""On which side of its kinks everything was at one end of a move, then at the other, and so on."""


@dataclass
class _Watched:
    """An activation that notes on which sides of its kinks its arguments are."""

    activation: Activation
    kinks: tuple[float, ...]
    sides: Sides

    def __call__(self, z: np.ndarray) -> np.ndarray:
        self.sides.append(np.searchsorted(np.sort(self.kinks), z).astype(np.int8))
        return np.asarray(self.activation(z))


@dataclass
class _WatchedLoss:
    """A loss in delta form that notes on which side of its kink it is at both ends."""

    change: Callable[..., Any]
    kink: Callable[[Any, Any], Any]
    sides: Sides

    def __call__(self, outputs: Any, targets: Any, moves: Any, *, axis: int) -> Any:
        for ends in (outputs + moves, outputs):
            self.sides.append(np.asarray(self.kink(ends, targets) > 0))
        return self.change(outputs, targets, moves, axis=axis)


def crossings(state: Forward, stencil: Stencil, steps: Steps) -> list[np.ndarray]:
    """Count, for every parameter, the units and samples that cross a kink within its stencil.

    Parameters
    ----------
    state, stencil, steps
        As for `layered.gradient`.

    Returns
    -------
    list of ndarray of int, shape (fan_in + 1, fan_out)
        Per layer those of the weights, and of the biases in the last row.
    """
    sides: Sides = []
    found = [np.zeros((len(layer.inputs), layer.fan_out), int) for layer in state.layers]
    outermost = min(stencil.offsets), max(stencil.offsets)
    workspace = Workspace()
    for block in _blocks(state, sides):
        for number, layer in enumerate(block.layers):
            for rows in chunks(block, number):
                inputs, h = layer.inputs[rows], steps[number][rows]
                above = block.above(number, len(inputs))
                low, high = (shifts(float(offset), h, inputs) for offset in outermost)
                for unit in range(layer.fan_out):
                    crossed = _crossed(layer, above, unit, low, high, workspace, sides)
                    found[number][rows, unit] += _counted(crossed, len(inputs), block.samples)
    return found


def node_crossings(state: Forward, stencil: Stencil, steps: Sequence[float]) -> list[np.ndarray]:
    """The same for `node.gradient`: every weight of a unit shares the stencil of its sum.

    Only samples with an input that is not 0 count for its weight.
    """
    sides: Sides = []
    found = [np.zeros((len(layer.inputs), layer.fan_out), int) for layer in state.layers]
    outermost = min(stencil.offsets), max(stencil.offsets)
    workspace = Workspace()
    for block in _blocks(state, sides):
        for number, (layer, h) in enumerate(zip(block.layers, steps)):
            above, kind = block.above(number, 1), layer.sums.dtype
            low, high = (np.full(block.samples, float(o) * h, kind) for o in outermost)
            live = (layer.inputs != 0).astype(int)
            for unit in range(layer.fan_out):
                crossed = _crossed(layer, above, unit, low, high, workspace, sides)
                counts = (_rows(each).sum(axis=0) for each in crossed)
                found[number][:, unit] += live @ sum(counts, np.zeros(block.samples, int))
    return found


def _blocks(state: Forward, sides: Sides) -> Iterator[Forward]:
    """Blocks of samples of a network that notes sides."""
    layers = tuple(
        replace(layer, activation=_Watched(layer.activation, tuple(kinks), sides))
        if (kinks := activation_kinks(layer.activation))
        else layer
        for layer in state.layers
    )
    change = state.change if state.kink is None else _WatchedLoss(state.change, state.kink, sides)
    watched = replace(state, layers=layers, change=change)
    for start in range(0, state.samples, SAMPLES):
        yield watched.block(start, min(start + SAMPLES, state.samples))


def _crossed(
    layer: Layer,
    above: Forward,
    unit: int,
    low: np.ndarray,
    high: np.ndarray,
    workspace: Workspace,
    sides: Sides,
) -> list[np.ndarray]:
    """Where the two ends of a move lie on different sides, for every layer and the loss."""
    sides.clear()
    loss_changes(layer, above, unit, low, high, workspace)
    return [a != b for a, b in zip(sides[::2], sides[1::2])]


def _rows(crossed: np.ndarray) -> np.ndarray:
    return crossed if crossed.ndim == 2 else crossed[None]


def _counted(crossed: list[np.ndarray], moves: int, samples: int) -> Any:
    """Sum over units and samples, for each of the moves that lie side by side."""
    counts = (
        np.count_nonzero(_rows(each).reshape(-1, moves, samples), axis=(0, 2)) for each in crossed
    )
    return sum(counts, np.zeros(moves, int))
