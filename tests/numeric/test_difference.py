"""The loop over coordinates: right, polite to its caller, and honest where there is no answer."""

from __future__ import annotations

import warnings
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab as dl
from difflab.errors import NonScalarLossError, ParameterTypeError, UnknownNameError, UsageError
from difflab.numeric.difference import value_and_gradient
from difflab.numeric.quotient import difference
from difflab.numeric.stencils import SCHEMES
from difflab.providers.finite_difference import FiniteDifference

TOLERANCE = {"forward": 1e-6, "backward": 1e-6, "central": 1e-9}
Layer = namedtuple("Layer", "w b")

numbers = st.floats(-3, 3, allow_subnormal=False)
vectors = st.lists(numbers, min_size=1, max_size=5).map(np.array)


def gradient(f: Callable[..., Any], *args: Any, scheme: str = "central", **options: Any) -> Any:
    return value_and_gradient(f, *args, stencil=SCHEMES[scheme], **options)[1]


def counted(f: Callable[..., Any]) -> tuple[Callable[..., Any], list[int]]:
    calls = [0]

    def counting(*args: Any) -> Any:
        calls[0] += 1
        return f(*args)

    return counting, calls


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_worked_example(scheme: str) -> None:
    # f = w0^2 w1 + sin(b): df/dw0 = 2 w0 w1 = 12, df/dw1 = w0^2 = 9, df/db = cos(b)
    f = lambda p: p["w"][0] ** 2 * p["w"][1] + np.sin(p["b"])
    found = gradient(f, {"w": np.array([3.0, 2.0]), "b": 0.5}, scheme=scheme)
    tolerance = 20 * TOLERANCE.get(scheme, 1e-11)
    np.testing.assert_allclose(found["w"], [12.0, 9.0], atol=tolerance)
    assert found["b"] == pytest.approx(np.cos(0.5), abs=tolerance)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(vectors, numbers, st.sampled_from(sorted(SCHEMES)))
def test_linear_losses_have_their_coefficients_as_gradient(
    w: np.ndarray, shift: float, scheme: str
) -> None:
    x = np.arange(1.0, w.size + 1)
    found = gradient(lambda p: np.sum(p * x) + shift, w, scheme=scheme)
    np.testing.assert_allclose(found, x, rtol=1e-5 if TOLERANCE.get(scheme, 0) > 1e-8 else 1e-8)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(vectors, numbers, numbers)
def test_the_gradient_is_linear_in_the_loss(w: np.ndarray, a: float, b: float) -> None:
    f, g = (lambda p: np.sum(np.sin(p))), (lambda p: np.sum(p**3))
    combined = gradient(lambda p: a * f(p) + b * g(p), w)
    np.testing.assert_allclose(combined, a * gradient(f, w) + b * gradient(g, w), atol=1e-7)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(vectors, st.sampled_from(["central", "central-4", "central-6", "central-8"]))
def test_central_schemes_agree_with_calculus(w: np.ndarray, scheme: str) -> None:
    found = gradient(lambda p: np.sum(np.exp(p) * np.sin(p)), w, scheme=scheme)
    np.testing.assert_allclose(found, np.exp(w) * (np.sin(w) + np.cos(w)), atol=1e-7)


@pytest.mark.parametrize(
    ("scheme", "losses"), [("forward", 7), ("backward", 7), ("central", 13), ("central-6", 37)]
)
def test_losses_are_counted_right(scheme: str, losses: int) -> None:
    f, calls = counted(lambda p, x: np.sum(p[0] * x) + p[1])
    prepared = FiniteDifference(scheme).prepare(f, [np.ones(5), 1.0], np.ones(5))
    once = SCHEMES[scheme].evaluations + (not SCHEMES[scheme].symmetric)
    assert calls[0] == 2 + 2 * once  # twice the same point, and along a line with h and h/2
    calls[0] = 0
    prepared.value_and_gradient([np.ones(5), 1.0], np.ones(5))
    assert calls[0] == losses == prepared.preparation.sizes["loss evaluations"]


