"""Expressions along one name: truth, kinks and edges beside them, refusals."""

from __future__ import annotations

from math import exp, factorial

import numpy as np
import pytest

from difflab.errors import UnknownNameError, UsageError
from difflab.studies.truncation.expressions import of_expression, plain


def test_only_the_named_variable_moves() -> None:
    subject = of_expression("x*exp(y)", "x", {"x": 2.0, "y": 0.7}, points=5)
    assert subject.derivative(2.0, 1) == pytest.approx(exp(0.7), rel=1e-15)
    assert subject.derivative(2.0, 2) == 0
    along = of_expression("x*exp(y)", "y", {"x": 2.0, "y": 0.7}, points=5)
    assert along.derivative(0.7, 5) == pytest.approx(2 * exp(0.7), rel=1e-15)


def test_other_values_are_rounded_to_the_type_that_is_studied() -> None:
    subject = of_expression("x*y", "x", {"x": 1.0, "y": 0.1}, "float32", points=3)
    assert subject.derivative(1.0, 1) == float(np.float32(0.1))
    assert subject.function(subject.points).dtype == np.float32


@pytest.mark.parametrize(
    ("text", "x", "kink"),
    [
        ("abs(x-0.3)+exp(x)", 0.2, 0.3),
        ("max(x, 0.5)*x", 0.7, 0.5),
        ("relu(x)**2+relu(x-2)", 1.5, 2.0),
    ],
)
def test_points_and_stencils_stay_on_one_side_of_a_kink(text: str, x: float, kink: float) -> None:
    subject = of_expression(text, at={"x": x}, points=50)
    reach = subject.scale / 2
    furthest = np.max(np.abs(subject.points - x)) + 4 * subject.scale
    assert furthest < abs(x - kink)
    assert reach > abs(x - kink) / 40


def test_points_stay_away_from_a_pole() -> None:
    subject = of_expression("1/x", at={"x": 1e-4}, points=50)
    assert np.all(subject.points > 5e-5)
    wanted = -factorial(3) / 1e-4**4
    assert subject.derivative(1e-4, 3) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("text", ["exp(x)*sin(x)", "log(x)", "x**3", "max(x, 2*x)"])
def test_forward_mode_beside_it_is_right_to_rounding(text: str) -> None:
    subject = of_expression(text, at={"x": 1.3}, points=8)
    (engine,) = subject.engines
    assert engine.derivatives(subject.points) == pytest.approx(subject.exact(1), rel=1e-13)


@pytest.mark.parametrize("text", ["max(x, x**2)*abs(x-3)", "logsumexp(x, 2*x)*x", "min(x, 1)+x"])
def test_functions_of_many_numbers_take_the_points_one_by_one(text: str) -> None:
    subject = of_expression(text, at={"x": 2.0}, points=4)
    together = subject.function(subject.points)
    assert together.tolist() == [subject.function(x) for x in subject.points]
    assert together == pytest.approx(subject.exact(0).astype(float), rel=1e-14)


def test_every_function_of_many_numbers_is_known_as_one() -> None:
    from difflab.studies.truncation.expressions import TOGETHER
    from difflab.symbolic.scalars import SYMPY
    from difflab.symbolic.whitelist import FUNCTIONS

    assert {name for name, f in FUNCTIONS.items() if f in SYMPY.several} == set(TOGETHER)


@pytest.mark.parametrize(
    ("text", "x", "what", "why"),
    [
        ("abs(x)", 0.0, "no derivative at x = 0", "-1 on the left and 1 on the right"),
        ("log(x)", 0.0, "not finite", "domain"),
        ("log(x)", 1e-300, "not finite on both sides", "within 1e-25"),
        ("sqrt(x)", 0.0, "not finite on both sides", "within 1e-25"),
        ("x - x", 1.0, "does not depend on x", "0 at every point"),
        ("x**x", 0.0, "not finite on both sides", "both sides"),
        ("exp(x)", 1000.0, "not finite", "domain"),
    ],
)
def test_points_without_a_derivative_are_refused(text: str, x: float, what: str, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        of_expression(text, at={"x": x}, points=5)
    assert what in refused.value.what
    assert why in refused.value.why
    assert refused.value.instead


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="'z'"):
        of_expression("x*y", "z")


def test_a_plain_expression_keeps_its_kinks() -> None:
    title, function, x = plain("abs(x)", at={"x": 0.0}, dtype="float32")
    assert title == "df/dx of abs(x) at x = 0"
    assert (function(np.float32(-1.0)), x) == (1.0, 0.0)
    assert x.dtype == np.float32


def test_where_no_point_was_given_the_title_of_a_diagnosis_tells_the_one_taken() -> None:
    title, _, x = plain("x*y", "y")
    assert title.startswith(f"df/dy of x*y at y = {x:g}, x = ")
