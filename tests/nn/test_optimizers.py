"""Optimizers against torch.optim step by step, against pins by hand, and as pure functions."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from difflab.errors import UnknownNameError, UsageError
from difflab.nn import OPTIMIZERS, SGD, Adam, AdamW, RMSProp, optimizer
from difflab.nn.optimizers import Optimizer, RMSPropState
from difflab.tree import flatten

STEPS = 50
TOLERANCE = 1e-13
SHAPES = [(3, 4), (4,), ()]

# ours, the name of torch's, and torch's spelling of the same settings
PAIRS: list[tuple[Any, str, dict[str, Any]]] = [
    (SGD(0.1), "SGD", {"lr": 0.1}),
    (SGD(0.1, weight_decay=0.3), "SGD", {"lr": 0.1, "weight_decay": 0.3}),
    (SGD(0.1, momentum=0.9), "SGD", {"lr": 0.1, "momentum": 0.9}),
    (
        SGD(0.1, momentum=0.9, dampening=0.4, weight_decay=0.3),
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.4, "weight_decay": 0.3},
    ),
    (
        SGD(0.1, momentum=0.9, nesterov=True),
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    (RMSProp(0.01), "RMSprop", {"lr": 0.01}),
    (
        RMSProp(0.01, alpha=0.9, eps=1e-3, momentum=0.9, centered=True, weight_decay=0.3),
        "RMSprop",
        {
            "lr": 0.01,
            "alpha": 0.9,
            "eps": 1e-3,
            "momentum": 0.9,
            "centered": True,
            "weight_decay": 0.3,
        },
    ),
    (RMSProp(0.01, alpha=0.3, centered=True), "RMSprop", {"lr": 0.01, "alpha": 0.3, "centered": 1}),
    (Adam(0.05), "Adam", {"lr": 0.05}),
    (
        Adam(0.05, eps=1e-3, weight_decay=0.3),
        "Adam",
        {"lr": 0.05, "eps": 1e-3, "weight_decay": 0.3},
    ),
    (
        Adam(0.05, b1=0.3, b2=0.6, amsgrad=True),
        "Adam",
        {"lr": 0.05, "betas": (0.3, 0.6), "amsgrad": True},
    ),
    (AdamW(0.05), "AdamW", {"lr": 0.05}),
    (
        AdamW(0.05, weight_decay=0.5, amsgrad=True),
        "AdamW",
        {"lr": 0.05, "weight_decay": 0.5, "amsgrad": True},
    ),
]


def random_leaves(rng: np.random.Generator) -> list[np.ndarray]:
    return [np.asarray(rng.normal(size=shape)) for shape in SHAPES]


def distance_to_torch(ours: Optimizer, name: str, settings: dict[str, Any]) -> float:
    """Largest relative distance between the two parameter paths over all steps."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(7)
    params = random_leaves(rng)
    theirs = [torch.tensor(leaf, requires_grad=True) for leaf in params]
    reference = getattr(torch.optim, name)(theirs, foreach=False, **settings)
    state, worst = ours.init(params), 0.0
    for _ in range(STEPS):
        gradient = random_leaves(rng)
        for leaf, g in zip(theirs, gradient):
            leaf.grad = torch.tensor(g)
        reference.step()
        params, state = ours.step(params, gradient, state)
        for mine, leaf in zip(params, theirs):
            wanted = leaf.detach().numpy()
            worst = max(worst, float(np.max(np.abs(mine - wanted)) / np.max(np.abs(wanted))))
    return worst


@pytest.mark.parametrize(("ours", "name", "settings"), PAIRS, ids=lambda value: str(value))
def test_fifty_steps_agree_with_torch(ours: Any, name: str, settings: dict[str, Any]) -> None:
    assert distance_to_torch(ours, name, settings) < TOLERANCE


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam", "adamw"])
def test_defaults_are_those_of_torch(name: str) -> None:
    torch_names = {"sgd": "SGD", "rmsprop": "RMSprop", "adam": "Adam", "adamw": "AdamW"}
    assert distance_to_torch(optimizer(name), torch_names[name], {}) < TOLERANCE


@dataclass(frozen=True)
class EpsInsideTheRoot:
    """A mutant: RMSProp with eps under the root, as some books have it."""

    lr: float = 0.01
    alpha: float = 0.99
    eps: float = 1e-8

    def init(self, params: Any) -> RMSPropState:
        return RMSProp().init(params)

    def step(self, params: Any, gradient: Any, state: RMSPropState) -> tuple[Any, RMSPropState]:
        squares = [
            self.alpha * v + (1 - self.alpha) * g * g for v, g in zip(state.squares, gradient)
        ]
        steps = [g / np.sqrt(v + self.eps) for v, g in zip(squares, gradient)]
        params = [p - self.lr * step for p, step in zip(params, steps)]
        return params, RMSPropState(squares, None, None)


@dataclass(frozen=True)
class ShareBeforeTheGradient:
    """A mutant: heavy ball with (1 - momentum) in front of the gradient."""

    lr: float = 0.1
    momentum: float = 0.9

    def init(self, params: Any) -> Any:
        return [np.zeros_like(p) for p in params]

    def step(self, params: Any, gradient: Any, state: Any) -> tuple[Any, Any]:
        state = [self.momentum * v + (1 - self.momentum) * g for v, g in zip(state, gradient)]
        return [p - self.lr * v for p, v in zip(params, state)], state


