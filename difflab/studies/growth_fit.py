"""Fitted growth laws: polynomial or exponential, and how surely.

Models of log T(n), with the size n as the only variable:

    polynomial     c + a log n            (+ d/n)
    exponential    c + n log b + k log n  (+ d/n),  k = 0, 1, 2, 3

The term d/n is what lower-order terms of a polynomial leave to first order. Each model is fitted
by least squares with weights n, since a law is about large sizes, and judged by how well it
*predicts*: fitted to the smaller sizes, it foretells the next, again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt

import numpy as np

FEWEST = 6
"""Sizes below which nothing is fitted: a model has up to three unknowns, and must predict."""

DECISIVE = 2.0
"""How many times worse the other kind of law must predict before one is named."""

STEEP = 4.0
"""Power of n that an exponential must outgrow within the data; below, few sizes cannot tell."""

MISSED = log(1.5)
"""A law that foretells the next size no better than to a factor of 1.5 is none."""

VAGUE = 2.0
"""An exponent with a wider interval is not determined; nor is a base whose interval reaches 1."""

PLAUSIBLE = 3.0
"""Models that predict at most so many times worse than the best have a say in the interval."""

DRIFT = 3.0
"""How far the change of an estimate towards larger sizes is continued beyond them."""

AMPLE = 12
"""Sizes below which the interval is widened in proportion."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model of log T: how many powers of n are fixed, whether a base is fitted, and d/n.

    Attributes
    ----------
    power : int or None
        k of an exponential law; None for a polynomial, whose degree is fitted.
    corrections : int
        How many of the terms 1/n, 1/n^2 it has.
    """

    power: int | None
    corrections: int

    @property
    def unknowns(self) -> int:
        """How many coefficients are fitted."""
        return 2 + self.corrections

    def design(self, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Columns of the least-squares problem, and what is subtracted from log T before."""
        leading = np.log(n) if self.power is None else n
        columns = [np.ones_like(n), leading, *(n**-k for k in range(1, self.corrections + 1))]
        return np.stack(columns, axis=1), (self.power or 0) * np.log(n)


POLYNOMIALS = (Model(None, 0), Model(None, 1), Model(None, 2))
EXPONENTIALS = tuple(Model(power, corrections) for power in range(4) for corrections in (0, 1))


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted growth law T(n) = factor n^exponent base^n.

    Attributes
    ----------
    exponential : bool
        Whether the base was fitted, and not the exponent.
    log_factor, exponent, base : float
        Of the model that predicts best.
    interval : (float, float)
        For the base of an exponential, for the exponent of a polynomial.
    """

    exponential: bool
    log_factor: float
    exponent: float
    base: float
    interval: tuple[float, float]


def fit_law(sizes: Sequence[int], counts: Sequence[int]) -> Fit | None:
    """Decide between a polynomial and an exponential law; None where the sizes do not tell.

    The interval joins the estimates of all plausible models, over all sizes and without up to half
    of the smallest, with the 95 % t-interval of the best model of each; continues the drift of the
    best estimate towards large sizes `DRIFT` times; and is widened for fewer than `AMPLE` sizes.
    It is meant to hold the truth for about 19 laws of 20, lower-order terms included.

    Parameters
    ----------
    sizes : sequence of int
        Positive and increasing.
    counts : sequence of int
        Positive; may exceed the range of floats.

    Examples
    --------
    >>> sizes = range(2, 13)
    >>> found = fit_law(sizes, [round(1.618**n * n + 5 * n) for n in sizes])
    >>> found.exponential, found.interval[0] < 1.618 < found.interval[1]
    (True, True)
    """
    if len(sizes) < FEWEST:
        return None
    n = np.array(sizes, dtype=float)
    y = np.array([log(count) for count in counts])
    steep = [model for model in EXPONENTIALS if n[-1] * _fitted(model, n, y)[1] > 1]
    polynomial = min(_misses(POLYNOMIALS[:2], n, y).values())
    exponential = min(_misses(steep, n, y).values(), default=inf)
    if min(polynomial, exponential) > MISSED:
        return None
    slope = (y[-1] - y[-2]) / log(n[-1] / n[-2])
    if DECISIVE * polynomial < exponential:
        return _fit(POLYNOMIALS, n, y)
    if DECISIVE * exponential < polynomial and slope >= STEEP:
        return _fit(EXPONENTIALS, n, y)
    return None


def _fitted(model: Model, n: np.ndarray, y: np.ndarray) -> np.ndarray:
    columns, known = model.design(n)
    weights = n / n[-1]
    return np.linalg.lstsq(columns * weights[:, None], (y - known) * weights, rcond=None)[0]


def _half_width(model: Model, n: np.ndarray, y: np.ndarray) -> float:
    """Of the 95 % t-interval of the second coefficient."""
    from scipy.special import stdtrit

    columns, known = model.design(n)
    weights = n / n[-1]
    columns, right = columns * weights[:, None], (y - known) * weights
    residual = right - columns @ _fitted(model, n, y)
    freedom = len(n) - model.unknowns
    variance = np.linalg.inv(columns.T @ columns)[1, 1] * (residual @ residual) / freedom
    return float(sqrt(max(variance, 0.0)) * stdtrit(freedom, 0.975))


def _misses(models: Sequence[Model], n: np.ndarray, y: np.ndarray) -> dict[Model, float]:
    """How far each model misses the next size, root mean square over the larger half, in log T."""
    return {model: _miss(model, n, y) for model in models if model.unknowns < len(n)}


def _miss(model: Model, n: np.ndarray, y: np.ndarray) -> float:
    misses = []
    for known in range(max(model.unknowns, len(n) // 2), len(n)):
        coefficients = _fitted(model, n[:known], y[:known])
        columns, before = model.design(n[known : known + 1])
        misses.append((columns @ coefficients + before)[0] - y[known])
    return float(np.sqrt(np.mean(np.square(misses))))


def _fit(models: Sequence[Model], n: np.ndarray, y: np.ndarray) -> Fit | None:
    """Estimate and interval from the models of one kind; None where the interval says nothing."""
    estimates: list[float] = []
    centres: list[float] = []
    for start in range(len(n) // 2 + 1):
        if len(n) - start < FEWEST - 1:
            break
        window = n[start:], y[start:]
        misses = _misses(models, *window)
        best = min(misses, key=misses.__getitem__)
        plausible = [model for model in misses if misses[model] <= PLAUSIBLE * misses[best]]
        estimates += [float(_fitted(model, *window)[1]) for model in plausible]
        centres.append(float(_fitted(best, *window)[1]))
        half = _half_width(best, *window)
        estimates += [centres[-1] - half, centres[-1] + half]
    estimates.append(centres[-1] + DRIFT * (centres[-1] - centres[0]))
    widening = max(1.0, AMPLE / len(n))
    centre = centres[0]
    low = centre - widening * (centre - min(estimates))
    high = centre + widening * (max(estimates) - centre)

    misses = _misses(models, n, y)
    best = min(misses, key=misses.__getitem__)
    factor = float(_fitted(best, n, y)[0])
    if best.power is None:
        return Fit(False, factor, centre, 1.0, (low, high)) if high - low <= VAGUE else None
    return (
        None
        if low <= 0
        else Fit(True, factor, float(best.power), exp(centre), (exp(low), exp(high)))
    )
