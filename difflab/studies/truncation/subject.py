"""What the truncation study differentiates: one function of one number, and the truth about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from difflab.errors import UsageError

HIGHEST = 11
"""Highest derivative that the theory of a scheme asks for: p + 3 of the eighth order."""

POINTS = 200
"""The error is a root mean square over this many points; one point can be thirty times luckier."""

SPREAD = 0.5
"""The points lie uniformly within this distance of the middle one, which comes first."""

SEED = 0

Taylor = Callable[[float], tuple[Any, ...]]
"""f, in extended precision, and its derivatives up to `HIGHEST` at one point."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A function of one number.

    Attributes
    ----------
    title : str
        Such as ``"dL/dw2 of simplest"``.
    variable : str
        The number's name.
    function : callable
        Elementwise, on real arrays of ``dtype`` and, for the complex step, on complex ones.
    taylor : callable
        Value and derivatives up to `HIGHEST` at a point, from arithmetic finer than ``dtype``.
    points : ndarray of ``dtype``, shape (m,)
        The first is the point that was asked for.
    dtype : str
    truth : str
        How ``taylor`` knows.
    parameters, batch : int
        P and the number of samples of the loss behind it.
    scale : float
        Longest step that is tried, a power of two: twice the reach of the points.
    """

    title: str
    variable: str
    function: Callable[[Any], Any]
    taylor: Taylor
    points: np.ndarray
    dtype: str
    truth: str
    parameters: int = 1
    batch: int = 1
    scale: float = 1.0
    _known: dict[float, tuple[Any, ...]] = field(default_factory=dict, repr=False)

    def derivative(self, x: float, order: int) -> Any:
        """Return the true derivative of an order at a point; each point is computed once.

        Examples
        --------
        >>> cosines = lambda x: tuple(np.cos(x + n * np.pi / 2) for n in range(HIGHEST + 1))
        >>> subject = Subject("", "x", np.cos, cosines, np.zeros(2), "float64", "")
        >>> round(float(subject.derivative(0.0, 2)), 6)
        -1.0
        """
        if x not in self._known:
            self._known[x] = self.taylor(x)
        return self._known[x][order]

    def exact(self, order: int) -> np.ndarray:
        """Return a derivative at all points, shape (m,)."""
        return np.array([self.derivative(float(x), order) for x in self.points])

    @property
    def noise(self) -> float | None:
        """eps_f, the root mean square error of one value; None where nothing finer can tell it.

        How far values lie from the truth is seen without taking any derivative, so that an
        asymptote made of it is still no fit.
        """
        if np.finfo(np.longdouble).eps >= np.finfo(self.dtype).eps:
            return None
        errors = np.asarray(self.function(self.points), np.longdouble) - self.exact(0)
        return rms(errors.astype(float)) or None


def rms(values: np.ndarray) -> float:
    """Root mean square.

    Examples
    --------
    >>> rms(np.array([3.0, -4.0, 0.0, 0.0]))
    2.5
    """
    return float(np.sqrt(np.mean(np.square(values))))


def points_around(at: float, count: int, spread: float = SPREAD) -> np.ndarray:
    """Return seeded points around one, which comes first; shape (count,).

    Raises
    ------
    UsageError
        For fewer points than two.

    Examples
    --------
    >>> points = points_around(3.0, 200)
    >>> float(points[0]), bool(np.all(abs(points - 3) <= 0.5))
    (3.0, True)
    """
    if count < 2:
        raise UsageError(
            f"{count} point{'s' * (count != 1)} give no curve",
            "the error is a root mean square over points, since a single one can be lucky",
            f"points={POINTS}, --points {POINTS} on the command line",
        )
    around = np.random.default_rng(SEED).uniform(-spread, spread, count)
    around[0] = 0.0
    return at + around