@pytest.mark.parametrize(
    ("mutant", "name", "settings"),
    [
        (EpsInsideTheRoot(), "RMSprop", {"lr": 0.01}),
        (ShareBeforeTheGradient(), "SGD", {"lr": 0.1, "momentum": 0.9}),
        (Adam(0.05, weight_decay=0.01), "AdamW", {"lr": 0.05, "weight_decay": 0.01}),
        (Adam(0.05, eps=2e-8), "Adam", {"lr": 0.05}),
    ],
    ids=["eps inside the root", "share before the gradient", "decay in the gradient", "other eps"],
)
def test_the_comparison_with_torch_catches_mutants(
    mutant: Any, name: str, settings: dict[str, Any]
) -> None:
    assert distance_to_torch(mutant, name, settings) > 100 * TOLERANCE


# f = w^2 / 2 from w = 1 with rate 0.1, so the gradient is w; worked out by hand where it is short
PINS: list[tuple[Any, list[float]]] = [
    (SGD(0.1), [0.9, 0.81, 0.729]),
    (SGD(0.1, momentum=0.9), [0.9, 0.72, 0.486]),  # buffers 1, .9 + .9, 1.62 + .72
    (SGD(0.1, momentum=0.9, nesterov=True), [0.81, 0.5751, 0.327321]),
    (RMSProp(0.1), [9.99999903994464e-08, -5.0377e-10, 5.0885e-12]),
    (Adam(0.1), [0.900000001, 0.8004122297123382, 0.701586274504415]),
    (AdamW(0.1, weight_decay=0.1), [0.890000001, 0.781571856954161, 0.6751012231892006]),
]


@pytest.mark.parametrize(("chosen", "path"), PINS, ids=lambda value: str(value))
def test_three_steps_down_a_parabola(chosen: Any, path: list[float]) -> None:
    w, state, seen = 1.0, chosen.init(1.0), []
    for _ in path:
        w, state = chosen.step(w, w, state)
        seen.append(float(w))
    np.testing.assert_allclose(seen, path, rtol=1e-4 if isinstance(chosen, RMSProp) else 1e-12)


def test_first_step_of_adam_has_the_length_of_the_learning_rate() -> None:
    # m / (1 - b1) = g and sqrt(v) / sqrt(1 - b2) = |g|, so the step is lr g / (|g| + eps)
    gradient = np.array([1e-3, -5.0, 1e6])
    params, _ = Adam(0.1, eps=0.0).step(np.zeros(3), gradient, Adam().init(np.zeros(3)))
    np.testing.assert_allclose(params, [-0.1, 0.1, -0.1], rtol=1e-14)


def test_weight_decay_enters_the_gradient_except_in_adamw() -> None:
    still = np.zeros(1)
    assert SGD(0.1, weight_decay=0.5).step(np.ones(1), still, SGD().init(still))[0] == 1 - 0.1 * 0.5
    # Adam rescales whatever enters it: a full step, however small the decay
    adam = Adam(0.1, weight_decay=1e-3)
    np.testing.assert_allclose(adam.step(np.ones(1), still, adam.init(still))[0], 0.9, rtol=1e-4)
    adamw = AdamW(0.1, weight_decay=1e-3)
    assert adamw.step(np.ones(1), still, adamw.init(still))[0] == 1 - 0.1 * 1e-3


ALL: list[Any] = [ours for ours, _, _ in PAIRS]


@pytest.mark.parametrize("chosen", ALL, ids=str)
def test_a_step_changes_neither_its_arguments_nor_earlier_results(chosen: Any) -> None:
    rng = np.random.default_rng(0)
    params = {"w": rng.normal(size=(2, 3)), "b": (rng.normal(size=3), np.float64(0.5))}
    gradient = {"w": rng.normal(size=(2, 3)), "b": (rng.normal(size=3), np.float64(-0.1))}
    state = chosen.init(params)
    for _ in range(3):  # from the second step on there is momentum to spoil
        before = copy.deepcopy((params, gradient, state))
        new_params, new_state = chosen.step(params, gradient, state)
        assert_same((params, gradient, state), before)
        for leaf in flatten(new_params)[0] + flatten(new_state)[0]:
            if isinstance(leaf, np.ndarray):  # a shared buffer would be overwritten by a provider
                assert not any(np.shares_memory(leaf, g) for g in flatten(gradient)[0])
        params, state = new_params, new_state


def assert_same(a: Any, b: Any) -> None:
    (mine, structure), (others, other_structure) = flatten(a), flatten(b)
    assert structure == other_structure
    for x, y in zip(mine, others):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("chosen", ALL, ids=str)
def test_float32_stays_float32(chosen: Any) -> None:
    params = [np.ones((2, 2), np.float32), np.ones(2, np.float32)]
    state = chosen.init(params)
    for _ in range(3):
        params, state = chosen.step(params, params, state)
    assert {leaf.dtype for leaf in params} == {np.dtype(np.float32)}
    arrays = [leaf for leaf in flatten(state)[0] if isinstance(leaf, np.ndarray)]
    assert all(leaf.dtype == np.float32 for leaf in arrays)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_survive_pickling_and_repr(name: str) -> None:
    chosen = optimizer(name, lr=0.25)
    assert isinstance(chosen, Optimizer)
    assert pickle.loads(pickle.dumps(chosen)) == chosen
    assert eval(repr(chosen)) == chosen


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="try: 'adam'"):
        optimizer("adamm")


def test_an_unknown_setting_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="lr, b1, b2, eps"):
        optimizer("adam", learning_rate=0.1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SGD(lr=-1.0),
        lambda: SGD(lr=float("nan")),
        lambda: SGD(nesterov=True),
        lambda: SGD(momentum=0.9, dampening=0.1, nesterov=True),
        lambda: RMSProp(alpha=1.0),
        lambda: Adam(b1=1.0),
        lambda: AdamW(b2=-0.1),
        lambda: replace(Adam(), eps=-1e-8),
    ],
)
def test_settings_out_of_range_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(UsageError):
        make()
