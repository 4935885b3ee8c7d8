"""From three estimates to one answer: kinks, jumps, edges, singularities and noise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from difflab.numeric.ladder.families import Estimate, Ladder, one_sided, symmetric
from difflab.numeric.ladder.flags import Flag
from difflab.numeric.ladder.regimes import SHARP, finer_scale, flat_island
from difflab.numeric.ladder.sides import infinite_slope, jumps, present, wild

NOISY = 64
"""Noise this many times that of rounding is worth a flag."""

SUDDEN = 1e4
"""Growth of a deviation from one rung to the next that no power of the step explains."""

HOPELESS = 0.3
"""Noise relative to the range of f above which nothing is known about its slope."""

APART = 4.0
"""Error bars between left and right slope that make a kink."""


SAFETY = 3.0
"""Bars are made wider by this: noise that grows away from x is seen too late."""


class Judgement(NamedTuple):
    """The answer for N points; arrays of shape (N,). ``width`` is that of a finer scale, or NaN."""

    value: np.ndarray
    error: np.ndarray
    step: np.ndarray
    order: np.ndarray
    noise: np.ndarray
    flags: np.ndarray
    left: np.ndarray
    right: np.ndarray
    width: np.ndarray


def judge(ladder: Ladder, n: int) -> Judgement:
    """Weigh the symmetric and the one-sided estimates of the n-th derivative."""
    both = symmetric(ladder, n, barred=_straddling(ladder, n))
    right, left = one_sided(ladder, "right", n), one_sided(ladder, "left", n)
    has_right, has_left = present(ladder.right, ladder.ahead), present(ladder.left, ladder.behind)
    edge = has_right != has_left
    found = _mixed(edge, _mixed(has_right, right, left), both)

    jump_right = has_right & jumps(ladder.right, ladder)
    jump_left = has_left & jumps(ladder.left, ladder)
    jump = jump_right | jump_left
    unsettled = (has_right & wild(right)) | (has_left & wild(left))
    for m in range(1, n):
        unsettled |= ~edge & _breaks(ladder, m)
    kink = ~(edge | jump | unsettled) & _apart(both, right, left, n)
    singular = ~(jump | kink) & (unsettled | ~np.isfinite(found.error))
    smooth = ~(jump | kink | singular)

    middle = right.value / 2 + left.value / 2  # a sum could overflow
    with np.errstate(all="ignore"):
        reach = np.abs(right.value - middle) + right.error + left.error
        error = np.where(kink, reach, SAFETY * found.error) + np.nan_to_num(found.drift)
        error = np.fmax(error, _of_mere_noise(ladder, found.noise, n))
        error = np.fmax(error, np.finfo(error.dtype).smallest_subnormal)
    value = np.where(kink, middle, found.value)
    value = np.where(singular, infinite_slope(right, left, has_right, has_left), value)
    value, error = np.where(jump, np.nan, value), np.where(jump | singular, np.inf, error)

    width = finer_scale(found)
    with np.errstate(all="ignore"):
        noisy = ladder.coarse | (found.noise > NOISY * found.rounding)
        raised = {
            Flag.KINK: kink,
            Flag.JUMP: jump,
            Flag.SINGULAR: singular,
            Flag.NOISE: noisy | (~edge & _noise_above(both)),
            Flag.ABRUPT: smooth & ~edge & _abrupt(both),
            Flag.MULTISCALE: smooth & np.isfinite(width),
            Flag.DOMAIN: ~(has_right & has_left),
            Flag.BELOW_RESOLUTION: ~kink & np.isfinite(value) & (np.abs(value) <= error),
        }
    return Judgement(
        value=value,
        error=error,
        step=found.step,
        order=found.order,
        noise=found.noise,
        flags=np.sum([mask * int(flag) for flag, mask in raised.items()], axis=0),
        left=np.where((kink | jump) & ~jump_left, left.value, np.nan),
        right=np.where((kink | jump) & ~jump_right, right.value, np.nan),
        width=np.where(np.isnan(width), flat_island(ladder), width),
    )


def _mixed(mask: np.ndarray, one: Estimate, other: Estimate) -> Estimate:
    """Take one estimate where the mask is true, else the other."""

    def mixed(a: Any, b: Any) -> Any:
        if isinstance(a, tuple):
            return type(a)(*(mixed(*pair) for pair in zip(a, b)))
        return np.where(mask, a, b)

    return mixed(one, other)


def _straddling(ladder: Ladder, n: int) -> np.ndarray | None:
    """Return the rungs over which a lower derivative differs from side to side; (L, N).

    Beside a kink at 1e-6, wider third differences cancel it, and narrower ones drown in noise.
    """
    valid = np.isfinite(ladder.right) & np.isfinite(ladder.left)
    right, left = (np.where(valid, a, np.nan) for a in (ladder.right, ladder.left))
    paired = replace(ladder, right=right, left=left)
    barred = None
    for m in range(1, n):
        a, b = one_sided(paired, "right", m).rows, one_sided(paired, "left", m).rows
        apart = np.abs(a.value - b.value) > APART * (a.error + b.error)
        two = apart.copy()  # one rung alone may be noise
        two[1:] &= apart[:-1]
        within = np.logical_or.accumulate(two[::-1], axis=0)[::-1]  # coarser rungs hold it, too
        barred = within if barred is None else barred | within
    return barred


def _breaks(ladder: Ladder, n: int) -> np.ndarray:
    """Whether the n-th derivatives of both sides differ or run away: then there is no higher one.

    The third symmetric difference of exp(x) + |x| shows nothing of the kink.
    """
    right, left = one_sided(ladder, "right", n), one_sided(ladder, "left", n)
    return wild(right) | wild(left) | _apart(symmetric(ladder, n), right, left, n)


def _apart(both: Estimate, right: Estimate, left: Estimate, n: int) -> np.ndarray:
    """Whether the slopes of both sides differ by more than their errors."""
    with np.errstate(all="ignore"):
        # one side may sit on a single step of coarse values and see no noise
        unsure = sum(2 * _noise_at(both, side.step) / side.step**n for side in (right, left))
        return np.abs(right.value - left.value) > APART * (right.error + left.error + unsure)


def _of_mere_noise(ladder: Ladder, noise: np.ndarray, n: int) -> np.ndarray:
    """Return the error where values are noise throughout, else 0.

    There any slope is possible that fits into the smallest step. The rounding of a constant is no
    such noise.
    """
    finest = np.fmin.reduce(ladder.ahead, axis=0)
    highest = np.fmax.reduce(np.fmax(ladder.right, ladder.left), axis=0)
    lowest = np.fmin.reduce(np.fmin(ladder.right, ladder.left), axis=0)
    rounding = np.fmin.reduce(ladder.rounding, axis=0)
    least = np.fmax(HOPELESS * (highest - lowest), NOISY * rounding)
    return np.where(noise > least, noise / finest**n, 0.0)


def _noise_at(found: Estimate, step: np.ndarray) -> np.ndarray:
    """Return the noise of f at the rung nearest to a step."""
    nearest = np.nan_to_num(np.abs(np.log(found.steps / step)), nan=np.inf).argmin(axis=0)
    return np.take_along_axis(found.levels, nearest[None], axis=0)[0]


def _noise_above(found: Estimate) -> np.ndarray:
    """Whether coarser rungs that agree see noise, and finer ones do not.

    Beside 0, 0.05 x + log(1 + x^2) is 0.05 x with no noise at all, because the other term has
    vanished in rounding.
    """
    rungs = np.arange(len(found.steps))[:, None]
    with np.errstate(all="ignore"):
        agreed = np.abs(found.rows.value - found.value) <= found.rows.error + found.error
        sharp = found.rows.error < SHARP * np.abs(found.value)
        noisy = found.levels > NOISY * np.fmax(found.rounded, found.noise)
        one = agreed & sharp & noisy & (rungs < found.rung)
        return np.any(one[2:] & one[1:-1] & one[:-2], axis=0)


def _abrupt(both: Estimate) -> np.ndarray:
    """Whether differences leave the value all at once, not as a power of the step."""
    g, noise = both.raw.g, both.raw.noise
    with np.errstate(all="ignore"):
        away = np.abs(g - both.value) / (noise + both.error)
        finer = np.concatenate([away[1:], np.full_like(away[:1], np.nan)])
        rungs = np.arange(len(g))[:, None]
        sudden = (away > SUDDEN * np.fmax(finer, 1)) & (rungs < both.rung)
        return np.any(sudden, axis=0)
