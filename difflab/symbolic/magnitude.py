"""How large the exact numbers of an expression may become, before SymPy computes them.

SymPy evaluates numbers as it builds: ``9**9**9**9`` never returns, nor does a root of a number with
a hundred thousand digits, nor ``exp(10**9*log(2*x))``, which becomes ``2**(10**9)*x**(10**9)``. One
pass over the steps bounds the digits from above; the value of every constant part is computed in
floating point, where it must be finite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isfinite, log2
from typing import Any

from difflab.errors import UsageError
from difflab.symbolic.syntax import Step, refused

MOST_BITS = 20_000
"""Of all exact numbers of an expression together."""

MOST_BITS_OF_A_ROOT = 2_000
"""SymPy takes .05 s for a root of 2,000 bits, 3 s for 10,000, and 80 s for 30,000 (1.14)."""

LARGEST_EXPONENT = 1_000
"""Of a constant exponent."""

ROOTS = frozenset({"sqrt", "cbrt"})
LOGARITHMS = frozenset({"log", "ln", "log1p", "log2", "log10"})
EXPONENTIALS = frozenset({"exp", "exp2", "expm1"})


@dataclass(frozen=True, slots=True)
class Bound:
    """What is known of a part of an expression.

    Attributes
    ----------
    value : float or None
        Of a part without names.
    bits : float
        At most so many in numerators and denominators together.
    size : float
        Logarithm, base 2, of the largest coefficient or its inverse; an upper bound.
    has_log : bool
        Whether a logarithm may leave an enclosing exponential as a power.
    """

    value: Any
    bits: float
    size: float
    has_log: bool = False


def check_magnitude(
    text: str, steps: Sequence[Step], evaluate: Callable[[Step, Sequence[Any]], Any]
) -> None:
    """Refuse an expression with numbers too large, or with a constant part that is no number.

    Parameters
    ----------
    text : str
        For messages.
    steps : sequence of Step
        What `difflab.symbolic.syntax.steps_of` returned.
    evaluate : callable
        ``evaluate(step, operands)`` computes one step in floating point; None for a name.

    Raises
    ------
    UsageError
        With the position of the smallest part that is too large.

    Examples
    --------
    >>> from difflab.symbolic.whitelist import parse
    >>> parse("9**9**9**9")
    Traceback (most recent call last):
    difflab.errors.UsageError: '9**9**9' at position 4 of the expression '9**9**9**9' is not allowed
      why: exponents go up to 1,000
      try: a smaller number
    """
    bounds: list[Bound] = []
    for step in steps:
        operands = [bounds[i] for i in step.operands]
        reason = _overstepped(step, operands)
        if reason:
            raise _too_large(text, step, reason)
        value = _value(step, operands, evaluate)
        if value is not None and not isfinite(value):
            why = "its value is not a finite real number"
            raise refused(text, step.start, step.end, why, "a number within the domain")
        bound = _bound(step, value, operands)
        if bound.bits > MOST_BITS:
            raise _too_large(text, step, "its exact numbers have too many digits")
        bounds.append(bound)


def _too_large(text: str, step: Step, why: str) -> UsageError:
    return refused(text, step.start, step.end, why, "a smaller number")


def _overstepped(step: Step, operands: Sequence[Bound]) -> str:
    """Which limit a step exceeds; "" if none."""
    root = step.kind == "call" and step.what in ROOTS
    if step.kind == "**":
        exponent = operands[1].value
        if exponent is not None and abs(exponent) > LARGEST_EXPONENT:
            return f"exponents go up to {LARGEST_EXPONENT:,}"
        root = exponent is None or not float(exponent).is_integer()
    if root and operands[0].bits > MOST_BITS_OF_A_ROOT:
        return "its exact numbers have too many digits for a root"
    return ""


def _value(
    step: Step, operands: Sequence[Bound], evaluate: Callable[[Step, Sequence[Any]], Any]
) -> Any:
    if step.kind == "name":
        return evaluate(step, ())
    values = [operand.value for operand in operands]
    return None if None in values else evaluate(step, values)


def _bound(step: Step, value: Any, operands: Sequence[Bound]) -> Bound:
    """Bounds of a result from those of its operands."""
    bits = sum(operand.bits for operand in operands)
    size = sum(operand.size for operand in operands)
    has_log = any(operand.has_log for operand in operands)
    if step.kind == "number":
        number = step.what
        bits = number.numerator.bit_length() + number.denominator.bit_length()
        return Bound(value, bits, abs(log2(number)) if number else 0.0)
    if step.kind == "**":
        base, exponent = operands
        if exponent.value is not None:
            times = max(1.0, abs(float(exponent.value)))
            bits, size = base.bits * times + exponent.bits, base.size * times
        if exponent.value is None or exponent.has_log:
            bits = _as_power(bits if exponent.has_log else base.bits, exponent) + exponent.bits
    elif step.kind == "call":
        # Size and logarithm pass through: sin(asin(u)) is u again.
        if step.what in EXPONENTIALS and has_log:
            bits = _as_power(bits, operands[0])
        has_log = has_log or step.what in LOGARITHMS
    elif step.kind in ("+", "-"):
        size = max(operand.size for operand in operands) + 1
    return Bound(value, bits, size, has_log)


def _as_power(bits: float, exponent: Bound) -> float:
    """Bits of a number raised to the coefficients of an exponent."""
    return bits * 2.0**exponent.size if exponent.size < 1000 else (inf if bits else 0.0)
