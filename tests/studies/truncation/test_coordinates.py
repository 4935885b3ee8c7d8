"""Exhibit 6: a network's coordinates by block, one step or a step per block."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import providers
from difflab.studies.problem import problem
from difflab.studies.truncation.coordinates import (
    SHARES,
    Sweep,
    best_shared,
    chosen,
    chosen_per_block,
    measure_coordinates,
    steps_of,
    sweep,
)
from difflab.tree import flatten

HERE = problem("sincos-small", samples=8)


@pytest.fixture(scope="module")
def found() -> Sweep:
    return sweep(HERE)


def test_the_truth_is_the_gradient_by_reverse_mode(found: Sweep) -> None:
    prepared = providers.get("autodiff").prepare(HERE.objective, HERE.params, *HERE.contexts)
    slopes = flatten(prepared.value_and_gradient(HERE.params, *HERE.contexts)[1])[0]
    wanted = [slopes[moved.leaf][moved.entry] for moved in chosen(HERE)]
    assert found.truth == pytest.approx(np.array(wanted), rel=1e-12)


def test_coordinates_are_seeded_distinct_and_of_every_block() -> None:
    here = problem("digits", samples=2)
    first, again = chosen(here, 5), chosen(here, 5)
    assert first == again
    assert len(set(first)) == len(first) == 20
    assert {moved.leaf for moved in first} == {0, 1, 2, 3}


def test_the_output_layer_has_no_truncation_and_wants_a_long_step(found: Sweep) -> None:
    own = dict(zip(found.labels, found.steps[chosen_per_block(found)]))
    assert min(own["layer 3 weights"], own["layer 3 biases"]) >= 0.125
    assert 2.0**-20 < own["layer 1 weights"] < 2.0**-12


def test_a_step_per_block_beats_the_best_one_step(found: Sweep) -> None:
    errors, own = found.relative_errors, chosen_per_block(found)
    last = found.block == len(found.labels) - 2
    shared_error = np.median(errors[last, best_shared(found)])
    assert np.median(errors[last, own[-2]]) < shared_error / 1000


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
def test_a_block_is_judged_in_its_own_units(scale: float) -> None:
    steps = steps_of("float64")
    rng = np.random.default_rng(0)
    quotients = scale * (1 + steps**2 + 1e-16 * rng.normal(size=(8, len(steps))) / steps)
    found = Sweep(("all",), np.zeros(8, int), steps, quotients, np.full(8, scale))
    (position,) = chosen_per_block(found)
    assert 2e-6 < steps[position] < 5e-5


def test_quotients_that_agree_by_chance_do_not_win() -> None:
    steps = steps_of("float64")
    quotients = 1 + steps**2 + 1e-16 * np.cos(np.arange(len(steps)) * 1.7) / steps
    quotients[6:9] = quotients[6]
    found = Sweep(("all",), np.zeros(1, int), steps, quotients[None], np.ones(1))
    (position,) = chosen_per_block(found)
    assert steps[position] > 1e-6


def test_a_slope_of_zero_has_no_relative_error() -> None:
    found = Sweep(("all",), np.zeros(2, int), np.ones(1), np.ones((2, 1)), np.array([0.0, 2.0]))
    assert np.isnan(found.relative_errors[0, 0])
    assert found.relative_errors[1, 0] == 0.5


def test_rows_are_quantiles_that_rise() -> None:
    rows = measure_coordinates("a net", HERE)
    for how in ("one step", "own step"):
        mine = [row.value for row in rows if row.quantity == f"layer 2 weights, {how}"]
        assert len(mine) == len(SHARES)
        assert mine == sorted(mine)
