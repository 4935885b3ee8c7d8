"""The record that `difflab.derivative` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.numeric.ladder.flags import Flag


@dataclass(frozen=True, eq=False)
class Derivative:
    """A derivative, its error bar and how both came about.

    For an array of x every field but ``evaluations`` and ``method`` is an array of its shape.

    Attributes
    ----------
    value : float
        The derivative; NaN or infinite where there is none.
    error : float
        Absolute error bar: the truth lies in ``value`` plus or minus it.
    evaluations : int
        Calls of f per entry of x; a vectorised call counts all its points.
    step : float
        The smallest step that entered the value; NaN where no step gave one.
    order : int
        Accuracy: the truncation error falls as this power of the step; 0 where no step did.
    method : str
        As it was asked for.
    noise : float
        Absolute error of one value of f near x, as estimated or given.
    flags : Flag
        Reasons to look twice; `Flag` says what each means. Integers for an array.
    left, right : float
        One-sided derivatives where a kink or jump makes them differ, else NaN.
    """

    value: Any
    error: Any
    evaluations: int
    step: Any
    order: Any
    method: str
    noise: Any
    flags: Any
    left: Any
    right: Any

    def __str__(self) -> str:
        if np.ndim(self.value):
            return self._of_array()
        told = [f"{_interval(self.value, self.error)} by {self._how()}"]
        if not (np.isnan(self.left) and np.isnan(self.right)):
            told.append(f"left {self.left:.6g}, right {self.right:.6g}")
        if self.flags:
            told.append(Flag(self.flags).words)
        return "; ".join(told)

    def _how(self) -> str:
        cost = f"{self.method}, {self.evaluations} evaluations"
        if np.isnan(self.step):
            return cost
        return f"{cost}, step {self.step:.2g}, order {self.order}, noise {self.noise:.1g}"

    def _of_array(self) -> str:
        flagged = int(np.count_nonzero(self.flags))
        errors = np.asarray(self.error)
        words = Flag(int(np.bitwise_or.reduce(np.ravel(self.flags), initial=0))).words
        return (
            f"{errors.size} derivatives by {self.method}, {self.evaluations} evaluations each, "
            f"error bars up to {np.max(errors, initial=0.0):.2g}"
            + (f"; {flagged} flagged: {words}" if flagged else "")
        )


def _interval(value: float, error: float) -> str:
    """Write value ± error with the digits that the error leaves."""
    if not (np.isfinite(value) and np.isfinite(error)) or error == 0:
        return f"{value:.17g} ± {error:.2g}"
    digits = 1
    if value != 0:
        digits = int(np.clip(np.floor(np.log10(abs(value))) - np.floor(np.log10(error)) + 2, 1, 17))
    return f"{value:.{digits}g} ± {error:.2g}"


def nothing(x: np.ndarray, method: str) -> Derivative:
    """Return the derivatives at no point at all."""
    none, whole = np.zeros(x.shape), np.zeros(x.shape, np.int64)
    return Derivative(none, none, 0, none, whole, method, none, whole, none, none)
