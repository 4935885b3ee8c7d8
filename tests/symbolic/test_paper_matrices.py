"""Backpropagation on paper: every equation is read back, evaluated, and held against the tape."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab import tasks
from difflab.autodiff.wengert import wengert
from difflab.functions import sigmoid, softmax, softmax_cross_entropy
from difflab.nn.closed_form import METHODS, with_ones
from difflab.providers.symbolic_matrix import PreparedMatrix, SymbolicMatrix
from difflab.symbolic.paper.normal_equations import normal_equations
from difflab.symbolic.paper.operands import Sizes
from difflab.tree import flatten
from tests.symbolic.test_paper import balanced


class Ones:
    """A column of ones of no fixed length: beside it stands what is summed or repeated."""

    def __init__(self, turned: bool = False) -> None:
        self.turned = turned


def turned(x: Any) -> Any:
    return Ones(not x.turned) if isinstance(x, Ones) else np.asarray(x).T


def beside(x: Any, y: Any) -> Any:
    """What two factors side by side mean; NumPy's broadcasting repeats for the ones."""
    if isinstance(x, Ones):
        return y.sum(axis=0, keepdims=True) if x.turned else y
    if isinstance(y, Ones):
        return x if y.turned else x.sum(axis=1, keepdims=True)
    return x * y if (np.size(x) == 1 and np.ndim(x) == 0) or np.ndim(y) == 0 else x @ y


class Reader:
    """Evaluates the plain spelling of an equation's right side; vectors are columns."""

    def __init__(self, text: str, names: dict[str, Any]) -> None:
        self.names = names
        self.tokens = re.findall(
            r"[A-Za-zσ\-]*[A-Za-zσ]\u0304?[₀-₉]*|\d+(?:\.\d+)?(?:e-?\d+)?"
            r"|\^⊙2|[𝟏ᵀ⊙⊘Σ()+\-/,²]",
            text,
        )

    def value(self) -> Any:
        found = self.sum()
        assert not self.tokens, self.tokens
        return found

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def sum(self) -> Any:
        negative = self.peek() == "-" and bool(self.tokens.pop(0))
        value = self.product()
        value = -value if negative else value
        while self.peek() in ("+", "-"):
            sign = self.tokens.pop(0)
            other = self.product()
            value = value + other if sign == "+" else value - other
        return value

    def product(self) -> Any:
        if self.peek() == "Σ":
            self.tokens.pop(0)
            return np.sum(self.product())
        value = self.factor()
        while self.peek() not in ("", ")", "+", "-", ","):
            if self.peek() in ("⊙", "⊘"):
                by = np.multiply if self.tokens.pop(0) == "⊙" else np.divide
                value = by(value, self.factor())
            elif self.peek() == "/":
                self.tokens.pop(0)
                value = value / self.factor()
            elif self.peek() == "Σ":
                return value * self.product()
            else:
                value = beside(value, self.factor())
        return value

    def factor(self) -> Any:
        token = self.tokens.pop(0)
        if token == "(":
            value = self.sum()
            assert self.tokens.pop(0) == ")"
        elif token == "𝟏":
            value = Ones()
        elif token[0].isdigit():
            value = float(token)
        elif self.peek() == "(" and token in FUNCTIONS:
            self.tokens.pop(0)
            arguments = [self.sum()]
            while self.tokens.pop(0) == ",":
                arguments.append(self.sum())
            value = FUNCTIONS[token](*arguments)
        else:
            value = self.names[token]
        while self.peek() in ("ᵀ", "^⊙2", "²"):
            value = turned(value) if self.tokens.pop(0) == "ᵀ" else np.square(value)
        return value


FUNCTIONS = {
    "tanh": np.tanh,
    "σ": sigmoid,
    "relu": dl.relu,
    "sign": np.sign,
    "exp": np.exp,
    "log": np.log,
    "softmax": softmax,
    "cross-entropy": lambda z, y: softmax_cross_entropy(z, y)[:, None],
}


def column(x: Any) -> np.ndarray:
    x = np.asarray(x)
    return x[:, None] if x.ndim == 1 else x


