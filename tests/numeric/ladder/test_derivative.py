"""What `derivative` accepts, how it calls f, and what it refuses."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.errors import (
    DifflabError,
    MissingRuleError,
    NonFiniteError,
    NonScalarLossError,
    ParameterTypeError,
    ShapeError,
    UnknownNameError,
    UsageError,
)
from difflab.numeric.ladder import Flag, derivative


class Recorder:
    """A function that remembers the points it was called with."""

    def __init__(self, f: Callable[[Any], Any]) -> None:
        self.f = f
        self.points: list[Any] = []

    def __call__(self, x: Any) -> Any:
        self.points.append(np.array(x))
        return self.f(x)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(a=st.floats(-10, 10), b=st.floats(-10, 10), x=st.floats(-5, 5), power=st.integers(0, 4))
def test_bars_cover_polynomials_times_waves(a: float, b: float, x: float, power: int) -> None:
    found = derivative(lambda t: a * t**power + b * np.sin(t), x)
    truth = (a * power * x ** (power - 1) if power else 0.0) + b * math.cos(x)
    assert abs(found.value - truth) <= found.error + 4e-16 * (abs(truth) + abs(a) + abs(b))


@settings(derandomize=True, max_examples=40, deadline=None)
@given(low=st.floats(-3, 0), width=st.floats(1e-6, 5), share=st.floats(0, 1))
def test_f_is_never_called_outside_the_bounds(low: float, width: float, share: float) -> None:
    high = low + width
    x = min(max(low + share * width, low), high)
    for method in ("auto", "central-4", "forward"):
        f = Recorder(np.sin)
        derivative(f, x, method, bounds=(low, high))
        assert all(np.all((low <= p) & (p <= high)) for p in f.points)


def test_all_points_go_into_one_call() -> None:
    f = Recorder(np.sin)
    found = derivative(f, 1.0)
    sizes = [np.size(p) for p in f.points]
    assert sum(size > 1 for size in sizes) == 1
    assert sum(sizes) == found.evaluations


@pytest.mark.parametrize(
    "f",
    [
        math.sin,
        lambda x: np.sum(np.sin(x)),
        lambda x: np.sin(np.max(x)),
        lambda x: float(np.sin(x)),
    ],
    ids=["math", "sum", "max", "float"],
)
def test_functions_that_need_single_calls_get_them(f: Callable[[Any], Any]) -> None:
    found = derivative(f, 1.0)
    assert abs(found.value - math.cos(1.0)) <= found.error < 1e-12


def test_functions_that_refuse_some_points_are_left_alone_there() -> None:
    found = derivative(lambda x: math.log(x) if x != 1.5 else 1 / 0, 1.0)
    assert abs(found.value - 1.0) <= found.error < 1e-12


@pytest.mark.parametrize("method", ["auto", "central-4", "complex-step"])
def test_arrays_keep_their_shape(method: str) -> None:
    x = np.linspace(0.1, 1, 6).reshape(2, 3)
    found = derivative(np.sin, x, method)
    for field in ("value", "error", "step", "order", "noise", "flags", "left", "right"):
        assert np.shape(getattr(found, field)) == (2, 3), field
    assert np.all(np.abs(found.value - np.cos(x)) <= found.error)


def test_arrays_hold_flags_entry_by_entry() -> None:
    found = derivative(np.abs, np.array([-1.0, 0.0, 1.0]))
    assert (found.flags & Flag.KINK).astype(bool).tolist() == [False, True, False]
    assert found.value.tolist() == pytest.approx([-1.0, 0.0, 1.0])


@pytest.mark.parametrize(
    "f",
    [
        np.cos,
        lambda x: np.log(1 + x) / x,
        lambda x: np.floor(x + 0.4),
        lambda x: (1 - np.cos(x)) / x**2,
    ],
)
def test_an_array_equals_its_entries(f: Callable[[Any], Any]) -> None:
    x = np.array([1e-8, 0.3, 1.0, 1e10])
    together = derivative(f, x)
    alone = [derivative(f, each) for each in x.tolist()]
    assert together.flags.tolist() == [int(each.flags) for each in alone]
    # vector code may round other than scalar code
    for i, each in enumerate(alone):
        assert abs(together.value[i] - each.value) <= together.error[i] + each.error
        assert together.error[i] == pytest.approx(each.error, rel=0.5)


def test_nothing_gives_nothing() -> None:
    assert derivative(np.sin, np.zeros((0, 2))).value.shape == (0, 2)


def test_arrays_for_functions_of_one_number() -> None:
    weights = np.arange(4.0).reshape(2, 2)
    found = derivative(lambda x, w: float(w) * math.exp(x), np.zeros((2, 2)), args=(weights,))
    assert np.allclose(found.value, weights, atol=1e-12)


def test_many_points_in_little_memory() -> None:
    x = np.linspace(-3, 3, 5001)
    found = derivative(np.sin, x)
    assert np.all(np.abs(found.value - np.cos(x)) <= found.error)
    assert not np.any(found.flags & ~int(Flag.BELOW_RESOLUTION))


@pytest.mark.parametrize(
    ("dtype", "accuracy"), [(np.float32, 1e-4), (np.float64, 1e-12), (np.longdouble, 1e-15)]
)
def test_float_types_bring_their_own_precision(dtype: Any, accuracy: float) -> None:
    x = dtype(1)
    found = derivative(np.sin, x)
    assert abs(found.value - np.cos(np.longdouble(1))) <= found.error < accuracy


@pytest.mark.parametrize("name", ["forward", "backward", "central", "central-4", "central-8"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_stencils_carry_bars_that_cover(name: str, n: int) -> None:
    truth = [math.cos(1.0), -math.sin(1.0), -math.cos(1.0)][n - 1]
    found = derivative(np.sin, 1.0, name, n=n)
    assert abs(found.value - truth) <= found.error < 0.1


def test_plug_in_finds_its_step() -> None:
    found = derivative(np.exp, 0.0, "plug-in")
    assert abs(found.value - 1) <= found.error < 1e-9


def test_steps_may_be_absolute_relative_or_both() -> None:
    assert derivative(np.sin, 2.0, "central", step=0.125).step == 0.125
    assert derivative(np.sin, 2.0, "central", relstep=0.125).step == 0.25
    assert derivative(np.sin, 2.0, "central", relstep=0.125, absstep=0.5).step == 0.5


def test_scale_bounds_the_largest_step() -> None:
    f = Recorder(np.sin)
    derivative(f, 1e6, scale=1e-3)
    assert max(np.max(np.abs(p - 1e6)) for p in f.points) <= 1e-3


def test_given_noise_enters_the_bar() -> None:
    assert derivative(np.sin, 1.0, noise=1e-6).error > 1e3 * derivative(np.sin, 1.0).error


def test_the_record_explains_itself() -> None:
    told = str(derivative(np.abs, 0.0))
    assert "±" in told
    assert "by auto, " in told
    assert "order 2" in told
    assert "left -1, right 1; kink" in told
    assert "1 flagged: kink" in str(derivative(np.abs, np.array([0.0, 1.0])))


def test_complex_step_is_exact_and_knows_its_traps() -> None:
    found = derivative(np.exp, 1.0, "complex-step")
    assert abs(found.value - math.e) <= found.error < 1e-13
    for trap in (
        np.abs,
        math.sin,
        lambda x: np.conj(x) * x,
        lambda x: np.sign(np.abs(x)) * x + abs(x),
    ):
        with pytest.raises(MissingRuleError) as raised:
            derivative(trap, 1.3, "complex-step")
        assert raised.value.instead == 'method="auto"'


def _drawing() -> Callable[[Any], Any]:
    rng = np.random.default_rng(1)
    return lambda x: rng.normal()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: derivative(np.sin, 1), ParameterTypeError, "float(x)"),
        (lambda: derivative(np.sin, np.arange(3)), ParameterTypeError, "x.astype(float)"),
        (lambda: derivative(np.sin, 1j), ParameterTypeError, "real axis"),
        (lambda: derivative(np.sin, "one"), ParameterTypeError, "pass a float"),
        (lambda: derivative(np.sin, math.nan), NonFiniteError, "x is nan"),
        (lambda: derivative(np.log, -1.0), NonFiniteError, "f(-1.0) is nan"),
        (lambda: derivative(math.log, -1.0), NonFiniteError, "math domain error"),
        (lambda: derivative(_drawing(), 1.0), UsageError, "draws random numbers"),
        (lambda: derivative(3.0, 1.0), UsageError, "not a function"),
        (lambda: derivative(lambda x: [x, x], 1.0), NonScalarLossError, "a list"),
        (lambda: derivative(lambda x: None, 1.0), NonScalarLossError, "NoneType"),
        (lambda: derivative(lambda x: x + 1j, 1.0), NonScalarLossError, "complex"),
        (lambda: derivative(np.sum, np.ones(3)), NonScalarLossError, "difflab.grad"),
        (
            lambda: derivative(lambda x: x - x.mean(), np.arange(3.0)),
            NonScalarLossError,
            "elementwise",
        ),
        (lambda: derivative(np.sin, 1.0, n=5), UsageError, "beyond n = 4"),
        (lambda: derivative(np.sin, 1.0, n=0), UsageError, "no order"),
        (lambda: derivative(np.sin, 1.0, "centrl"), UnknownNameError, "'central'"),
        (lambda: derivative(np.sin, 1.0, "central-3"), UsageError, "even"),
        (lambda: derivative(np.sin, 1.0, step=0.1), UsageError, "scale="),
        (lambda: derivative(np.sin, 1.0, "central", step=0.1, relstep=0.1), UsageError, "larger"),
        (lambda: derivative(np.sin, 1.0, "central", step=1e-17), UsageError, "use at least"),
        (lambda: derivative(np.sin, 1.0, "central", step=-1.0), UsageError, "not positive"),
        (lambda: derivative(np.sin, 1.0, bounds=(2, 3)), UsageError, "outside the bounds"),
        (lambda: derivative(np.sin, 1.0, bounds=2), UsageError, "two ends"),
        (lambda: derivative(np.sin, 1.0, bounds=(2, 0)), UsageError, "are no interval"),
        (lambda: derivative(np.sin, 1.0, bounds=(np.nan, 2)), UsageError, "are no interval"),
        (lambda: derivative(np.sin, [1.0, 2.0], scale=[1.0, 2.0, 3.0]), ShapeError, "does not fit"),
        (lambda: derivative(np.sin, 1.0, "complex-step", n=2), UsageError, "first derivative"),
        (lambda: derivative(np.sin, [1.0], "plug-in"), UsageError, "takes arrays"),
    ],
)
def test_bad_input_is_refused_in_words(
    call: Callable[[], Any], error: type[DifflabError], words: str
) -> None:
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)
    assert raised.value.why
    assert raised.value.instead


def test_errors_of_the_users_function_pass_through() -> None:
    with pytest.raises(KeyError):
        derivative(lambda x: {}["missing"], 1.0)
