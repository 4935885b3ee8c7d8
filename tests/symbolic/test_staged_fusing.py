"""Fused stages: shorter, finite at saturation, and otherwise what the user wrote."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import difflab as dl
from difflab.providers.symbolic import Symbolic
from difflab.symbolic import compile_source, input_symbols
from difflab.symbolic.staged import Stages, emit, from_program, fuse, reverse
from difflab.trace import trace

Z = np.array([-1e4, -800.0, -30.0, -1.0, 0.0, 1.0, 30.0, 800.0, 1e4])


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softplus(z: Any) -> Any:
    return np.log(1 + np.exp(z))


def tanh(z: Any) -> Any:
    return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))


def swish(z: Any) -> Any:
    return z / (1 + np.exp(-z))


def swish_slope(z: Any) -> Any:
    a = dl.sigmoid(z)
    return a + z * a * (1 - a)


WRITTEN_OUT = {
    "sigmoid": (sigmoid, dl.sigmoid, lambda z: dl.sigmoid(z) * dl.sigmoid(-z)),
    "other sigmoid": (
        lambda z: np.exp(z) / (1 + np.exp(z)),
        dl.sigmoid,
        lambda z: dl.sigmoid(z) * dl.sigmoid(-z),
    ),
    "softplus": (softplus, dl.softplus, dl.sigmoid),
    "tanh": (tanh, np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "tanh by one exponential": (
        lambda z: 1 - 2 / (1 + np.exp(2 * z)),
        np.tanh,
        lambda z: 1 - np.tanh(z) ** 2,
    ),
    "swish": (swish, lambda z: z * dl.sigmoid(z), swish_slope),
    "swish by a product": (lambda z: z * sigmoid(z), lambda z: z * dl.sigmoid(z), swish_slope),
    "sigmoid with a slope": (
        lambda z: 1 / (1 + np.exp(-0.7 * z)),
        lambda z: dl.sigmoid(0.7 * z),
        lambda z: 0.7 * dl.sigmoid(0.7 * z) * dl.sigmoid(-0.7 * z),
    ),
}


@pytest.mark.parametrize("name", WRITTEN_OUT)
def test_value_and_gradient_are_right_at_saturation(name: str) -> None:
    f, value, slope = WRITTEN_OUT[name]
    prepared = Symbolic("staged").prepare(lambda w: np.sum(f(w)), np.zeros(len(Z)))
    got, gradient = prepared.value_and_gradient(Z)
    # what 1 - a cannot resolve, the value cannot either
    np.testing.assert_allclose(gradient, slope(Z), rtol=1e-13, atol=1e-15)
    assert got == pytest.approx(np.sum(value(Z)), rel=1e-14)


@pytest.mark.parametrize("name", WRITTEN_OUT)
def test_stage_by_stage_the_same_gradients_are_not_finite(name: str) -> None:
    program = trace(WRITTEN_OUT[name][0], 0.0)
    arrays, symbols, _ = input_symbols(program)
    stages, loss = from_program(program, arrays)
    gradient = reverse(stages, loss, [stages.input(symbol) for symbol in symbols])
    code = compile_source(emit(stages, gradient.derivatives).function(symbols, ()))
    with np.errstate(all="ignore"):
        assert not np.all(np.isfinite(code([Z], ())[0]))


def emitted(f: Any, *params: Any) -> Any:
    program = trace(lambda p: f(*p), params)
    arrays, symbols, _ = input_symbols(program)
    stages, loss = fuse(*from_program(program, arrays))
    gradient = reverse(stages, loss, [stages.input(symbol) for symbol in symbols])
    return emit(stages, [loss, *gradient.derivatives], gradient.adjoints)


def test_a_sigmoid_written_out_is_one_stage_derived_through_its_value() -> None:
    found = emitted(sigmoid, 0.0)
    assert found.lines == ("t0 = 1/(1 + np.exp(-p0))",)
    assert found.results == ("t0", "t0*(1 - t0)")


def test_arithmetic_that_is_right_stays_as_written() -> None:
    assert "softplus(p0)" in emitted(softplus, 0.0).results  # log(1 + exp(z)) overflows
    assert "t0 = p0/(1 + np.exp(-p0))" in emitted(swish, 0.0).lines  # value finite


def test_values_that_are_needed_elsewhere_stay_stages() -> None:
    def f(z: Any, w: Any) -> Any:
        decay = np.exp(-z)
        return w * decay / (2 + decay) ** 2

    found = emitted(f, 0.5, 2.0)
    assert found.transcendental == 1
    assert sum("np.exp" in line for line in found.lines) == 1


def test_the_domain_does_not_grow() -> None:
    for f in (lambda z: np.exp(np.log(z)), lambda z: np.sqrt(z) ** 2):
        prepared = Symbolic("staged").prepare(f, 2.0)
        with np.errstate(invalid="ignore"):
            assert np.isnan(prepared.value_and_gradient(-3.0)[0])


def test_a_chain_that_gains_nothing_stays_apart() -> None:
    found = emitted(lambda z: np.sin(np.sin(np.sin(z))), 0.5)
    assert found.operations == 8  # three sines, three cosines, two products
    assert found.transcendental == 6


def test_clusters_of_one_kind_are_examined_once() -> None:
    from difflab.symbolic.staged.fusing import _worth

    def f(w: Any) -> Any:
        return np.sum(1 / (1 + np.exp(-np.linspace(0.1, 0.9, 50) * w[:50] - w[50:])))

    _worth.cache_clear()
    emitted(f, np.ones(100))
    few = _worth.cache_info().misses
    _worth.cache_clear()
    emitted(lambda w: f(w[:100]) + f(w[100:]), np.ones(200))
    assert _worth.cache_info().misses == few < 30


def test_fusing_leaves_the_stages_it_was_given_alone() -> None:
    program = trace(sigmoid, 0.0)
    stages, loss = from_program(program, input_symbols(program)[0])
    before = list(stages.entries)
    fuse(stages, loss)
    assert stages.entries == before


def test_inputs_that_nothing_needs_are_kept() -> None:
    stages = Stages()
    a, b = stages.input(sp.Symbol("a")), stages.input(sp.Symbol("b"))
    fused, _ = fuse(stages, stages.negative(a))
    assert stages.entries[b] in fused.entries
