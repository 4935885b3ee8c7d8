"""Reverse chain rule over stages: the golden numbers, and the laws of derivatives."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab as dl
from difflab.symbolic import Counter, compile_source, input_symbols, scalar_loss
from difflab.symbolic.staged import (
    Emitted,
    Stages,
    emit,
    from_expression,
    from_program,
    fuse,
    over_expression,
    reverse,
)
from difflab.trace import trace

x, y, z = sp.symbols("x y z", real=True)

SYMPY_1_14 = pytest.mark.skipif(
    not sp.__version__.startswith("1.14"), reason="counts depend on the canonical form of SymPy"
)


def network(*widths: int) -> tuple[Any, Any, tuple[Any, ...]]:
    """Sigmoid network, one sample, loss sum (y - m)^2; the sigmoid is written out."""

    def loss(params: Any, data: Any, label: Any) -> Any:
        for weights, biases in params:
            data = 1 / (1 + np.exp(-(data @ weights + biases)))
        return np.sum((label - data) ** 2)

    params = [(np.zeros((a, b)), np.zeros(b)) for a, b in pairwise(widths)]
    return loss, params, (np.zeros(widths[0]), np.zeros(widths[-1]))


def sympy_loss(example: tuple[Any, Any, tuple[Any, ...]]) -> tuple[sp.Expr, list[sp.Symbol]]:
    f, params, contexts = example
    program = trace(f, params, *contexts)
    arrays, symbols, _ = input_symbols(program)
    return scalar_loss(program, arrays), symbols


LOGISTIC = {2: 7, 3: 18, 4: 33, 5: 52, 6: 75, 7: 102, 8: 133}


@SYMPY_1_14
@pytest.mark.parametrize("n", LOGISTIC)
def test_the_logistic_map_takes_the_operations_of_the_closed_form(n: int) -> None:
    last = x
    for _ in range(n - 1):
        last = 4 * last * (1 - last)
    assert over_expression(last, [x]).operations == LOGISTIC[n] == 2 * n**2 + n - 3


@pytest.mark.parametrize("n", range(2, 12))
def test_the_product_of_speelpenning_takes_3n_less_5(n: int) -> None:
    symbols = sp.symbols(f"x0:{n}", real=True)
    assert over_expression(sp.Mul(*symbols), symbols).operations == 3 * n - 5


NETS = {
    (1, 1, 1): (36, 26),
    (1, 4, 1): (99, 71),
    (2, 4, 4, 1): (267, 191),
    (2, 8, 8, 1): (743, 531),
    (2, 16, 16, 1): (2_367, 1_691),
}
"""Operations over the DAG, and staged by layer."""

WIDEST = ((2, 64, 64, 1), 30_927, 22_091)
"""SymPy takes seconds to build the loss of the widest net, so it is over the DAG no test."""


@SYMPY_1_14
@pytest.mark.parametrize("widths", NETS, ids=str)
def test_networks_over_the_dag_take_the_operations_of_the_table(widths: tuple[int, ...]) -> None:
    loss, symbols = sympy_loss(network(*widths))
    assert over_expression(loss, symbols).operations == NETS[widths][0]


@SYMPY_1_14
def test_the_loss_alone_takes_as_many_operations_as_its_dag() -> None:
    loss, _ = sympy_loss(network(2, 4, 4, 1))
    stages = Stages()
    alone = emit(stages, [from_expression(loss, stages)], inline=False)
    assert alone.operations == Counter().dag([loss]) == 123
    assert alone.transcendental == 9


def by_layer(*widths: int) -> int:
    """Operations of the gradient with neurons fused, and 1 - a counted as -a and a sum."""
    f, params, contexts = network(*widths)
    program = trace(f, params, *contexts)
    arrays, symbols, _ = input_symbols(program)
    stages, loss = fuse(*from_program(program, arrays))
    gradient = reverse(stages, loss, [stages.input(symbol) for symbol in symbols])
    return emit(stages, gradient.derivatives).operations + sum(widths[1:])


@pytest.mark.parametrize(
    ("widths", "expected"),
    [*((w, counts[1]) for w, counts in NETS.items()), (WIDEST[0], WIDEST[2])],
    ids=str,
)
def test_fused_networks_take_the_operations_of_staged_by_layer(
    widths: tuple[int, ...], expected: int
) -> None:
    assert by_layer(*widths) == expected


@pytest.mark.parametrize("depth", [1, 2, 3, 7, 40])
def test_a_chain_of_neurons_takes_12_per_layer(depth: int) -> None:
    assert by_layer(*[1] * (depth + 1)) == 12 * depth + 2


def evaluated(emitted: Emitted, at: dict[sp.Symbol, float]) -> list[Any]:
    source = emitted.function(list(at), ())
    with np.errstate(all="ignore"):
        return compile_source(source)([np.float64(value) for value in at.values()], ())


leaves = st.sampled_from([x, y, z, sp.Integer(-2), sp.Rational(5, 7), sp.Rational(3, 8)])
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, b: a / (2 + b**2), inner, inner),
        st.builds(lambda a: -(a**3), inner),
        st.builds(sp.tanh, inner),
        st.builds(lambda a: 1 / (1 + sp.exp(-a)), inner),
        st.builds(lambda a: sp.sqrt(1 + a**2), inner),
    ),
    max_leaves=8,
)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(expressions, st.booleans(), st.booleans())
def test_stages_differentiate_as_sympy_does(expression: sp.Expr, plain: bool, fused: bool) -> None:
    expression = sp.sympify(expression)
    at = {x: 1.4, y: -0.75, z: 0.3}
    stages = Stages()
    for symbol in at:
        stages.input(symbol)
    output = from_expression(expression, stages)
    if fused:
        stages, output = fuse(stages, output)
    gradient = reverse(stages, output, [stages.input(symbol) for symbol in at], plain=plain)
    emitted = emit(stages, [output, *gradient.derivatives], gradient.adjoints, inline=not plain)
    point = {symbol: sp.Float(value, 40) for symbol, value in at.items()}
    wanted = [expression, *(sp.diff(expression, symbol) for symbol in at)]
    np.testing.assert_allclose(
        np.array(evaluated(emitted, at), float),
        [float(sp.N(w.subs(point), 30)) for w in wanted],
        rtol=1e-11,
        atol=1e-11,
    )


def test_a_wrong_local_rule_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def halved(rule: sp.Expr, position: int, arity: int, plain: bool) -> sp.Expr:
        return sp.diff(rule, sp.Symbol(f"{{{position}}}", real=True)) / 2

    monkeypatch.setattr("difflab.symbolic.staged.sweep._local_derivative", halved)
    stages = Stages()
    output = from_expression(sp.sin(x) ** 2, stages)
    emitted = emit(stages, reverse(stages, output, [stages.input(x)]).derivatives)
    assert abs(evaluated(emitted, {x: 0.4})[0] - np.sin(0.8)) > 0.1


def test_adjoints_are_stages_and_can_be_differentiated_again() -> None:
    expression = sp.exp(x * y) / (1 + y**2)
    stages = Stages()
    output = from_expression(expression, stages)
    inputs = [stages.input(x), stages.input(y)]
    first = reverse(stages, output, inputs).derivatives
    second = [d for at in first for d in reverse(stages, at, inputs).derivatives]
    got = evaluated(emit(stages, second), {x: 0.7, y: -0.4})
    hessian = sp.hessian(expression, (x, y)).subs({x: 0.7, y: -0.4})
    np.testing.assert_allclose(got, np.array(hessian, float).ravel(), rtol=1e-14)


def test_parameters_without_influence_have_derivative_zero() -> None:
    stages = Stages()
    inputs = [stages.input(symbol) for symbol in (x, y)]
    output = stages.number(sp.Rational(3, 7))
    assert emit(stages, reverse(stages, output, inputs).derivatives).results == ("0", "0")
    gradient = reverse(stages, inputs[0], inputs)
    assert emit(stages, gradient.derivatives).results == ("1", "0")


LOSSES: list[tuple[Any, Any]] = [
    (lambda w: np.prod(w), np.linspace(0.5, 1.5, 9)),
    (lambda w: np.std(w) / np.mean(w), np.linspace(0.5, 1.5, 9)),
    (lambda w: np.sum(dl.log_softmax(w) * np.arange(9.0)), np.linspace(-1, 1, 9)),
    (lambda w: np.sum(w**w), np.linspace(0.5, 1.5, 9)),
    (lambda w: np.sum(np.sin(w * np.exp(w / (1 + w**2)))), np.linspace(0.5, 1.5, 9)),
    (lambda w: np.sum(np.cumprod(w) ** 3), np.linspace(0.5, 1.5, 9)),
    (lambda w: np.sum(np.tanh(w[:, None] * w) @ w), np.linspace(-1, 1, 9)),
]


@pytest.mark.parametrize(("f", "w"), LOSSES)
def test_value_and_gradient_cost_at_most_four_times_the_loss(f: Any, w: Any) -> None:
    program = trace(f, w)
    arrays, symbols, _ = input_symbols(program)
    stages, loss = fuse(*from_program(program, arrays))
    alone = emit(stages, [loss])
    gradient = reverse(stages, loss, [stages.input(symbol) for symbol in symbols])
    both = emit(stages, [loss, *gradient.derivatives], gradient.adjoints)
    assert alone.operations < both.operations <= 4 * alone.operations


@pytest.mark.parametrize(
    "f", [lambda w: 3.0, lambda w: np.prod(w[:0]), lambda w: np.exp(np.prod(w[:0])) * np.sum(w)]
)
def test_losses_of_plain_numbers_and_empty_products(f: Any) -> None:
    w = np.ones(2)
    value, gradient = dl.value_and_grad(f, "symbolic:staged")(w)
    assert value == f(w)
    np.testing.assert_array_equal(gradient, dl.grad(f)(w))


def test_roots_of_products_have_slopes_where_a_factor_vanishes() -> None:
    """SymPy's own derivative of (w (1 - w))^1.5 is 0/0 there."""
    slopes = dl.grad(lambda w: np.sum((w * (1 - w)) ** 1.5), "symbolic:staged")
    np.testing.assert_allclose(slopes(np.array([0.0, 0.5, 1.0])), [0.0, 0.0, 0.0], atol=1e-15)
