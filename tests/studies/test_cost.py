"""The cost study measures what it says, with patience."""

from __future__ import annotations

import sys

import pytest

from difflab.errors import UsageError
from difflab.studies import cost
from difflab.studies.cost import measure, scaling_exponent


def test_everything_the_report_shows_is_measured() -> None:
    found = {m.quantity: m for m in measure("simplest", "autodiff", budget=0.02)}
    value = {name: m.value for name, m in found.items()}
    assert value["omega"] == pytest.approx(value["value and gradient"] / value["loss"])
    lower, median = (value[f"value and gradient, {q}"] for q in ("lower quartile", "median"))
    assert value["value and gradient"] <= lower <= median
    assert value["cold call"] > 0
    assert value["peak memory of one gradient"] > 500
    assert found["preparation phase"].at == "record"
    assert {m.parameters for m in found.values()} == {4}


def test_differences_evaluate_as_many_losses_as_theory_says() -> None:
    losses = {
        scheme: {m.quantity: m.value for m in measure("simplest", scheme, budget=0.02)}[
            "size: loss evaluations"
        ]
        for scheme in (
            "finite-difference:forward:loop",
            "finite-difference:central:loop",
            "complex-step",
        )
    }
    assert list(losses.values()) == [5, 9, 5]


def test_a_gradient_beyond_the_patience_is_refused() -> None:
    with pytest.raises(UsageError, match=r"8,835 losses"):
        measure("sincos", "finite-difference:central:loop", patience=0.01)


def test_every_derivation_is_a_fresh_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from sympy.core import cache

    calls = []
    monkeypatch.setattr(cache, "clear_cache", lambda: calls.append("cleared"))
    cost._forget_derivations()
    assert calls == ["cleared"]
    monkeypatch.delitem(sys.modules, "sympy")
    cost._forget_derivations()
    assert calls == ["cleared"]


def test_memory_of_very_long_functions_is_not_traced() -> None:
    names = {m.quantity for m in measure("sincos-small", "symbolic:expanded", budget=0.02)}
    assert "peak memory of one gradient" not in names
    assert "omega" in names


def test_the_scaling_exponent_has_an_honest_error() -> None:
    sizes = [10.0, 100.0, 1000.0, 10_000.0]
    assert scaling_exponent(sizes, [3.0] * 4) == pytest.approx((0, 0), abs=1e-12)
    a, error = scaling_exponent(sizes, [11, 90, 1100, 9000])
    assert abs(a - 1) < 2 * error < 0.1
    with pytest.raises(UsageError, match="2 points"):
        scaling_exponent(sizes[:2], [1.0, 2.0])
