"""Stencils: which points a difference quotient uses and with which exact weights.

Weights are rationals, computed by the recursion of Fornberg (1988), "Generation of finite
difference formulas on arbitrarily spaced grids", Mathematics of Computation 51, 699-706. Accuracy
and error constant are read off the weights instead of being typed in, so they cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import count, islice
from math import factorial
from typing import Any, Literal, NamedTuple, TypeAlias

from difflab.errors import UsageError, unknown_name

Offset: TypeAlias = int | Fraction
"""Distance from x in units of h; an int wherever it is whole."""

Side: TypeAlias = Literal["central", "forward", "backward"]
"""Where the points of a stencil lie: around x, or not below it, or not above it."""

LARGEST_ORDER = 100
"""Of accuracy; beyond it weights take seconds, and no float type gains from order 20 on."""


class Quotient(NamedTuple):
    """One difference quotient, ``weight * (f(x + plus h) - f(x + minus h)) / (taken step)``.

    The two offsets are ints, and floats where they are not whole: NumPy multiplies both.
    """

    plus: Any
    minus: Any
    weight: float


@dataclass(frozen=True)
class Stencil:
    """D f(x) = h^-d sum_i weights[i] f(x + offsets[i] h), which approximates the d-th derivative.

    Attributes
    ----------
    offsets : tuple of int or Fraction
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

    offsets: tuple[Offset, ...]
    weights: tuple[Fraction, ...]
    derivative: int

    def __post_init__(self) -> None:
        # moments 0..d decide whether the weights are those of a d-th derivative at all
        wanted = [Fraction(0)] * self.derivative + [Fraction(factorial(self.derivative))]
        if [self.moment(k) for k in range(self.derivative + 1)] != wanted:
            raise UsageError(
                f"the weights {_spell(self.weights)} on offsets ({_spell(self.offsets)}) "
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
        return self.error_exponents(1)[0]

    def error_exponents(self, number: int) -> tuple[int, ...]:
        """Return the first powers of h in the truncation error; p is the first of them.

        Examples
        --------
        >>> named_stencil("central").error_exponents(3), named_stencil("forward").error_exponents(3)
        ((2, 4, 6), (1, 2, 3))
        """
        found = (k for k in count(1) if self.moment(self.derivative + k) != 0)
        return tuple(islice(found, number))

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
        """Whether the weights are even about x for even d, odd about x for odd d.

        Only even powers of h are then in the error, and f(x) itself is not needed for odd d.
        """
        sign = (-1) ** self.derivative
        mirrored = dict(zip(self.offsets, self.weights))
        return all(mirrored.get(-o, 0) == sign * c for o, c in mirrored.items())

    @cached_property
    def side(self) -> Side:
        """Where the points lie."""
        if min(self.offsets) >= 0:
            return "forward"
        return "backward" if max(self.offsets) <= 0 else "central"

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
                "use offsets and weights, or difflab.numeric.apply_stencil",
            )
        pairs = [
            (o, o if isinstance(o, int) else float(o), c)
            for o, c in zip(self.offsets, self.weights)
        ]
        if self.symmetric:
            return tuple(Quotient(h, -h, float(2 * o * c)) for o, h, c in pairs if o > 0)
        return tuple(Quotient(h, 0, float(o * c)) for o, h, c in pairs if o != 0)

    @property
    def evaluations(self) -> int:
        """How many function values per coordinate, f(x) not counted."""
        return sum(1 for offset in self.offsets if offset != 0)


def _spell(numbers: Sequence[Any]) -> str:
    return ", ".join(str(number) for number in numbers)


@lru_cache(maxsize=256)
def _weights(offsets: tuple[Offset, ...], derivative: int) -> tuple[Fraction, ...]:
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


