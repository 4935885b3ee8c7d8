"""The accuracy study keeps its promises, and finds what is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab import autodiff, providers
from difflab.errors import UsageError
from difflab.lab.profiles import CONTROLS, PROVIDERS, TASKS
from difflab.report.cards.verdict import EXACT_TARGET, SMALL, TARGETS
from difflab.studies.accuracy import gate, measure, scheme_of, taylor_slope
from difflab.studies.problem import problem


def measured(task: str, provider: str, seed: int = 0, dtype: str = "float64") -> dict[str, object]:
    reason = providers.find(provider).unavailable()
    if reason is not None:
        pytest.skip(reason)
    return {m.quantity: m.value for m in measure(task, provider, seed, dtype)}


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("task", SMALL)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_promised_accuracy_is_kept(task: str, provider: str, seed: int) -> None:
    found = measured(task, provider, seed)
    assert found["truth"] == "60 digits"
    assert float(str(found["relative L2 error"])) < TARGETS.get(scheme_of(provider), EXACT_TARGET)
    assert found["verdict"] == "right"


@pytest.mark.parametrize("provider", CONTROLS)
@pytest.mark.parametrize("task", TASKS)
def test_controls_are_rejected_on_every_task(task: str, provider: str) -> None:
    assert measured(task, provider)["verdict"] == "wrong"


@pytest.mark.parametrize("provider", ["autodiff", "torch", "finite-difference:central"])
@pytest.mark.parametrize("task", ["sincos", "digits"])
def test_large_networks_with_kinks_are_right_too(task: str, provider: str) -> None:
    found = measured(task, provider)
    assert found["truth"] == "complex-step"
    assert found["verdict"] == "right"


def test_a_method_is_not_checked_against_itself() -> None:
    with pytest.raises(UsageError, match="is the truth on digits"):
        measure("digits", "complex-step")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("task", ["simplest", "sincos-small"])
def test_float32_gradients_are_as_right_as_float32_can_be(task: str, provider: str) -> None:
    found = measured(task, provider, dtype="float32")
    assert 1e-9 < float(str(found["relative L2 error"])) < gate(provider, "float32")
    assert found["verdict"] == "right"


@pytest.mark.parametrize("provider", ["control:zeros", "control:flipped-sign"])
def test_float32_is_no_excuse_for_a_wrong_gradient(provider: str) -> None:
    found = measured("digits", provider, dtype="float32")
    assert found["verdict"] == "wrong"


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.floats(-3, 3), st.integers(0, 50))
def test_the_taylor_slope_knows_a_right_gradient_from_a_wrong_one(error: float, seed: int) -> None:
    f = lambda w: np.sum(np.sin(w) * w)
    w = np.random.default_rng(seed).normal(size=5)
    gradient = autodiff.grad(f)(w)
    assert 1.9 <= taylor_slope(f, w, gradient, seed=seed) <= 2.1
    if abs(error) > 0.01:
        assert taylor_slope(f, w, gradient * (1 + error), seed=seed) < 1.9


def test_problems_depend_on_the_seed_and_not_on_anything_else() -> None:
    first, again, other = (problem("digits", seed=s, samples=8) for s in (3, 3, 4))
    for one, two in zip(first.contexts, again.contexts):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(first.contexts[0], other.contexts[0])
    assert problem("sincos-small", dtype="float32").contexts[0].dtype == np.float32
    assert problem("simplest", samples=16).samples == 1
