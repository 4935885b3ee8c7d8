"""The functions of the course, written out in exponentials, and their derivatives.

Activations are functions of one number. Softmax and its cross-entropy are derived for three
classes, entry by entry: what holds for three holds for any number, by symmetry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

import sympy as sp

from difflab.symbolic.paper.rewritten import Derivative, are_equal, differentiate
from difflab.symbolic.rewriting import cost

Z = sp.Symbol("z", real=True)
A = sp.Symbol("a", real=True)
Y = sp.Symbol("y", real=True)

CLASSES = 3

ACTIVATIONS: Mapping[str, sp.Expr] = MappingProxyType(
    {
        "sigmoid": 1 / (1 + sp.exp(-Z)),
        "tanh": (sp.exp(Z) - sp.exp(-Z)) / (sp.exp(Z) + sp.exp(-Z)),
        "softplus": sp.log(1 + sp.exp(Z)),
    }
)
"""Definitions in elementary functions, in z."""

_PROBABILITY = ACTIVATIONS["sigmoid"]

BINARY_CROSS_ENTROPY = -Y * sp.log(_PROBABILITY) - (1 - Y) * sp.log(1 - _PROBABILITY)
"""Of the target y and the logit z."""


@dataclass(frozen=True, slots=True)
class Partial:
    """A partial derivative of a function of several numbers.

    Attributes
    ----------
    of, by : str
        Names, as ``"p1"`` and ``"z2"``.
    raw : Expr
        As ``sympy.diff`` finds it.
    written : Expr
        Through the probabilities.
    proven : bool
        Whether SymPy simplified the difference to 0.
    """

    of: str
    by: str
    raw: sp.Expr
    written: sp.Expr
    proven: bool


def activation(name: str) -> Derivative:
    """Differentiate an activation of `ACTIVATIONS` by z, its value being a.

    Examples
    --------
    >>> activation("softplus").through, activation("softplus").proven
    (sigmoid(z), True)
    """
    return differentiate(ACTIVATIONS[name], Z, A)


def binary_cross_entropy() -> Derivative:
    """Differentiate the binary cross-entropy by the logit.

    Examples
    --------
    >>> binary_cross_entropy().through
    -y + sigmoid(z)
    """
    return differentiate(BINARY_CROSS_ENTROPY, Z, A)


def logits() -> tuple[sp.Symbol, ...]:
    """z1, z2, z3."""
    return sp.symbols(f"z1:{CLASSES + 1}", real=True)


def exponentials() -> sp.Expr:
    """exp(z1) + exp(z2) + exp(z3)."""
    return sp.Add(*map(sp.exp, logits()))


def probabilities() -> tuple[sp.Expr, ...]:
    """Softmax written out: exp(z_i) over the sum of all.

    Examples
    --------
    >>> probabilities()[0]
    exp(z1)/(exp(z1) + exp(z2) + exp(z3))
    """
    return tuple(sp.exp(z) / exponentials() for z in logits())


def softmax() -> tuple[Partial, ...]:
    """Differentiate every probability by every logit.

    Examples
    --------
    >>> [(p.of, p.by, p.written) for p in softmax()[:2]]
    [('p1', 'z1', p1*(1 - p1)), ('p1', 'z2', -p1*p2)]
    """
    pairs = product(enumerate(probabilities(), start=1), logits())
    return tuple(_partial(f"p{k}", p, z) for (k, p), z in pairs)


def softmax_cross_entropy() -> tuple[Partial, ...]:
    """Differentiate -sum y_i log p_i by every logit, for targets that sum to 1.

    Examples
    --------
    >>> [p.written for p in softmax_cross_entropy()]
    [p1 - y1, p2 - y2, p3 - y3]
    """
    loss = softmax_loss()
    return tuple(_partial("L", loss, z, _sums_to_one) for z in logits())


def targets() -> tuple[sp.Symbol, ...]:
    """y1, y2, y3."""
    return sp.symbols(f"y1:{CLASSES + 1}", real=True)


def softmax_loss() -> sp.Expr:
    """-sum y_i log p_i, written out."""
    return -sp.Add(*(y * sp.log(p) for y, p in zip(targets(), probabilities())))


def _sums_to_one(expression: sp.Expr) -> sp.Expr:
    """With the sum of the targets as 1."""
    *first, last = targets()
    return expression.subs(last, 1 - sp.Add(*first))


def _partial(
    of: str, function: sp.Expr, by: sp.Symbol, given: Callable[[sp.Expr], sp.Expr] | None = None
) -> Partial:
    """Write exp(z_i) as p_i S in SymPy's derivative; S, the sum of all, cancels."""
    raw = sp.diff(function, by)
    names = sp.symbols(f"p1:{CLASSES + 1}", positive=True)
    whole = sp.Dummy("S", positive=True)
    condition = given or (lambda expression: expression)
    in_names = sp.expand_power_exp(sp.expand(raw)) if raw.has(sp.log) else raw
    in_names = in_names.subs(exponentials(), whole)
    in_names = in_names.subs({sp.exp(z): p * whole for z, p in zip(logits(), names)})
    written = _targets_back(sp.cancel(condition(in_names)))
    for name in names:  # p (1 - p) rather than p - p^2
        if str(name) == of:
            written = name * sp.cancel(written / name)
    back = written.subs(dict(zip(names, probabilities())))
    return Partial(of, str(by), raw, written, are_equal(condition(raw), condition(back)))


def _targets_back(expression: sp.Expr) -> sp.Expr:
    """With the last target in place of 1 minus the others, where that is shorter."""
    *first, last = targets()
    candidate = sp.expand(expression.subs(first[-1], 1 - last - sp.Add(*first[:-1])))
    return candidate if cost(candidate) < cost(expression) else expression
