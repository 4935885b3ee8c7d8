"""A look at a step: three central differences around it, and what their distances say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from difflab.numeric.stencils import SCHEMES
from difflab.numeric.vcurve import rms_constant

CENTRAL = SCHEMES["central"]

ORDER_TOLERANCE = 0.3
"""How far the observed order may lie from 2; three steps show 1.99 rather than 1.7."""

ABOVE_NOISE = 8.0
"""A difference of two quotients is no rounding when it is this many times what noise explains."""

KINK_STAYS = 0.7
"""A jump of the slope that keeps this share when the step is divided by four is a kink; one that
grows by as much belongs to a jump of f, or to a slope without bound."""

FAR = 64.0
"""What looks like a kink or a jump is looked at once more with a step so many times shorter."""


class Look(NamedTuple):
    """Three central differences around a step, and how far apart they are."""

    h: float
    quotients: tuple[float, float, float]
    jumps: tuple[float, float]
    """Forward minus backward difference at h and h/4."""
    rounding: float

    @property
    def apart(self) -> tuple[float, float]:
        """|D(h) - D(h/2)| and |D(h/2) - D(h/4)|."""
        first, second, third = self.quotients
        return abs(first - second), abs(second - third)

    @property
    def order(self) -> float:
        """Of the truncation error, as observed; NaN where a difference is 0."""
        coarse, fine = self.apart
        return float(np.log2(coarse / fine)) if coarse > 0 and fine > 0 else np.nan

    @property
    def resolved(self) -> bool:
        """Whether noise cannot explain that the quotients differ."""
        coarse, fine = self.apart
        return coarse > ABOVE_NOISE * 2 * self.rounding and fine > ABOVE_NOISE * 4 * self.rounding

    @property
    def asymptotic(self) -> bool:
        """Whether truncation falls as h^2."""
        return self.resolved and abs(self.order - CENTRAL.accuracy) < ORDER_TOLERANCE

    @property
    def irregular(self) -> bool:
        """Whether the quotients differ by more than noise, and not as a power series would.

        The coarse difference is asked to be so large that a quarter of it were still resolved.
        """
        enough = self.apart[0] > ABOVE_NOISE * 16 * self.rounding
        return (self.resolved or enough) and not self.asymptotic

    @property
    def one_sided(self) -> bool:
        """Whether forward and backward differences stay apart, or part, as the step shrinks."""
        long, short = map(abs, self.jumps)
        return short > ABOVE_NOISE * 8 * self.rounding and short > KINK_STAYS * long

    @property
    def grows(self) -> bool:
        """Whether quotients part as the step shrinks; an odd jump or root does no other harm."""
        return self.irregular and self.order < -ORDER_TOLERANCE

    def keeps(self, longer: Look) -> bool:
        """Whether forward and backward differences are about as far apart as with longer steps."""
        return self.one_sided and abs(self.jumps[1]) > KINK_STAYS * abs(longer.jumps[1])

    def grows_like(self, longer: Look) -> bool:
        """Whether quotients part with the same power of h as with longer steps."""
        return self.grows and abs(self.order - longer.order) < ORDER_TOLERANCE

    @property
    def truncation(self) -> float:
        """(4/3) |D(h) - D(h/2)|: all of the error that falls as h^2."""
        return self.apart[0] * 4 / 3

    def best_step(self, noise: float) -> float:
        """Where S2 eps_f / h + a h^2 is least, with a as seen here."""
        a = self.truncation / self.h**2
        return float((rms_constant(CENTRAL) * noise / (2 * a)) ** (1 / 3))


def look_at(f: Callable[[Any], float], x: Any, h: float, value: float, noise: float) -> Look:
    quotients, jumps = [], []
    for step in (h, h / 2, h / 4):
        above, below = x + x.dtype.type(step), x - x.dtype.type(step)
        up, down = float(above) - float(x), float(x) - float(below)
        high, low = f(above), f(below)
        with np.errstate(all="ignore"):
            quotients.append((high - low) / (up + down))
            jumps.append((high - value) / up - (value - low) / down)
    first, second, third = quotients
    rounding = rms_constant(CENTRAL) * noise / h
    return Look(h, (first, second, third), (jumps[0], jumps[-1]), rounding)


def look_far(
    here: Look, f: Callable[[Any], float], x: Any, value: float, noise: float
) -> Look | None:
    """The same look with a far shorter step, where one is called for and noise leaves it sharp.

    An oscillation can look like a kink, or a jump, at one step; at a far shorter one it does not.
    """
    if not (here.one_sided or here.grows):
        return None
    shorter = here.h / FAR
    sharp = ABOVE_NOISE * 8 * FAR * here.rounding < max(*map(abs, here.jumps), *here.apart)
    if not sharp or x + x.dtype.type(shorter / 4) == x:
        return None
    return look_at(f, x, shorter, value, noise)
