"""Counts and predictions: exact where they claim to be, close where they foresee."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy as sp

import difflab as dl
from difflab.errors import SymbolicBudgetError
from difflab.symbolic import (
    BUDGETS,
    Counter,
    Prediction,
    derive,
    from_loss,
    from_shapes,
    input_symbols,
    refuse_beyond,
    refuse_deeper,
    scalar_loss,
)
from difflab.trace import trace


def net(activation: Any, *widths: int) -> tuple[Any, Any]:
    def loss(params: Any, x: Any, y: Any) -> Any:
        for layer, (w, b) in enumerate(params, start=1):
            x = x @ w + b
            x = activation(x) if layer < len(params) else x
        return np.mean((x - y) ** 2)

    params = [(np.zeros((a, b)), np.zeros(b)) for a, b in pairwise(widths)]
    return trace(loss, params, np.zeros(widths[0]), np.zeros(widths[-1])), params


def actual(program: Any) -> tuple[sp.Expr, list[Any], int]:
    arrays, symbols, _ = input_symbols(program)
    loss = scalar_loss(program, arrays)
    count = Counter()
    size = sum(count.tree(derivative) for derivative in derive(loss, symbols))
    return loss, [array.ravel().tolist() for array in arrays[: program.parameters]], size


@pytest.mark.parametrize("activation", [np.tanh, dl.sigmoid, dl.relu, dl.softplus], ids=repr)
@pytest.mark.parametrize("widths", [(1, 1, 1), (2, 4, 4, 1), (3, 5, 2)], ids=str)
def test_both_predictions_are_close_for_networks(activation: Any, widths: tuple[int, ...]) -> None:
    program, _ = net(activation, *widths)
    loss, leaves, size = actual(program)
    assert from_loss(loss, leaves).gradient_tree == pytest.approx(size, rel=0.03)
    assert from_shapes(program).gradient_tree == pytest.approx(size, rel=0.15)
    assert from_shapes(program).loss_dag == pytest.approx(Counter().dag([loss]), rel=0.15)


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
    _, _, size = actual(program)
    assert size / 2 <= from_shapes(program).gradient_tree <= 2.5 * size


def test_counts_are_exact_beyond_any_float() -> None:
    x = sp.Symbol("x")
    expression: sp.Expr = x
    for _ in range(200):  # doubles the tree, adds one node to the DAG
        expression = sp.Function("f")(expression, expression)
    assert Counter().tree(expression) == 2**200 - 1
    assert Counter().dag([expression]) == 200
    assert Counter().depth(expression) == 200


def test_a_refusal_names_size_time_and_alternatives() -> None:
    program, _ = net(np.tanh, 2, 64, 64, 1)
    with pytest.raises(SymbolicBudgetError) as refusal:
        refuse_beyond(BUDGETS["cse"], from_shapes(program), "cse")
    assert refusal.value.what.startswith("the expanded gradient of 4,417 parameters would have")
    assert "million operations" in refusal.value.what
    assert "minutes to derive" in refusal.value.why
    assert 'method="autodiff"' in refusal.value.instead


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
