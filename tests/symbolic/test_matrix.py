"""The matrix form: right on every call of the table, finite at saturation, differentiable again."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy as sp

import difflab as dl
from difflab import autodiff
from difflab.conventions import KINKS, Kink
from difflab.errors import DataError, MissingRuleError, PreparationMismatchError, TracingError
from difflab.providers import find
from difflab.providers.symbolic_matrix import SymbolicMatrix
from difflab.symbolic import rewriting
from difflab.symbolic.matrix import hessian_vector_product, value_and_gradient
from difflab.symbolic.matrix.clusters import clusters
from difflab.symbolic.matrix.products import einsum_adjoint
from difflab.trace import name_of, recording, traced_inputs
from difflab.tree import flatten
from tests.autodiff.cases import CASES, Case
from tests.autodiff.test_rules import weights
from tests.scalars.refused import recorded

WITHOUT = {
    *(
        f"np.linalg.{name}"
        for name in ("svd", "lstsq", "qr", "eigh", "cholesky", "pinv", "slogdet")
    ),
    *(f"np.fft.{name}" for name in ("fft", "ifft", "rfft", "irfft")),
    *("np.linalg.det", "np.sinc", "np.convolve", "np.real", "np.imag", "np.bincount"),
    *("difflab.adjugate", "difflab.adjugate_slope"),
}
"""What the matrix form refuses."""


def weighted(case: Case) -> Any:
    def f(nest: Any) -> Any:
        out = case.call(*nest)
        return np.sum(out * weights(out.shape))

    return f


def agree(one: Any, other: Any, rtol: float) -> None:
    for a, b in zip(flatten(one)[0], flatten(other)[0], strict=True):
        assert np.shape(a) == np.shape(b)
        assert np.asarray(a).dtype == np.asarray(b).dtype
        scale = np.max(np.abs(b), initial=1e-300)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * scale)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_call_agrees_with_the_tape_or_is_refused_by_name(case: Case) -> None:
    point = [np.array(a, dtype=float) for a in case.arrays]
    both = value_and_gradient(weighted(case))
    with np.errstate(all="ignore"):
        if WITHOUT & {name_of(function) for function in recorded(case)}:
            with pytest.raises(MissingRuleError, match=r"np\.|difflab\.") as caught:
                both(point)
            assert 'method="autodiff"' in caught.value.instead
            return
        agree(list(both(point)), list(autodiff.value_and_grad(weighted(case))(point)), 1e-13)


SMOOTH = [case for case in CASES if case.rule in (np.tanh, np.matmul, np.einsum, np.var, np.stack)]


@pytest.mark.parametrize("case", SMOOTH, ids=str)
def test_the_gradient_differentiates_again(case: Case) -> None:
    point = [np.array(a, dtype=float) for a in case.arrays]
    vector = [np.cos(np.arange(a.size) + 1.0).reshape(a.shape) for a in point]
    product = hessian_vector_product(weighted(case))(point, vector)[1]
    agree(product, autodiff.hvp(weighted(case), point, vector), 1e-12)


def network(activation: Any) -> Any:
    def loss(params: Any, x: Any, y: Any) -> Any:
        for w, b in params[:-1]:
            x = activation(x @ w + b)
        return np.mean((x @ params[-1][0] + params[-1][1] - y) ** 2)

    return loss


def parameters(*widths: int, dtype: str = "float64") -> Any:
    rng = np.random.default_rng(5)
    return [
        (rng.standard_normal((a, b)).astype(dtype), rng.standard_normal(b).astype(dtype))
        for a, b in pairwise(widths)
    ]


X = np.random.default_rng(6).standard_normal((20, 2))
Y = np.random.default_rng(7).standard_normal((20, 1))
ACTIVATIONS = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "sigmoid of quotients": lambda z: np.exp(z) / (1 + np.exp(z)),
    "tanh": lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "swish": lambda z: z / (1 + np.exp(-z)),
    "log cosh": lambda z: np.log(np.cosh(z)),
    "mish": lambda z: z * np.tanh(np.log(1 + np.exp(z))),
    "own": dl.sigmoid,
    "relu": dl.relu,
    "soft sign": lambda z: z / (1 + np.abs(z)),
    "hard tanh": lambda z: np.clip(z, -1, 1),
    "leaky": lambda z: np.maximum(z, 0.1 * z),
    "gaussian": lambda z: np.exp(-(z**2)),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_networks_of_any_activation_agree_with_the_tape(name: str) -> None:
    loss, params = network(ACTIVATIONS[name]), parameters(2, 5, 4, 1)
    both = dl.value_and_grad(loss, "symbolic")
    agree(list(both(params, X, Y)), list(autodiff.value_and_grad(loss)(params, X, Y)), 3e-14)
    moved = [(w * 1.1, b - 0.1) for w, b in params]
    agree(list(both(moved, X, Y)), list(autodiff.value_and_grad(loss)(moved, X, Y)), 3e-14)
    assert both.preparations == 1


@pytest.mark.parametrize(
    ("name", "below", "above"),
    [
        ("sigmoid", 0.0, 0.0),
        ("sigmoid of quotients", 0.0, 0.0),
        ("tanh", 0.0, 0.0),
        ("softplus", 0.0, 1.0),
        ("swish", 0.0, 1.0),
        ("log cosh", -1.0, 1.0),
        ("mish", 0.0, 1.0),
        ("own", 0.0, 0.0),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the user's own exp overflows
def test_slopes_are_finite_and_right_at_saturation(name: str, below: float, above: float) -> None:
    slopes = dl.grad(lambda z: np.sum(ACTIVATIONS[name](z)), "symbolic")
    np.testing.assert_allclose(
        slopes(np.array([-1e4, -800.0, 800.0, 1e4])), [below] * 2 + [above] * 2
    )


def test_the_tape_gives_nan_where_the_written_out_sigmoid_saturates() -> None:
    """Negative control: without fusing, 0 times infinity."""
    with np.errstate(all="ignore"):
        assert np.isnan(dl.grad(ACTIVATIONS["sigmoid"])(np.float64(-1e4)))


def test_a_written_out_sigmoid_is_one_cluster_and_costs_a_times_one_minus_a() -> None:
    source = (
        SymbolicMatrix().prepare(network(ACTIVATIONS["sigmoid"]), parameters(2, 3, 1), X, Y).source
    )
    sweep = source[source.index("def reverse_sweep") :]
    assert "np.exp" not in sweep
    assert re.search(r"v(\d+) \* \(1 - v\1\)", sweep)


def test_what_is_read_elsewhere_ends_a_cluster() -> None:
    with recording() as tape:
        (z,) = traced_inputs(tape, [np.ones(3)])
        a = 1 / (1 + np.exp(-z))
        total = np.sum(a * a + np.sin(a))
    found = clusters(tape.calls, [True] * len(tape.calls), total.index)
    assert found[a.index].expression.has(sp.exp)
    assert found[a.index].root == z.index
    assert all(cluster.root in (z.index, a.index) for cluster in found.values())


def test_each_derivative_is_sympys_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted mutant: a SymPy that differentiates tanh wrongly is found out."""
    monkeypatch.setattr(sp.tanh, "fdiff", lambda self, _=1: 1 - self**3)
    rewriting.derivative.cache_clear()
    wrong = value_and_gradient(np.tanh)(np.float64(0.5))[1]
    rewriting.derivative.cache_clear()
    assert wrong == pytest.approx(1 - np.tanh(0.5) ** 3)


