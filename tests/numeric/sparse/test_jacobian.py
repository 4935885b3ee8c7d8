"""Jacobians by differences: laws, prices, error bars, patterns that are wrong."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse as scipy_sparse

from difflab import autodiff
from difflab.errors import MissingRuleError, ParameterTypeError, UnknownNameError, UsageError
from difflab.numeric.sparse import jacobian
from difflab.numeric.stencils import SCHEMES
from difflab.tree import flatten
from tests.numeric.sparse.problems import band, broyden, broyden_jacobian

ALL = [*SCHEMES, "complex-step"]
TOLERANCE = {"forward": 1e-6, "backward": 1e-6, "central": 1e-9, "complex-step": 1e-14}
Layer = namedtuple("Layer", "w b")


@st.composite
def integer_matrices(draw: Any) -> Any:
    m, n = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    entry = st.one_of(st.just(0), st.integers(-9, 9))
    cells = draw(st.lists(entry, min_size=m * n, max_size=m * n))
    return np.array(cells, float).reshape(m, n)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(integer_matrices(), st.sampled_from(["forward", "central", "complex-step"]))
def test_the_jacobian_of_a_linear_map_is_its_matrix(a: Any, scheme: str) -> None:
    f = lambda x: np.sum(a * x, axis=1)
    x = np.arange(a.shape[1], dtype=float)
    for sparsity in (None, a != 0):
        found = jacobian(f, x, scheme=scheme, sparsity=sparsity)
        # integers and steps of powers of two are exact; the complex step is a power of ten
        np.testing.assert_allclose(found.value, a, rtol=4e-16 if scheme == "complex-step" else 0)
        assert np.all(found.error >= 0)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(integer_matrices(), st.data())
def test_a_pattern_that_misses_an_entry_is_found(a: Any, data: Any) -> None:
    places = np.argwhere(a)
    if not len(places):
        return
    row, col = data.draw(st.sampled_from(places.tolist()))
    pattern = a != 0
    pattern[row, col] = False
    with pytest.raises(UsageError, match=rf"f\[{row}\] depends on x\[{col}\]"):
        jacobian(lambda x: np.sin(a @ x), np.zeros(a.shape[1]), sparsity=pattern)


def test_without_the_check_a_wrong_pattern_gives_a_wrong_matrix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    import difflab.numeric.sparse.jacobian  # noqa: F401, the module behind the function's name

    module = sys.modules["difflab.numeric.sparse.jacobian"]
    monkeypatch.setattr(module, "verify", lambda *arguments: ())
    found = jacobian(lambda x: x + x[::-1], np.ones(4), sparsity=np.eye(4, dtype=bool)).value
    assert abs(found - np.eye(4)).max() > 0.9


@pytest.mark.parametrize("scheme", ALL)
def test_broyden_tridiagonal_takes_three_groups_whatever_its_size(scheme: str) -> None:
    x = np.cos(np.arange(1000.0))
    pattern = scipy_sparse.csr_array(band(1000))
    found = jacobian(broyden, x, scheme=scheme, sparsity=pattern, error_bars=False)
    assert found.groups == 3
    assert found.error is None
    assert found.notes == ()
    if scheme in SCHEMES:
        assert found.evaluations == 2 + 3 * SCHEMES[scheme].evaluations + 2
    error = abs(found.value.toarray() - broyden_jacobian(x)).max()
    assert error < TOLERANCE.get(scheme, 1e-11)


def test_evaluations_are_counted_as_they_happen() -> None:
    calls = []

    def counted(x: Any) -> Any:
        calls.append(1)
        return broyden(x)

    for options in ({}, {"sparsity": band(7)}, {"scheme": "complex-step"}, {"error_bars": False}):
        calls.clear()
        found = jacobian(counted, np.ones(7), **options)
        assert found.evaluations == len(calls)


@pytest.mark.parametrize("scheme", ALL)
def test_error_bars_cover_the_truth(scheme: str) -> None:
    rng = np.random.default_rng(3)
    covered = []
    for _ in range(20):
        a, x = rng.normal(size=(6, 5)), rng.normal(size=5)
        found = jacobian(lambda x: np.exp(np.sin(a @ x)) * 1e3, x, scheme=scheme)
        z = a @ x
        truth = 1e3 * (np.exp(np.sin(z)) * np.cos(z))[:, None] * a
        covered.append(abs(found.value - truth) <= found.error)
        assert np.median(found.error / abs(truth)) < 50 * TOLERANCE.get(scheme, 1e-10)
    assert np.mean(covered) > 0.95


def test_error_bars_see_noise_that_rounding_of_the_value_does_not_explain() -> None:
    f = lambda x: (np.sin(x) + 1e8) - 1e8  # on a grid of 2^-26
    x = np.linspace(0.0, 3.0, 200)
    found = jacobian(f, x, sparsity=np.eye(200, dtype=bool))
    error = abs(np.diag(found.value) - np.cos(x))
    assert error.max() > 1e-4  # where rounding of f alone would promise 1e-10
    # near the top of the sine f is constant over the whole table, and no noise is seen
    assert np.mean(error <= np.diag(found.error)) > 0.8
    assert np.median(np.diag(found.error)) < 1e-2


def test_error_bars_are_infinite_where_no_step_resolves_the_function() -> None:
    x = np.array([1.0, 2.0])
    found = jacobian(lambda x: np.array([np.sin(1e7 * x[0]), np.exp(x[1])]), x)
    assert np.isinf(found.error[0, 0])
    assert found.error[1, 1] < 1e-8
    sqrt = jacobian(lambda x: np.sqrt(np.where(x > 0, x, np.nan)), np.array([2e-5, 1.0]))
    assert np.isfinite(sqrt.value[0, 0])
    assert np.isinf(sqrt.error[0, 0])  # f is defined at x - h, and not at x - 2h


@pytest.mark.parametrize("scheme", ["central", "central-6", "complex-step"])
def test_nests_come_back_as_from_autodiff(scheme: str) -> None:
    rng = np.random.default_rng(0)
    params = {"layer": Layer(rng.normal(size=(2, 3)), rng.normal(size=3)), "scale": 2.0}
    x = rng.normal(size=(4, 2))

    def f(p: Any, x: Any) -> Any:
        z = np.tanh(x @ p["layer"].w + p["layer"].b)
        return [z * p["scale"], {"mean": np.mean(z)}]

    found = jacobian(f, params, x, scheme=scheme)
    truth = autodiff.jacobian(f)(params, x)
    leaves, structure = flatten(found.value)
    expected, form = flatten(truth)
    assert structure == form == flatten(found.error)[1]
    for leaf, wanted, bar in zip(leaves, expected, flatten(found.error)[0]):
        assert (np.shape(leaf), leaf.dtype) == (np.shape(wanted), wanted.dtype)
        np.testing.assert_allclose(leaf, wanted, atol=1e-9)
        assert np.all(abs(leaf - wanted) <= bar + 1e-15)


@pytest.mark.parametrize("out", [(), (2,), (2, 1), (0,)], ids=str)
@pytest.mark.parametrize("into", [(), (3,), (1, 3), (0,)], ids=str)
def test_blocks_have_the_shape_of_the_value_and_then_of_the_parameter(out: Any, into: Any) -> None:
    f = lambda x: np.sum(np.sin(x)) * np.ones(out)
    for scheme in ("central", "complex-step"):
        found = jacobian(f, np.ones(into), scheme=scheme)
        for matrix in (found.value, found.error):
            assert matrix.shape == out + into
        np.testing.assert_allclose(found.value, np.full(out + into, np.cos(1.0)), rtol=1e-9)


def test_single_precision_stays_and_gets_its_own_step() -> None:
    x = np.linspace(0.5, 1.5, 5, dtype=np.float32)
    found = jacobian(np.exp, x, scheme="central-4", sparsity=np.eye(5, dtype=bool))
    assert found.value.dtype == np.float32
    error = abs(np.diag(found.value) - np.exp(x.astype(float)))
    assert error.max() < 2e-5
    assert np.all(error <= np.diag(found.error))


def test_rows_that_are_not_finite_are_nan_and_spare_the_others() -> None:
    def f(x: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.log(x)

    found = jacobian(f, np.array([-1.0, 1e-9, 2.0]), sparsity=np.eye(3, dtype=bool)).value
    np.testing.assert_array_equal(np.isnan(found), np.diag([True, True, False]))
    assert found[2, 2] == pytest.approx(0.5, rel=1e-9)


def test_a_right_pattern_is_not_accused_of_rounding() -> None:
    f = lambda x: (x + np.sum(x) * 1e3) - np.sum(x) * 1e3  # row i depends on x[i] up to rounding
    found = jacobian(f, np.linspace(-1, 1, 30), sparsity=np.eye(30, dtype=bool))
    np.testing.assert_allclose(found.value, np.eye(30), atol=1e-5)


def test_a_step_that_is_too_large_is_a_note_and_no_missing_entry() -> None:
    found = jacobian(
        np.exp, np.linspace(0, 1, 10), scheme="forward", step=0.1, sparsity=np.eye(10, dtype=bool)
    )
    assert len(found.notes) == 8
    assert "step may be too large" in found.notes[0]


def test_a_full_pattern_equals_no_pattern() -> None:
    x = np.linspace(0, 1, 6)
    full = jacobian(broyden, x, sparsity=np.ones((6, 6), bool)).value
    np.testing.assert_array_equal(full, jacobian(broyden, x).value)


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"scheme": "centrl"}, UnknownNameError, "central"),
        ({"step": 0.0}, UsageError, "no step"),
        ({"step": float("nan")}, UsageError, "no step"),
        ({"step": 1e-18}, UsageError, r"below the spacing of float64 at x\[0\] = 1"),
        ({"scheme": "complex-step", "step": 1e-8}, UsageError, "tiny step"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: Any, kind: Any, says: str) -> None:
    with pytest.raises(kind, match=says):
        jacobian(broyden, np.ones(4), **options)


def test_patterns_belong_to_flat_arrays() -> None:
    for f, x in (
        (lambda p: p[0], [np.ones(2)]),
        (lambda x: [x], np.ones(2)),
        (np.sin, np.ones((2, 1))),
        (np.sum, np.ones(2)),
    ):
        with pytest.raises(UsageError, match="not a flat array"):
            jacobian(f, x, sparsity=np.eye(2))


def test_functions_that_cannot_be_differenced_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(UsageError, match=r"f\[0\] was .* and then"):
        jacobian(lambda x: x * rng.random(), np.ones(2))
    with pytest.raises(UsageError, match="in place"):
        jacobian(lambda x: np.multiply(x, 2.0, out=x), np.ones(2))
    with pytest.raises(UsageError, match="int64 values"):
        jacobian(lambda x: np.arange(2), np.ones(2))
    with pytest.raises(UsageError, match="values"):
        jacobian(lambda x: "text", np.ones(2))
    with pytest.raises(ParameterTypeError, match="params"):
        jacobian(np.sin, np.arange(3))


@pytest.mark.parametrize("f", [np.abs, lambda x: np.sign(x) * x, lambda x: x * np.linalg.norm(x)])
def test_the_complex_step_refuses_what_it_cannot_follow(f: Any) -> None:
    with pytest.raises(MissingRuleError, match="complex step"):
        jacobian(f, np.array([-0.5, 2.0]), scheme="complex-step")


@pytest.mark.parametrize("large", [1.0, 1e8, 1e30])
def test_a_small_result_that_the_complex_step_gets_wrong_is_not_hidden_by_a_large_one(
    large: float,
) -> None:
    f = lambda x: np.array([large * x[0] ** 2, x[1].real ** 2])
    for sparsity in (None, np.ones((2, 2), bool)):
        with pytest.raises(MissingRuleError, match="complex step"):
            jacobian(f, np.array([1.0, 2.0]), scheme="complex-step", sparsity=sparsity)


def test_results_of_very_different_sizes_are_no_reason_to_refuse_the_complex_step() -> None:
    f = lambda x: np.array([1e30 * x[0], 1e-30 * x[1] ** 2, 7.0 + 0 * x[0], x[0] - x[0] + 1e12])
    found = jacobian(f, np.array([1.0, 2.0]), scheme="complex-step").value
    np.testing.assert_allclose(found, [[1e30, 0], [0, 4e-30], [0, 0], [0, 0]], rtol=1e-15)
