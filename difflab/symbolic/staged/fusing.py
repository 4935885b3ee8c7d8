"""Fusing: neighbouring stages that depend on one stage only become one stage.

Four stages make 1/(1 + exp(-z)). As one function of z, SymPy derives it at once, and the derivative
can be written through the value, a (1 - a), where stage by stage exp(-z) overflows and the product
of adjoints is 0 inf. A cluster is fused where that is shorter, or where value or derivative stay
finite at saturation and did not before. What is right stays as the user wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import sympy as sp

from difflab.symbolic.counting import Counter
from difflab.symbolic.rewriting import CALL, stabilised
from difflab.symbolic.source import compile_source
from difflab.symbolic.staged.graph import NEGATIVE, PRODUCT, Stage, Stages, is_small, place
from difflab.symbolic.staged.sweep import reverse
from difflab.symbolic.staged.writing import emit

STAGES = 8
"""Most stages in a cluster."""

OPERATIONS = 24
"""Most operations of a cluster as one expression: local rules must not swell."""

SATURATION = (-1e4, -800.0, -1.0, 1.0, 800.0, 1e4)
"""Where a cluster and its stages are compared: exp overflows beyond 709."""

_MODERATE = np.abs(SATURATION) <= 1


def fuse(stages: Stages, result: int) -> tuple[Stages, int]:
    """Fuse the clusters on the way to a result.

    Parameters
    ----------
    stages : Stages
        Without adjoints; stays as it is.
    result : int

    Returns
    -------
    stages : Stages
        With the same symbols.
    result : int
        Its position there.

    Examples
    --------
    >>> from difflab.symbolic.staged.build import from_expression
    >>> z = sp.Symbol("z", real=True)
    >>> stages = Stages()
    >>> fused, at = fuse(stages, from_expression(1 / (1 + sp.exp(-z)), stages))
    >>> fused.entries
    [Stage(rule=z, operands=()), Stage(rule=1/(1 + exp(-{0})), operands=(0,))]
    """
    return _rebuilt(stages, _chosen(stages, result + 1), result)


def _rebuilt(stages: Stages, rules: dict[int, Stage], result: int) -> tuple[Stages, int]:
    """Copy what a result needs, with other rules for some stages."""
    copy = Stages()
    moved: dict[int, int] = {}
    for at in _needed(stages, rules, result):
        stage = rules.get(at, stages.entries[at])
        rule = stage.rule
        inputs = [moved[operand] for operand in stage.operands]
        if rule is None:
            moved[at] = copy.total(inputs)
        elif inputs:
            moved[at] = copy.apply(rule, inputs)
        else:
            moved[at] = copy.number(rule) if rule.is_number else copy.input(rule)
    return copy, moved[result]


def _needed(stages: Stages, rules: dict[int, Stage], result: int) -> list[int]:
    """Positions that the result needs once clusters are one stage; and all symbols."""
    needed = [stage.rule is not None and stage.rule.is_Symbol for stage in stages.entries]
    needed[result] = True
    for at in range(result, -1, -1):
        if needed[at]:
            for operand in rules.get(at, stages.entries[at]).operands:
                needed[operand] = True
    return [at for at, wanted in enumerate(needed) if wanted]


def _chosen(stages: Stages, end: int) -> dict[int, Stage]:
    """For the last stage of every cluster worth fusing, the stage that takes its place."""
    users = _users(stages)
    bases: list[frozenset[int]] = []
    rules: dict[int, Stage] = {}
    for at, stage in enumerate(stages.entries[:end]):
        bases.append(_common_bases(stages, stage, bases))
        if not bases[at] or _is_linear(stages, stage):
            continue
        best: tuple[tuple[bool, int, int], Stage] | None = None
        for base in sorted(bases[at], reverse=True):
            cluster = _extracted(stages, at, base)
            if cluster is None or len(cluster.inside) < 2:
                continue
            private = all(users[inner] <= set(cluster.inside) for inner in cluster.inside[:-1])
            found = _worth(cluster.stages)
            if found is None or not (found.heals or (private and found.saving > 0)):
                continue
            merit = (found.heals, found.saving, -len(cluster.inside))
            if best is None or merit > best[0]:
                best = merit, Stage(found.rule, cluster.leaves)
        if best is not None:
            rules[at] = best[1]
    return rules


def _users(stages: Stages) -> list[set[int]]:
    users: list[set[int]] = [set() for _ in stages.entries]
    for at, stage in enumerate(stages.entries):
        for operand in stage.operands:
            users[operand].add(at)
    return users


def _is_linear(stages: Stages, stage: Stage) -> bool:
    """Sums, signs and factors: a cluster that ends so has its function one stage earlier."""
    scaled = stage.rule == PRODUCT and any(at in stages.numbers for at in stage.operands)
    return stage.rule is None or stage.rule == NEGATIVE or scaled


def _common_bases(stages: Stages, stage: Stage, bases: Sequence[frozenset[int]]) -> frozenset[int]:
    """Stages that everything in a stage depends on by way of, a few steps back."""
    common: frozenset[int] | None = None
    for operand in stage.operands:
        if operand in stages.numbers:
            continue
        mine = bases[operand] | {operand}
        common = mine if common is None else common & mine
        if not common:
            break
    return frozenset(sorted(common or ())[-STAGES:])


class _Cluster(NamedTuple):
    """Stages between a base and a last stage.

    Attributes
    ----------
    stages : tuple of Stage
        Renumbered, so that clusters of one kind are equal: the base, then large numbers as if they
        were inputs too, then small numbers, then the rest.
    leaves : tuple of int
        Where base and large numbers are among all stages.
    inside : list of int
        Where the other ones are; the last stage last.
    """

    stages: tuple[Stage, ...]
    leaves: tuple[int, ...]
    inside: list[int]


def _extracted(stages: Stages, last: int, base: int) -> _Cluster | None:
    """Cut out a cluster; None where it has too many stages."""
    inside: set[int] = set()
    numbers: set[int] = set()
    stack = [last]
    while stack:
        at = stack.pop()
        if at in stages.numbers:
            numbers.add(at)
        elif at != base and at not in inside:
            inside.add(at)
            if len(inside) > STAGES:
                return None
            stack.extend(stages.entries[at].operands)
    small = sorted(at for at in numbers if is_small(stages.numbers[at]))
    leaves = (base, *sorted(numbers - set(small)))
    order = sorted(inside)
    number = {at: i for i, at in enumerate([*leaves, *small, *order])}
    cut = [Stage(_leaf(i)) for i in range(len(leaves))]
    cut += [stages.entries[at] for at in small]
    for at in order:
        stage = stages.entries[at]
        cut.append(Stage(stage.rule, tuple(number[operand] for operand in stage.operands)))
    return _Cluster(tuple(cut), leaves, order)


class _Worth(NamedTuple):
    rule: sp.Expr
    heals: bool
    saving: int


@cache
def _leaf(number: int) -> sp.Symbol:
    return sp.Symbol(f"x{number}", real=True)


@lru_cache(maxsize=4096)
def _worth(cluster: tuple[Stage, ...]) -> _Worth | None:
    """What fusing one kind of cluster would bring; None where it would swell."""
    rule = _composed(cluster)
    if Counter().tree(rule) > OPERATIONS or place(0) not in rule.free_symbols:
        return None
    apart = _measured(*_apart(cluster))
    best: tuple[int, _Worth] | None = None
    for candidate in dict.fromkeys((rule, stabilised(rule))):
        together = _measured(*_together(cluster, candidate))
        if np.any(apart.finite & ~together.finite) or np.any(
            (together.finite & ~apart.finite)[_MODERATE]
        ):
            continue  # something is lost; or the domain grows, as from exp(log(z)) to z
        finite = int(together.finite.sum())
        # the user's arithmetic, unless another one is finite where that is not
        if best is None or finite > best[0]:
            heals = finite > int(apart.finite.sum())
            best = finite, _Worth(candidate, heals, apart.cost - together.cost)
    return best and best[1]


def _apart(cluster: tuple[Stage, ...]) -> tuple[Stages, int]:
    """A cluster as stages, smaller clusters inside it fused."""
    stages = Stages()
    for stage in cluster:
        stages.append(stage)
    last = len(cluster) - 1
    return _rebuilt(stages, _chosen(stages, last), last)


def _together(cluster: tuple[Stage, ...], rule: sp.Expr) -> tuple[Stages, int]:
    """A cluster as one stage."""
    stages = Stages()
    leaves = [stages.append(stage) for stage in cluster if _is_symbol(stage)]
    return stages, stages.apply(rule, leaves)


def _is_symbol(stage: Stage) -> bool:
    return stage.rule is not None and stage.rule.is_Symbol and not stage.operands


def _composed(cluster: tuple[Stage, ...]) -> sp.Expr:
    """A cluster as one expression in its leaves."""
    values: list[sp.Expr] = []
    for stage in cluster:
        operands = [values[operand] for operand in stage.operands]
        if stage.rule is None:
            values.append(sp.Add(*operands))
        elif not operands:
            values.append(place(len(values)) if stage.rule.is_Symbol else stage.rule)
        else:
            given = {place(i): operand for i, operand in enumerate(operands)}
            values.append(stage.rule.xreplace(given))
    return values[-1]


class _Measured(NamedTuple):
    """Cost of value and derivative, and where both are finite at saturation."""

    cost: int
    finite: np.ndarray


def _measured(stages: Stages, last: int) -> _Measured:
    """Differentiate a cluster by its base, with an adjoint to multiply by, and try it."""
    base = stages.input(_leaf(0))
    seed = stages.input(sp.Symbol("adjoint", real=True))
    derivative = reverse(stages, last, [base], seed).derivatives[0]
    emitted = emit(stages, [last, derivative])
    symbols = [stage.rule for stage in stages.entries if _is_symbol(stage)]
    arguments = [np.array(SATURATION), *np.ones(len(symbols) - 1)]
    with np.errstate(all="ignore"):
        results = compile_source(emitted.function(symbols, ()))(arguments, ())
    value, slope = (np.broadcast_to(result, len(SATURATION)) for result in results)
    cost = emitted.operations + (CALL - 1) * emitted.transcendental
    return _Measured(cost, np.isfinite(value) & np.isfinite(slope))