def test_float32_in_float32_out() -> None:
    params = parameters(2, 4, 1, dtype="float32")
    x, y = X.astype("f4"), Y.astype("f4")
    value, gradient = dl.value_and_grad(network(ACTIVATIONS["swish"]), "symbolic")(params, x, y)
    assert {leaf.dtype for leaf in flatten(gradient)[0]} == {np.dtype("f4")}
    assert value.dtype == np.float32


def test_three_hundred_steps_keep_the_parameters_of_the_tape() -> None:
    loss = network(np.tanh)
    ends = []
    for method in ("symbolic", "autodiff"):
        params, both = parameters(2, 16, 16, 1), dl.value_and_grad(loss, method)
        for _ in range(300):
            gradient = both(params, X, Y)[1]
            params = [(w - 0.05 * gw, b - 0.05 * gb) for (w, b), (gw, gb) in zip(params, gradient)]
        ends.append(np.concatenate([leaf.ravel() for leaf in flatten(params)[0]]))
    assert np.linalg.norm(ends[0] - ends[1]) <= 1e-12 * np.linalg.norm(ends[1])


def test_gradients_nest_within_and_across_engines() -> None:
    f = lambda x: np.sum(np.sin(x) * x**2)
    x = np.array([0.3, 1.2])
    second = 2 * np.sin(x) + 4 * x * np.cos(x) - x**2 * np.sin(x)
    for outer in ("symbolic", "autodiff"):
        for inner in ("symbolic", "autodiff"):
            slope = dl.grad(f, inner)
            slope(x)  # prepared before the outer one records
            found = dl.grad(lambda x: np.sum(slope(x)), outer)(x)
            np.testing.assert_allclose(found, second, rtol=1e-14)


def test_hessian_vector_products_compile_and_check_their_arguments() -> None:
    loss, params = network(np.tanh), parameters(2, 4, 1)
    vector = [(np.ones_like(w), np.ones_like(b)) for w, b in params]
    product = SymbolicMatrix().prepare(loss, params, X, Y).hessian_vector_product()
    agree(product(params, vector, X, Y), autodiff.hvp(loss, params, vector, X, Y), 1e-13)
    with pytest.raises(PreparationMismatchError):
        product(params, vector, X[:3], Y)


def test_a_branch_on_values_is_refused_with_its_line() -> None:
    def f(w: Any) -> Any:
        return np.sum(w) if w[0] > 0 else np.sum(w**2)

    with pytest.raises(TracingError, match=r"test_matrix\.py:\d+") as caught:
        SymbolicMatrix().prepare(f, np.ones(2))
    assert "np.where" in caught.value.instead


