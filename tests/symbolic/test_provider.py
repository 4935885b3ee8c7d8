"""The providers: SymPy's gradient against the tape, the truth, and itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy as sp

import difflab as dl
from difflab import functions as own
from difflab.accuracy import gradient_error
from difflab.autodiff import value_and_grad
from difflab.errors import (
    DataError,
    MissingRuleError,
    NonScalarLossError,
    PreparationMismatchError,
    ShapeError,
    SymbolicBudgetError,
    TracingError,
    UnknownNameError,
)
from difflab.providers.symbolic import Symbolic
from difflab.studies.truth import true_gradient
from difflab.symbolic import kinks, stable
from difflab.symbolic.batch import BLOCK
from difflab.trace import name_of
from difflab.tree import flatten
from tests.autodiff.cases import CASES, Case
from tests.autodiff.test_rules import EVERY
from tests.scalars.refused import beyond_scalars, recorded

FORMS = ("expanded", "cse", "staged")
NEW_ROWS = {np.fmod, np.divmod, np.logaddexp2, np.cumprod, np.degrees, np.radians}
CALLS = CASES + [c for c in EVERY if c.rule in NEW_ROWS and "broadcast" not in c.label]
BY_VALUE = {np.sort, np.greater, np.equal}
"""Calls of cases that need an order; np.equal is inside norms of other orders than 1, 2, inf."""


def refused(case: Case) -> list[Any]:
    """Functions on the tape of a case that are not for SymPy."""
    return [f for f in recorded(case) if f in BY_VALUE | {np.sinc} or beyond_scalars(f)]


REFUSALS = [case for case in CALLS if refused(case)]
EXPRESSIBLE = [case for case in CALLS if not refused(case)]


@dataclass(frozen=True)
class Net:
    """A network whose loss is the mean over samples, and who says so."""

    activation: Any = np.tanh
    output: Any = np.positive

    def __call__(self, params: Any, x: Any, y: Any) -> Any:
        return np.mean((self._outputs(params, x) - y) ** 2)

    def sample_loss(self, params: Any, x: Any, y: Any) -> Any:
        return np.mean((self._outputs(params, x) - y) ** 2)

    def _outputs(self, params: Any, x: Any) -> Any:
        for layer, (w, b) in enumerate(params, start=1):
            x = (self.activation if layer < len(params) else self.output)(x @ w + b)
        return x


@dataclass(frozen=True)
class Classifier:
    """Softmax regression."""

    def __call__(self, params: Any, x: Any, y: Any) -> Any:
        return np.mean(own.softmax_cross_entropy(x @ params[0] + params[1], y))

    def sample_loss(self, params: Any, x: Any, y: Any) -> Any:
        return own.softmax_cross_entropy(x @ params[0] + params[1], y)


def point(*widths: int, samples: int = 16, seed: int = 0) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    params = [(rng.normal(size=(a, b)), rng.normal(size=b)) for a, b in pairwise(widths)]
    return params, rng.normal(size=(samples, widths[0])), rng.uniform(size=(samples, widths[-1]))


SIMPLEST = (Net(dl.sigmoid, dl.sigmoid), (1, 1, 1))
TWIN = (Net(np.tanh), (2, 4, 4, 1))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("net", "widths"), [SIMPLEST, TWIN], ids=["simplest", "2-4-4-1"])
def test_the_gradient_is_the_true_one_to_thirteen_digits(
    net: Net, widths: tuple[int, ...], form: str
) -> None:
    prepared = Symbolic(form).prepare(net, *point(*widths, samples=3, seed=1))
    value, gradient = prepared.value_and_gradient(*point(*widths))
    true_value, truth = true_gradient(net, *point(*widths))
    assert value == pytest.approx(true_value, rel=1e-14)
    assert gradient_error(gradient, truth).relative_l2 < 1e-13


def _case_gradient(case: Case, provider: Symbolic) -> tuple[Any, Any]:
    weights = np.cos(np.arange(np.size(case.call(*case.arrays))))
    weights = weights.reshape(np.shape(case.call(*case.arrays)))
    arrays = [np.asarray(array, float) for array in case.arrays]

    def f(p: Any) -> Any:
        return np.sum(case.call(*p) * weights)

    prepared = provider.prepare(f, [array + 0.01 for array in arrays])
    return prepared.value_and_gradient(arrays), value_and_grad(f)(arrays)


@pytest.mark.parametrize("form", ["cse", "staged"])
@pytest.mark.parametrize("case", EXPRESSIBLE, ids=str)
def test_every_row_of_the_field_differentiates_as_the_tape_does(case: Case, form: str) -> None:
    provider = Symbolic(form, budget=10**7)
    (value, gradient), (expected_value, expected) = _case_gradient(case, provider)
    assert value == pytest.approx(expected_value, rel=1e-12, abs=1e-12)
    assert gradient_error(gradient, expected).relative_l2 < 1e-12


@pytest.mark.parametrize("case", REFUSALS, ids=str)
def test_every_other_row_is_refused_by_name(case: Case) -> None:
    with pytest.raises(MissingRuleError, match="cannot be expressed in SymPy") as caught:
        Symbolic().prepare(lambda p: np.sum(case.call(*p)), list(case.arrays))
    assert caught.value.what.split()[0] in map(name_of, refused(case))
    assert 'method="autodiff"' in caught.value.instead


def test_complex_numbers_and_large_unknown_calls_are_refused_in_words() -> None:
    with pytest.raises(MissingRuleError, match=r"np\.multiply cannot[\s\S]*operand is complex"):
        Symbolic().prepare(lambda w: np.sum(abs(w * 1j)), np.ones(2))
    with pytest.raises(MissingRuleError, match=r"np\.linalg\.inv cannot[\s\S]*pivots"):
        Symbolic().prepare(lambda w: np.sum(np.linalg.inv(w)), np.eye(100))  # and no budget
    with pytest.raises(MissingRuleError, match=r"np\.fft\.fft cannot[\s\S]*complex"):
        Symbolic().prepare(lambda w: np.sum(np.abs(np.fft.fft(w))), np.ones(2))


def test_choices_by_value_are_refused_with_what_to_write_instead() -> None:
    with pytest.raises(MissingRuleError, match=r"np\.sort"):
        Symbolic().prepare(lambda w: np.sum(np.sort(w)), np.ones(2))
    with pytest.raises(MissingRuleError, match=r"np\.greater[\s\S]*np\.maximum, np\.abs"):
        Symbolic().prepare(lambda w: np.sum(np.where(w > 0, w, 0)), np.ones(2))


@pytest.mark.parametrize(
    "f", [np.exp, np.tan, dl.sigmoid, dl.softplus, np.arctan, np.tanh], ids=repr
)
@pytest.mark.parametrize("form", FORMS)
def test_derivatives_match_central_differences(f: Any, form: str) -> None:
    prepared = Symbolic(form).prepare(f, 0.0)
    for at in (-1.2, -0.1, 0.4, 1.3):
        h = 1e-5
        assert prepared.value_and_gradient(at)[1] == pytest.approx(
            (f(at + h) - f(at - h)) / (2 * h), rel=1e-8
        )


def test_a_wrong_derivative_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    case = next(c for c in CASES if c.rule is own.sigmoid)
    monkeypatch.setattr(stable.sigmoid, "fdiff", lambda self, argindex=1: self * (1 + self))
    sp.core.cache.clear_cache()
    try:
        (_, gradient), (_, expected) = _case_gradient(case, Symbolic())
    finally:
        sp.core.cache.clear_cache()
    assert gradient_error(gradient, expected).relative_l2 > 0.1


@pytest.mark.parametrize("form", FORMS)
def test_one_preparation_serves_batches_of_any_size(form: str) -> None:
    net, widths = TWIN
    prepared = Symbolic(form).prepare(net, *point(*widths, samples=5))
    for samples in (1, 2, 33, 2 * BLOCK + 5):
        args = point(*widths, samples=samples, seed=samples)
        value, gradient = prepared.value_and_gradient(*args)
        expected_value, expected = value_and_grad(net)(*args)
        assert value == pytest.approx(expected_value, rel=1e-13)
        assert gradient_error(gradient, expected).relative_l2 < 1e-13
        assert [np.shape(g) for g in flatten(gradient)[0]] == [
            np.shape(p) for p in flatten(args[0])[0]
        ]


def test_a_batch_without_samples_is_refused() -> None:
    net, widths = SIMPLEST
    prepared = Symbolic().prepare(net, *point(*widths))
    with pytest.raises(DataError, match="no samples"):
        prepared.value_and_gradient(*point(*widths, samples=0))


def test_contexts_that_disagree_about_the_batch_are_refused() -> None:
    net, widths = SIMPLEST
    prepared = Symbolic().prepare(net, *point(*widths))
    params, x, y = point(*widths, samples=4)
    with pytest.raises(PreparationMismatchError, match=r"float64\[n, 1\].*float64\[3, 1\]"):
        prepared.value_and_gradient(params, x, y[:3])
    with pytest.raises(PreparationMismatchError, match=r"float64\[n, 2\]"):
        prepared.value_and_gradient(params, np.ones((4, 2)), y)
    with pytest.raises(PreparationMismatchError, match="float32"):
        prepared.value_and_gradient(params, x.astype(np.float32), y)


@pytest.mark.parametrize("rows", [1, 3])
def test_contexts_with_other_numbers_of_samples_are_refused(rows: int) -> None:
    net, widths = SIMPLEST
    params, x, y = point(*widths, samples=4)
    both = dl.value_and_grad(net, "symbolic:cse")
    for _ in range(2):
        with pytest.raises(ShapeError, match=rf"4, {rows} samples"):
            both(params, x, y[:rows])
        both(params, x, y)  # and again, with a gradient for any number of samples at hand


def test_a_sample_loss_that_is_another_function_is_found_out() -> None:
    class Wrong:
        def __call__(self, w: Any, x: Any) -> Any:
            return np.sum((w * x) ** 2)

        def sample_loss(self, w: Any, x: Any) -> Any:
            return (w * x) ** 2

    with pytest.raises(TracingError, match=r"gives 4\.0 where the function gives 12\.0"):
        Symbolic().prepare(Wrong(), 2.0, np.ones(3))


POWERS = [
    (lambda p, k: np.sum(p**k), np.array([0.0, 2.0]), np.array([2.0, 2.0]), [0, 4]),
    (lambda p, k: np.sum(p**k), np.array([0.0, 2.0]), np.array([0.0, 1.0]), [0, 1]),
    (lambda p, k: np.sum(p**k), np.array([-3.0, 2.0]), np.array([2, 3]), [-6, 12]),
    (lambda p, _: np.sum(0.0**p), np.array([1.0, 2.0]), 0.0, [0, 0]),
    (lambda p, _: np.sum(2.0**p), np.array([1.0, 2.0]), 0.0, [2 * np.log(2), 4 * np.log(2)]),
    (lambda p, _: p[0] ** p[1], np.array([0.0, 2.0]), 0.0, [0, 0]),
    (lambda p, _: p[0] ** p[1], np.array([2.0, 3.0]), 0.0, [12, 8 * np.log(2)]),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("f", "p", "k", "expected"), POWERS)
def test_powers_of_zero_have_the_slope_of_their_limit(
    f: Any, p: Any, k: Any, expected: Any, form: str
) -> None:
    _, gradient = Symbolic(form).prepare(f, p, k).value_and_gradient(p, k)
    np.testing.assert_allclose(gradient, expected, rtol=1e-15)


def test_the_derivatives_of_powers_are_those_of_sympy() -> None:
    x, n = sp.symbols("x n", positive=True)
    plain = {kinks.power: x**n, kinks.power_slope: n * x ** (n - 1), kinks.log_or_zero: sp.log(x)}
    at = {x: sp.Rational(3, 2), n: sp.Rational(5, 3)}

    def spelled(expression: sp.Expr) -> sp.Expr:
        for mine, meant in plain.items():
            arguments = (x, n) if mine is not kinks.log_or_zero else (x,)
            expression = expression.replace(mine, sp.Lambda(arguments, meant))
        return expression

    for mine, meant in plain.items():
        arguments = (x, n) if mine is not kinks.log_or_zero else (x,)
        for symbol in arguments:
            ours = spelled(sp.diff(mine(*arguments), symbol))
            assert sp.N((ours - sp.diff(meant, symbol)).subs(at)) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize("form", FORMS)
def test_nan_is_passed_over_by_fmax_and_kept_by_everything_else(form: str) -> None:
    w = np.array([np.nan, 1.0, -1.0])
    for f, expected in [
        (lambda w: np.sum(np.fmax(w, 0.0)), [0, 1, 0]),
        (lambda w: np.sum(np.fmin(w, 0.0)), [0, 0, 1]),
        (lambda w: np.sum(np.maximum(w, 0.0)), [np.nan, 1, 0]),
        (lambda w: np.sum(dl.relu(w)), [np.nan, 1, 0]),
        (lambda w: np.sum(np.clip(w, 0.0, 5.0)), [np.nan, 1, 0]),
    ]:
        value, gradient = Symbolic(form).prepare(f, w).value_and_gradient(w)
        np.testing.assert_array_equal(value, f(w))
        np.testing.assert_array_equal(gradient, expected)


@pytest.mark.parametrize(
    "f",
    [
        lambda w, y: np.sum(w[y > 0]),
        lambda w, y: np.sum(w[y]),
        lambda w, y: np.sum(np.take(w, y)),
        lambda w, y: np.sum(np.where(y, w, 0.0)),
        lambda w, y: np.sum(w * ~y),
    ],
    ids=["comparison", "labels", "take", "mask", "logic"],
)
def test_choices_by_a_context_come_with_the_way_to_spell_them(f: Any) -> None:
    with pytest.raises(MissingRuleError, match=r"one_hot\(y\) for labels y, by m \* 1\.0"):
        Symbolic().prepare(f, np.ones(2), np.array([1, 0]))


def test_contexts_of_any_other_function_are_inputs_too() -> None:
    def f(w: Any, x: Any, scale: Any) -> Any:
        return np.sum(np.exp(w * x["a"]) / scale)

    w, x = np.array([0.5, -1.0]), {"a": np.array([[1.0, 2.0], [3.0, 4.0]])}
    prepared = Symbolic().prepare(f, w, {"a": np.zeros((2, 2))}, 1.0)
    value, gradient = prepared.value_and_gradient(w, x, 4.0)
    expected_value, expected = value_and_grad(f)(w, x, 4.0)
    assert value == pytest.approx(expected_value, rel=1e-14)
    np.testing.assert_allclose(gradient, expected, rtol=1e-14)


def test_a_loss_that_ignores_its_samples_is_averaged_all_the_same() -> None:
    class Decay:
        def __call__(self, w: Any, _: Any) -> Any:
            return np.sum(w**2)

        sample_loss = __call__

    value, gradient = (
        Symbolic()
        .prepare(Decay(), np.ones(2), np.ones(3))
        .value_and_gradient(np.array([1.0, 2.0]), np.ones(7))
    )
    assert value == 5
    np.testing.assert_array_equal(gradient, [2, 4])


EXPONENT = 1000 * np.finfo(float).eps
"""Relative rounding of exp(z - logsumexp(z)) near 1000: what rounding z itself does to it.