def network(name: str, *overrides: str, samples: int = 40) -> tuple[PreparedMatrix, Any, Any, Any]:
    task = tasks.get(name)
    settings = tasks.override(task.settings, overrides)
    data, objective = task.dataset(settings), task.objective(settings)
    params = task.parameters(settings)
    if settings.initial == "zeros":  # where every adjoint would be a plain one
        params = [(w + 0.1, b - 0.2) for w, b in params]
    given = (params, data.x[:samples], data.y[:samples])
    return SymbolicMatrix().prepare(objective, *given), *given


NETWORKS = [
    ("simplest",),
    ("linear-regression",),
    ("digits",),
    ("digits", "widths=64-10"),
    ("digits", "activation=sigmoid", "widths=64-7-6-10"),
    ("sincos", "activation=tanh", "widths=2-6-5-4-1"),
    ("sincos", "activation=identity", "width=3"),
    ("sincos", "activation=relu", "output=sigmoid", "width=3"),
    ("digits", "loss=squared-error", "width=4"),
]


@pytest.mark.parametrize("case", NETWORKS, ids=" ".join)
def test_every_equation_evaluated_gives_the_adjoints_of_the_tape(case: tuple[str, ...]) -> None:
    prepared, params, x, y = network(*case)
    written = prepared.equations
    leaves = [column(leaf) for leaf in flatten(params)[0]]
    inputs = [f"{letter}{'₁₂₃₄'[k]}" for k in range(len(params)) for letter in "Wb"]
    values: dict[str, Any] = dict(zip(inputs, leaves)) | {"X": x, "Y": y, "n": float(len(x))}
    for equation in (*written.forward, *written.backward):
        (right,) = equation.rights
        value = Reader(right.plain, values).value()
        values[equation.left.plain] = value
        if equation.note:
            shape = (*map(int, equation.note.split(" x ")), 1)[:2]
            assert np.broadcast_to(value, shape).shape == shape
    steps = wengert(prepared.f, params, x, y, constants=("x", "y"))
    _, gradient = dl.value_and_grad(prepared.f)(params, x, y)
    for name, leaf in zip(inputs, flatten(gradient)[0]):
        adjoint = values[name[0] + "\u0304" + name[1:]]
        np.testing.assert_allclose(adjoint, column(leaf), rtol=1e-12, atol=1e-14)
    checked = 0
    for name, value in values.items():
        adjoint = values.get(name[0] + "\u0304" + name[1:])
        for step in steps:
            same = np.shape(step.value) == np.shape(value) and np.ndim(value) == 2
            known = adjoint is not None and same and step.adjoint is not None
            if known and np.allclose(step.value, value, rtol=1e-12, atol=0):
                np.testing.assert_allclose(adjoint, step.adjoint, rtol=1e-12, atol=1e-15)
                checked += 1
    assert checked >= len(params) * 2 - 1


def test_a_wrong_equation_is_found_out() -> None:
    x = np.arange(6.0).reshape(3, 2)
    right = Reader("Xᵀ (1 - X^⊙2) 𝟏", {"X": x}).value()
    np.testing.assert_allclose(right, (x.T @ (1 - x**2)).sum(axis=1, keepdims=True))
    assert not np.allclose(right, Reader("Xᵀ (1 + X^⊙2) 𝟏", {"X": x}).value())


def test_layers_have_the_equations_of_the_textbooks() -> None:
    prepared, *_ = network("sincos", "activation=tanh", "widths=2-6-5-1", samples=1000)
    written = prepared.equations
    lines = {equation.plain for equation in (*written.forward, *written.backward)}
    assert {
        "Z₁ = X W₁ + 𝟏 b₁ᵀ",
        "N₁ = tanh(Z₁)",
        "Z₂ = N₁ W₂ + 𝟏 b₂ᵀ",
        "L = (1/n) Σ (Y - Z₃)^⊙2",
        "Z̄₃ = -(2/n) (Y - Z₃)",
        "N̄₂ = Z̄₃ W₃ᵀ",
        "Z̄₂ = N̄₂ ⊙ (1 - N₂^⊙2)",
        "W̄₂ = N₁ᵀ Z̄₂",
        "b̄₂ = Z̄₂ᵀ 𝟏",
    } <= lines
    notes = {equation.left.plain: equation.note for equation in written.backward}
    assert (notes["W̄₂"], notes["b̄₂"], notes["Z̄₁"]) == ("6 x 5", "5", "1000 x 6")


