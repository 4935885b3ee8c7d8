"""Emitted source of the staged form: flat, counted as written, the same in every run."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest
import sympy as sp

import difflab as dl
from difflab.accuracy import gradient_error
from difflab.autodiff import value_and_grad
from difflab.errors import SymbolicBudgetError, TracingError
from difflab.providers.symbolic import Symbolic
from difflab.studies.truth import true_gradient
from difflab.symbolic.staged import Stages, emit
from difflab.tree import flatten, map_leaves
from tests.symbolic.test_provider import Classifier, Net, point

WIDE = (Net(dl.sigmoid, dl.sigmoid), (2, 64, 64, 1))


def operations(source: str) -> int:
    """Operators and calls in the source of a function; the sign of a number is part of it."""
    nodes = list(ast.walk(ast.parse(source)))
    signs = [n for n in nodes if isinstance(n, ast.UnaryOp)]
    return sum(isinstance(n, (ast.BinOp, ast.Call)) for n in nodes) + sum(
        not isinstance(n.operand, ast.Constant) for n in signs
    )


def deepest(source: str) -> int:
    depth = level = 0
    for character in source:
        level += (character in "([") - (character in ")]")
        depth = max(depth, level)
    return depth


def signs(w: Any) -> Any:
    a, b, c = w
    left = -a - b * c - -0.5 * c + a / -0.3 - -(0.3 * b) - 0.25
    return left * (0.7 - a - (1 - c / b) * -1.75) - 0.3 / (-0.7 * a)


FUNCTIONS: dict[str, tuple[Any, Any]] = {
    "signs": (signs, np.array([0.3, 0.4, 0.5])),
    "maximum": (lambda w: np.max(w) * np.sum(w) - w[0], np.arange(5.0)),
    "powers": (lambda w: w[0] ** w[1] + 2.0 ** w[1] + w[0] ** 0.5, np.array([0.3, 0.4])),
    "long sum": (lambda w: np.sum(w * w[::-1]) ** 2, np.linspace(0, 1, 100)),
    "softmax": (lambda w: np.sum(dl.softmax(w) ** 2), np.linspace(0, 1, 6)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_operations_are_counted_as_they_are_written(name: str) -> None:
    f, w = FUNCTIONS[name]
    prepared = Symbolic("staged").prepare(f, w)
    assert prepared.preparation.sizes["emitted operations"] == operations(
        str(prepared.preparation.source)
    )
    value, gradient = prepared.value_and_gradient(w)
    expected_value, expected = value_and_grad(f)(w)
    assert value == pytest.approx(expected_value, rel=1e-14)
    assert gradient_error(gradient, expected).relative_l2 < 1e-14


def test_a_network_of_4417_parameters_in_numbers() -> None:
    net, widths = WIDE
    args = point(*widths)
    prepared = Symbolic("staged").prepare(net, *args)
    sizes, source = prepared.preparation.sizes, str(prepared.preparation.source)
    assert sizes["loss operations"] == 8_707
    assert sizes["emitted operations"] == 21_575 == operations(source)
    assert sizes["emitted operations"] <= 2.6 * sizes["loss operations"]
    assert sizes["predicted operations"] == pytest.approx(21_575, rel=0.01)
    assert sizes["transcendental calls"] == 129
    assert deepest(source) <= 3
    assert max(map(len, source.splitlines()[3:])) < 500
    value, gradient = prepared.value_and_gradient(*args)
    expected_value, expected = value_and_grad(net)(*args)
    assert value == pytest.approx(expected_value, rel=1e-14)
    assert gradient_error(gradient, expected).relative_l2 < 1e-14


def test_the_source_of_the_simplest_network_reads_as_backprop() -> None:
    prepared = Symbolic("staged").prepare(WIDE[0], *point(1, 1, 1))
    assert str(prepared.preparation.source) == textwrap.dedent(
        """\
        def value_and_gradient(parameters, contexts):
            [p0, p1, p2, p3] = parameters
            [x0, x1] = contexts
            t0 = p0*x0 + p1
            t1 = sigmoid(t0)
            t2 = p2*t1 + p3
            t3 = sigmoid(t2)
            t4 = t3 - x1
            g4 = 2*t4
            g2 = t3*g4*(1 - t3)
            g1 = p2*g2
            g0 = t1*g1*(1 - t1)
            return [
                t4**2,
                x0*g0,
                g0,
                t1*g2,
                g2,
            ]"""
    )


@pytest.mark.parametrize("net", [WIDE[0], Net(np.tanh), Net(dl.relu)], ids=repr)
def test_the_gradient_is_the_true_one_to_fourteen_digits(net: Net) -> None:
    args = point(2, 4, 4, 1)
    value, gradient = Symbolic("staged").prepare(net, *args).value_and_gradient(*args)
    true_value, truth = true_gradient(net, *args)
    assert value == pytest.approx(true_value, rel=1e-14)
    assert gradient_error(gradient, truth).relative_l2 < 1e-14


def test_a_classifier_of_digits_fits_and_agrees_with_the_tape() -> None:
    rng = np.random.default_rng(0)
    params = [rng.normal(size=(64, 10)), rng.normal(size=10)]
    batch, labels = rng.normal(size=(20, 64)), np.eye(10)[rng.integers(0, 10, 20)]
    prepared = Symbolic("staged").prepare(Classifier(), params, batch[:2], labels[:2])
    value, gradient = prepared.value_and_gradient(params, batch, labels)
    expected_value, expected = value_and_grad(Classifier())(params, batch, labels)
    assert value == pytest.approx(expected_value, rel=1e-13)
    assert gradient_error(gradient, expected).relative_l2 < 1e-13


def test_float32_stays_float32() -> None:
    args = map_leaves(lambda leaf: leaf.astype(np.float32), point(2, 16, 16, 1))
    value, gradient = Symbolic("staged").prepare(WIDE[0], *args).value_and_gradient(*args)
    assert value.dtype == np.float32
    assert {leaf.dtype for leaf in flatten(gradient)[0]} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    "neuron", [dl.sigmoid, lambda z: 1 / (1 + np.exp(-z))], ids=["primitive", "written out"]
)
def test_a_chain_of_two_thousand_works(neuron: Any) -> None:
    def chain(w: Any) -> Any:
        a = w[0]
        for i in range(2000):
            a = neuron(w[i % 5] * a + 0.1)
        return a

    w = np.linspace(3.0, 4.5, 5)
    prepared = Symbolic("staged").prepare(chain, w)
    assert deepest(str(prepared.preparation.source)) <= 3
    error = gradient_error(prepared.value_and_gradient(w)[1], value_and_grad(chain)(w)[1])
    assert error.relative_l2 < 1e-12


def test_a_chain_of_two_thousand_additions_works() -> None:
    def chain(w: Any) -> Any:
        total = w[0]
        for i in range(2000):
            total = total + w[i % 3] ** 2
        return total

    w = np.array([0.1, 0.2, 0.3])
    value, gradient = Symbolic("staged").prepare(chain, w).value_and_gradient(w)
    assert value == pytest.approx(chain(w), rel=1e-13)
    np.testing.assert_allclose(gradient, value_and_grad(chain)(w)[1], rtol=1e-12)


def test_mnist_is_refused_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("difflab.symbolic.staged.from_program", None)
    with pytest.raises(SymbolicBudgetError, match=r"310,000 op[\s\S]*symbolic:matrix"):
        Symbolic("staged").prepare(WIDE[0], *point(784, 128, 10, samples=2))


def test_the_budget_can_be_set_and_what_the_error_suggests_fits() -> None:
    args = point(2, 16, 16, 1)
    with pytest.raises(SymbolicBudgetError) as caught:
        Symbolic("staged", budget=1000).prepare(WIDE[0], *args)
    assert "budget=1700" in caught.value.instead
    Symbolic("staged", budget=1700).prepare(WIDE[0], *args)
    with pytest.raises(SymbolicBudgetError, match="1,500"):  # predicted to fit, and counted
        Symbolic("staged", budget=1500).prepare(WIDE[0], *args)


def test_branches_are_refused_with_their_line() -> None:
    with pytest.raises(TracingError, match=r"test_staged_source\.py:\d+"):
        Symbolic("staged").prepare(lambda w: w if w > 0 else -w, 1.0)


def test_what_is_used_once_is_written_inside_its_sum_and_only_there() -> None:
    a, b, c = sp.symbols("a b c")
    stages = Stages()
    at = [stages.input(symbol) for symbol in (a, b, c)]
    product = stages.product(at[0], at[1])
    total = stages.total([product, stages.negative(stages.product(at[1], at[2])), at[0]])
    twice = stages.product(total, total)
    assert emit(stages, [twice]).lines == ("t0 = a*b - b*c + a",)
    assert emit(stages, [twice, product]).lines == ("t0 = a*b", "t1 = t0 - b*c + a")
    assert len(emit(stages, [twice], inline=False).lines) == 5


def test_the_source_does_not_depend_on_hashing() -> None:
    script = textwrap.dedent(
        """
        import numpy as np, difflab as dl
        from difflab.providers.symbolic import Symbolic
        def loss(p, x, y):
            (w1, b1), (w2, b2) = p
            z = x @ w1 + b1
            n = np.maximum(dl.sigmoid(z), np.tanh(z)) + z / (1 + np.exp(-z)) - np.log(1 + np.exp(z))
            return np.mean(dl.functions.softmax_cross_entropy(n @ w2 + b2, y))
        p = [(np.ones((2, 3)), np.ones(3)), (np.ones((3, 2)), np.ones(2))]
        prepared = Symbolic("staged").prepare(loss, p, np.ones(2), np.ones(2))
        print(prepared.preparation.source)
        """
    )
    sources = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(sources) == 1
    assert "def value_and_gradient" in sources.pop()
