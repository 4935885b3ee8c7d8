"""Automatic differentiation on the tape: one table of rules, two sweeps, and transforms.

`rules` is the table, `reverse` and `forward` are the sweeps, `transforms` is what users call.
"""

from difflab.autodiff.forward import pushforward
from difflab.autodiff.reverse import pullback
from difflab.autodiff.rules import RULES, Rule, rule_of
from difflab.autodiff.transforms import grad, hvp, jvp, value_and_grad, vjp

__all__ = [
    "RULES",
    "Rule",
    "grad",
    "hvp",
    "jvp",
    "pullback",
    "pushforward",
    "rule_of",
    "value_and_grad",
    "vjp",
]
