"""Stencils: which points a difference quotient uses and with which exact weights.

Weights are rationals, computed by the recursion of Fornberg (1988), "Generation of finite
difference formulas on arbitrarily spaced grids", Mathematics of Computation 51, 699-706. Accuracy
and error constant are read off the weights instead of being typed in, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import factorial
from typing import NamedTuple

from difflab.errors import UsageError, unknown_name


class Quotient(NamedTuple):
    """One difference quotient, ``weight * (f(x + plus h) - f(x + minus h)) / (taken step)``."""

    plus: int
    minus: int
    weight: float


@dataclass(frozen=True)
class Stencil:
    """D f(x) = h^-d sum_i weights[i] f(x + offsets[i] h), which approximates the d-th derivative.

    Attributes
    ----------
    offsets : tuple of int
        Distinct, in units of the step h.
    weights : tuple of Fraction
        One per offset.
    derivative : int
        d, the order of the derivative.

    Examples
    --------
    >>> central = Stencil((-1, 1), (Fraction(-1, 2), Fraction(1, 2)), 1)
    >>> central.accuracy, central.error_constant, central.roundoff_constant
    (2, Fraction(1, 6), Fraction(1, 1))
    """

    offsets: tuple[int, ...]
    weights: tuple[Fraction, ...]
    derivative: int

    def __post_init__(self) -> None:
        # moments 0..d decide whether the weights are those of a d-th derivative at all
        wanted = [Fraction(0)] * self.derivative + [Fraction(factorial(self.derivative))]
        if [self.moment(k) for k in range(self.derivative + 1)] != wanted:
            raise UsageError(
                f"the weights {', '.join(str(w) for w in self.weights)} on offsets {self.offsets} "
                f"do not give a derivative of order {self.derivative}",
                "sum c_i o_i^k must be 0 for k below the order, and the order's factorial at it",
                "fornberg(offsets, derivative) computes weights that do",
            )

    def moment(self, power: int) -> Fraction:
        """sum_i c_i o_i^power, exactly."""
        return sum((c * o**power for c, o in zip(self.weights, self.offsets)), Fraction(0))

    @cached_property
    def accuracy(self) -> int:
        """p: the truncation error falls as h^p."""
        power = self.derivative + 1
        while self.moment(power) == 0:
            power += 1
        return power - self.derivative

    def series_constant(self, power: int) -> Fraction:
        """C_k in D f = sum_k C_k f^(k) h^(k-d), the Taylor series of the quotient."""
        return self.moment(power) / factorial(power)

    @property
    def error_constant(self) -> Fraction:
        """K with sign: D f = f^(d) + K f^(d+p) h^p + higher powers of h."""
        return self.series_constant(self.derivative + self.accuracy)

    @cached_property
    def roundoff_constant(self) -> Fraction:
        """S1 = sum |c_i|: errors of eps_f in f become at most S1 eps_f / h^d in D f."""
        return sum((abs(c) for c in self.weights), Fraction(0))

    @cached_property
    def symmetric(self) -> bool:
        """Whether the weights are antisymmetric about x, so that f(x) itself is not needed."""
        mirrored = dict(zip(self.offsets, self.weights))
        return all(mirrored.get(-o) == -c for o, c in mirrored.items())

    @cached_property
    def quotients(self) -> tuple[Quotient, ...]:
        """The stencil of a first derivative as a weighted mean of difference quotients.

        x + o h is rounded, so the step that the machine took is not quite o h. As quotients,
        every difference can be divided by its own step as taken. The weights sum to 1.

        Raises
        ------
        UsageError
            For other derivatives than the first.

        Examples
        --------
        >>> named_stencil("central-4").quotients
        (Quotient(plus=1, minus=-1, weight=1.3333333333333333), \
Quotient(plus=2, minus=-2, weight=-0.3333333333333333))
        """
        if self.derivative != 1:
            raise UsageError(
                f"a stencil of derivative {self.derivative} is no mean of difference quotients",
                "only first derivatives are",
                "use offsets and weights",
            )
        pairs = zip(self.offsets, self.weights)
        if self.symmetric:
            return tuple(Quotient(o, -o, float(2 * o * c)) for o, c in pairs if o > 0)
        return tuple(Quotient(o, 0, float(o * c)) for o, c in pairs if o != 0)

    @property
    def evaluations(self) -> int:
        """How many function values per coordinate, f(x) not counted."""
        return sum(1 for offset in self.offsets if offset != 0)


@lru_cache(maxsize=256)
def _weights(offsets: tuple[int, ...], derivative: int) -> tuple[Fraction, ...]:
    # column[k] holds the weights of the k-th derivative on the nodes met so far
    columns = [[Fraction(1)]] + [[Fraction(0)] for _ in range(derivative)]
    product = Fraction(1)
    for n in range(1, len(offsets)):
        new, last = Fraction(offsets[n]), Fraction(offsets[n - 1])
        previous_product, product = product, Fraction(1)
        for earlier in offsets[:n]:
            product *= new - earlier
        grown = []
        for k, column in enumerate(columns):
            below = columns[k - 1] if k else [Fraction(0)] * n
            old = [(new * c - k * b) / (new - o) for c, b, o in zip(column, below, offsets)]
            fresh = previous_product / product * (k * below[-1] - last * column[-1])
            grown.append([*old, fresh])
        columns = grown
    return tuple(columns[derivative])


def fornberg(offsets: Sequence[int], derivative: int = 1) -> Stencil:
    """Return the stencil of highest accuracy on given offsets.

    Parameters
    ----------
    offsets : sequence of int
        Distinct; at least ``derivative + 1`` of them.
    derivative : int
        d >= 1.

    Raises
    ------
    UsageError
        For repeated or too few offsets, or a derivative below 1.

    Notes
    -----
    Fornberg (1988), the recursion of section 3, in exact rationals: weights on n + 1 nodes follow
    from those on n nodes.

    Examples
    --------
    >>> [str(c) for c in fornberg((-2, -1, 0, 1, 2)).weights]
    ['1/12', '-2/3', '0', '2/3', '-1/12']
    >>> [str(c) for c in fornberg((-1, 0, 1), derivative=2).weights]
    ['1', '-2', '1']
    """
    nodes = tuple(int(offset) for offset in offsets)
    if derivative < 1 or len(nodes) <= derivative or len(set(nodes)) < len(nodes):
        raise UsageError(
            f"offsets {tuple(offsets)} carry no stencil for derivative {derivative}",
            "a d-th derivative, d >= 1, needs at least d + 1 distinct points",
            "fornberg((-1, 0, 1), derivative=2)",
        )
    return Stencil(nodes, _weights(nodes, derivative), derivative)


def _central(half_width: int) -> Stencil:
    return fornberg([o for o in range(-half_width, half_width + 1) if o != 0])


SCHEMES: dict[str, Stencil] = {
    "forward": fornberg((0, 1)),
    "backward": fornberg((-1, 0)),
    "central": _central(1),
    "central-4": _central(2),
    "central-6": _central(3),
    "central-8": _central(4),
}
"""Stencils of the first derivative by name; the number is the order of accuracy."""


def named_stencil(scheme: str) -> Stencil:
    """Return the stencil of a name.

    Raises
    ------
    UnknownNameError
        With the nearest names.

    Examples
    --------
    >>> named_stencil("central-6").accuracy
    6
    """
    if scheme not in SCHEMES:
        raise unknown_name("scheme", scheme, SCHEMES, "difflab.numeric.SCHEMES")
    return SCHEMES[scheme]
