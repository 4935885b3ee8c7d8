"""Edges: points of a stencil where the loss is no finite number, beside a point where it is.

log beside 0, a square root at 0, an overflow: there the stencil of the same order on the finite
side takes the place of the one that reaches out, and the entry is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.numeric.choose import on_side
from difflab.numeric.quotient import difference
from difflab.numeric.stencils import Side, Stencil
from difflab.numeric.steps import unit_roundoff

SIDES: dict[Side, str] = {"forward": "above", "backward": "below"}

TOLERANCE = 1e-2
"""Relative change of a slope by half the step: where a step fits, it is far smaller."""

NOISE = 64.0
"""Rounding error of a quotient that is allowed for, in units of its bound."""


@dataclass(frozen=True, slots=True)
class Edge:
    """An entry of the gradient whose stencil meets a loss that is not finite.

    Attributes
    ----------
    name : str
        The coordinate: ``params['w'][1]``.
    at : float
        Its value.
    point : float
        The nearest shifted value at which the loss is not finite.
    loss : float
        The loss there: NaN or an infinity.
    side : {"forward", "backward"} or None
        Of the stencil that answered instead; None where there is no answer: the loss is finite on
        neither side, or the slope there depends on the step, as that of a square root at 0.
    """

    name: str
    at: float
    point: float
    loss: float
    side: Side | None

    def __str__(self) -> str:
        where = "below" if self.point < self.at else "above"
        answer = "the entry is NaN"
        if self.side is not None:
            answer = f"its slope is taken from {SIDES[self.side]}"
        return (
            f"{where} {self.name} = {self.at:.6g} the loss is {self.loss}, at {self.point:.6g}; "
            f"{answer}"
        )


def at_edge(
    f: Callable[[Any], Any], x: Any, step: Any, stencil: Stencil, value: Any, name: str
) -> tuple[Any, Edge | None]:
    """Differentiate a function of one variable that may not be finite on one side.

    Parameters
    ----------
    f : callable
        Of one scalar, returns one number, maybe NaN or infinite.
    x, step : float
    stencil : Stencil
        The one to use where all its points are finite.
    value : float
        f(x), finite.
    name : str
        What to call x.

    Returns
    -------
    slope : float
        NaN where the other side fails too, or half the step changes the slope by more than 1 %.
    edge : Edge or None
        None where all points of the stencil are finite.

    Examples
    --------
    >>> from difflab.numeric.stencils import SCHEMES
    >>> f, x = (lambda x: np.sqrt(x) + x), 2.0**-10
    >>> slope, edge = at_edge(f, x, 2.0**-9, SCHEMES["central-8"], f(x), "x")
    >>> print(edge)
    below x = 0.000976562 the loss is nan, at -0.000976562; the entry is NaN
    >>> slope, edge = at_edge(lambda x: x / (x >= 1), 1.0, 2.0**-9, SCHEMES["central"], 1.0, "x")
    >>> print(slope, edge)
    1.0 below x = 1 the loss is inf, at 0.998047; its slope is taken from above
    """
    x, h = np.asarray(x)[()], np.asarray(step, np.asarray(x).dtype)[()]
    with np.errstate(all="ignore"):  # the caller did not choose these points
        points = {o: x + np.asarray(o, h.dtype) * h for o in stencil.offsets if o}
        losses = {o: f(point) for o, point in points.items()}
        outside = [o for o, found in losses.items() if not np.isfinite(found)]
        if not outside:
            return difference(f, x, h, stencil, value), None
        side: Side | None = None
        slope: Any = np.nan
        if all(o < 0 for o in outside):
            side = "forward"
        elif all(o > 0 for o in outside):
            side = "backward"
        if side is not None:
            other = on_side(stencil, side)
            slope, half = (difference(f, x, part, other, value) for part in (h, h / 2))
            rounding = NOISE * unit_roundoff(x.dtype) * abs(value) * other.roundoff_constant / h
            if not abs(slope - half) <= TOLERANCE * abs(slope) + float(rounding):
                slope, side = np.nan, None
    nearest = min(outside, key=lambda o: abs(float(o)))
    edge = Edge(name, float(x), float(points[nearest]), float(losses[nearest]), side)
    return slope, edge