def test_nests_of_every_kind_come_back_as_they_are() -> None:
    params = {
        "layers": [Layer(np.ones((2, 3)), np.ones(3)), (np.ones(()), 2.0)],
        "empty": np.ones((0, 2)),
        "narrow": np.ones(2, np.float32),
        "none": (),
        "scalar": np.float32(1.5),
    }
    f = lambda p: sum(np.sum(leaf**2, dtype=float) for leaf in dl.tree.flatten(p)[0])
    found = gradient(f, params)
    leaves, structure = dl.tree.flatten(found)
    expected, expected_structure = dl.tree.flatten(params)
    assert structure == expected_structure
    for leaf, model in zip(leaves, expected):
        assert isinstance(leaf, np.ndarray) == isinstance(model, np.ndarray)
        assert (np.shape(leaf), leaf.dtype) == (np.shape(model), np.asarray(model).dtype)
        np.testing.assert_allclose(leaf, 2 * model, rtol=1e-3)


def test_layouts_and_read_only_arrays_are_welcome() -> None:
    w = np.asfortranarray(np.arange(1.0, 7.0).reshape(2, 3))[:, ::-1]
    w.flags.writeable = False
    before = w.copy()
    np.testing.assert_allclose(gradient(lambda p: np.sum(p**2), w), 2 * before, rtol=1e-8)
    np.testing.assert_array_equal(w, before)


def test_python_floats_reach_the_loss_as_numbers() -> None:
    import math

    assert gradient(lambda p: math.exp(p), 1.0) == pytest.approx(math.e)


@pytest.mark.parametrize("x", [0.3, 1.7, 123.456, 1e6 + 0.1])
def test_the_step_taken_is_the_step_divided_by(x: float) -> None:
    """1e-7 is no binary fraction: dividing by it instead of the step taken costs digits."""
    step = 1e-7
    honest = abs(difference(lambda t: t, x, step, SCHEMES["central"]) - 1.0)
    naive = abs(((x + step) - (x - step)) / (2 * step) - 1.0)
    assert honest == 0.0
    assert naive > 1e-12  # the mutant that divides by the step asked for


@pytest.mark.parametrize("scheme", SCHEMES)
def test_float32_keeps_what_float32_can_give(scheme: str) -> None:
    w = np.linspace(-1, 1, 5, dtype=np.float32)
    found = gradient(lambda p: np.sum(np.tanh(p)), w, scheme=scheme)
    assert found.dtype == np.float32
    tolerance = 2e-3 if SCHEMES[scheme].accuracy == 1 else 2e-4
    np.testing.assert_allclose(found, 1 - np.tanh(w.astype(float)) ** 2, atol=tolerance)


def test_a_loss_coarser_than_its_parameters_gets_a_wider_step() -> None:
    f = lambda p: np.sum(np.tanh(p.astype(np.float32)))
    w = np.linspace(-1, 1, 5)
    truth = 1 - np.tanh(w) ** 2
    prepared = FiniteDifference().prepare(f, w)
    np.testing.assert_allclose(prepared.value_and_gradient(w)[1], truth, atol=1e-3)
    assert np.max(np.abs(gradient(f, w) - truth)) > 1e-3  # with the step of float64
    assert "2^-6" in prepared.preparation.notes[0]


def test_longdouble_is_not_narrowed_on_the_way() -> None:
    w = np.ones(2, np.longdouble) / 3
    found = gradient(lambda p: np.sum(np.exp(p)), w, scheme="central-6", step=2.0**-9)
    assert found.dtype == np.longdouble
    if np.finfo(np.longdouble).eps < np.finfo(float).eps:
        assert np.max(np.abs(found - np.exp(w))) < 2e-17 / 2.0**-9


