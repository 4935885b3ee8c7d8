"""Losses and gradients against torch, the law of the sample mean, targets that do not fit."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.api import value_and_grad
from difflab.errors import DataError, ShapeError, UnknownNameError
from difflab.nn import (
    LOSSES,
    MLP,
    Objective,
    accuracy,
    binary_cross_entropy,
    hinge,
    initialise,
    loss,
    one_hot,
    r2,
    softmax_cross_entropy,
    squared_error,
)
from difflab.nn.losses import Loss
from difflab.objective import SampleMean

TORCH_NAMES = {
    "squared-error": "mse_loss",
    "absolute": "l1_loss",
    "huber": "huber_loss",
    "binary-cross-entropy": "binary_cross_entropy_with_logits",
    "softmax-cross-entropy": "cross_entropy",
}


NUMBERS = ("squared-error", "half-squared-error", "sum-squared-error", "absolute", "huber")
"""Losses of targets that are any numbers."""


def batch(name: str, n: int = 6, k: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Outputs of a network and targets such as the loss expects."""
    rng = np.random.default_rng(seed)
    outputs = 5 * rng.normal(size=(n, k))
    if name in NUMBERS:
        return outputs, rng.normal(size=(n, k))
    if name == "binary-cross-entropy":
        return outputs, rng.integers(0, 2, (n, k)).astype(float)
    return outputs, one_hot(rng.integers(0, k, n), k)


@pytest.mark.parametrize("name", TORCH_NAMES)
def test_values_and_gradients_agree_with_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    outputs, targets = batch(name)
    theirs = torch.tensor(outputs, requires_grad=True)
    wanted = getattr(torch.nn.functional, TORCH_NAMES[name])(theirs, torch.tensor(targets))
    wanted.backward()
    value, gradient = value_and_grad(LOSSES[name])(outputs, targets)
    np.testing.assert_allclose(value, wanted.item(), rtol=1e-13)
    np.testing.assert_allclose(gradient, theirs.grad.numpy(), rtol=1e-12, atol=1e-16)


def test_hinge_is_that_of_torch_written_out() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    outputs, targets = 2 * rng.normal(size=(6, 4)), rng.choice([-1.0, 1.0], (6, 4))
    theirs = torch.tensor(outputs, requires_grad=True)
    wanted = torch.clamp(1 - torch.tensor(targets) * theirs, min=0).mean()
    wanted.backward()
    value, gradient = value_and_grad(hinge)(outputs, targets)
    np.testing.assert_allclose(value, wanted.item(), rtol=1e-14)
    np.testing.assert_allclose(gradient, theirs.grad.numpy(), rtol=1e-14)


def test_hinge_refuses_targets_that_are_no_signs() -> None:
    with pytest.raises(DataError, match="targets are -1 or 1"):
        hinge.check_targets(np.array([[1.0], [0.0]]))


def test_a_half_in_front_of_the_square_would_be_noticed() -> None:
    outputs, targets = batch("squared-error")
    value, gradient = value_and_grad(squared_error)(outputs, targets)
    np.testing.assert_allclose(value, np.mean((targets - outputs) ** 2), rtol=1e-14)
    np.testing.assert_allclose(gradient, 2 * (outputs - targets) / outputs.size, rtol=1e-13)


@pytest.mark.parametrize("name", ["binary-cross-entropy", "softmax-cross-entropy"])
def test_cross_entropies_are_finite_far_out(name: str) -> None:
    logits = np.array([[1000.0, 0.0, -1000.0]])
    for target in np.eye(3):
        value, gradient = value_and_grad(LOSSES[name])(logits, target[None])
        assert np.isfinite(value)
        assert np.all(np.isfinite(gradient))


def test_loss_at_zero_weights_is_the_log_of_the_number_of_classes() -> None:
    model = MLP((4, 10))
    y = one_hot([3, 1, 4], 10)
    value = Objective(model, softmax_cross_entropy)(
        initialise(model, 0, "zeros"), np.ones((3, 4)), y
    )
    np.testing.assert_allclose(value, np.log(10), rtol=1e-15)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(sorted(LOSSES)),
    activation=st.sampled_from(["tanh", "relu"]),
    n=st.integers(1, 6),
    k=st.integers(1, 4),
    seed=st.integers(0, 1000),
)
def test_an_objective_is_the_mean_or_sum_of_its_sample_losses(
    name: str, activation: str, n: int, k: int, seed: int
) -> None:
    model = MLP((3, 5, k), activation)
    objective = Objective(model, LOSSES[name])
    params = initialise(model, seed)
    x = np.random.default_rng(seed).normal(size=(n, 3))
    y = batch(name, n, k, seed)[1]
    reduce = {"mean": np.mean, "sum": np.sum}[LOSSES[name].reduction]
    each = [objective.sample_loss(params, x[i], y[i]) for i in range(n)]
    np.testing.assert_allclose(objective(params, x, y), reduce(each), rtol=1e-13)


def _sum_of_squares(outputs: Any, targets: Any) -> Any:
    return np.sum((targets - outputs) ** 2)


def test_the_law_can_fail() -> None:
    model = MLP((3, 2))
    summed = Objective(model, Loss("sum", _sum_of_squares, "sum over samples and outputs"))
    params, x, y = initialise(model, 0), np.ones((4, 3)), np.zeros((4, 2))
    each = [summed.sample_loss(params, x[i], y[i]) for i in range(4)]
    np.testing.assert_allclose(summed(params, x, y), 4 * np.mean(each), rtol=1e-13)


