"""Automatic differentiation on the tape: one table of rules, two sweeps, and transforms.

`rules` is the table, `reverse` and `forward` are the sweeps. What users call: `gradient`,
`vector_products` and `jacobians` differentiate; `checkpointing` trades time for memory;
`custom` takes the user's own rules. `arguments`, `recorded` and `step` are what these share.
"""

from difflab.autodiff.checkpointing import checkpoint
from difflab.autodiff.custom import custom_derivative
from difflab.autodiff.forward import pushforward
from difflab.autodiff.gradient import grad, value_and_grad
from difflab.autodiff.jacobians import hessian, jacobian
from difflab.autodiff.reverse import pullback
from difflab.autodiff.rules import RULES, Rule, rule_of
from difflab.autodiff.vector_products import hvp, jvp, vjp

__all__ = [
    "RULES",
    "Rule",
    "checkpoint",
    "custom_derivative",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "pullback",
    "pushforward",
    "rule_of",
    "value_and_grad",
    "vjp",
]
