"""The report's cells: a member of a family in every form, as measurements with names and units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from difflab.studies.families import family
from difflab.studies.measurement import Measurement
from difflab.studies.swell.forms import FORMS
from difflab.studies.swell.row import SwellRow, unit_of
from difflab.studies.swell.study import Plan, measured, members, named


def measure(
    name: str,
    budget_seconds: float = 10.0,
    forms: Sequence[str] = FORMS,
    arms: Sequence[str] = (),
    at: float | None = None,
    **sizes: int,
) -> list[Measurement]:
    """Measure one member of a family.

    Parameters
    ----------
    name : str
        Of a family.
    budget_seconds : float
        Predicted time of ``sympy.diff`` beyond which nothing is derived; the predictions are
        reported all the same.
    forms, arms : sequence of str
        Which to measure.
    at : float or None
        The point, for functions of one number.
    **sizes : int
        Which member.

    Returns
    -------
    list of Measurement
        Quantities are named ``"form: column"`` after `SwellRow`; ``at`` is the member.

    Raises
    ------
    UnknownNameError
        With the nearest names.
    UsageError
        For a size that means nothing.

    Examples
    --------
    >>> found = {m.quantity: m.value for m in measure("chain", depth=2)}
    >>> found["expanded: tree"], found["cse: status"], found["staged: loss_tree"]
    (219, 'done', 17)
    """
    (member,) = members(family(name), {size: (value,) for size, value in sizes.items()})
    point = () if at is None else (("x", at),)
    plan = Plan(name, (member,), tuple(forms), tuple(arms), (), budget_seconds, at=point)
    return measurements(measured(plan), named(member))


def measurements(rows: Iterable[SwellRow], at: str) -> list[Measurement]:
    """Spread rows of one member out: a measurement per form and column that has a value."""
    found = []
    for row in rows:
        for column, value in row.as_dict().items():
            if value is None or column in ("member", "form") or value == "":
                continue
            quantity = f"{row.form}: {column}"
            found.append(Measurement(quantity, value, unit_of(column), at, row.parameters))
    return found


def rows_of(found: Iterable[Measurement]) -> list[SwellRow]:
    """Put measurements back together, member by member and form by form.

    Examples
    --------
    >>> [(row.member, row.form, row.tree) for row in rows_of(measure("chain", depth=1))][:2]
    [('depth 1', 'expanded', 49), ('depth 1', 'cse', 49)]
    """
    columns = {column.name: column.type for column in fields(SwellRow)}
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for measurement in found:
        form, _, column = measurement.quantity.partition(": ")
        value: Any = measurement.value
        if "int" in str(columns[column]):
            value = int(value)
        kept.setdefault((str(measurement.at), form), {})[column] = value
    return [SwellRow(member, form, **values) for (member, form), values in kept.items()]
