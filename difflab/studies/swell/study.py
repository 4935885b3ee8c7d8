"""The study of one family: its members in every form, under hard limits, and how they grow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from difflab.errors import UsageError
from difflab.limits import run_limited
from difflab.studies.expressions import of_expression
from difflab.studies.families import Family, family
from difflab.studies.growth import Law, growth_law
from difflab.studies.members import Example
from difflab.studies.swell.forms import FORMS, foreseen, measured_forms
from difflab.studies.swell.rivals import RIVALS, measured_rivals
from difflab.studies.swell.row import SwellRow
from difflab.studies.swell.simplified import ARMS, measured_arms
from difflab.trace import trace

Sizes = tuple[tuple[str, int], ...]
"""A member of a family: ``(("width", 4), ("depth", 2))``."""

MOST_MEMBERS = 100
"""Members of one study."""

LAW_MEMBERS = 16
"""Members up to this size are counted too, so that the law is known better ..."""

LAW_OPERATIONS = 2000
"""... unless a loss has more operations: that is a second in all."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to study.

    Attributes
    ----------
    family : str
        By name; "" for an expression.
    members : tuple of Sizes
    forms, arms, rivals : tuple of str
        Which to measure.
    budget_seconds : float
        Predicted time of ``sympy.diff`` beyond which a form is refused.
    expression : str
        The user's own function.
    at : tuple of (name, value)
        The point to evaluate an expression, or a function of one number, at.
    """

    family: str
    members: tuple[Sizes, ...]
    forms: tuple[str, ...] = FORMS
    arms: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    budget_seconds: float = 10.0
    expression: str = ""
    at: tuple[tuple[str, float], ...] = ()

    @property
    def subject(self) -> Family:
        """The family, or the expression as one."""
        if self.expression:
            return of_expression(self.expression, dict(self.at) or None)
        return family(self.family)


@dataclass(frozen=True, slots=True)
class SwellStudy:
    """What came of a plan.

    Attributes
    ----------
    plan : Plan
    rows : tuple of SwellRow
    laws : tuple of (quantity, Law)
        How counts grow with the size that varies; none where no size does.
    """

    plan: Plan
    rows: tuple[SwellRow, ...]
    laws: tuple[tuple[str, Law], ...]


def members(subject: Family, sizes: Mapping[str, Sequence[int]]) -> tuple[Sizes, ...]:
    """List the members of a family for sizes that vary; usual ones where none are given.

    Raises
    ------
    UsageError
        When the family has no such size, or a size means nothing, or there are too many members.

    Examples
    --------
    >>> members(family("mlp"), {"depth": (1, 2)})
    ((('width', 4), ('depth', 1)), (('width', 4), ('depth', 2)))
    """
    unknown = set(sizes) - {size.name for size in subject.sizes}
    if unknown:
        subject.member(**{name: sizes[name][0] for name in sorted(unknown)})  # words the error
    choices = [
        [(size.name, value) for value in sizes.get(size.name, size.usual)] for size in subject.sizes
    ]
    found = tuple(product(*choices))
    if len(found) > MOST_MEMBERS:
        raise UsageError(
            f"{len(found)} members would be studied",
            f"one study has {MOST_MEMBERS} at most",
            "fewer sizes: --width 4 --depth 1..5",
        )
    for member in found:
        subject.member(**dict(member))
    return found


def study(
    plan: Plan,
    seconds: float = 300.0,
    memory_bytes: int | None = None,
    tell: Callable[[SwellRow], None] | None = None,
) -> SwellStudy:
    """Measure a plan in a process of its own, which is stopped at its limits.

    Parameters
    ----------
    plan : Plan
    seconds : float
        Wall-clock limit of the whole study.
    memory_bytes : int or None
        Memory the process may take.
    tell : callable or None
        Called with every row as it arrives.

    Returns
    -------
    SwellStudy
        With the rows that were finished, and for each member that was not a row that says why.

    Examples
    --------
    >>> found = study(Plan("product", ((("n", 3),), (("n", 4),)), forms=("staged",)))
    >>> [(row.member, row.emitted) for row in found.rows]
    [('n 3', 4), ('n 4', 7)]
    """
    outcome = run_limited(measured, plan, seconds=seconds, memory_bytes=memory_bytes, on_item=tell)
    rows: list[SwellRow] = list(outcome.items)
    if not outcome.finished:
        rows += _unfinished(plan, rows, outcome.status)
    return SwellStudy(plan, tuple(rows), laws(plan, rows))


def measured(plan: Plan) -> Iterator[SwellRow]:
    """Yield the rows of a plan, in this process."""
    for member in plan.members:
        example = _example(plan, member)
        row = SwellRow(named(member), "", member[-1][1] if member else 1)
        yield from measured_forms(example, row, plan.forms, plan.budget_seconds)
        if plan.arms:
            yield from measured_arms(example, row, plan.arms)
        if plan.rivals:
            yield from measured_rivals(example, row, plan.rivals)


def _example(plan: Plan, member: Sizes) -> Example:
    example = plan.subject.member(**dict(member))
    if not plan.expression and plan.at:
        return replace(example, params=np.asarray(plan.at[0][1]))
    return example


def named(member: Sizes) -> str:
    """Name a member by its sizes.

    Examples
    --------
    >>> named((("width", 4), ("depth", 2)))
    'width 4, depth 2'
    """
    return ", ".join(f"{name} {value}" for name, value in member)


def _unfinished(plan: Plan, rows: Sequence[SwellRow], status: str) -> Iterator[SwellRow]:
    """What was being measured when the process was stopped, and what was not begun."""
    done = {(row.member, row.form) for row in rows}
    wanted = (*plan.forms, *(("diff", *plan.arms) if plan.arms else ()), *plan.rivals)
    reason = status
    for member in plan.members:
        missing = [form for form in wanted if (named(member), form) not in done]
        if not missing:
            continue
        row = SwellRow(named(member), "", member[-1][1] if member else 1)
        if reason == status:  # counting takes no time, unlike what was stopped
            example = _example(plan, member)
            with np.errstate(all="ignore"):
                program = trace(example.loss, example.params, *example.contexts)
            row = foreseen(program, row)[0]
        for form in missing:
            yield replace(row, form=form, status=reason)
            reason = f"not reached: {status}"


LAWS = {
    "loss tree": ("", "loss_tree"),
    "gradient tree": ("", "predicted_tree"),
    "cse": ("cse", "emitted"),
    "staged": ("staged", "emitted"),
}
"""Quantities whose law is looked for: the form and the column they are found in."""


def laws(plan: Plan, rows: Sequence[SwellRow]) -> tuple[tuple[str, Law], ...]:
    """Name how counts grow with the size that varies."""
    varying = [
        name
        for k, (name, _) in enumerate(plan.members[0] if plan.members else ())
        if len({member[k][1] for member in plan.members}) > 1
    ]
    if len(varying) != 1:
        return ()
    (name,) = varying
    position = next(k for k, (n, _) in enumerate(plan.members[0]) if n == name)
    size_of = {named(member): member[position][1] for member in plan.members}
    more = _counted(plan, position, set(size_of.values()))
    found = []
    for quantity, (form, column) in LAWS.items():
        counts = {
            size_of[row.member]: getattr(row, column)
            for row in rows
            if (not form or row.form == form) and getattr(row, column) is not None
        }
        if counts:
            counts |= {size: getattr(row, column) for size, row in more.items() if not form}
        if len(counts) > 2:
            sizes = sorted(counts)
            found.append((quantity, growth_law(sizes, [counts[n] for n in sizes], name[0])))
    return tuple(found)


def _counted(plan: Plan, position: int, known: set[int]) -> dict[int, SwellRow]:
    """Count members between and beyond those asked for, without deriving anything."""
    found: dict[int, SwellRow] = {}
    member = list(plan.members[-1])
    name = member[position][0]
    for size in range(min(known), LAW_MEMBERS + 1):
        if size in known:
            continue
        member[position] = (name, size)
        example = plan.subject.member(**dict(member))
        with np.errstate(all="ignore"):
            program = trace(example.loss, example.params, *example.contexts)
        row = foreseen(program, SwellRow(named(tuple(member)), "", size))[0]
        if (row.loss_dag or 0) > LAW_OPERATIONS:
            break
        found[size] = row
    return found


__all__ = ["ARMS", "FORMS", "RIVALS", "Plan", "SwellStudy", "measured", "members", "study"]
