"""The table of derivative rules: one row per function.

`rule` is the form of a row; the other modules hold the rows by kind. To add a function, add its row
to the module it belongs to (and, for an array function, its argument names to
`difflab.trace.calls.CALL_FORMS`); every test of the table then covers it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from difflab.autodiff.rules import elementwise, linalg, products, reductions, shaping, stable
from difflab.autodiff.rules.rule import Rule, fit
from difflab.errors import MissingRuleError
from difflab.trace import instead_of, name_of

_GROUPS = (elementwise, reductions, shaping, products, linalg, stable)

RULES: dict[Callable[..., Any], Rule] = {
    rule.function: rule for group in _GROUPS for rule in group.RULES
}
"""Every function that the tape can differentiate."""


def rule_of(function: Callable[..., Any]) -> Rule:
    """Look up a function's row.

    Raises
    ------
    MissingRuleError
        Naming the function.
    """
    try:
        return RULES[function]
    except KeyError:
        raise MissingRuleError(
            f"{name_of(function)} has no derivative rule",
            "the tape recorded the call, but the table has no row for it",
            instead_of(function),
        ) from None


__all__ = ["RULES", "Rule", "fit", "rule_of"]
