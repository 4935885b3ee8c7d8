"""A task's loss along one of its parameters, as a subject of the study."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab import providers
from difflab.errors import UsageError
from difflab.nn import Objective
from difflab.studies.problem import Problem, problem
from difflab.studies.truncation.intervals import WIDEST, points_around, reach_of
from difflab.studies.truncation.kinks import unit_signs
from difflab.studies.truncation.networks import SAMPLES, Coordinate, along, coordinate
from difflab.studies.truncation.oracle import by_complex_plane, truth_of_networks
from difflab.studies.truncation.subject import HIGHEST, POINTS, Engine, Subject
from difflab.tree import flatten, size, unflatten

KINKED = ("relu",)
"""Activations with kinks."""


def steepest(here: Problem) -> Coordinate:
    """Return the parameter with the largest slope among those below an activation.

    In the parameters of a linear last layer a squared error is a parabola, and central differences
    are exact however long their step.

    Examples
    --------
    >>> steepest(problem("simplest")).name
    'b1[0]'
    """
    prepared = providers.get("autodiff").prepare(here.objective, here.params, *here.contexts)
    slopes = flatten(prepared.value_and_gradient(here.params, *here.contexts)[1])[0]
    inner = slopes[:-2] or slopes
    leaf = int(np.argmax([np.max(np.abs(slope)) for slope in inner]))
    index = np.unravel_index(int(np.argmax(np.abs(slopes[leaf]))), np.shape(slopes[leaf]))
    return Coordinate(leaf, tuple(int(i) for i in index))


def of_task(
    task: str,
    parameter: str | None = None,
    dtype: str = "float64",
    points: int = POINTS,
    order: int = HIGHEST,
) -> Subject:
    """Return the loss of a task's network along one parameter, on a batch of `SAMPLES`.

    Parameters
    ----------
    task : str
        A name that `difflab tasks` lists.
    parameter : str or None
        Short name; the one with the largest slope where None.
    dtype : str
    points : int
    order : int
        Highest derivative that will be asked for.

    Raises
    ------
    UnknownNameError
        For a task or parameter that does not exist.
    UsageError
        For fewer points than two, or a parameter on which the loss does not depend.

    Notes
    -----
    The points lie within half of the parameter's value; with relu, so close to it that no stencil
    crosses a kink, since theory says nothing about one that does: `kinks` is about those.

    Examples
    --------
    >>> of_task("sincos-small", "W1[0,2]", points=2).title
    'dL/dW1[0,2] of sincos-small'
    """
    here = problem(task, dtype=dtype, samples=SAMPLES)
    moved = steepest(here) if parameter is None else coordinate(here.params, parameter)
    loss = along(here, moved)
    at = float(np.asarray(flatten(here.params)[0][moved.leaf])[moved.entry])

    def same_pieces(values: np.ndarray) -> bool:
        on = unit_signs(here, moved, values)
        return bool(np.all(on == on[:1]))

    assert isinstance(here.objective, Objective)
    smooth = here.objective.model.activation not in KINKED
    reach = reach_of(loss, (), at, None if smooth else same_pieces)
    subject = Subject(
        title=f"dL/d{moved.name} of {task}",
        variable=moved.name,
        function=loss,
        taylor=lambda x: by_complex_plane(loss, x, order, min(1.0, (WIDEST - 1) * reach)),
        points=points_around(at, points, reach).astype(dtype),
        dtype=dtype,
        truth=truth_of_networks(),
        parameters=size(here.params),
        batch=here.samples,
        scale=2 * reach,
        engines=(_reverse_mode(here, moved),),
    )
    if np.ptp(loss(subject.points)) == 0:
        raise UsageError(
            f"the loss of {task} does not depend on {moved.name}",
            f"for the {here.samples} samples that are looked at, its input is 0 or its unit is off",
            f'--parameter "{steepest(here).name}", which has the largest slope',
        )
    return subject


def _reverse_mode(here: Problem, moved: Coordinate) -> Engine:
    """The gradient of the network at every point, of which one entry is looked at."""
    prepared = providers.get("autodiff").prepare(here.objective, here.params, *here.contexts)
    leaves, structure = flatten(here.params)

    def slope(value: Any) -> float:
        leaf = np.array(leaves[moved.leaf])
        leaf[moved.entry] = value
        params = unflatten(structure, [*leaves[: moved.leaf], leaf, *leaves[moved.leaf + 1 :]])
        gradient = prepared.value_and_gradient(params, *here.contexts)[1]
        return float(flatten(gradient)[0][moved.leaf][moved.entry])

    return Engine("reverse mode", 3, lambda points: np.array([slope(value) for value in points]))
