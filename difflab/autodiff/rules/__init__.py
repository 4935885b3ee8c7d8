"""The table of derivative rules: one row per function.

`rule` is the form of a row; the other modules hold the rows by kind. To add a function, add its row
to the module it belongs to (and, for an array function, its argument names to
`difflab.trace.calls.CALL_FORMS`); every test of the table then covers it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from difflab.autodiff.rules import (
    bessel,
    complex_values,
    determinants,
    einsum,
    elementwise,
    factorizations,
    fourier,
    indexing,
    linalg,
    poles,
    products,
    reductions,
    shaping,
    stable,
)
from difflab.autodiff.rules.rule import VJP, Rule, fit
from difflab.errors import MissingRuleError
from difflab.trace import instead_of, name_of

_GROUPS = (
    elementwise,
    poles,
    bessel,
    reductions,
    shaping,
    indexing,
    products,
    einsum,
    linalg,
    determinants,
    factorizations,
    fourier,
    complex_values,
    stable,
)

RULES: dict[Callable[..., Any], Rule] = {
    rule.function: rule for group in _GROUPS for rule in group.RULES
}
"""Every function that the tape can differentiate."""


PULLBACKS: dict[Callable[..., Any] | None, tuple[VJP, ...]] = {
    rule.function: rule.vjps for rule in RULES.values() if not (rule.variadic or rule.joint)
}
"""The VJPs of functions with a fixed number of operands, for the sweep to find at once."""


def rule_of(function: Callable[..., Any]) -> Rule:
    """Look up a function's row, or the one that it brings along as its attribute ``rule``.

    Raises
    ------
    MissingRuleError
        Naming the function.
    """
    rule = RULES.get(function) or getattr(function, "rule", None)
    if rule is None:
        raise MissingRuleError(
            f"{name_of(function)} has no derivative rule",
            "the tape recorded the call, but the table has no row for it",
            instead_of(function),
        )
    return rule


def pullbacks_of(function: Callable[..., Any], operands: int) -> tuple[VJP, ...]:
    """Return a VJP for each of a function's operands; none for a constant function.

    Of a joint rule they share one evaluation: they are good for one cotangent.

    Raises
    ------
    MissingRuleError
        Naming the function.
    """
    rule = rule_of(function)
    if rule.joint:
        return _shares(rule.vjps[0], operands)
    if not rule.variadic:
        return rule.vjps
    return tuple([partial(rule.vjps[0], slot=slot) for slot in range(operands)])


def _shares(together: Callable[..., Sequence[Any]], operands: int) -> tuple[VJP, ...]:
    """Split a VJP that returns the contributions to all operands into one per operand."""
    parts: list[Any] = []

    def share(slot: int, *args: Any, **options: Any) -> Any:
        if not parts:
            parts.extend(together(*args, **options))
        return parts[slot]

    return tuple([partial(share, slot) for slot in range(operands)])


__all__ = ["PULLBACKS", "RULES", "Rule", "fit", "pullbacks_of", "rule_of"]
