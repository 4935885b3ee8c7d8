"""From names to measurements: one entry for the lab's cells and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from threadpoolctl import threadpool_limits

from difflab import providers
from difflab.errors import UsageError, unknown_name
from difflab.studies.measurement import Measurement
from difflab.studies.problem import Problem
from difflab.studies.truncation.curves import CURVES, measure_curve, order_needed
from difflab.studies.truncation.lecture import PARAMETERS, simplest
from difflab.studies.truncation.subject import HIGHEST, POINTS, Subject
from difflab.tree import flatten, ravel

DTYPES = ("float64", "float32")


DIRECTIONS = "directions"
NETWORK_EXHIBITS = ("coordinates", "kinks", "hardships", DIRECTIONS)
SUBJECT_EXHIBITS = ("methods", "error bars")
EXHIBITS = (*CURVES, *SUBJECT_EXHIBITS, *NETWORK_EXHIBITS)
"""What can be measured: a V curve by its scheme, or another exhibit by its name."""

COUNTS = (1, 4, 16, 64, 256)
DRAWN = 1024
"""Numbers of random directions, and how many are drawn in all for each."""


def measure(
    task: str,
    exhibit: str,
    dtype: str = "float64",
    *,
    parameter: str | None = None,
    points: int = POINTS,
    at: Sequence[tuple[str, float]] | None = None,
) -> list[Measurement]:
    """Measure one exhibit of the study.

    Parameters
    ----------
    task : str
        A task by name, or ``"expression ..."`` with an expression behind the blank.
    exhibit : str
        One of `EXHIBITS`.
    dtype : str
        "float64" or "float32".
    parameter : str or None
        See `subject_of`; means nothing for the exhibits of a whole network.
    points : int
        How many values of the parameter errors are averaged over.
    at : sequence of (name, value), optional
        Where an expression is evaluated.

    Raises
    ------
    UnknownNameError
        For an exhibit, task or parameter that does not exist.
    UsageError
        For fewer points than two, or an expression that cannot be studied.

    Examples
    --------
    >>> rows = measure("simplest", "forward", points=20)
    >>> [(row.quantity, round(row.value, 1)) for row in rows if row.quantity == "truncation slope"]
    [('truncation slope', 1.0)]
    """
    if exhibit not in EXHIBITS:
        raise unknown_name("exhibit", exhibit, EXHIBITS, "difflab truncation --help")
    with threadpool_limits(1):  # matrices are small, and threads that wait for one another slow
        return _measure(task, exhibit, dtype, parameter, points, at)


def _measure(
    task: str,
    exhibit: str,
    dtype: str,
    parameter: str | None,
    points: int,
    at: Sequence[tuple[str, float]] | None,
) -> list[Measurement]:
    if exhibit in NETWORK_EXHIBITS:
        return _measure_network(task, exhibit, dtype)
    order = order_needed(exhibit) if exhibit in CURVES else HIGHEST
    subject = subject_of(task, parameter, dtype, points, at, order)
    if exhibit in CURVES:
        return measure_curve(subject, exhibit)
    from difflab.studies.truncation.methods import measure_doubts, measure_methods

    return measure_methods(subject) if exhibit == "methods" else measure_doubts(subject)


def _measure_network(task: str, exhibit: str, dtype: str) -> list[Measurement]:
    from difflab.studies.truncation import coordinates, hardships, kinks
    from difflab.studies.truncation.networks import network_of

    if exhibit == "kinks":
        network = network_of(task, "relu", dtype, kinks.SAMPLES)
        return kinks.measure_kinks(*network)
    network = network_of(task, dtype=dtype)
    if exhibit == "coordinates":
        return coordinates.measure_coordinates(*network)
    if exhibit == "hardships":
        return hardships.measure_hardships(*network)
    return _measure_directions(*network)


def _measure_directions(name: str, here: Problem) -> list[Measurement]:
    """Exhibit 9: the cosine of random directions to the gradient of a network."""
    from difflab.studies import directions

    prepared = providers.get("autodiff").prepare(here.objective, here.params, *here.contexts)
    _, slopes = prepared.value_and_gradient(here.params, *here.contexts)
    gradient = ravel(flatten(slopes)[0]).astype(float)
    rows = [Measurement("network", name, "", parameters=gradient.size)]
    for kind in DIRECTION_KINDS:
        counts = [k for k in COUNTS if kind != "orthonormal" or k <= gradient.size]
        found = directions.measure(kind, counts, gradient=gradient, drawn=DRAWN)
        rows += [replace(row, quantity=f"{kind}, {row.quantity}") for row in found]
    return rows


DIRECTION_KINDS = ("gaussian", "rademacher", "orthonormal")

EXPRESSION = "expression "
"""What stands before an expression where a task's name might stand."""


def subject_of(
    task: str,
    parameter: str | None = None,
    dtype: str = "float64",
    points: int = POINTS,
    at: Sequence[tuple[str, float]] | Mapping[str, float] | None = None,
    order: int = HIGHEST,
) -> Subject:
    """Return the function of one number that is studied.

    Parameters
    ----------
    task : str
        A task by name, or ``"expression ..."``.
    parameter : str or None
        w1, b1, w2 or b2 of ``simplest``; a short name such as W1[3,5] or b2[0] of a network; a name
        of an expression. None takes w2, the steepest one below an activation, or the first name.
    dtype : str
    points : int
    at : sequence of (name, value), mapping or None
        For expressions.
    order : int
        Highest derivative that will be asked for.

    Raises
    ------
    UnknownNameError, UsageError
        See `measure`.

    Examples
    --------
    >>> subject_of("expression exp(x)", at={"x": 1.0}, points=2).title
    'df/dx of exp(x)'
    """
    check_dtype(dtype)
    if task.startswith(EXPRESSION):
        from difflab.studies.truncation.expressions import of_expression

        place = None if at is None else dict(at)
        return of_expression(task.removeprefix(EXPRESSION), parameter, place, dtype, points, order)
    if at:
        raise UsageError(
            f"a point means nothing for the task {task}",
            "its parameters have the values that training starts from",
            'difflab truncation --expr "exp(x)" --at x=1',
        )
    if task == "simplest":
        name = "w2" if parameter is None else parameter.lower()
        return simplest(name if name in PARAMETERS else parameter or name, dtype, points, order)
    from difflab.studies.truncation.along_tasks import of_task

    return of_task(task, parameter, dtype, points, order)


def check_dtype(dtype: str) -> None:
    """Refuse what is no float type of the study.

    Raises
    ------
    UsageError

    Examples
    --------
    >>> check_dtype("float32")
    """
    if dtype not in DTYPES:
        raise UsageError(
            f"{dtype!r} is no float type of the study",
            "theory is compared in the two types that networks are trained in",
            " or ".join(DTYPES),
        )