The tape takes the maximum off first and is exact to 1e-16 there (mpmath says so).
"""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "f",
    [
        lambda z: np.sum(dl.sigmoid(z) ** 2),
        lambda z: np.sum(dl.softplus(z)),
        lambda z: dl.logsumexp(z),
        lambda z: np.sum(dl.log_softmax(z) ** 2),
        lambda z: np.sum(dl.softmax(z) ** 2),
        lambda z: np.sum(own.binary_cross_entropy(z, np.array([1.0, 0.0, 0.5]))),
        lambda z: own.softmax_cross_entropy(z, np.array([0.0, 0.0, 1.0])),
        lambda z: np.logaddexp(z[0], z[1]) + np.logaddexp(z[1], z[2]),
        lambda z: np.sum(np.tanh(z)),
    ],
)
def test_values_and_gradients_stay_finite_at_a_thousand(f: Any, form: str) -> None:
    prepared = Symbolic(form).prepare(f, np.zeros(3))
    for z in ([-1000.0, 0.0, 1000.0], [1000.0, 1000.0, -1000.0], [-1000.0, -999.0, -1000.0]):
        value, gradient = prepared.value_and_gradient(np.array(z))
        expected_value, expected = value_and_grad(f)(np.array(z))
        assert np.isfinite(value)
        assert np.all(np.isfinite(gradient))
        np.testing.assert_allclose(value, expected_value, rtol=EXPONENT, atol=1e-300)
        np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=EXPONENT)


def test_a_classifier_agrees_with_the_tape_over_a_batch() -> None:
    rng = np.random.default_rng(0)
    params = [rng.normal(size=(3, 4)), rng.normal(size=4)]
    x, y = rng.normal(size=(9, 3)), np.eye(4)[rng.integers(0, 4, 9)]
    prepared = Symbolic().prepare(Classifier(), params, x[:2], y[:2])
    value, gradient = prepared.value_and_gradient(params, x, y)
    expected_value, expected = value_and_grad(Classifier())(params, x, y)
    assert value == pytest.approx(expected_value, rel=1e-14)
    assert gradient_error(gradient, expected).relative_l2 < 1e-14


@pytest.mark.parametrize("form", FORMS)
def test_float32_is_computed_and_returned_as_float32(form: str) -> None:
    net, widths = TWIN
    args = point(*widths)
    single = dl.tree.map_leaves(lambda leaf: leaf.astype(np.float32), args)
    value, gradient = Symbolic(form).prepare(net, *single).value_and_gradient(*single)
    assert value.dtype == np.float32
    assert {leaf.dtype for leaf in flatten(gradient)[0]} == {np.dtype(np.float32)}
    error = gradient_error(gradient, value_and_grad(net)(*args)[1]).relative_l2
    assert 1e-9 < error < 1e-6  # below, it would have been computed in float64


def test_whole_numbers_as_contexts_do_not_round() -> None:
    f = lambda w, k: np.sum(w / k + w ** (-k))
    prepared = Symbolic().prepare(f, np.ones(2), np.array([1, 2]))
    _, gradient = prepared.value_and_gradient(np.array([2.0, 2.0]), np.array([2, 3]))
    np.testing.assert_allclose(gradient, [1 / 2 - 2 / 8, 1 / 3 - 3 / 16], rtol=1e-15)


REFUSED = [(2, 64, 64, 1), (64, 32, 10), (784, 128, 10), (2, 16, 16, 1)]


@pytest.mark.parametrize("widths", REFUSED, ids=str)
@pytest.mark.parametrize("form", ["expanded", "cse"])
def test_large_networks_are_refused_before_anything_is_derived(
    widths: tuple[int, ...], form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sp, "diff", None)
    if form == "expanded" or widths != (2, 16, 16, 1):  # from shapes alone
        monkeypatch.setattr("difflab.symbolic.scalar_loss", None)
    with pytest.raises(SymbolicBudgetError, match=f"symbolic:{form}"):
        Symbolic(form).prepare(Net(), *point(*widths, samples=2))


def test_the_budget_can_be_set() -> None:
    net, widths = TWIN
    with pytest.raises(SymbolicBudgetError, match="1,000 operations"):
        Symbolic("cse", budget=1000).prepare(net, *point(*widths))


def test_deep_nesting_is_refused_and_the_deepest_allowed_works() -> None:
    def nested(times: int) -> Any:
        def f(w: Any) -> Any:
            for _ in range(times):
                w = np.sin(w)
            return w

        return f

    _, gradient = Symbolic("staged").prepare(nested(3000), 1.0).value_and_gradient(1.0)
    assert gradient == pytest.approx(value_and_grad(nested(3000))(1.0)[1], rel=1e-12)
    for form in FORMS:
        _, gradient = Symbolic(form).prepare(nested(100), 1.0).value_and_gradient(1.0)
        assert gradient == pytest.approx(value_and_grad(nested(100))(1.0)[1], rel=1e-12)
    with pytest.raises(SymbolicBudgetError, match="nests 101"):
        Symbolic().prepare(nested(101), 1.0)


def test_branches_and_arrays_are_refused_in_words() -> None:
    with pytest.raises(TracingError, match=r"test_provider\.py:\d+"):
        Symbolic().prepare(lambda w: w if w > 0 else -w, 1.0)
    with pytest.raises(NonScalarLossError, match=r"\(2,\)"):
        Symbolic().prepare(lambda w: w * 2, np.ones(2))
    with pytest.raises(UnknownNameError, match="cse"):
        Symbolic("csee")


def test_sharing_shrinks_the_code_and_the_sizes_say_so() -> None:
    net, widths = TWIN
    sizes = {form: Symbolic(form).prepare(net, *point(*widths)).preparation.sizes for form in FORMS}
    assert sizes["staged"]["emitted operations"] <= 4 * sizes["staged"]["loss operations"]
    assert sizes["staged"]["emitted operations"] < sizes["cse"]["emitted operations"]
    whole = sizes["expanded"]["loss operations"] + sizes["expanded"]["expanded operations"]
    assert sizes["expanded"]["emitted operations"] == whole
    assert sizes["cse"]["expanded operations"] == sizes["expanded"]["expanded operations"]
    assert sizes["cse"]["emitted operations"] < sizes["cse"]["distinct operations"]
    assert sizes["cse"]["distinct operations"] < whole / 10


def test_phases_are_timed_and_named() -> None:
    net, widths = SIMPLEST
    preparation = Symbolic().prepare(net, *point(*widths)).preparation
    assert list(preparation.seconds) == [
        "import", "trace", "predict", "build loss", "derive", "share", "emit", "compile",
        "check",
    ]  # fmt: skip
    assert preparation.provider == "symbolic:cse"
    assert preparation.sizes["loss evaluations"] == 1


def test_gradients_that_leave_do_not_share_memory() -> None:
    w = np.ones(3)
    prepared = Symbolic().prepare(lambda w: np.sum(w * w), w)
    first = prepared.value_and_gradient(w)[1]
    first[:] = 7
    np.testing.assert_array_equal(prepared.value_and_gradient(w)[1], 2)


@pytest.mark.parametrize("form", ["expanded", "cse", "staged"])
def test_the_formula_is_written_when_it_is_asked_for(form: str) -> None:
    prepared = Symbolic(form).prepare(lambda w, x: np.exp(w * x), 0.5, 2.0)
    assert prepared.source == prepared.preparation.source
    assert prepared.latex is not None
    assert prepared.latex.startswith(r"\begin{align*}")
    assert r"\frac{dL}{dp_{0}} &=" in prepared.latex
    assert prepared.latex.count(" &= ") == prepared.latex.count("\n") - 1


CORNERS = {
    "a root that is no fraction": (lambda w: np.sum(np.tanh(w**0.7)), np.array([0.3, 1.2])),
    "an angle": (lambda w: np.arctan2(w[0], w[1]), np.array([1.0, 2.0])),
    "a tiny logarithm": (lambda w: np.sum(np.logaddexp(w - 38, 0) ** 0.5), np.array([0.3, 1.2])),
    "a product of nothing": (lambda w: np.sum(w) * np.prod(w[:0]), np.array([0.3, 1.2])),
}


@pytest.mark.parametrize("form", ["expanded", "cse", "staged", "matrix"])
@pytest.mark.parametrize("name", CORNERS)
def test_corners_that_were_wrong_or_endless(form: str, name: str) -> None:
    f, w = CORNERS[name]
    expected = value_and_grad(f)(w)[1]
    found = dl.grad(f, f"symbolic:{form}")(w)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("form", ["cse", "staged", "matrix"])
def test_there_is_no_angle_at_the_origin(form: str) -> None:
    slope = dl.grad(lambda w: np.arctan2(w[0], w[1]), f"symbolic:{form}")
    slope(np.ones(2))
    assert (slope(np.zeros(2)) == 0).all()
    np.testing.assert_allclose(slope(np.array([1e200, 1e200])), [5e-201, -5e-201])
