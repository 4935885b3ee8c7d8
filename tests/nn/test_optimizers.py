"""Optimizers against torch.optim step by step, against pins by hand, and as pure functions."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from difflab.errors import UnknownNameError, UsageError
from difflab.nn import OPTIMIZERS, SGD, Adam, AdamW, RMSProp, optimizer
from difflab.nn.optimizers import Optimizer, RMSPropState
from difflab.tree import flatten

STEPS = 200
TOLERANCE = 1e-14
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
    (
        SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.3),
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.3},
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
    (RMSProp(0.01, centered=True), "RMSprop", {"lr": 0.01, "centered": True}),
    (RMSProp(0.01, momentum=0.9), "RMSprop", {"lr": 0.01, "momentum": 0.9}),
    (RMSProp(0.01, weight_decay=0.3), "RMSprop", {"lr": 0.01, "weight_decay": 0.3}),
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
    (Adam(0.05, amsgrad=True), "Adam", {"lr": 0.05, "amsgrad": True}),
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
    """Largest distance of two parameter paths over all steps, relative to max(1, |p|)."""
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
            apart = np.abs(mine - wanted) / np.maximum(1, np.abs(wanted))
            worst = max(worst, float(np.max(apart)))
    return worst


@pytest.mark.parametrize(("ours", "name", "settings"), PAIRS, ids=lambda value: str(value))
def test_two_hundred_steps_agree_with_torch(ours: Any, name: str, settings: dict[str, Any]) -> None:
    assert distance_to_torch(ours, name, settings) < TOLERANCE


NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop-centered": ("RMSprop", {"centered": True}),
    "adam": ("Adam", {}),
    "amsgrad": ("Adam", {"amsgrad": True}),
    "adamw": ("AdamW", {}),
}


@pytest.mark.parametrize("name", NAMED)
def test_each_name_means_what_it_means_in_torch_with_its_defaults(name: str) -> None:
    assert set(NAMED) == set(OPTIMIZERS)
    assert distance_to_torch(optimizer(name), *NAMED[name]) < TOLERANCE


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


def plain_sgd(o: SGD, p: Any, g: Any, s: Any, t: int) -> tuple[Any, Any]:
    (buffer,) = s
    if o.weight_decay:
        g = g + o.weight_decay * p
    if not o.momentum:
        return p - o.lr * g, (None,)
    buffer = g if buffer is None else o.momentum * buffer + (1 - o.dampening) * g
    return p - o.lr * (g + o.momentum * buffer if o.nesterov else buffer), (buffer,)


def plain_lerp(start: Any, end: Any, weight: float) -> Any:
    if weight < 0.5:
        return start + weight * (end - start)
    return end - (end - start) * (1 - weight)


def plain_rmsprop(o: RMSProp, p: Any, g: Any, s: Any, t: int) -> tuple[Any, Any]:
    v, mean, buffer = s
    if o.weight_decay:
        g = g + o.weight_decay * p
    v = o.alpha * v + (1 - o.alpha) * g * g
    variance = v
    if o.centered:
        mean = plain_lerp(mean, g, 1 - o.alpha)
        variance = v - mean * mean
    scale = np.sqrt(variance) + o.eps
    if not o.momentum:
        return p - o.lr * g / scale, (v, mean, None)
    buffer = o.momentum * buffer + g / scale
    return p - o.lr * buffer, (v, mean, buffer)


def plain_adam(o: Adam | AdamW, p: Any, g: Any, s: Any, t: int) -> tuple[Any, Any]:
    m, v, largest = s
    if isinstance(o, AdamW):
        p = p * (1 - o.lr * o.weight_decay)
    elif o.weight_decay:
        g = g + o.weight_decay * p
    m = plain_lerp(m, g, 1 - o.b1)
    v = o.b2 * v + (1 - o.b2) * g * g
    largest = np.maximum(largest, v) if o.amsgrad else None
    scale = np.sqrt(largest if o.amsgrad else v) / (1 - o.b2**t) ** 0.5 + o.eps
    return p - o.lr / (1 - o.b1**t) * m / scale, (m, v, largest)


PLAIN: dict[type, Callable[..., Any]] = {
    SGD: plain_sgd,
    RMSProp: plain_rmsprop,
    Adam: plain_adam,
    AdamW: plain_adam,
}
"""The rules as one would write them down, an array for every operation."""


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("chosen", ALL, ids=str)
def test_steps_that_spare_memory_give_the_bits_of_the_rule_as_written(
    chosen: Any, dtype: Any
) -> None:
    rng = np.random.default_rng(3)
    params = [leaf.astype(dtype)[()] for leaf in random_leaves(rng)]
    state = chosen.init(params)
    plain, moments = list(params), list(zip(*[_columns(leaf, state) for leaf in range(3)]))
    for t in range(1, 31):
        gradient = [leaf.astype(dtype)[()] for leaf in random_leaves(rng)]
        params, state = chosen.step(params, gradient, state)
        for k, g in enumerate(gradient):
            before = tuple(column[k] for column in moments)
            plain[k], after = PLAIN[type(chosen)](chosen, plain[k], g, before, t)
            moments = [(*column[:k], new, *column[k + 1 :]) for column, new in zip(moments, after)]
    for mine, wanted in zip(params, plain):
        assert np.asarray(mine).tobytes() == np.asarray(wanted).tobytes()


def _columns(leaf: Any, state: Any) -> list[Any]:
    nests = [nest for nest in state if not isinstance(nest, int)]  # Adam counts its steps
    return [None if nest is None else nest[leaf] for nest in nests]


def peak(call: Callable[[], Any]) -> int:
    """Largest number of bytes that a call holds beyond what was there."""
    call()
    tracemalloc.start()
    try:
        kept = call()
        assert kept is not None
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("chosen", "arrays"),
    [(SGD(0.1), 1), (SGD(0.1, momentum=0.9), 2), (RMSProp(), 3), (Adam(), 4), (AdamW(), 4)],
    ids=str,
)
def test_a_step_holds_its_results_and_one_array_more(chosen: Any, arrays: int) -> None:
    p = np.random.default_rng(0).normal(size=100_000)
    _, state = chosen.step(p, p, chosen.init(p))
    assert peak(lambda: chosen.step(p, p, state)) < (arrays + 0.1) * p.nbytes
    if type(chosen) is Adam:  # the rule as written takes more
        columns = _columns(slice(None), state)
        assert peak(lambda: plain_adam(chosen, p, p, columns, 2)) > 4.5 * p.nbytes


@pytest.mark.parametrize("chosen", ALL, ids=str)
def test_gradients_laid_out_otherwise_take_the_same_step(chosen: Any) -> None:
    rng = np.random.default_rng(4)
    p, g = rng.normal(size=(5, 7)), rng.normal(size=(5, 7))
    row = np.broadcast_to(rng.normal(size=7), (5, 7))
    for gradient, same in ((np.asfortranarray(g), g), (row, row.copy())):
        state = chosen.init(p)
        once, later = chosen.step(p, gradient, state)
        wanted, other = chosen.step(p, same, state)
        np.testing.assert_array_equal(once, wanted)
        again, _ = chosen.step(once, gradient, later)
        np.testing.assert_array_equal(again, chosen.step(wanted, same, other)[0])


@pytest.mark.parametrize("scalar", [0.5, np.float64(0.5), np.array(0.5)], ids=lambda s: type(s))
@pytest.mark.parametrize("chosen", ALL, ids=str)
def test_scalars_take_the_steps_of_arrays_of_one_entry(chosen: Any, scalar: Any) -> None:
    array, gradient = np.array([0.5]), np.array([-0.3])
    state, states = chosen.init(scalar), chosen.init(array)
    for _ in range(3):
        scalar, state = chosen.step(scalar, np.float64(-0.3), state)
        array, states = chosen.step(array, gradient, states)
    assert np.ndim(scalar) == 0
    assert scalar == array[0]


@pytest.mark.parametrize("make", [SGD, RMSProp, Adam, AdamW])
def test_a_numpy_number_as_learning_rate_leaves_float32_alone(make: Any) -> None:
    chosen, p = make(lr=np.float64(0.1)), np.ones(2, np.float32)
    assert chosen.step(p, p, chosen.init(p))[0].dtype == np.float32
    assert repr(chosen) == repr(make(lr=0.1))


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
        lambda: SGD(lr=True),
        lambda: SGD(lr="0.1"),  # type: ignore[arg-type]
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
