"""Predictions: close where they foresee, and refusals that say what they foresaw."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab.errors import SymbolicBudgetError
from difflab.symbolic import (
    BUDGETS,
    Assignments,
    Prediction,
    derive,
    from_shapes,
    input_symbols,
    predict,
    refuse_beyond,
    refuse_deeper,
    scalar_loss,
    write_source,
)
from difflab.trace import Program, trace
from tests.symbolic.losses import chain, logistic_map, network, speelpenning


def net(activation: Any, *widths: int) -> Program:
    def loss(params: Any, x: Any, y: Any) -> Any:
        for layer, (w, b) in enumerate(params, start=1):
            x = x @ w + b
            x = activation(x) if layer < len(params) else x
        return np.mean((x - y) ** 2)

    params = [(np.zeros((a, b)), np.zeros(b)) for a, b in pairwise(widths)]
    return trace(loss, params, np.zeros(widths[0]), np.zeros(widths[-1]))


@pytest.mark.parametrize("activation", [np.tanh, dl.sigmoid, dl.relu, dl.softplus], ids=repr)
@pytest.mark.parametrize("widths", [(1, 1, 1), (2, 4, 4, 1), (3, 5, 2)], ids=str)
def test_shapes_alone_are_close_for_networks(activation: Any, widths: tuple[int, ...]) -> None:
    program = net(activation, *widths)
    found = predict(program)
    assert found.exact
    assert from_shapes(program).gradient_tree == pytest.approx(found.gradient_tree, rel=0.15)
    assert from_shapes(program).loss_dag == pytest.approx(found.loss_dag, rel=0.15)


@pytest.mark.parametrize(
    "f",
    [
        lambda w: np.sum(dl.softmax(w) * w),
        lambda w: np.mean(1 / (1 + np.exp(-w))),
        lambda w: dl.logsumexp(w * w),
        lambda w: np.sum(np.log(1 + np.outer(w, w))),
        lambda w: np.prod(w),
    ],
)
def test_the_prediction_from_shapes_is_right_within_the_margin_elsewhere(f: Any) -> None:
    program = trace(f, np.ones(5))
    size = predict(program).gradient_tree
    assert size / 2 <= from_shapes(program).gradient_tree <= 2.5 * size


# P, loss, operations walked and visited, and what SymPy 1.14 took for it once, in seconds
MEASURED = {
    "2-4-4-1": (network(2, 4, 4, 1), 0.51),
    "2-8-8-1": (network(2, 8, 8, 1), 3.7),
    "2-16-16-1": (network(2, 16, 16, 1), 35.2),
    "4-32-1": (network(4, 32, 1), 3.1),
    "2-4-4-4-1": (network(2, 4, 4, 4, 1), 3.8),
    "chain 10": (chain(10), 0.55),
    "chain 20": (chain(20), 5.2),
    "logistic map 10": (logistic_map(10), 0.15),
    "logistic map 12": (logistic_map(12), 0.69),
    "product 60": (speelpenning(60), 1.2),
}


@pytest.mark.parametrize("name", MEASURED)
def test_the_model_of_seconds_is_right_within_a_factor_of_two(name: str) -> None:
    program, seconds = MEASURED[name]
    assert 0.5 < predict(program).seconds / seconds < 2


@pytest.mark.parametrize(
    "program", [network(2, 4, 4, 1), network(3, 5, 2), chain(10), logistic_map(9)]
)
def test_the_model_of_source_is_right_within_a_tenth(program: Program) -> None:
    arrays, parameters, data = input_symbols(program)
    loss = scalar_loss(program, arrays)
    written = write_source(Assignments((), (loss, *derive(loss, parameters))), parameters, data)
    assert predict(program).source_characters == pytest.approx(len(written), rel=0.12)


def test_memory_follows_the_source() -> None:
    small, large = predict(network(2, 4, 4, 1)), predict(network(2, 8, 8, 1))
    assert small.memory_bytes == pytest.approx(20e6, rel=0.3)  # measured: peak beyond imports
    assert large.memory_bytes == pytest.approx(167e6, rel=0.3)


def test_a_refusal_names_size_time_and_alternatives() -> None:
    program = net(np.tanh, 2, 64, 64, 1)
    with pytest.raises(SymbolicBudgetError) as refusal:
        refuse_beyond(BUDGETS["cse"], from_shapes(program), "cse")
    assert refusal.value.what.startswith("the expanded gradient of 4,417 parameters would have")
    assert "million operations" in refusal.value.what
    assert "minutes to derive" in refusal.value.why
    assert "symbolic:staged" in refusal.value.instead


def test_the_expanded_form_points_to_cse_where_that_would_do() -> None:
    def advice(size: int) -> str:
        with pytest.raises(SymbolicBudgetError) as refusal:
            refuse_beyond(BUDGETS["expanded"], Prediction(100, 300, 900, size), "expanded")
        return refusal.value.instead

    assert "symbolic:cse" in advice(300_000)
    assert "symbolic:cse" not in advice(600_000)


def test_what_fits_the_budget_passes() -> None:
    refuse_beyond(1000, Prediction(1, 1, 1, 1000), "cse")
    refuse_beyond(1000, Prediction(1, 1, 1, 1999), "cse", margin=2)
    refuse_deeper(100)
    with pytest.raises(SymbolicBudgetError, match="101"):
        refuse_deeper(101)
