"""method="auto": the ladder from samples to answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from difflab.numeric.ladder.arguments import Question
from difflab.numeric.ladder.families import Ladder
from difflab.numeric.ladder.flags import Flag
from difflab.numeric.ladder.judgement import Judgement, judge
from difflab.numeric.ladder.noise import quantum
from difflab.numeric.ladder.regimes import ZOOMS, edge_height, second_look, tooth_slope
from difflab.numeric.ladder.result import Derivative
from difflab.numeric.ladder.rungs import rungs
from difflab.numeric.ladder.sampling import precision, sample
from difflab.numeric.steps import unit_roundoff

CHUNK = 1024
"""Entries of x that are analysed at once."""

PROBES = (0.3137, -0.2718, 0.0137, -0.0219)
"""Further points, in units of the largest step: their mantissas are long."""


def ladder_derivative(question: Question) -> Derivative:
    """Run the ladder at every entry of x."""
    f, x, n, args = question.f, question.x, question.n, question.args
    flat, known = x.ravel(), question.noise.ravel()
    steps = rungs(flat, question.scale.ravel().astype(x.dtype))
    with np.errstate(all="ignore"):
        probes = flat + np.array(PROBES, x.dtype)[:, None] * steps[:1]
        points = _allowed(np.concatenate([flat + steps, flat - steps, probes]), question)
    samples = sample(f, x, points.reshape(-1, *x.shape), args)
    around = samples.around.reshape(len(points), -1)
    center = samples.center.ravel()
    chunks = [slice(start, start + CHUNK) for start in range(0, max(1, flat.size), CHUNK)]
    ladders = [
        _ladder(
            flat[c], steps[:, c], points[:, c], center[c], around[:, c], samples.dtype, known[c]
        )
        for c in chunks
    ]
    with np.errstate(all="ignore"):  # differences over the smallest steps may overflow
        judged = [judge(ladder, n) for ladder in ladders]
    evaluations = samples.evaluations
    width = np.concatenate([one.width for one in judged])
    if np.any(np.isfinite(width)):
        with np.errstate(all="ignore"):
            looked = _allowed(second_look(flat, width), question)
        more = sample(f, x, looked.reshape(-1, *x.shape), args)
        evaluations += more.evaluations
        seen = more.around.reshape(looked.shape)
        for i, c in enumerate(chunks):
            height = _teeth(ladders[i], seen[..., c], width[c])
            if np.any(height > 0):
                saw = np.broadcast_to(height, ladders[i].saw.shape)
                with np.errstate(all="ignore"):
                    judged[i] = judge(replace(ladders[i], saw=saw), n)
    whole = Judgement(*(np.concatenate(field).reshape(x.shape)[()] for field in zip(*judged)))
    return Derivative(
        value=whole.value,
        error=whole.error,
        evaluations=evaluations,
        step=whole.step,
        order=whole.order if x.shape else int(whole.order),
        method="auto",
        noise=whole.noise,
        flags=whole.flags if x.shape else Flag(int(whole.flags)),
        left=whole.left,
        right=whole.right,
    )


def _allowed(points: np.ndarray, question: Question) -> np.ndarray:
    """Put NaN in place of points outside the bounds, and of those that overflowed."""
    low, high = question.low.ravel(), question.high.ravel()
    inside = (points >= low) & (points <= high) & np.isfinite(points)
    return np.where(inside, points, np.nan)


def _teeth(ladder: Ladder, seen: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Return the height of the teeth in any window of the second look; 0 without any."""
    with np.errstate(invalid="ignore"):
        fine = np.fmin(ladder.ahead, ladder.behind) <= width
    rounding = np.max(np.where(fine, ladder.rounding, 0.0), axis=0)
    slope = tooth_slope(ladder, width)
    heights = [
        edge_height(window, rounding, slope * zoom * width / 2)
        for zoom, window in zip(ZOOMS, seen, strict=True)
    ]
    return np.max(heights, axis=0)


def _ladder(
    x: np.ndarray,
    steps: np.ndarray,
    points: np.ndarray,
    center: np.ndarray,
    around: np.ndarray,
    dtype: Any,
    known: np.ndarray,
) -> Ladder:
    """Sort the samples by side, and tell what rounding does to them."""
    count = len(steps)
    wide = center.dtype
    right, left = around[:count], around[count : 2 * count]
    unit = precision(dtype, np.concatenate([around, center[None]]))
    with np.errstate(all="ignore"):
        sizes = np.fmax(np.abs(center), np.fmax(np.abs(right), np.abs(left)))
        smallest = float(np.finfo(dtype).smallest_subnormal)
        fine_last = np.stack([right, left], axis=1).reshape(2 * count, -1)
        # float16 has the same few values as a function rounded to 2^-13, but closer ones near 0
        step_of_values = quantum(fine_last, center, np.full(unit.shape, unit_roundoff(dtype)))
        rounding = np.fmax(np.fmax(2 * unit * sizes, smallest), step_of_values)
    return Ladder(
        center=center,
        right=right,
        left=left,
        ahead=(points[:count] - x).astype(wide),
        behind=(x - points[count : 2 * count]).astype(wide),
        rounding=rounding,
        saw=np.zeros_like(rounding),
        blur=np.fmax(unit, unit_roundoff(x.dtype)) * np.abs(x).astype(wide),
        coarse=(step_of_values > 0) | (unit > unit_roundoff(dtype)),
        known=known,
    )
