"""Three ways to difference the same samples: symmetric, from the right, from the left."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import Literal, NamedTuple

import numpy as np

from difflab.numeric.ladder import noise
from difflab.numeric.ladder.agreement import SHARE, choose
from difflab.numeric.ladder.tableau import Rows, extrapolate, previous


@dataclass(frozen=True, slots=True)
class Ladder:
    """Samples around N points, from coarse to fine; all of shape (L, N), center of shape (N,).

    Attributes
    ----------
    center, right, left
        f(x), f(x + h), f(x - h); NaN where not finite.
    ahead, behind
        The steps as taken, (x + h) - x and x - (x - h).
    rounding
        Error of one value of a well-conditioned f.
    saw
        Height of the teeth that rounding cuts into f; see `difflab.numeric.ladder.regimes`.
    blur
        What rounding may do to x inside f; shape (N,).
    coarse
        Whether the values are quantised, or of a lower precision than their type; shape (N,).
    known
        Error of one value if the caller gave it, else NaN; shape (N,).
    """

    center: np.ndarray
    right: np.ndarray
    left: np.ndarray
    ahead: np.ndarray
    behind: np.ndarray
    rounding: np.ndarray
    saw: np.ndarray
    blur: np.ndarray
    coarse: np.ndarray
    known: np.ndarray


class Differences(NamedTuple):
    """Differences g, their variable t, the noise in g and the drift of the derivative; (L, N)."""

    g: np.ndarray
    t: np.ndarray
    noise: np.ndarray
    drift: np.ndarray


class Estimate(NamedTuple):
    """What one family of differences says; arrays of shape (N,).

    Attributes
    ----------
    value, error : NaN and infinite where the differences do not settle
    noise : error of one value of f that the bar is built on
    rounding : the same from rounding alone
    step : the smallest step used
    order : accuracy of the extrapolated difference
    rows, rung : the best entry of every rung, and the rung chosen
    raw : the differences themselves
    steps : of the rungs
    levels, rounded : noise of one value at every rung, and its part from rounding alone
    drift : what rounding x inside f makes; every rung suffers it alike, so none shows it
    """

    value: np.ndarray
    error: np.ndarray
    noise: np.ndarray
    rounding: np.ndarray
    step: np.ndarray
    order: np.ndarray
    rows: Rows
    rung: np.ndarray
    raw: Differences
    steps: np.ndarray
    levels: np.ndarray
    rounded: np.ndarray
    drift: np.ndarray


Side = Literal["right", "left"]


def compact(valid: np.ndarray, *arrays: np.ndarray) -> list[np.ndarray]:
    """Move valid rungs to the front of every column, in order; NaN behind them."""
    if np.all(valid):
        return list(arrays)
    order = np.argsort(~valid, axis=0, kind="stable")
    at = order, np.arange(valid.shape[1])
    return [np.where(valid[at], a[at], np.nan) for a in arrays]


def symmetric(
    ladder: Ladder, n: int = 1, share: float = SHARE, barred: np.ndarray | None = None
) -> Estimate:
    """Estimate the n-th derivative from f(x + h) and f(x - h), but from no barred rung."""
    valid = np.isfinite(ladder.right) & np.isfinite(ladder.left)
    right, left, ahead, behind, rounding, saw = compact(
        valid,
        ladder.right,
        ladder.left,
        ladder.ahead,
        ladder.behind,
        ladder.rounding,
        ladder.saw,
    )
    h = (ahead + behind) / 2
    with np.errstate(all="ignore"):
        odd = (right - left) / (ahead + behind)
        bent = ((right - ladder.center) - (ladder.center - left)) / h
        even = bent / h
        rounding = np.fmax(rounding, ladder.blur * np.abs(odd))
        t = (h / h[:1]) ** 2  # relative, because squares of small steps underflow
        seen = np.fmax(
            noise.residuals(odd, t, h), noise.residuals((right + left) / 2, t, np.ones_like(h))
        )
        level = _level(seen, rounding, saw, h, ladder.known)
        g, base = (odd, level / h) if n % 2 else (even, 4 * level / h / h)
        m = (n - 1) // 2
        # odd is the sum of f_k t^((k-1)/2) / k! over odd k, even twice that over even k
        factor = factorial(n) / (2 - n % 2) / h[0] ** (2 * m)
        if n == 1:
            drift = ladder.blur / h * np.abs(bent)  # where even overflows, this need not
        else:
            bend = factorial(n + 1) / (1 + n % 2) * _slope(odd if n == 2 else even, h * h)
            drift = ladder.blur * np.abs(bend)
    found = Differences(g, t, base, drift)
    return _chosen(found, factor, level, rounding, h, 2, m, share, barred)


def one_sided(ladder: Ladder, side: Side, n: int = 1, share: float = SHARE) -> Estimate:
    """Estimate the n-th derivative from f(x) and the values on one side."""
    sign = 1.0 if side == "right" else -1.0
    values = ladder.right if side == "right" else ladder.left
    taken = ladder.ahead if side == "right" else ladder.behind
    values, h, rounding, saw = compact(
        np.isfinite(values), values, taken, ladder.rounding, ladder.saw
    )
    with np.errstate(all="ignore"):
        g = sign * (values - ladder.center) / h
        rounding = np.fmax(rounding, ladder.blur * np.abs(g))
        t = h / h[:1]
        level = _level(noise.residuals(g, t, h), rounding, saw, h, ladder.known)
        factor = sign ** (n - 1) * factorial(n) / h[0] ** (n - 1)
        drift = ladder.blur * factorial(n + 1) * np.abs(_slope(g, h)) * (n == 1)
    found = Differences(g, t, 2 * level / h, drift)
    return _chosen(found, factor, level, rounding, h, 1, n - 1, share)


def _slope(g: np.ndarray, t: np.ndarray) -> np.ndarray:
    return (g - previous(g)) / (t - previous(t))


def _level(
    seen: np.ndarray, rounding: np.ndarray, saw: np.ndarray, h: np.ndarray, known: np.ndarray
) -> np.ndarray:
    level = noise.floor(seen, np.fmax(rounding, saw), h)
    return np.where(np.isnan(known), level, np.fmax(known, rounding))


def _chosen(
    raw: Differences,
    factor: np.ndarray,
    level: np.ndarray,
    rounding: np.ndarray,
    h: np.ndarray,
    power: int,
    m: int,
    share: float,
    barred: np.ndarray | None = None,
) -> Estimate:
    """Take the rung that is to be believed; ``power`` of h per column."""
    rows = extrapolate(raw.g, raw.t, raw.noise, m)
    rows = rows._replace(
        value=factor * rows.value,
        error=np.abs(factor) * rows.error,
        noise=np.abs(factor) * rows.noise,
        plain=factor * rows.plain,
        plain_noise=np.abs(factor) * rows.plain_noise,
    )
    if barred is not None:
        rows = rows._replace(error=np.where(barred, np.inf, rows.error))
    rung = choose(rows, share)
    none = rung < 0
    at = np.maximum(rung, 0), np.arange(len(rung))

    def pick(a: np.ndarray, missing: float) -> np.ndarray:
        return np.where(none, missing, a[at])

    column = pick(rows.column, 0)
    return Estimate(
        pick(rows.value, np.nan),
        pick(rows.error, np.inf),
        pick(level, np.nan),
        pick(rounding, np.nan),
        pick(h, np.nan),
        np.where(none, 0, power * (column - m + 1)).astype(int),
        rows,
        rung,
        raw,
        h,
        level,
        rounding,
        np.nan_to_num(pick(raw.drift, 0.0)),
    )
