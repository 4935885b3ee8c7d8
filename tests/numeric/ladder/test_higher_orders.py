"""Second to fourth derivatives where a lower one breaks, and where none does."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np
import pytest

from difflab.numeric.ladder import Flag, derivative, judgement


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("smooth", [np.zeros_like, np.exp], ids=["alone", "with exp"])
@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("power", [1.0, 1.5, 2.0, 2.5, 3.0, 3.5])
def test_no_derivative_lies_above_a_kink_or_a_root(
    n: int, smooth: Callable, odd: bool, power: float
) -> None:
    def f(x: Any) -> Any:
        return np.abs(x) ** power * (np.sign(x) if odd else 1.0) + smooth(x)

    found = derivative(f, 0.0, n=n)
    if n < power or power % 2 == odd:  # the second: a polynomial
        truth = smooth(0.0) + (factorial(n) if n == power else 0.0)
        assert abs(found.value - truth) <= found.error
        assert not found.flags & (Flag.KINK | Flag.SINGULAR)
    elif n == power:
        assert Flag.KINK in found.flags
        assert (found.right - found.left) / 2 == pytest.approx(factorial(n), rel=1e-6)
    else:
        assert Flag.SINGULAR in found.flags
        assert not np.isfinite(found.value)


def test_symmetric_differences_alone_do_not_see_the_kink(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgement, "_breaks", lambda ladder, n: np.zeros(1, bool))
    monkeypatch.setattr(judgement, "_straddling", lambda ladder, n: None)
    found = derivative(lambda x: np.abs(x) + np.exp(x), 0.0, n=3)
    assert abs(found.value - 1) <= found.error < 1e-8
    assert not found.flags


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("far", [1e-2, 1e-4, 1e-6, 1e-8])
def test_beside_a_kink_the_bar_grows_with_the_order(n: int, far: float) -> None:
    found = derivative(lambda x: np.exp(x) + np.abs(x - far), 0.0, n=n)
    assert abs(found.value - 1) <= found.error


def test_wide_differences_cancel_a_kink_close_by(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any) -> Any:
        return np.exp(4 * np.abs(x)) + np.exp(np.exp(x) - 1)

    truth = -64 + 5
    found = derivative(f, -2e-6, n=3)
    assert not np.isfinite(found.value) or abs(found.value - truth) <= found.error
    monkeypatch.setattr(judgement, "_straddling", lambda ladder, n: None)
    found = derivative(f, -2e-6, n=3)
    assert abs(found.value - 5) <= found.error < 1
    assert not found.flags


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize(
    ("f", "derivatives"),
    [
        (
            lambda x: np.sin(50 * x),
            lambda x, n: 50.0**n * [np.sin, np.cos][n % 2](50 * x) * (-1) ** (n // 2),
        ),
        (lambda x: np.exp(-3 * x), lambda x, n: (-3.0) ** n * np.exp(-3 * x)),
        (lambda x: 1 / (1 + x), lambda x, n: (-1) ** n * factorial(n) / (1 + x) ** (n + 1)),
    ],
    ids=["sin 50 x", "exp -3x", "1/(1 + x)"],
)
@pytest.mark.parametrize("x", [0.0, 0.3, 1.57, 4.4])
def test_waves_and_poles_break_nothing(
    n: int, f: Callable, derivatives: Callable, x: float
) -> None:
    found = derivative(f, x, n=n)
    assert not found.flags & (Flag.KINK | Flag.SINGULAR)
    assert abs(found.value - derivatives(x, n)) <= found.error + 1e-12 * abs(found.value)