def test_an_objective_is_a_sample_mean_and_a_value() -> None:
    objective = Objective(MLP((3, 2)), squared_error)
    assert isinstance(objective, SampleMean)
    assert pickle.loads(pickle.dumps(objective)) == objective
    assert hash(objective) == hash(Objective(MLP((3, 2)), squared_error))
    names = {"loss": loss, "Objective": Objective, "MLP": MLP}
    assert eval(repr(objective), names) == objective


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_states_its_reduction(name: str) -> None:
    assert loss(name) is LOSSES[name]
    assert f"{LOSSES[name].reduction} over samples" in loss(name).convention


def test_the_three_squared_errors_differ_by_the_factors_that_they_state() -> None:
    outputs, targets = np.array([[1.0, 2.0], [4.0, -1.0], [0.0, 0.0]]), np.ones((3, 2))
    # squares 0, 1, 9, 4, 1, 1
    for name, value, slope in (
        ("squared-error", 16 / 6, 2 / 6),
        ("half-squared-error", 16 / 12, 1 / 6),
        ("sum-squared-error", 16.0, 2.0),
    ):
        found, gradient = value_and_grad(LOSSES[name])(outputs, targets)
        np.testing.assert_allclose(found, value, rtol=1e-15)
        np.testing.assert_allclose(gradient, slope * (outputs - targets), rtol=1e-15)


def test_a_reduction_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="there is no reduction 'median'"):
        Loss("mine", _sum_of_squares, "", reduction="median")


def test_an_absolute_error_of_nothing_has_the_slope_in_the_middle() -> None:
    outputs = np.array([[1.0, 2.0]])
    assert not value_and_grad(LOSSES["absolute"])(outputs, outputs)[1].any()


def test_the_slope_of_a_huber_loss_is_the_same_on_both_sides_of_its_bend() -> None:
    apart = np.array([[1.0, -1.0, np.nextafter(1, 2), 0.5, 3.0]])
    value, gradient = value_and_grad(LOSSES["huber"])(apart, np.zeros((1, 5)))
    np.testing.assert_allclose(value, np.mean([0.5, 0.5, 0.5, 0.125, 2.5]), rtol=1e-15)
    np.testing.assert_allclose(5 * gradient[0], [1, -1, 1, 0.5, 1], rtol=1e-15)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_finite_far_out_and_nan_for_nan(name: str) -> None:
    targets = {"hinge": np.array([[1.0, -1.0]])}.get(name, np.array([[1.0, 0.0]]))
    for sign in (1, -1):
        outputs = np.array([[1000.0, -1000.0]]) * sign
        value, gradient = value_and_grad(LOSSES[name])(outputs, targets)
        assert np.isfinite(value)
        assert np.all(np.isfinite(gradient))
    assert np.isnan(LOSSES[name](np.array([[np.nan, 0.0]]), targets))


@pytest.mark.parametrize("given", [None, 3, ["huber"]])
def test_what_is_no_name_is_no_loss_either(given: Any) -> None:
    with pytest.raises(UnknownNameError, match="the known ones are absolute, binary"):
        loss(given)


def test_an_unknown_loss_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="try: 'squared-error'"):
        loss("squared_error")


def test_a_flat_target_is_refused_where_numpy_would_broadcast() -> None:
    model = MLP((2, 1))
    objective, params = Objective(model, squared_error), initialise(model, 0)
    x, y = np.zeros((5, 2)), np.arange(5.0)
    assert ((y - model(params, x)) ** 2).shape == (5, 5)  # what would happen
    with pytest.raises(ShapeError, match=r"y\[:, None\]"):
        objective(params, x, y)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((5, 2)), np.zeros((5, 1)), r"pass y of shape \(5, 3\)"),
        (np.zeros((5, 2)), np.zeros((4, 3)), r"pass y of shape \(5, 3\)"),
        (np.zeros((5, 2)), np.zeros(5), "one_hot"),
        (np.zeros(2), np.zeros(3), "not a batch"),
        (np.zeros((5, 4)), np.zeros((5, 3)), "takes 2 features"),
    ],
)
def test_batches_that_do_not_fit_are_named(x: Any, y: Any, message: str) -> None:
    model = MLP((2, 3))
    with pytest.raises(ShapeError, match=message):
        Objective(model, squared_error)(initialise(model, 0), x, y)


def test_a_sample_loss_refuses_a_batch() -> None:
    model = MLP((2, 3))
    objective = Objective(model, binary_cross_entropy)
    with pytest.raises(ShapeError, match="no batch axis"):
        objective.sample_loss(initialise(model, 0), np.zeros((5, 2)), np.zeros((5, 3)))


def test_one_hot_rows_hold_a_single_one() -> None:
    labels = np.array([2, 0, 1, 2], dtype=np.uint8)
    rows = one_hot(labels, 4)
    assert rows.shape == (4, 4)
    np.testing.assert_array_equal(rows.sum(axis=1), 1)
    np.testing.assert_array_equal(rows.argmax(axis=1), labels)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 3], "label 3 of sample 1"),
        ([0, 1, -1], "label -1 of sample 2"),
        ([0.0, 1.0], "not class numbers"),
        ([[0], [1]], "not class numbers"),
        (["a"], "not class numbers"),
    ],
)
def test_labels_that_are_no_class_numbers_are_refused(labels: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        one_hot(labels, 3)


def test_metrics_by_hand() -> None:
    logits = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 2.0], [0.0, 3.0, 2.0], [1.0, 0.0, 0.0]])
    assert accuracy(logits, one_hot([0, 2, 2, 0], 3)) == 0.75
    assert accuracy(np.array([[0.1], [-0.1], [0.2]]), np.array([[1.0], [0.0], [0.0]])) == 2 / 3
    y = np.array([[0.0], [2.0], [4.0]])
    assert r2(y, y) == 1
    assert r2(np.full((3, 1), 2.0), y) == 0
    assert r2(4 - y, y) == 1 - 32 / 8
    assert np.isnan(r2(y, np.ones((3, 1))))
