"""Exhibit 7: stencils across kinks of relu, counted one unit at a time and by the engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from difflab.nn import Objective
from difflab.studies.truncation.kinks import crossings, measure_kinks, unit_signs
from difflab.studies.truncation.networks import Coordinate, network_of
from difflab.tree import flatten, unflatten

NAME, HERE = network_of("simplest", "relu", samples=5)


def by_hand(moved: Coordinate, step: float) -> bool:
    """Two plain forward passes, and a look at every sum."""
    signs = []
    objective = HERE.objective
    assert isinstance(objective, Objective)
    for side in (-1, 1):
        leaves, structure = flatten(HERE.params)
        leaf = np.array(leaves[moved.leaf])
        leaf[moved.entry] += side * step
        params = unflatten(
            structure, [leaf if n == moved.leaf else v for n, v in enumerate(leaves)]
        )
        sums = [z for z, _ in objective.model.layer_outputs(params, HERE.contexts[0])[:-1]]
        signs.append(np.concatenate([(z > 0).ravel() for z in sums]))
    return bool(np.any(signs[0] != signs[1]))


@pytest.mark.parametrize(
    "moved",
    [Coordinate(0, (1, 3)), Coordinate(1, (2,)), Coordinate(2, (4, 7)), Coordinate(3, (5,)),
     Coordinate(4, (2, 0)), Coordinate(5, (0,))],
    ids=lambda moved: moved.name,
)  # fmt: skip
def test_crossings_are_those_of_two_forward_passes(moved: Coordinate) -> None:
    steps = 2.0 ** np.arange(-12.0, 1.0)
    found = crossings(HERE, moved, steps)
    assert found.tolist() == [by_hand(moved, step) for step in steps]


def test_the_output_layer_never_crosses() -> None:
    assert not np.any(crossings(HERE, Coordinate(5, (0,)), np.array([1e-3, 1.0, 100.0])))


def test_shares_rise_with_the_step_and_fall_to_zero() -> None:
    rows = measure_kinks(NAME, HERE)
    for layer in (1, 2):
        mine = [row for row in rows if row.quantity == f"layer {layer}, share"]
        shares = [row.value for row in sorted(mine, key=lambda row: float(row.at))]
        assert shares[0] == 0
        assert shares[-1] > 0.4
        # a unit can leave and come back, so the rise is not quite monotonic
        assert np.min(np.diff(shares)) > -0.1


def test_stencils_across_a_kink_are_wrong_and_the_others_are_not() -> None:
    rows = measure_kinks(NAME, network_of("simplest", "relu", samples=100)[1])
    at = 2.0**-7
    found = {row.quantity: row.value for row in rows if row.at == at}
    assert found["crossing, median error"] > 1e-3
    assert found["clean, median error"] < 1e-11


def test_more_samples_bring_more_kinks() -> None:
    shares = []
    for samples in (5, 200):
        rows = measure_kinks(*network_of("simplest", "relu", samples=samples))
        at = 2.0**-10
        shares += [r.value for r in rows if r.quantity == "layer 1, share" and r.at == at]
    assert shares[1] > shares[0]


def test_the_lectures_network_crosses_as_often_as_the_density_of_kinks_says() -> None:
    # a sum z of layer 2 moves by h n, n its input: it changes sign where |z| < h |n|
    _, here = network_of("sincos", "relu", samples=1000)
    objective = here.objective
    assert isinstance(objective, Objective)
    (_, below), (sums, _), _ = objective.model.layer_outputs(here.params, here.contexts[0])
    step, rng = 1e-3, np.random.default_rng(0)
    foretold, counted = [], []
    for i, j in rng.integers(0, 64, (120, 2)):
        foretold.append(np.any(np.abs(sums[:, j]) < step * np.abs(below[:, i])))
        counted.append(crossings(here, Coordinate(2, (int(i), int(j))), np.array([step]))[0])
    assert counted == foretold
    assert 0.1 < np.mean(counted) < 0.6  # 38 % with the weights of this seed


def test_signs_are_those_of_the_hidden_layers_alone() -> None:
    found = unit_signs(HERE, Coordinate(0, (0, 0)), np.zeros(3))
    assert found.shape == (3, 2 * 16 * 5)
    assert found.dtype == bool
    moved = replace(HERE, contexts=tuple(np.zeros_like(c) for c in HERE.contexts))
    still = unit_signs(moved, Coordinate(0, (0, 0)), np.arange(3.0))
    assert np.all(still == still[:1]), "an input of 0 moves nothing"
