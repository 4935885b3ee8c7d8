"""Networks along one parameter: names, stacks, truth, and relu's kinks kept at a distance."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import providers
from difflab.errors import UnknownNameError, UsageError
from difflab.studies.problem import problem
from difflab.studies.truncation import curve_of, verdicts
from difflab.studies.truncation.along_tasks import of_task, steepest
from difflab.studies.truncation.kinks import unit_signs
from difflab.studies.truncation.networks import Coordinate, along, coordinate, network_of, stacked
from difflab.tree import flatten, unflatten

SMALL = problem("sincos-small", samples=6)


@pytest.mark.parametrize(
    ("name", "leaf", "entry"),
    [
        ("W1[1,3]", 0, (1, 3)),
        ("w1[ 1 , 3 ]", 0, (1, 3)),
        ("b2[0]", 3, (0,)),
        ("b3", 5, (0,)),
        ("W3[2,0]", 4, (2, 0)),
    ],
)
def test_short_names_find_their_entry(name: str, leaf: int, entry: tuple[int, ...]) -> None:
    assert coordinate(SMALL.params, name) == Coordinate(leaf, entry)


@pytest.mark.parametrize("name", ["W9[0,0]", "W1[2,0]", "W1[0]", "W1", "b1", "c", "", "W0[0,0]"])
def test_names_that_do_not_exist_are_refused_with_all_that_do(name: str) -> None:
    with pytest.raises(UnknownNameError, match=r"W1\[0\.\.1,0\.\.3\]"):
        coordinate(SMALL.params, name)


@pytest.mark.parametrize("name", ["W1[1,3]", "b1[2]", "W2[3,0]", "b2[1]", "W3[1,0]", "b3"])
def test_a_stack_of_networks_is_the_loss_of_each(name: str) -> None:
    moved = coordinate(SMALL.params, name)
    values = np.linspace(-1, 1, 5)
    found = along(SMALL, moved)(values)
    for value, loss in zip(values, found):
        leaves, structure = flatten(SMALL.params)
        leaf = np.array(leaves[moved.leaf])
        leaf[moved.entry] = value
        params = unflatten(
            structure, [leaf if n == moved.leaf else v for n, v in enumerate(leaves)]
        )
        alone = SMALL.objective(params, *SMALL.contexts)
        assert loss == pytest.approx(alone, rel=1e-14)


def test_a_stack_moves_one_number_alone() -> None:
    params = stacked(SMALL.params, Coordinate(0, (1, 2)), np.array([5.0, 6.0]))
    weights = flatten(params)[0][0]
    assert weights[:, 1, 2].tolist() == [5.0, 6.0]
    rest = np.delete(weights.reshape(2, -1), 6, axis=1)
    assert np.array_equal(rest[0], rest[1])


@pytest.mark.parametrize("name", ["W1[0,0]", "b1[2]", "W2[1,2]", "W3[1,0]", "b3"])
def test_the_truth_is_the_gradient_by_reverse_mode(name: str) -> None:
    here = problem("sincos-small", samples=16)
    prepared = providers.get("autodiff").prepare(here.objective, here.params, *here.contexts)
    slopes = flatten(prepared.value_and_gradient(here.params, *here.contexts)[1])[0]
    subject = of_task("sincos-small", name, points=3)
    moved = coordinate(here.params, name)
    assert subject.exact(1)[0] == pytest.approx(slopes[moved.leaf][moved.entry], rel=1e-13)
    (engine,) = subject.engines
    assert engine.derivatives(subject.points) == pytest.approx(subject.exact(1), rel=1e-12)


@pytest.mark.parametrize("name", ["W1[1,3]", "b2[0]"])
def test_theory_foretells_the_curves_of_a_network(name: str) -> None:
    subject = of_task("sincos-small", name)
    for scheme in ("forward", "central", "central-4", "central-6", "central-8"):
        found = {verdict.found for verdict in verdicts(curve_of(subject, scheme))}
        assert found <= {"within", "only 2 steps"}, scheme


@pytest.mark.parametrize(
    ("task", "name"), [("sincos", "W2[3,5]"), ("sincos", "b2[7]"), ("digits", "b1[3]")]
)
def test_no_stencil_crosses_a_kink_of_relu(task: str, name: str) -> None:
    subject = of_task(task, name, points=20)
    here = problem(task, samples=16)
    home = float(subject.points[0])
    furthest = 4 * subject.scale + subject.scale / 2
    signs = unit_signs(
        here, coordinate(here.params, name), home + furthest * np.linspace(-1, 1, 101)
    )
    assert np.all(signs == signs[:1])
    assert subject.scale < 0.5, "a network of relu has kinks all over"


def test_between_kinks_a_squared_error_is_a_parabola() -> None:
    subject = of_task("sincos", "b2[7]", points=20)
    found = {v.quantity: v.found for v in verdicts(curve_of(subject, "central"))}
    assert found["truncation slope"] == found["best step"] == "no truncation"
    assert found["round-off slope"] == "within"
    # and forward differences have their own
    assert verdicts(curve_of(subject, "forward"))[0].found == "within"


def test_a_pixel_that_is_always_black_has_no_curve() -> None:
    with pytest.raises(UsageError, match=r"does not depend on W1\[0,0\]"):
        of_task("digits", "W1[0,0]", points=5)


def test_the_steepest_parameter_lies_below_an_activation() -> None:
    moved = steepest(problem("digits", samples=16))
    assert moved.leaf < 2


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("simplest", "2-16-16-1 tanh on sincos"),
        ("sincos-small", "2-4-4-1 tanh on sincos-small"),
        ("digits", "64-32-10 relu on digits"),
        ("linear-regression", "2-16-16-1 tanh on sincos"),
        ("expression exp(x)", "2-16-16-1 tanh on sincos"),
    ],
)
def test_a_task_without_hidden_layers_is_stood_in_for(task: str, name: str) -> None:
    assert network_of(task)[0] == name