def test_all_layers_are_written_and_the_text_is_the_same_every_time() -> None:
    widths = "-".join(["2", *["3"] * 9, "1"])
    one, *_ = network("sincos", "activation=tanh", f"widths={widths}")
    other, *_ = network("sincos", "activation=tanh", f"widths={widths}")
    assert one.latex == other.latex
    assert balanced(one.latex)
    assert "\\bar{W}_{10}" in one.latex


def test_names_come_from_the_arguments_of_the_function() -> None:
    def f(model: dict[str, Any], points: Any, y: Any, scale: float) -> Any:
        return scale * np.mean((points @ model["w"] + model["bias"] - y) ** 2)

    given = ({"w": np.ones(2), "bias": 0.5}, np.ones((9, 2)), np.ones(9), 3)
    prepared = SymbolicMatrix().prepare(f, *given)
    lines = [equation.plain for equation in prepared.equations.forward]
    assert lines[0] == "z₁ = points w + bias"
    assert balanced(prepared.latex)
    assert "\\overline{\\mathit{bias}}" in prepared.latex


def test_what_has_no_sign_in_linear_algebra_is_written_by_name() -> None:
    def f(w: Any) -> Any:
        return np.sum(np.cumsum(w)[1:] * np.where(w[1:] > 0, w[1:], 2.0)) + np.linalg.norm(w)

    prepared = SymbolicMatrix().prepare(f, np.arange(1.0, 5.0))
    assert "np.cumsum(w)[1:]" in "".join(e.plain for e in prepared.equations.forward)
    assert balanced(prepared.latex)


def test_n_stands_for_the_samples_and_for_nothing_else() -> None:
    sizes = Sizes(40, frozenset({10}))
    assert sizes.spell(1 / 40).plain == "1/n"
    assert sizes.spell(-2 / 400).plain == "-2/(10 n)"
    assert sizes.spell(0.3).plain == "0.3"
    assert Sizes(4).spell(0.25).plain == "0.25"
    assert sizes.spell(1.0).plain == "1"
    assert sizes.spell(np.float32(2 / 40)).plain == "2/n"
    assert sizes.spell(np.float32(0.3)).plain == "0.3"


@pytest.mark.parametrize("outputs", [1, 3])
def test_normal_equations_are_solved_by_least_squares(outputs: int) -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, outputs))

    def f(params: Any, x: Any, y: Any) -> Any:
        ((w, b),) = params
        return np.mean((x @ w + b - y) ** 2)

    params = [(np.ones((4, outputs)), np.zeros(outputs))]
    prepared = SymbolicMatrix().prepare(f, params, x, y)
    found = normal_equations(prepared.replay.paths[0].graph, ["W", "b", "X", "Y"])
    assert found is not None
    assert [equation.plain for equation in found.equations] == [
        "Xᵀ X W + Xᵀ 𝟏 bᵀ = Xᵀ Y",
        "𝟏ᵀ X W + 𝟏ᵀ 𝟏 bᵀ = 𝟏ᵀ Y",
    ]
    left, right = found.system({"X": x, "Y": y})
    best = np.linalg.lstsq(with_ones(x), y, rcond=None)[0]
    np.testing.assert_allclose(np.linalg.solve(left, right), best, rtol=1e-11)
    np.testing.assert_allclose(METHODS["normal equations"](with_ones(x), y), best, rtol=1e-11)
    assert found.design is not None


@pytest.mark.parametrize(
    "loss",
    [
        lambda w, x, y: np.mean(np.tanh(x @ w - y)),
        lambda w, x, y: np.mean((x @ w * w[0] - y) ** 2),
        lambda w, x, y: np.mean((x @ (w @ (w.T @ w)) - y) ** 2),
    ],
)
def test_a_model_that_is_not_linear_has_no_normal_equations(loss: Any) -> None:
    given = (np.ones((2, 1)), np.ones((9, 2)), np.ones((9, 1)))
    prepared = SymbolicMatrix().prepare(loss, *given)
    assert normal_equations(prepared.replay.paths[0].graph, ["W", "X", "Y"]) is None