def _exact(offset: Any) -> Offset:
    try:
        # Fraction knows no NumPy scalars; their item is a Python number
        exact = Fraction(offset.item() if hasattr(offset, "item") else offset)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(
            f"offset {offset!r} is no finite number",
            "offsets are distances from x in units of the step",
            "ints, fractions.Fraction(1, 2), or floats, which are taken exactly",
        ) from error
    return exact.numerator if exact.denominator == 1 else exact


def fornberg(offsets: Sequence[Any], derivative: int = 1) -> Stencil:
    """Return the stencil of highest accuracy on given offsets.

    Parameters
    ----------
    offsets : sequence of int, Fraction or float
        Distinct; at least ``derivative + 1`` of them. Floats are taken exactly, so that 0.5 is 1/2
        and 0.1 is not 1/10.
    derivative : int
        d >= 1.

    Raises
    ------
    UsageError
        For repeated or too few offsets, for what is no finite number, or a derivative below 1.

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
    >>> [str(c) for c in fornberg((-1.5, -0.5, 0.5, 1.5)).weights]
    ['1/24', '-9/8', '9/8', '-1/24']
    """
    nodes = tuple(_exact(offset) for offset in offsets)
    if derivative < 1 or len(nodes) <= derivative or len(set(nodes)) < len(nodes):
        raise UsageError(
            f"offsets ({_spell(nodes)}) carry no stencil for derivative {derivative}",
            "a d-th derivative, d >= 1, needs at least d + 1 distinct points",
            "fornberg((-1, 0, 1), derivative=2)",
        )
    return Stencil(nodes, _weights(nodes, derivative), derivative)


_NAME = re.compile(r"(forward|backward|central)(?:-([1-9][0-9]{0,3}))?")


@lru_cache(maxsize=256)
def named_stencil(scheme: str, derivative: int = 1) -> Stencil:
    """Return the stencil of a name: a side and an order of accuracy.

    Parameters
    ----------
    scheme : str
        "forward", "backward" or "central", alone or with an order p up to `LARGEST_ORDER`:
        "central-10", "forward-3". Alone, p is 1, and 2 for "central", whose orders are even.
    derivative : int
        d >= 1.

    Raises
    ------
    UnknownNameError
        With the nearest names.
    UsageError
        For an odd order of a central stencil, an order that is too high, or a derivative below 1.

    Examples
    --------
    >>> named_stencil("central-6").accuracy
    6
    >>> [str(c) for c in named_stencil("central", derivative=2).weights]
    ['1', '-2', '1']
    """
    match = _NAME.fullmatch(scheme) if isinstance(scheme, str) else None
    if match is None:
        raise unknown_name("scheme", scheme, SCHEMES, "difflab.numeric.SCHEMES")
    side, order = match[1], int(match[2] or (2 if match[1] == "central" else 1))
    if order > LARGEST_ORDER:
        raise UsageError(
            f"scheme {scheme!r} has too high an order",
            f"rounding leaves nothing to gain long before order {LARGEST_ORDER}",
            f"{side}-8",
        )
    if derivative < 1:
        raise UsageError(
            f"derivative {derivative} is no order of a derivative", "it is 1 or more", "1"
        )
    if side != "central":
        last = order + derivative - 1
        return fornberg(range(last + 1) if side == "forward" else range(-last, 1), derivative)
    if order % 2:
        raise UsageError(
            f"there is no scheme {scheme!r}",
            "the odd orders of a central stencil cancel, so its accuracy is even",
            f"central-{order + 1}, or forward-{order}",
        )
    half_width = order // 2 + (derivative - 1) // 2
    around = range(-half_width, half_width + 1)
    # by symmetry f(x) has no weight in an odd derivative
    return fornberg([o for o in around if o or derivative % 2 == 0], derivative)


SCHEMES: dict[str, Stencil] = {
    name: named_stencil(name)
    for name in ("forward", "backward", "central", "central-4", "central-6", "central-8")
}
"""The usual stencils of the first derivative by name; `named_stencil` knows every other order."""
