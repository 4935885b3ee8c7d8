"""Beside a loss that is no finite number the other side answers, and the entry is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.numeric.difference import value_gradient_and_edges
from difflab.numeric.edges import at_edge
from difflab.numeric.stencils import SCHEMES
from difflab.providers.finite_difference import FiniteDifference

TINY = 2.0**-30


def walled(p: Any) -> Any:
    """exp, which is there from 1 upward only."""
    return np.sum(np.where(p >= 1, np.exp(p), np.nan))


def ceiled(p: Any) -> Any:
    return np.sum(np.where(p <= 1, np.exp(p), np.inf))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("f", "side"), [(walled, "forward"), (ceiled, "backward")])
def test_the_other_side_answers_with_the_same_order(f: Any, side: str, scheme: str) -> None:
    w = np.array([1.0, 1.0, 1.0])
    w[1] = {"forward": 2.0, "backward": 0.5}[side]
    _, gradient, edges = value_gradient_and_edges(f, w, stencil=SCHEMES[scheme])
    bar = {1: 1e-6, 2: 1e-8}.get(SCHEMES[scheme].accuracy, 1e-9)
    np.testing.assert_allclose(gradient, np.exp(w), rtol=bar)
    if SCHEMES[scheme].side == side:
        assert edges == ()
    else:
        assert [edge.name for edge in edges] == ["params[0]", "params[2]"]
        assert {edge.side for edge in edges} == {side}


def test_an_edge_tells_coordinate_value_and_side() -> None:
    f = lambda p: p["a"] ** 2 + np.sum(np.where(p["w"] > 2, p["w"] ** 3, np.inf))
    params = {"a": 3.0, "w": np.array([[4.0], [2 + 1e-9]])}
    _, gradient, (edge,) = value_gradient_and_edges(f, params)
    assert (edge.name, edge.at, edge.side) == ("params['w'][1, 0]", 2 + 1e-9, "forward")
    assert edge.point == pytest.approx(2 - 2.0**-15, abs=1e-8)
    assert edge.loss == np.inf
    assert gradient["w"][1, 0] == pytest.approx(12, rel=1e-8)
    assert str(edge) == (
        "below params['w'][1, 0] = 2 the loss is inf, at 1.99997; its slope is taken from above"
    )


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda p: np.where(p == 0.5, p, np.nan), 0.5),  # alone in a desert
        (np.sqrt, 0.0),  # the slope is infinite, and 331 by forward differences
        (lambda p: np.log(p), TINY),
        (lambda p: np.where(np.abs(p - 0.5) < TINY, p, np.inf), 0.5),
    ],
)
def test_where_no_side_answers_the_entry_is_nan_and_said_so(f: Any, x: float) -> None:
    _, gradient, (edge,) = value_gradient_and_edges(f, x)
    assert np.isnan(gradient)
    assert edge.side is None
    assert "the entry is NaN" in str(edge)


def test_an_overflow_is_an_edge_too() -> None:
    x = np.array([np.log(np.finfo(float).max)])
    _, gradient, edges = value_gradient_and_edges(lambda p: np.sum(np.exp(p)) / 1e300, x)
    assert [edge.side for edge in edges] == ["backward"]
    assert gradient[0] == pytest.approx(np.finfo(float).max / 1e300, rel=1e-4)


def test_a_stencil_that_is_finite_everywhere_has_no_edge() -> None:
    slope, edge = at_edge(np.exp, 0.0, 2.0**-16, SCHEMES["central"], 1.0, "x")
    assert edge is None
    assert slope == pytest.approx(1.0)
    assert value_gradient_and_edges(lambda p: np.sum(p**2), np.ones(3))[2] == ()


def test_coordinates_that_are_no_numbers_are_no_edges() -> None:
    f = lambda p: p[0] ** 2
    assert value_gradient_and_edges(f, np.array([1.0, np.nan, np.inf]))[2] == ()


def test_a_loss_without_edges_is_called_no_more_often() -> None:
    calls = [0]

    def f(p: Any) -> Any:
        calls[0] += 1
        return np.sum(p**2)

    value_gradient_and_edges(f, np.ones(5))
    assert calls[0] == 11


@pytest.mark.parametrize("scheme", ["forward", "backward", "central", "central-4"])
def test_the_preparation_tells_of_edges_at_its_point(scheme: str) -> None:
    f = walled if SCHEMES[scheme].side != "forward" else ceiled
    w = np.array([1.0, {walled: 3.0, ceiled: -1.0}[f]])
    prepared = FiniteDifference(scheme).prepare(f, w)
    (note,) = [note for note in prepared.preparation.notes if "the loss is" in note]
    assert "params[0] = 1" in note
    elsewhere = FiniteDifference(scheme).prepare(f, np.array([{walled: 3.0, ceiled: -1.0}[f]] * 2))
    assert len(elsewhere.preparation.notes) == 1
    bars = elsewhere.with_error_bars(w)
    assert [edge.name for edge in bars.edges] == ["params[0]"]
    assert str(bars.edges[0]) in str(bars)
    assert abs(bars.gradient[0] - np.e) <= bars.error[0] < 1e-4


def test_many_edges_are_counted_after_the_first() -> None:
    w = np.ones(12)
    prepared = FiniteDifference().prepare(walled, w)
    assert prepared.preparation.notes[-1] == "and 7 more such entries"
    assert "and 7 more such entries" in str(prepared.with_error_bars(w))


def test_an_entry_without_a_bar_is_told() -> None:
    def roots(w: Any) -> Any:
        return np.sum(np.sqrt(w))

    w = np.array([1.0, 0.0])
    bars = FiniteDifference().prepare(roots, w).with_error_bars(w)
    assert "without a bar, and left out here: 1, the first is params[1]" in str(bars)
    alone = FiniteDifference().prepare(np.sqrt, 0.0).with_error_bars(0.0)
    assert str(alone).startswith("1 entries, all of them without a bar")


@pytest.mark.parametrize("evaluator", ["layered", "node", "batched"])
def test_networks_have_edges_too(evaluator: str) -> None:
    """An activation of log(z) with a sum of 1e-9, where the stencils reach below 0."""
    logarithm = nn.MLP((1, 2, 1), lambda z: np.log(z) * z**2)
    params = [(np.array([[1.0, 1.0]]), np.array([0.0, 1.0])), (np.ones((2, 1)), np.zeros(1))]
    args = params, np.array([[1e-9], [0.5]]), np.zeros((2, 1))
    objective = nn.Objective(logarithm, nn.squared_error)
    black_box = lambda p, x, y: objective(p, x, y)
    expected = FiniteDifference(step=2.0**-36).prepare(black_box, *args).value_and_gradient(*args)
    prepared = FiniteDifference(evaluator=evaluator, step=2.0**-16).prepare(objective, *args)
    _, found = prepared.value_and_gradient(*args)
    np.testing.assert_allclose(found[0][0], expected[1][0][0], rtol=1e-3)
    np.testing.assert_allclose(found[0][1], expected[1][0][1], rtol=1e-3)
    edges = prepared.with_error_bars(*args).edges
    assert "params[0][1][0]" in [edge.name for edge in edges]