def test_calls_without_rule_name_themselves_and_the_forms_that_can() -> None:
    with pytest.raises(MissingRuleError, match=r"np\.linalg\.svd"):
        SymbolicMatrix().prepare(lambda a: np.linalg.svd(a)[1][0], np.eye(2) + 0.1)
    with pytest.raises(MissingRuleError) as caught:
        SymbolicMatrix().prepare(lambda a: np.sum(np.convolve(a, a)), np.ones(3))
    assert "symbolic:staged" in caught.value.instead
    with pytest.raises(DataError):
        SymbolicMatrix().prepare(lambda w, names: np.sum(w), np.ones(2), {"a": "b"})


def test_settings_among_the_contexts_are_derived_anew() -> None:
    both = dl.value_and_grad(lambda w, n: np.sum(w**n), "symbolic")
    w = np.array([1.0, 2.0])
    np.testing.assert_allclose(both(w, 2)[1], 2 * w)
    np.testing.assert_allclose(both(w, 3)[1], 3 * w**2)


@pytest.mark.parametrize(
    "subscripts", ["ij,jk", "ij,jk->ki", "...ij,jk", "ii,ij->j", "ij,kj->", "ij,ij"]
)
def test_einsum_adjoints_satisfy_the_dot_product_identity(subscripts: str) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 3, 3))
    out = np.einsum(subscripts, x, y)
    g = rng.standard_normal(np.shape(out))
    for position, operand in enumerate((x, y)):
        adjoint = einsum_adjoint(np.asarray(g), (x, y), subscripts, position)
        np.testing.assert_allclose(np.sum(adjoint * operand), np.sum(g * out), rtol=1e-12)


def test_the_provider_survives_its_repr_and_says_what_it_did() -> None:
    provider = find("symbolic")
    assert repr(provider) == "SymbolicMatrix()"
    sizes = provider.prepare(network(np.tanh), parameters(2, 4, 1), X, Y).preparation.sizes
    assert sizes["matrix products"] == 5
    assert sizes["loss nodes"] < sizes["nodes"] <= 4 * sizes["loss nodes"]


@pytest.mark.parametrize(
    ("f", "at"),
    [
        (lambda x: np.sum(np.fmax(x, -1.0)), [1.0, np.nan, -3.0]),
        (lambda x: np.sum(np.fmin(np.fmax(x, -1.0) * 2, 0.5)), [0.1, np.nan, -3.0]),
        (lambda x: np.max(x), [1.0, np.nan, 3.0]),
        (lambda x: np.sum(np.min(x.reshape(2, 2), axis=0)), [1.0, np.nan, 1.0, 3.0]),
        (lambda x: np.prod(x), []),
        (lambda x: np.sum(np.prod(x.reshape(0, 3), axis=0)), []),
        (lambda x: np.prod(x[0], axis=0) * x[1], [3.0, 2.0]),
        (lambda x: np.sum(np.var(x.reshape(0, 3), axis=-1)), []),
        (lambda x: np.sum((x * (1 - x)) ** 1.5), [0.0, 0.5, 1.0]),
        (lambda x: np.sum(np.tanh(np.remainder(x, 0.7))), [1e12, 0.5]),
    ],
)
def test_edges_agree_with_the_tape_without_a_warning(f: Any, at: list[float]) -> None:
    x = np.array(at)
    found = dl.value_and_grad(f, "symbolic")(x)
    np.testing.assert_allclose(found[1], autodiff.value_and_grad(f)(x)[1], rtol=1e-12)


@pytest.mark.parametrize("kink", KINKS, ids=lambda kink: f"{kink.name} at {kink.at}")
def test_kinks_obey_the_conventions_without_a_warning(kink: Kink) -> None:
    slope = value_and_gradient(kink.function)(np.float64(kink.at))[1]
    np.testing.assert_equal(slope, kink.derivative)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the user's own exp overflows
def test_softplus_by_log1p_has_a_slope_at_saturation() -> None:
    slopes = dl.grad(lambda z: np.sum(np.log1p(np.exp(z))), "symbolic")
    np.testing.assert_allclose(slopes(np.array([-1e4, -800.0, 800.0, 1e4])), [0, 0, 1, 1])


def test_a_slope_that_is_zero_at_the_exponent_zero_still_depends_on_the_exponent() -> None:
    """n x^(n - 1) is 0 for n = 0, and its derivative in n is 1/x."""
    f = lambda p: np.sum(p["x"] ** p["n"])
    p = {"x": np.array([2.0, 3.0, 0.5]), "n": np.array([0.0, 0.0, 2.0])}
    v = {"x": np.array([1.0, -1.0, 0.5]), "n": np.array([0.3, 0.7, -1.0])}
    product = SymbolicMatrix().prepare(f, p).hessian_vector_product()(p, v)
    np.testing.assert_allclose(product["x"][:2], v["n"][:2] / p["x"][:2], rtol=1e-14)
    agree(product, autodiff.hvp(f, p, v), 1e-13)
