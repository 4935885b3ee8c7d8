"""Fusing: neighbouring elementwise calls that make one function of one array.

1 / (1 + np.exp(-z)) is four calls and one function. Differentiated call by call it costs four
factors, and at saturation 0 times infinity. As one expression in z its derivative is a (1 - a).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from difflab.errors import MissingRuleError
from difflab.symbolic.elementwise import (
    OPERANDS,
    OUTPUT,
    PIECEWISE_CONSTANT,
    is_elementwise,
    meaning,
)
from difflab.symbolic.kinks import rounded
from difflab.symbolic.rewriting import cost, slope, stabilised
from difflab.symbolic.scalars import constant
from difflab.trace import value_of

LARGEST = 40
"""What an expression may cost, so that no cluster swells."""

MOST_CALLS = 10
"""How many calls a cluster may have: tanh written out in exponentials has nine."""

Call = tuple[Callable[..., Any] | None, tuple[Any, ...], tuple[int, ...], dict[str, Any], Any]
"""An entry of a tape: function, operands, parents, options, value."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A function of one array.

    Attributes
    ----------
    root : int
        Index of the array.
    expression : Expr
        The function, in the symbol `OPERANDS[0]`.
    calls : frozenset of int
        The calls that compute it, the last of which gives its value.
    """

    root: int
    expression: sp.Expr
    calls: frozenset[int]


def clusters(calls: Sequence[Call], active: Sequence[bool], output: int) -> dict[int, Cluster]:
    """Find the clusters of a tape.

    Parameters
    ----------
    calls : sequence of tuple
        A tape.
    active : sequence of bool
        Which entries depend on the parameters and matter for the output.
    output : int

    Returns
    -------
    dict of int to Cluster
        By the index of the last call. Elementwise functions of one array are clusters of one call.
    """
    users: dict[int, set[int]] = {}
    for index in range(output + 1):
        if active[index]:
            for parent in calls[index][2]:
                users.setdefault(parent, set()).add(index)
    apart: set[int] = set()
    while True:
        found = _grown(calls, active, output, apart)
        ends = {i for i in found if i == output or _is_read_outside(i, found, users)}
        more = {i for i in ends if any(i in found[u].calls for u in users.get(i, ()) if u in found)}
        for end in ends - more:
            if len(found[end].calls) > 1 and not _pays(found[end], calls):
                more |= found[end].calls
        if more <= apart:
            return {end: found[end] for end in ends}
        apart |= more


def _is_read_outside(index: int, found: dict[int, Cluster], users: dict[int, set[int]]) -> bool:
    return any(u not in found or index not in found[u].calls for u in users.get(index, ()))


def _grown(
    calls: Sequence[Call], active: Sequence[bool], output: int, apart: set[int]
) -> dict[int, Cluster]:
    """For each call the largest cluster that it ends; calls set apart are roots for others.

    So are remainders: x - n floor(x/n) loses the digits that NumPy's remainder keeps.
    """
    found: dict[int, Cluster] = {}
    for index in range(output + 1):
        function, _, parents, _, value = calls[index]
        if not active[index] or function is None or not is_elementwise(function):
            continue
        if function in PIECEWISE_CONSTANT or dtype_of(value).kind != "f":
            continue
        inner = {p: found[p] for p in parents if p in found and p not in apart}
        inner = {p: cluster for p, cluster in inner.items() if not cluster.expression.has(rounded)}
        for candidates in (inner, _without_known_forms(inner), {}):
            cluster = _cluster(index, calls, candidates)
            if cluster is not None and (
                candidates is not inner or _gains(cluster, index, calls, inner)
            ):
                found[index] = cluster
                break
    return found


def _without_known_forms(inner: dict[int, Cluster]) -> dict[int, Cluster]:
    return {p: cluster for p, cluster in inner.items() if not _is_known_form(cluster.expression)}


def _gains(cluster: Cluster, index: int, calls: Sequence[Call], inner: dict[int, Cluster]) -> bool:
    """Whether to grow over a known form: log(sigmoid(z)) is softplus, sigmoid(z)^2 nothing new."""
    outer = _without_known_forms(inner)
    if len(outer) == len(inner):
        return True
    apart = _cluster(index, calls, outer)
    return apart is None or cost(stabilised(cluster.expression)) <= cost(apart.expression) + 2


def _cluster(index: int, calls: Sequence[Call], inner: dict[int, Cluster]) -> Cluster | None:
    """The call with what is before it, as a function of one array; None where it is not one."""
    function, operands, parents, options, value = calls[index]
    roots = {inner[p].root if p in inner else p for p in parents if p >= 0}
    if len(roots) != 1:
        return None
    (root,) = roots
    like = calls[root][4]
    if np.shape(value) != np.shape(like) or dtype_of(like).kind != "f":
        return None
    arguments: list[sp.Expr | None] = []
    for operand, parent in zip(operands, parents):
        if parent >= 0:
            arguments.append(inner[parent].expression if parent in inner else OPERANDS[0])
        elif operand is None:
            arguments.append(None)
        else:
            exact = exact_number(operand)
            if exact is None:
                return None
            arguments.append(exact)
    assert function is not None
    try:
        expression = meaning(function, arguments, options)
    except MissingRuleError:
        return None  # said where the call is differentiated
    together = frozenset({index}).union(*(inner[p].calls for p in parents if p in inner))
    if inner and (len(together) > MOST_CALLS or cost(expression) > LARGEST):
        return None
    return Cluster(root, expression, together)


def dtype_of(value: Any) -> np.dtype[Any]:
    """Type of a value on a tape, itself perhaps traced; that of objects for several results."""
    value = value_of(value)
    return np.dtype(object) if isinstance(value, tuple) else np.asarray(value).dtype


def exact_number(operand: Any) -> sp.Expr | None:
    """A real number as SymPy's; None of arrays and of what is not finite.

    Examples
    --------
    >>> exact_number(0.5), exact_number(np.ones(2)), exact_number(np.inf)
    (1/2, None, None)
    """
    if type(operand) not in (int, float) and not isinstance(operand, (np.floating, np.integer)):
        return None
    return (
        constant(operand.item() if isinstance(operand, np.generic) else operand)
        if np.isfinite(operand)
        else None
    )


def _pays(cluster: Cluster, calls: Sequence[Call]) -> bool:
    """Whether the derivative is better taken at once than call by call."""
    if _is_known_form(cluster.expression):
        return True
    chain = 0
    for index in cluster.calls:
        single = _cluster(index, calls, {})
        if single is None:  # two arrays of the cluster meet
            chain += 2 + len(calls[index][1])
        else:
            chain += 1 + cost(slope(single.expression, OPERANDS[0], OUTPUT))
    return cost(slope(cluster.expression, OPERANDS[0], OUTPUT)) + 1 <= chain


@lru_cache(maxsize=4096)
def _is_known_form(expression: sp.Expr) -> bool:
    return bool(stabilised(expression) != expression)
