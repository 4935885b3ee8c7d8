"""Derivatives on paper, evaluated: against mpmath's differentiation of the definitions."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from difflab.errors import ShapeError
from difflab.symbolic.paper import elementary, rewritten
from difflab.symbolic.paper.chain_rule import chain
from difflab.symbolic.source import OWN
from difflab.symbolic.whitelist import parse

POINTS = (-30.0, -2.5, -0.1, 0.0, 0.7, 5.0)

DEFINITIONS = {
    "sigmoid": lambda z: 1 / (1 + mp.exp(-z)),
    "tanh": mp.tanh,
    "softplus": lambda z: mp.log(1 + mp.exp(z)),
}


def at(expression: sp.Expr, values: dict[sp.Symbol, float]) -> float:
    """The value of an expression, with stable functions written out, in many digits."""
    exact = {symbol: sp.Float(value, 40) for symbol, value in values.items()}
    return float(rewritten.written_out(expression).subs(exact).evalf(30))


@pytest.mark.parametrize("z", POINTS)
@pytest.mark.parametrize("name", DEFINITIONS)
def test_activations_have_mpmaths_derivative_in_every_form(name: str, z: float) -> None:
    found = elementary.activation(name)
    with mp.workdps(40):
        truth = float(mp.diff(DEFINITIONS[name], mp.mpf(z)))
    value = {found.by: z, elementary.A: float(DEFINITIONS[name](mp.mpf(z)))}
    assert at(found.raw, value) == pytest.approx(truth, rel=1e-12)
    assert at(found.stable, value) == pytest.approx(truth, rel=1e-12)
    assert at(found.through, value) == pytest.approx(truth, rel=1e-6, abs=1e-13)
    assert found.proven


def test_the_forms_are_those_of_the_lecture() -> None:
    z, a, y = elementary.Z, elementary.A, elementary.Y
    assert elementary.activation("sigmoid").through == a * (1 - a)
    assert elementary.activation("tanh").through == 1 - a**2
    assert str(elementary.activation("softplus").through) == "sigmoid(z)"
    assert str(elementary.binary_cross_entropy().through - (-y)) == "sigmoid(z)"
    assert elementary.activation("sigmoid").raw == sp.exp(-z) / (1 + sp.exp(-z)) ** 2


@pytest.mark.parametrize("z", POINTS[1:])
@pytest.mark.parametrize("y", [0.0, 0.3, 1.0])
def test_binary_cross_entropy_has_mpmaths_derivative(z: float, y: float) -> None:
    found = elementary.binary_cross_entropy()

    def loss(z: mp.mpf) -> mp.mpf:
        p = 1 / (1 + mp.exp(-z))
        return -y * mp.log(p) - (1 - y) * mp.log(1 - p)

    with mp.workdps(40):
        truth = float(mp.diff(loss, mp.mpf(z)))
    for form in (found.raw, found.stable, found.through):
        assert at(form, {elementary.Z: z, elementary.Y: y}) == pytest.approx(truth, abs=1e-12)
    assert found.proven


def test_softmax_and_its_cross_entropy_have_mpmaths_derivatives() -> None:
    logits, targets = (0.3, -1.2, 2.0), (0.2, 0.5, 0.3)

    def p(k: int, *z: mp.mpf) -> mp.mpf:
        return mp.exp(z[k]) / sum(map(mp.exp, z))

    def loss(*z: mp.mpf) -> mp.mpf:
        return -sum(y * mp.log(p(k, *z)) for k, y in enumerate(targets))

    values = dict(zip(elementary.logits(), logits)) | dict(zip(elementary.targets(), targets))
    names = sp.symbols("p1:4", positive=True)
    known = values | {name: float(p(k, *logits)) for k, name in enumerate(names)}
    with mp.workdps(30):
        for index, partial in enumerate(elementary.softmax()):
            k, j = divmod(index, 3)
            order = tuple(int(i == j) for i in range(3))
            truth = float(mp.diff(lambda *z, k=k: p(k, *z), logits, order))
            assert at(partial.raw, values) == pytest.approx(truth, abs=1e-12)
            assert at(partial.written, known) == pytest.approx(truth, abs=1e-12)
            assert partial.proven
        for j, partial in enumerate(elementary.softmax_cross_entropy()):
            order = tuple(int(i == j) for i in range(3))
            truth = float(mp.diff(loss, logits, order))
            assert at(partial.written, known) == pytest.approx(truth, abs=1e-12)
            assert partial.written == names[j] - elementary.targets()[j]
            assert partial.proven


def test_a_wrong_rewriting_is_not_proven() -> None:
    m = sp.Symbol("m", real=True)
    right = sp.diff(1 / (1 + sp.exp(-m)), m)
    assert rewritten.are_equal(right, parse("sigmoid(m)*(1 - sigmoid(m))"))
    assert not rewritten.are_equal(right, parse("sigmoid(m)*(1 + sigmoid(m))"))


@pytest.mark.parametrize(
    "text",
    [
        "z/(1 + exp(-z))",
        "0.5*z*(1 + tanh(z))",
        "sqrt(1 + z**2) - log(1 + exp(z))",
        "abs(z)*relu(z)",
    ],
)
def test_the_program_of_an_expression_gives_value_and_slope(text: str) -> None:
    z, y = sp.symbols("z y", real=True)
    found = rewritten.differentiate(parse(text), z, y)
    namespace: dict = {"np": np, **OWN}
    exec(rewritten.numpy_source(found, y), namespace)
    points = np.array([-700.0, -3.0, 0.4, 2.0, 700.0])
    with np.errstate(over="ignore", under="ignore"):
        value, slope = namespace["value_and_slope"](points)
    assert found.proven
    assert np.isfinite(slope).all()
    for point, v, s in zip(points, value, slope):
        numeric = rewritten.written_out(parse(text)).replace(
            lambda e: type(e).__name__ in ("absolute", "relu"),
            lambda e: sp.Abs(e.args[0]) if type(e).__name__ == "absolute" else sp.Max(e.args[0], 0),
        )
        f = sp.lambdify(z, numeric, "mpmath")
        with mp.workdps(50):
            assert v == pytest.approx(float(f(mp.mpf(point))), rel=1e-12)
            assert s == pytest.approx(
                float(mp.diff(f, mp.mpf(point), h=mp.mpf(10) ** -15)), rel=1e-9
            )


def test_long_programs_share_what_repeats_in_the_right_order() -> None:
    x, y = sp.symbols("x y", real=True)
    found = rewritten.differentiate(parse("log(1 + exp(2*x))*sin(x)*exp(cos(x))/(3 + x**2)"), x, y)
    source = rewritten.numpy_source(found, y)
    assert "t0 = " in source
    namespace: dict = {"np": np, **OWN}
    exec(source, namespace)
    value, slope = namespace["value_and_slope"](0.7)
    raw = sp.lambdify(x, [found.function, found.raw])
    assert [value, slope] == pytest.approx(raw(0.7), rel=1e-13)


def test_paths_are_added_where_a_parameter_is_used_twice() -> None:
    def f(w: float, x: float) -> tuple:
        n = np.tanh(w * x)
        m = w * n
        return m**2, {"n": n, "m": m}

    found = chain(f, 0.5, 2.0, parameters=["w"], data=["x"])
    (w,) = found.parameters
    assert len(found.paths(w)) == 2
    with mp.workdps(30):
        truth = mp.diff(lambda w: (w * mp.tanh(2 * w)) ** 2, mp.mpf("0.5"))
    assert found.derivative(w) == pytest.approx(float(truth), rel=1e-13)


def test_arrays_have_no_chain_of_numbers() -> None:
    with pytest.raises(ShapeError, match=r"w has shape \(2,\)"):
        chain(lambda w: (np.sum(w), {}), np.ones(2), parameters=["w"], data=[])
