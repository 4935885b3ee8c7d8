"""What the truncation study differentiates: one function of one number, and the truth about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

HIGHEST = 11
"""Highest derivative that the theory of a scheme asks for: p + 3 of the eighth order."""

POINTS = 200
"""The error is a root mean square over this many points; one point can be thirty times luckier."""

Taylor = Callable[[float], tuple[Any, ...]]
"""f, in extended precision, and its derivatives up to `HIGHEST` at one point."""


class Engine(NamedTuple):
    """A way to the same derivative without any difference.

    Attributes
    ----------
    name : str
        "forward mode" or "reverse mode".
    evaluations : float
        What it costs in evaluations of the function, about.
    derivatives : callable
        Of points, shape (m,), to f' there, shape (m,).
    """

    name: str
    evaluations: float
    derivatives: Callable[[np.ndarray], np.ndarray]


def forward_mode(f: Callable[[Any], Any]) -> Engine:
    """Differentiate a traceable function at every point by forward-mode autodiff.

    Examples
    --------
    >>> forward_mode(np.exp).derivatives(np.zeros(2))
    array([1., 1.])
    """
    from difflab.autodiff import jvp

    def slope(x: Any) -> float:
        with np.errstate(all="ignore"):
            return float(np.asarray(jvp(f, x, np.ones_like(x))[1]))

    return Engine("forward mode", 2, lambda points: np.array([slope(x) for x in points]))


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
    engines : tuple of Engine
        Exact derivatives to compare with; empty where none can follow the function.
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
    engines: tuple[Engine, ...] = ()
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

        It is 0 where every value is exact, as those of f(x) = x.

        How far values lie from the truth is seen without taking any derivative, so that an
        asymptote made of it is still no fit.
        """
        if np.finfo(np.longdouble).eps >= np.finfo(self.dtype).eps:
            return None
        errors = np.asarray(self.function(self.points), np.longdouble) - self.exact(0)
        return rms(errors.astype(float))


def rms(values: np.ndarray) -> float:
    """Root mean square.

    Examples
    --------
    >>> rms(np.array([3.0, -4.0, 0.0, 0.0]))
    2.5
    """
    return float(np.sqrt(np.mean(np.square(values))))
