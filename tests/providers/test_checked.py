"""Gradients checked against another provider: wrong ones are refused, and so is self-approval."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from difflab import nn, providers
from difflab.errors import UnknownNameError, UsageError, WrongGradientError
from difflab.numeric.network import layered
from difflab.providers.autodiff import Autodiff
from difflab.providers.checked import Checked, check_prepared, family, refuse_itself
from difflab.providers.finite_difference import FiniteDifference
from tests.numeric.network.problems import problem

CONTROLS = ["control:flipped-sign", "control:noise", "control:zeros"]


def loss(w: Any, x: Any) -> Any:
    return np.mean(np.tanh(x @ w) ** 2)


def point() -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return rng.normal(size=5), rng.normal(size=(20, 5))


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("evaluator", ["loop", "layered", "node", "batched"])
def test_a_check_against_a_wrong_provider_fails(evaluator: str, control: str) -> None:
    objective, args = problem((2, 5, 2))
    with pytest.raises(WrongGradientError) as caught:
        FiniteDifference(evaluator=evaluator, check=control).prepare(objective, *args)
    assert control in caught.value.what
    assert "finite-difference" in caught.value.what
    assert "slope" in caught.value.why
    assert "compare" in caught.value.instead


@pytest.mark.parametrize("control", CONTROLS)
def test_a_wrong_provider_that_is_checked_fails(control: str) -> None:
    for judge in ("finite-difference", "finite-difference:forward", "autodiff", "complex-step"):
        checked = Checked(providers.find(control), providers.get(judge))
        with pytest.raises(WrongGradientError, match=control):
            checked.prepare(loss, *point())


@pytest.mark.parametrize("evaluator", ["auto", "loop", "layered", "node", "batched"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_right_gradients_pass_and_the_check_is_timed(activation: str, evaluator: str) -> None:
    for seed in range(5):
        objective, args = problem((2, 8, 1), activation, seed=seed)
        provider = FiniteDifference(evaluator=evaluator, check="autodiff")
        preparation = provider.prepare(objective, *args).preparation
        assert preparation.seconds["compare"] > 0


def test_every_other_honest_provider_passes() -> None:
    for other in ("autodiff", "autodiff:compiled", "symbolic", "complex-step"):
        FiniteDifference(check=other).prepare(loss, *point())
        checked = Checked(providers.get(other), providers.get("finite-difference"))
        w, x = point()
        value, gradient = checked.prepare(loss, w, x).value_and_gradient(w, x)
        expected = providers.get(other).prepare(loss, w, x).value_and_gradient(w, x)
        assert value == expected[0]
        np.testing.assert_array_equal(gradient, expected[1])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("finite-difference", "finite-difference:forward"),
        ("autodiff", "autodiff:compiled"),
        ("symbolic", "symbolic:cse"),
    ],
)
def test_a_method_is_not_checked_against_itself(one: str, other: str) -> None:
    with pytest.raises(UsageError, match="would be checked against") as caught:
        Checked(providers.get(one), providers.get(other))
    assert "agree also where they are wrong" in caught.value.why
    wanted = "autodiff" if one.startswith("finite") else "finite-difference"
    assert caught.value.instead == f"check against {wanted}"
    refuse_itself(providers.get(one), providers.get(wanted))


def test_differences_refuse_a_check_against_differences_when_they_are_made() -> None:
    with pytest.raises(UsageError, match="would be checked against"):
        FiniteDifference(check="finite-difference:central-4")
    with pytest.raises(UnknownNameError, match="autodiff"):
        FiniteDifference(check="autodif")


def test_two_methods_that_know_the_loss_are_compared_with_each_other_too() -> None:
    """A gradient that fits the judge within its tolerance, but not the loss, is still refused."""
    w, x = point()
    right = Autodiff().prepare(loss, w, x)
    assert "agrees with complex-step" in check_prepared(
        right, Autodiff(), providers.get("complex-step"), loss, w, x
    )
    with pytest.raises(WrongGradientError, match="control:noise"):
        check_prepared(right, Autodiff(), providers.find("control:noise"), loss, w, x)


def test_a_checked_provider_is_a_value_with_the_name_of_the_one_that_answers() -> None:
    checked = Checked(providers.get("autodiff"), providers.get("finite-difference"))
    assert pickle.loads(pickle.dumps(checked)) == checked
    assert checked.name == "autodiff"
    assert checked.unavailable() is None
    assert family(checked) == "autodiff"


def test_a_kink_at_the_point_of_preparation_is_no_alarm() -> None:
    """Biases of 0 and inputs of 0: every sum of the first layer is at the kink of relu."""
    objective, (params, x, y) = problem((2, 6, 1), "relu")
    args = [(w, 0 * b) for w, b in params], 0 * x, y
    FiniteDifference(check="autodiff").prepare(objective, *args)
    hinge, args = problem((2, 6, 1), "relu", nn.hinge)
    FiniteDifference(check="autodiff").prepare(hinge, *args)


def test_a_check_of_differences_looks_at_the_layers_and_not_only_at_the_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Here the loss and the judge are right, and what follows the layers is not."""
    objective, args = problem((2, 5, 1))
    right = layered.gradient
    monkeypatch.setattr(layered, "gradient", lambda *given: [1.01 * part for part in right(*given)])
    with pytest.raises(WrongGradientError, match="layered does not fit the loss"):
        FiniteDifference(evaluator="layered", check="autodiff").prepare(objective, *args)


@pytest.mark.parametrize("estimate", ["spsa", "forward-gradient", "forward-gradient:orthonormal"])
def test_a_random_estimate_is_no_part_of_a_check(estimate: str) -> None:
    """It would be called wrong, with an advice to look for its worst entry."""
    for spec in (f"{estimate},check=autodiff", f"autodiff,check={estimate}"):
        with pytest.raises(UsageError, match=f"{estimate} cannot be part of a check") as caught:
            providers.find(spec)
        assert "average" in caught.value.why
        assert "check=finite-difference" in caught.value.instead
    with pytest.raises(UsageError, match="cannot be part"):
        FiniteDifference(check=estimate)


def test_at_an_edge_of_the_loss_the_finite_side_is_compared() -> None:
    """Both sides of a difference along the direction would give NaN, and nothing to disagree."""

    def walled(w: Any) -> Any:
        return np.sum(np.where(w >= 1, w**3, np.nan))

    w = np.array([1.0])
    told = Checked(providers.get("autodiff"), providers.get("finite-difference")).prepare(walled, w)
    assert told.preparation.notes[-1] == "agrees with finite-difference:central along a direction"
    for control in CONTROLS:
        checked = Checked(providers.find(control), providers.get("finite-difference"))
        with pytest.raises(WrongGradientError, match=control):
            checked.prepare(walled, w)


def test_what_could_not_be_compared_is_not_said_to_agree() -> None:
    checked = Checked(providers.get("autodiff"), providers.get("finite-difference"))
    prepared = checked.prepare(lambda w: np.sum(np.log(w)) * np.nan, np.ones(2))
    note = prepared.preparation.notes[-1]
    assert note.startswith("not compared with finite-difference:central: ")