@pytest.mark.parametrize("scheme", ["forward", "central", "central-4"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_gives_a_gradient_of_nan(scheme: str, value: float) -> None:
    prepared = FiniteDifference(scheme).prepare(lambda p: np.sum(p) * 0 + value, np.ones(2))
    found_value, found = prepared.value_and_gradient(np.ones(2))
    np.testing.assert_array_equal(found_value, value)
    np.testing.assert_array_equal(found, [np.nan, np.nan])


def test_nan_in_one_parameter_is_nan_out_even_where_it_is_not_used() -> None:
    found = gradient(lambda p: p[0] ** 2, np.array([1.0, np.nan, np.inf]))
    np.testing.assert_array_equal(np.isnan(found), [False, True, True])


def test_shifted_points_outside_the_domain_give_nan_in_their_entry_alone() -> None:
    w = np.array([0.0, 4.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = gradient(lambda p: np.sum(np.sqrt(p)), w)
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(0.25)


def test_beside_infinite_neighbours_the_slope_is_that_of_the_other_side() -> None:
    f = lambda p: np.sum(np.where(p >= 1, p, -np.inf))
    for scheme in SCHEMES:
        assert gradient(f, np.array([1.0]), scheme=scheme)[0] == pytest.approx(1)


def test_kinks_give_what_the_stencil_sees() -> None:
    assert gradient(np.abs, 0.0) == 0.0
    assert gradient(np.abs, 0.0, scheme="forward") == 1.0
    assert gradient(dl.relu, 0.0) == 0.5


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (lambda p: p * 2, r"shape \(2,\)"),
        (lambda p: np.sum(p) + 1j, "real"),
        (lambda p: 3, "real"),
        (lambda p: np.sum(p) > 0, "real"),
        (lambda p: None, "NoneType"),
        (lambda p: (np.sum(p), 1.0), "tuple"),
        (lambda p: "loss", "real"),
    ],
)
def test_losses_that_are_not_one_real_number_are_refused(loss: Any, said: str) -> None:
    for scheme in ("forward", "central"):
        with pytest.raises(NonScalarLossError, match=said):
            FiniteDifference(scheme).prepare(loss, np.ones(2))
    with pytest.raises(NonScalarLossError, match=said):
        gradient(loss, np.ones(2))


def test_parameters_that_are_no_floats_are_refused() -> None:
    for leaf in (1, np.arange(2), True, 1j, "w", None):
        with pytest.raises(ParameterTypeError, match="params"):
            gradient(lambda p: 1.0, leaf)


def test_a_loss_that_draws_numbers_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(UsageError, match=r"(?s)same parameters.*contexts"):
        FiniteDifference().prepare(lambda p: np.sum(p) + rng.normal(), np.ones(2))


def test_a_step_below_the_spacing_names_the_coordinate_and_one_that_works() -> None:
    params = {"a": np.ones(2), "w": np.array([1.0, 3.0], np.float32)}
    f = lambda p: np.sum(p["a"]) + np.sum(p["w"])
    prepared = FiniteDifference("central", step=1e-7).prepare(f, params)
    with pytest.raises(UsageError, match=r"float32 at params\['w'\]\[1\] = 3") as caught:
        prepared.value_and_gradient({"a": np.ones(2), "w": np.array([0.25, 3.0], np.float32)})
    assert "2.4e-07" in caught.value.instead


@pytest.mark.parametrize("step", [0.0, -1e-6, np.nan, np.inf])
def test_steps_that_are_none_are_refused(step: float) -> None:
    with pytest.raises(UsageError, match="is no step"):
        FiniteDifference("central", step=step)


def test_an_absolute_step_is_used_for_every_coordinate() -> None:
    seen: set[float] = set()

    def f(p: Any) -> Any:
        seen.update(float(x) for x in p)
        return np.sum(p)

    prepared = FiniteDifference("forward", step=0.5).prepare(f, np.ones(2))
    seen.clear()
    prepared.value_and_gradient(np.array([1.0, 64.0]))
    assert seen == {1.0, 1.5, 64.0, 64.5}


def test_an_unknown_scheme_is_refused_when_the_provider_is_made() -> None:
    with pytest.raises(UnknownNameError, match="'forward'"):
        FiniteDifference("foward")


def test_the_provider_is_spelled_without_defaults() -> None:
    assert repr(FiniteDifference("forward")) == "FiniteDifference(scheme='forward')"
    stepped = FiniteDifference("central-4", step=0.25)
    assert eval(repr(stepped)) == stepped
    assert stepped.name == "finite-difference:central-4"


def test_preparation_says_which_steps_are_taken() -> None:
    params = [np.ones(2), np.ones(2, np.float32)]
    f = lambda p: np.sum(p[0]) + np.sum(p[1])
    assert FiniteDifference().prepare(f, params).preparation.notes == (
        "float64 parameters: step 2^-16 times max(1, |x|) down to 2^n",
        "float32 parameters: step 2^-6 times max(1, |x|) down to 2^n",
    )
    asked = FiniteDifference("forward", step=1e-6).prepare(f, params).preparation.notes
    assert asked == ("step 1e-06 for every coordinate, as asked",)


def test_steps_follow_each_coordinate() -> None:
    # no single step serves both: 2^-16 is lost in the rounding of log(1e12), 2^23 leaves 1 behind
    w = np.array([1.0, 1e12])
    found = gradient(lambda p: np.log(p[0]) + np.log(p[1]), w)
    np.testing.assert_allclose(found, 1 / w, rtol=1e-8)
