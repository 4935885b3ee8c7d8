"""Bicomplex numbers: every function they follow, against mpmath, and every call they refuse."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab as dl
from difflab.errors import MissingRuleError
from difflab.numeric.bicomplex import SECOND_PART, Bicomplex
from difflab.numeric.second_derivatives import bicomplex_second_derivative

CENTRE = np.array([-3.0, -0.7, -1e-8, 0.0, 1e-8, 0.3, 1.0, 4.0])
INSIDE = np.array([-1 + 2.0**-30, -0.7, -1e-8, 0.0, 1e-8, 0.5, 0.999, 1 - 2.0**-53])
RIGHT = np.array([1e-100, 1e-30, 1e-9, 0.3, 1.0, 1 + 2.0**-40, 3.0, 1e10, 1e100])

TRUTH: dict[str, tuple[Callable[[Any], Any], np.ndarray]] = {
    "exp": (lambda x: mpmath.exp(x), np.append(CENTRE, [-300.0, 700.0])),
    "exp2": (lambda x: mpmath.log(2) ** 2 * mpmath.mpf(2) ** x, CENTRE),
    "expm1": (lambda x: mpmath.exp(x), np.append(CENTRE, [-40.0, 700.0])),
    "log": (lambda x: -1 / x**2, RIGHT),
    "log2": (lambda x: -1 / x**2 / mpmath.log(2), RIGHT),
    "log10": (lambda x: -1 / x**2 / mpmath.log(10), RIGHT),
    "log1p": (lambda x: -1 / (1 + x) ** 2, np.append(INSIDE, [3.0, 1e10])),
    "sqrt": (lambda x: -(x ** mpmath.mpf(-1.5)) / 4, RIGHT),
    "sin": (lambda x: -mpmath.sin(x), np.append(CENTRE, [1e10, -1e15, np.pi])),
    "cos": (lambda x: -mpmath.cos(x), np.append(CENTRE, [1e10, -1e15, np.pi / 2])),
    "tan": (
        lambda x: 2 * mpmath.tan(x) / mpmath.cos(x) ** 2,
        np.append(CENTRE, [1e10, 1.5707, np.pi / 2]),
    ),
    "arcsin": (lambda x: x * (1 - x * x) ** mpmath.mpf(-1.5), INSIDE),
    "arccos": (lambda x: -x * (1 - x * x) ** mpmath.mpf(-1.5), INSIDE),
    "arctan": (lambda x: -2 * x / (1 + x * x) ** 2, np.append(CENTRE, [1e10, -1e30])),
    "sinh": (lambda x: mpmath.sinh(x), np.append(CENTRE, [-700.0, 700.0])),
    "cosh": (lambda x: mpmath.cosh(x), np.append(CENTRE, [-700.0, 700.0])),
    "tanh": (
        lambda x: -2 * mpmath.tanh(x) / mpmath.cosh(x) ** 2,
        np.append(CENTRE, [-20.0, 39.9, 40.1, 300.0]),
    ),
    "arcsinh": (lambda x: -x * (1 + x * x) ** mpmath.mpf(-1.5), np.append(CENTRE, [1e10, -1e30])),
    "arccosh": (
        lambda x: -x * (x * x - 1) ** mpmath.mpf(-1.5),
        np.array([1 + 2.0**-40, 1.0001, 1.5, 3.0, 1e10, 1e30]),
    ),
    "arctanh": (lambda x: 2 * x / (1 - x * x) ** 2, INSIDE),
}


def worst(name: str, dtype: Any = np.float64) -> float:
    """Largest relative error over the points; absolute where the truth is 0."""
    truth, points = TRUTH[name]
    largest = 0.0
    within = points[np.abs(points) <= np.finfo(dtype).max]
    for x in within.astype(dtype).tolist():
        if dtype is np.float32 and not abs(truth_of(truth, x)) < 1e38:
            continue
        found = bicomplex_second_derivative(getattr(np, name), dtype(x))
        assert found.dtype == dtype
        exact = truth_of(truth, x)
        apart = abs(mpmath.mpf(float(found)) - exact)
        subnormal = 2.0**-149 if dtype is np.float32 else 0.0
        largest = max(largest, float((apart - subnormal) / (abs(exact) or 1)))
    return largest


def truth_of(truth: Callable[[Any], Any], x: float) -> Any:
    with mpmath.workdps(60):
        try:
            return truth(mpmath.mpf(x))
        except ZeroDivisionError:
            return mpmath.inf


def test_every_function_has_a_truth() -> None:
    assert {function.__name__ for function in SECOND_PART} == set(TRUTH)


@pytest.mark.parametrize("name", TRUTH)
def test_second_derivatives_are_exact_to_rounding_over_the_domain_and_at_its_edges(
    name: str,
) -> None:
    assert worst(name) < 1e-14


@pytest.mark.parametrize("name", TRUTH)
def test_float32_is_as_exact_as_float32_can_be(name: str) -> None:
    assert worst(name, np.float32) < 2.0**-23


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("arcsin", lambda z: 1 / np.sqrt((1 - z) * (1 + z))),
        ("arctanh", lambda z: 1 / ((1 - z) * (1 + z))),
        ("tanh", lambda z: 4 / (np.exp(z) + np.exp(-z)) ** 2),
        ("sqrt", lambda z: 0.5 * z**-0.5 * (1 + 1e-12)),
        ("cos", np.sin),
        ("log2", lambda z: 1.4427 / z),
    ],
)
def test_factors_that_lose_digits_or_signs_are_seen(
    monkeypatch: pytest.MonkeyPatch, name: str, factor: Any
) -> None:
    monkeypatch.setitem(SECOND_PART, getattr(np, name), factor)
    with np.errstate(all="ignore"):
        assert not worst(name) < 1e-14


POWERS = [-70, -3, -2, -1, 0, 1, 2, 3, 64, 65, 101, 2.0, -5.0, 0.5, 1 / 3, -0.5, 2.5, 1e-3]


@pytest.mark.parametrize("exponent", POWERS, ids=str)
@pytest.mark.parametrize("as_array", [False, True], ids=["scalar", "array"])
def test_powers_of_every_kind(exponent: float, as_array: bool) -> None:
    x = np.array([-2.5, -0.05, 0.05, 0.7, 30.0])
    power = np.full(5, exponent) if as_array else exponent
    exact = []
    for each in x.tolist():
        with mpmath.workdps(60):
            e, base = mpmath.mpf(exponent), mpmath.mpf(each)
            real = each > 0 or exponent == int(exponent)
            exact.append(float(e * (e - 1) * base ** (e - 2)) if real else np.nan)
    with np.errstate(invalid="ignore"):  # roots of negative numbers
        for f in (lambda z: z**power, lambda z: np.float_power(z, power)):
            np.testing.assert_allclose(bicomplex_second_derivative(f, x), exact, rtol=1e-14)


@pytest.mark.parametrize(
    ("exponent", "curvature"),
    [(0, 0), (1, 0), (2, 2), (3, 0), (2.5, 0), (1.5, np.nan), (0.5, np.nan), (-1, np.nan)],
)
def test_powers_at_0(exponent: float, curvature: float) -> None:
    for power in (exponent, np.array(float(exponent))):
        with np.errstate(divide="ignore"):
            found = bicomplex_second_derivative(lambda z, power=power: z**power, 0.0)
        np.testing.assert_equal(float(found), float(curvature))


def test_powers_with_x_in_the_exponent() -> None:
    x = np.array([-2.0, 0.4, 3.0])
    for base in (2, 0.3):
        expected = np.log(base) ** 2 * base**x
        found = bicomplex_second_derivative(lambda z, base=base: base**z, x)
        np.testing.assert_allclose(found, expected, rtol=1e-14)
    found = bicomplex_second_derivative(lambda z: z**z, 1.7)
    assert found == pytest.approx(1.7**1.7 * ((np.log(1.7) + 1) ** 2 + 1 / 1.7), rel=1e-14)


NUMBER = st.floats(0.1, 3.0).flatmap(lambda v: st.sampled_from([v, -v]))


def _number(x: float, slope: float, curvature: float) -> Bicomplex:
    """x + slope (ih + jh) + curvature ij h^2: the number of a function with these derivatives."""
    h = 2.0**-100
    return Bicomplex(np.array(x + 1j * slope * h), np.array(slope * h + 1j * curvature * h * h))


def _parts(z: Bicomplex) -> tuple[float, float, float, float]:
    h = 2.0**-100
    first, second = complex(z.first), complex(z.second)
    return first.real, first.imag / h, second.real / h, second.imag / h / h


@settings(derandomize=True, max_examples=150, deadline=None)
@given(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER)
def test_arithmetic_follows_the_rules_of_leibniz(
    a: float, a1: float, a2: float, b: float, b1: float, b2: float
) -> None:
    x, y = _number(a, a1, a2), _number(b, b1, b2)
    cases = [
        (x + y, (a + b, a1 + b1, a2 + b2)),
        (x - y, (a - b, a1 - b1, a2 - b2)),
        (x * y, (a * b, a1 * b + a * b1, a2 * b + 2 * a1 * b1 + a * b2)),
        (
            x / y,
            (
                a / b,
                (a1 * b - a * b1) / b**2,
                a2 / b - 2 * a1 * b1 / b**2 - a * b2 / b**2 + 2 * a * b1**2 / b**3,
            ),
        ),
        (-x, (-a, -a1, -a2)),
        (2 - x, (2 - a, -a1, -a2)),
        (3 / x, (3 / a, -3 * a1 / a**2, 6 * a1**2 / a**3 - 3 * a2 / a**2)),
        (x**2, (a * a, 2 * a * a1, 2 * a1**2 + 2 * a * a2)),
        (np.square(x), (a * a, 2 * a * a1, 2 * a1**2 + 2 * a * a2)),
        (np.reciprocal(x), (1 / a, -a1 / a**2, 2 * a1**2 / a**3 - a2 / a**2)),
        (+x, (a, a1, a2)),
    ]
    for z, (value, slope, curvature) in cases:
        found = _parts(z)
        size = 1 + sum(map(abs, found))
        np.testing.assert_allclose(
            found, (value, slope, slope, curvature), rtol=1e-12, atol=2e-12 * size
        )


def test_comparisons_and_truth_look_at_real_parts() -> None:
    h = 2.0**-100
    zero, one = (Bicomplex(np.array(x + 1j * h), np.array(h + 0j)) for x in (0.0, 1.0))
    assert not zero
    assert one
    assert zero < one
    assert zero <= one
    assert one > zero
    assert one >= 1.0
    assert one == 1.0
    assert zero != 1.0
    assert np.isfinite(one)
    assert not np.isnan(one)
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


@pytest.mark.parametrize(
    ("f", "curvature"),
    [
        (lambda z: np.where(z > 0, z**3, -(z**2)), [-2.0, 3.0]),
        (lambda z: np.where(z > 0, z**3, 5.0), [0.0, 3.0]),
        (lambda z: np.maximum(z, 0.0) ** 3, [0.0, 3.0]),
        (lambda z: np.maximum(0.0, z) ** 3, [0.0, 3.0]),
        (lambda z: np.minimum(z**2, 1.0), [0.0, 2.0]),
        (lambda z: np.exp(np.sin(z**2)) / (1 + z * z), None),
        (lambda z: np.tanh(np.log1p(np.sqrt(z * z + 1)) * z), None),
        (lambda z: 3.0, [0.0, 0.0]),
        (lambda z: np.array([3.0, 4.0]), [0.0, 0.0]),
        (lambda z: z * np.array([3.0, 4.0]) + z**2 * np.array([1.0, 2.0]), [2.0, 4.0]),
        (lambda z: (1j * z) ** 2 * 1j**2, [2.0, 2.0]),
    ],
)
def test_branches_and_compositions(f: Any, curvature: Any) -> None:
    x = np.array([-1.5, 0.5])
    if curvature is None:
        curvature = [_mp_second(f, each) for each in x.tolist()]
    found = bicomplex_second_derivative(f, x)
    np.testing.assert_allclose(found.real, curvature, rtol=1e-13)


def _mp_second(f: Any, x: float) -> float:
    """The second derivative by 60 digits, with NumPy's names given to mpmath."""

    class Number:
        """An mpmath number that NumPy's functions accept."""

        def __init__(self, value: Any) -> None:
            self.value = value

        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any) -> Any:
            values = [v.value if isinstance(v, Number) else v for v in inputs]
            names = {"sqrt": mpmath.sqrt, "add": lambda a, b: a + b}
            names |= {"log1p": mpmath.log1p, "tanh": mpmath.tanh, "sin": mpmath.sin}
            names |= {"exp": mpmath.exp}
            return Number(names[ufunc.__name__](*values))

        def __add__(self, other: Any) -> Any:
            return Number(self.value + (other.value if isinstance(other, Number) else other))

        __radd__ = __add__

        def __mul__(self, other: Any) -> Any:
            return Number(self.value * (other.value if isinstance(other, Number) else other))

        def __truediv__(self, other: Any) -> Any:
            return Number(self.value / other.value)

        def __pow__(self, n: int) -> Any:
            return Number(self.value**n)

    with mpmath.workdps(60):
        return float(mpmath.diff(lambda t: f(Number(t)).value, mpmath.mpf(x), 2))


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "np.abs": (np.abs, "np.absolute"),
    "abs": (abs, "abs"),
    "sign": (lambda z: np.sign(z) * z, "np.sign"),
    "norm": (np.linalg.norm, "np.linalg.norm"),
    "vdot": (lambda z: np.vdot(z, z), "np.vdot"),
    "conj": (lambda z: np.conj(z) * z, "np.conjugate"),
    "real": (lambda z: np.real(z) ** 2, "np.real"),
    "a real part": (lambda z: z.real**2, ".real"),
    "float": (lambda z: float(z) ** 2, "float"),
    "complex": (lambda z: abs(complex(z)), "complex"),
    "math": (math.sin, "float"),
    "an array": (lambda z: np.asarray(z) ** 2, "array"),
    "astype": (lambda z: z.astype(float), ".astype"),
    "floor": (lambda z: z * np.floor(z), "np.floor"),
    "round": (np.round, "np.round"),
    "hypot": (lambda z: np.hypot(z, 1.0), "np.hypot"),
    "arctan2": (lambda z: np.arctan2(z, 1.0), "np.arctan2"),
    "logaddexp": (lambda z: np.logaddexp(z, 1.0), "np.logaddexp"),
    "cbrt": (np.cbrt, "np.cbrt"),
    "a sum": (np.sum, "np.sum"),
    "a reduction": (lambda z: np.add(z, 0.0) * np.multiply.outer(z, 1.0), "outer"),
    "remainder": (lambda z: z % 2, "%"),
    "sigmoid": (dl.sigmoid, ".dtype"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_analytic_or_not_elementwise_is_refused_by_name(name: str) -> None:
    f, named = REFUSED[name]
    with pytest.raises(MissingRuleError) as raised:
        bicomplex_second_derivative(f, 1.3)
    assert named in raised.value.what
    assert raised.value.why
    assert "difflab.derivative(f, x, n=2)" in raised.value.instead


def test_numbers_tell_what_they_are() -> None:
    z = Bicomplex(np.ones(3) + 0j, np.zeros(3) + 0j)
    assert z.shape == (3,)
    assert repr(z).startswith("Bicomplex(array([1.+0.j")
