"""One named stencil: its value at one step, and an error bar from a second step and the noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np

from difflab.errors import UsageError
from difflab.numeric.choose import OTHERS, Steps, choose_steps, on_side, steps_within
from difflab.numeric.ladder.arguments import Question
from difflab.numeric.ladder.flags import Flag
from difflab.numeric.ladder.judgement import NOISY
from difflab.numeric.ladder.result import Derivative
from difflab.numeric.ladder.sampling import precision, sample
from difflab.numeric.resolution import spacing
from difflab.numeric.stencils import Side, Stencil, named_stencil
from difflab.numeric.steps import unit_roundoff

CLUSTER = np.arange(8, 17) * 61 / 1024
"""Equally spaced points from whose sixth differences noise is read, in units of the step.

On one side of x, and away from it: at x itself f may be singular, and all but noisy. Out of step
with the points of the stencil: output rounded to a grid may look like a line at one of the two.
"""

PAIRS = np.array([-1.0, 1.0, -0.5, 0.5, -0.25, 0.25])
"""Points whose second differences show a kink, in units of the step."""

SIXTH = np.sqrt(924.0)
"""Root of the sum of squares of the weights of a sixth difference."""

SETTLING = 0.9
"""Halving the step must change the derivative by less than this share of the change before it.

For a smooth f the changes fall as 2^-p; at the edge of a domain they may fall more slowly, as for
x^1.5 at 0, and then the bar is that of a geometric series. Changes that do not fall, as for sqrt at
0, bound nothing.
"""

ERRATIC = 0.8
"""Growth of the changes, in units of 2^n by halving the step, beyond which f is just noisy."""

ROUGH = 0.01
"""Noise of more than this share of the changes of f: f is noisy, or faster than the step."""

SHRINK = 32
"""Steps that nobody asked for are made so many times smaller where f shows no slope at them."""

SHRINKINGS = 3


@dataclass(frozen=True, slots=True)
class _Look:
    """What one stencil per entry shows, all arrays of shape (N,)."""

    value: np.ndarray
    error: np.ndarray
    settled: np.ndarray
    rough: np.ndarray
    flat: np.ndarray
    noise: np.ndarray
    rounding: np.ndarray
    kink: np.ndarray
    left: np.ndarray
    right: np.ndarray
    order: np.ndarray
    step: np.ndarray
    side: np.ndarray


def stencil_derivative(question: Question, method: str) -> Derivative:
    """Apply a named stencil at the given step, or at theory's.

    The error bar holds the difference to the same stencil at half the step, and the noise: at
    least rounding, or what sixth differences show (Hamming's table, as in Moré and Wild 2011).
    Where the stencil reaches out of the bounds or the domain of f, the one-sided stencil of the
    same order takes its place, and the entry is flagged. Where that does not settle either, a step
    that was not asked for is made smaller.

    Raises
    ------
    UsageError
        For a step below the spacing of floats around x, and for bounds without room.
    """
    stencil = named_stencil(method, question.n)
    x = question.x.ravel()
    steps = _steps(question, stencil)
    h, side = steps.size.ravel().astype(x.dtype), steps.side.ravel()
    _check(x, h)
    look, evaluations = _look(question, stencil, h, side)
    evaluations += not question.sized  # for its float type
    for step, other in _attempts(question, stencil, h, side):
        lost = ~np.isfinite(look.value)
        if other is side:  # a smaller step on the same side helps against more than edges
            lost |= ~look.settled | look.rough
        if not np.any(lost):
            continue
        another, more = _look(question, stencil, step, np.where(lost, other, look.side))
        evaluations += more
        look = _better(look, another, lost)
    bad = ~(np.isfinite(look.value) & look.settled)
    # a step that was asked for shows what it shows
    value = np.where(bad & (question.step is None), np.nan, look.value)
    flags = np.zeros(x.shape, np.int64)
    flags[look.kink] |= Flag.KINK
    flags[~np.isfinite(look.value) | (look.side != stencil.side)] |= Flag.DOMAIN
    flags[~look.settled] |= Flag.SINGULAR
    flags[look.noise > NOISY * look.rounding] |= Flag.NOISE
    flags[(np.abs(value) <= look.error) & ~look.kink] |= Flag.BELOW_RESOLUTION
    shape = question.x.shape
    return Derivative(
        value=value.reshape(shape)[()],
        error=np.where(bad, np.inf, look.error).reshape(shape)[()],
        evaluations=evaluations,
        step=look.step.reshape(shape)[()],
        order=look.order.reshape(shape) if shape else int(look.order[0]),
        method=method,
        noise=look.noise.reshape(shape)[()],
        flags=flags.reshape(shape) if shape else Flag(int(flags[0])),
        left=look.left.reshape(shape)[()],
        right=look.right.reshape(shape)[()],
    )


def _attempts(
    question: Question, stencil: Stencil, h: np.ndarray, side: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the steps and sides to try where the first ones give no slope."""
    for k in range(1 if question.sized else 1 + SHRINKINGS):
        # never below what x resolves
        least = np.minimum(h, 4 * spacing(question.x.ravel()))
        step = np.maximum(h / h.dtype.type(SHRINK) ** k, least)
        if k:
            yield step.astype(h.dtype), side
        for other in OTHERS[stencil.side]:
            # what the bounds have moved to a side stays there
            yield step.astype(h.dtype), np.where(side == stencil.side, other, side)


def _better(look: _Look, another: _Look, lost: np.ndarray) -> _Look:
    """Take the entries that are lost from another look, where that has found them."""
    found = lost & np.isfinite(another.value) & another.settled & ~another.rough
    # output rounded to a grid is flat at small steps, which says nothing about its slope
    found &= ~another.flat | look.flat | ~np.isfinite(look.value)
    with np.errstate(invalid="ignore"):
        clearer = another.error < np.fmax(look.error, np.abs(another.value) / 2)
    found &= clearer | ~look.settled | ~np.isfinite(look.value)
    pairs = ((getattr(another, f.name), getattr(look, f.name)) for f in fields(_Look))
    return _Look(*(np.where(found, new, old) for new, old in pairs))


def _look(
    question: Question, stencil: Stencil, h: np.ndarray, side: np.ndarray
) -> tuple[_Look, int]:
    """Apply the stencil on one side per entry; return what it shows, and its evaluations."""
    x, n = question.x.ravel(), question.n
    offsets, weights, order, roundoff = _columns(stencil, side)
    count = len(offsets)
    backward = (side == "backward") | (x + h > question.high.ravel())
    cluster_at = np.where(backward, -1, 1) * CLUSTER[:, None]
    pairs_at = np.broadcast_to(PAIRS[:, None], (len(PAIRS), len(x)))
    grid = np.concatenate([offsets, offsets / 2, offsets / 4, pairs_at, cluster_at])
    points = x + grid.astype(x.dtype) * h
    inside = (points >= question.low.ravel()) & (points <= question.high.ravel())
    points = np.where(inside, points, np.nan)
    samples = sample(question.f, question.x, points.reshape(-1, *question.x.shape), question.args)
    values = samples.around.reshape(points.shape)
    center = samples.center.ravel()
    *three, pairs, cluster = np.split(values, [count, 2 * count, 3 * count, 3 * count + len(PAIRS)])
    with np.errstate(all="ignore"):
        taken = np.split((points - x).astype(values.dtype)[: 3 * count], 3)
        at_step, at_half, at_quarter = (
            _apply(offsets, weights, three[k], taken[k], n) for k in range(3)
        )
        change, smaller = np.abs(at_step - at_half), np.abs(at_half - at_quarter)
        everything = np.concatenate([values, center[None]])
        unit = precision(samples.dtype, everything)
        rounding = 2 * unit * np.fmax.reduce(np.abs(everything), axis=0)
        if n == 1:  # rounding of x inside f
            blur = np.fmax(unit, unit_roundoff(x.dtype)) * np.abs(x)
            rounding = np.fmax(rounding, blur * np.abs(at_step))
        noise = _noise(cluster, rounding, question.noise.ravel())
        flat = np.ptp(cluster, axis=0) <= NOISY * rounding
        rough = (noise > NOISY * rounding) & (noise > ROUGH * np.ptp(cluster, axis=0))
        bend = _kink(center, pairs, h, rounding)
        kink = (n == 1) & (bend > 0)
        noise = np.where(kink, rounding, noise)
        falls = np.where(smaller > 2 * roundoff * noise / (h / 4) ** n, smaller / change, 0.0)
        # errors of f grow as h^-n, faster than any singularity lets a slope grow
        erratic = (falls > ERRATIC * 2.0**n) & ~kink
        rough |= erratic
        noise = np.where(erratic, smaller * (h / 4) ** n / roundoff, noise)
        falls = np.where(erratic, 0.0, falls)
        roundoff = roundoff * noise / (h / 4) ** n
        settled = ~(falls >= SETTLING) | kink
        truncation = change / (1 - np.fmax(np.minimum(falls, SETTLING), 2.0**-order))
        error = 2 * truncation + roundoff / 2**n
        error = np.where(kink, error + bend, error)
        left, right = (center - pairs[0]) / h, (pairs[1] - center) / h
    left, right = (np.where(kink, slope, np.nan) for slope in (left, right))
    found = (
        at_step,
        error,
        settled,
        rough,
        flat,
        noise,
        rounding,
        kink,
        left,
        right,
        order,
        h,
        side,
    )
    return _Look(*found), samples.evaluations


def _columns(stencil: Stencil, side: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return offsets and weights, shape (K, N), NaN and 0 where an entry has fewer, p and S1."""
    chosen = {name: on_side(stencil, cast(Side, name)) for name in np.unique(side).tolist()}
    longest = max(len(s.offsets) for s in chosen.values())
    offsets, weights = np.full((longest, len(side)), np.nan), np.zeros((longest, len(side)))
    order, roundoff = np.zeros(len(side), np.int64), np.zeros(len(side))
    for name, s in chosen.items():
        here, count = np.flatnonzero(side == name), len(s.offsets)
        offsets[:count, here] = np.array([float(o) for o in s.offsets])[:, None]
        weights[:count, here] = np.array([float(c) for c in s.weights])[:, None]
        order[here], roundoff[here] = s.accuracy, float(s.roundoff_constant)
    return offsets, weights, order, roundoff


def _apply(
    offsets: np.ndarray, weights: np.ndarray, values: np.ndarray, taken: np.ndarray, n: int
) -> np.ndarray:
    """Apply stencils, one per column; the step as taken is the outermost one."""
    outermost = np.nanargmax(np.abs(offsets), axis=0)[None]
    reach, moved = (np.take_along_axis(a, outermost, 0)[0] for a in (offsets, taken))
    terms = np.where(weights == 0, 0.0, weights * values)
    return np.asarray(np.sum(terms, axis=0) / (moved / reach) ** n)


def _noise(cluster: np.ndarray, rounding: np.ndarray, known: np.ndarray) -> np.ndarray:
    seen = np.fmax.reduce(np.abs(np.diff(cluster, 6, axis=0)), axis=0) / SIXTH
    return np.fmax(rounding, np.where(np.isnan(known), 3 * seen, known))


def _kink(center: np.ndarray, pairs: np.ndarray, h: np.ndarray, rounding: np.ndarray) -> np.ndarray:
    """Return the difference of the two slopes at a kink, 0 without one.

    A kink leaves second differences proportional to h, where curvature leaves h^2.
    """
    far, half, near = (
        np.abs(pairs[k] - 2 * center + pairs[k + 1]) / (PAIRS[k + 1] * h) for k in (0, 2, 4)
    )
    alike = (half > 0.75 * far) & (np.abs(near - half) < 0.25 * half)
    return np.where(alike & (half > 64 * rounding / h), half, 0.0)


def _steps(question: Question, stencil: Stencil) -> Steps:
    """Return the step as it was asked for, or the one that `choose_steps` makes of the rest."""
    bounds = (question.low, question.high)
    if question.step is not None:
        h = question.step.astype(np.result_type(question.x.dtype, np.float64))
        return steps_within(question.x, h, stencil, bounds, shrink=False)
    return choose_steps(
        question.x,
        stencil,
        _dtype(question),
        relstep=question.relstep,
        absstep=question.absstep,
        scale=question.typical,
        bounds=bounds,
    )


def _dtype(question: Question) -> Any:
    """Return the float type of f, where it tells."""
    if question.relstep is not None or question.absstep is not None:
        return None  # it makes no difference
    try:
        with np.errstate(all="ignore"):
            dtype = np.asarray(question.f(question.x[()], *question.args)).dtype
    except Exception:  # there will be a better message, or a loop over single entries
        return None
    return dtype if dtype.kind == "f" else None


def _check(x: np.ndarray, h: np.ndarray) -> None:
    vanished = x + h / 2 == x
    if np.any(vanished):
        first = int(np.argmax(vanished))
        raise UsageError(
            f"step {h[first]:.3g} is below the spacing of {x.dtype} at x = {x[first]!s}",
            "x + h, or x + h/2 for the error bar, rounds back to x",
            f"use at least {2 * np.spacing(np.abs(x[first])):.2g}, or step=None",
        )
