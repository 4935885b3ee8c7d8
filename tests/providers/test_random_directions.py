"""Gradients from random directions as providers: unbiased, repeatable, and open about it."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab.accuracy import gradient_error
from difflab.errors import (
    NonScalarLossError,
    PreparationMismatchError,
    TracingError,
    UnknownNameError,
    UsageError,
)
from difflab.numeric.directions import draw, expected_cosine, stream
from difflab.providers import GradientProvider
from difflab.providers.random_directions import RandomDirections
from difflab.tree import flatten, map_leaves, ravel, size

PROVIDERS = [
    RandomDirections("spsa", directions=3),
    RandomDirections("forward-gradient", directions=3),
    RandomDirections("forward-gradient", "rademacher", directions=3),
    RandomDirections("forward-gradient", "orthonormal", directions=3),
]


def loss(params: Any, x: Any, y: Any) -> Any:
    w, b = params["hidden"]
    return np.mean((np.tanh(x @ w + b) @ params["out"][0] - y) ** 2)


def point(dtype: Any = np.float64) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    params = {"hidden": (rng.normal(size=(2, 3)), rng.normal(size=3)), "out": [rng.normal(size=3)]}
    arguments = params, rng.normal(size=(4, 2)), rng.normal(size=4)
    return tuple(map_leaves(lambda leaf: leaf.astype(dtype), nest) for nest in arguments)


@pytest.mark.parametrize("provider", PROVIDERS, ids=repr)
def test_estimates_are_right_on_average(provider: RandomDirections) -> None:
    prepared = provider.prepare(loss, *point())
    found = np.array(
        [ravel(flatten(prepared.value_and_gradient(*point())[1])[0]) for _ in range(1500)]
    )
    truth = ravel(flatten(dl.grad(loss)(*point()))[0])
    standard_error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert np.all(abs(found.mean(axis=0) - truth) < 5 * standard_error)
    assert np.all(standard_error < 0.1 * np.linalg.norm(truth))


@pytest.mark.parametrize("provider", PROVIDERS, ids=repr)
def test_every_call_draws_anew_and_every_preparation_starts_anew(
    provider: RandomDirections,
) -> None:
    def run() -> list[Any]:
        prepared = provider.prepare(loss, *point())
        return [prepared.value_and_gradient(*point()) for _ in range(3)]

    first, second = run(), run()
    assert pickle.dumps(first) == pickle.dumps(second)
    gradients = [ravel(flatten(gradient)[0]) for _, gradient in first]
    assert abs(gradients[0] - gradients[1]).max() > 1e-6
    values = {float(value) for value, _ in first}
    assert values == {float(loss(*point()))}


@pytest.mark.parametrize("provider", PROVIDERS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gradients_have_the_nest_shapes_and_dtypes_of_the_parameters(
    provider: RandomDirections, dtype: Any
) -> None:
    arguments = point(dtype)
    before = pickle.dumps(arguments)
    _, gradient = provider.prepare(loss, *arguments).value_and_gradient(*arguments)
    leaves, structure = flatten(gradient)
    expected, form = flatten(arguments[0])
    assert structure == form
    assert [(g.shape, g.dtype) for g in leaves] == [(p.shape, p.dtype) for p in expected]
    assert pickle.dumps(arguments) == before


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_all_orthonormal_directions_give_the_gradient(dtype: Any, tolerance: float) -> None:
    arguments = point(dtype)
    provider = RandomDirections("forward-gradient", "orthonormal", size(arguments[0]))
    _, gradient = provider.prepare(loss, *arguments).value_and_gradient(*arguments)
    assert gradient_error(gradient, dl.grad(loss)(*arguments)).relative_l2 < tolerance


@pytest.mark.parametrize("provider", PROVIDERS, ids=repr)
def test_the_cosine_at_4417_parameters_is_the_one_announced(provider: RandomDirections) -> None:
    scale = np.linspace(1, 10, 4417)
    f = lambda w: 0.5 * np.sum(scale * w * w)
    w = np.random.default_rng(1).normal(size=4417)
    many = RandomDirections(provider.method, provider.kind, directions=100)
    prepared = many.prepare(f, w)
    truth = scale * w
    cosines = []
    for _ in range(16):
        gradient = prepared.value_and_gradient(w)[1]
        cosines.append(gradient @ truth / np.linalg.norm(gradient) / np.linalg.norm(truth))
    theory = expected_cosine(many.drawn, 4417, 100)
    assert np.sqrt(np.mean(np.square(cosines))) == pytest.approx(theory, rel=0.03)
    assert f"expected cosine to the gradient {theory:.2g}" in prepared.preparation.notes


def test_preparation_tells_directions_seed_and_price() -> None:
    spsa = RandomDirections("spsa", directions=5, seed=9).prepare(loss, *point()).preparation
    assert spsa.sizes == {"loss evaluations": 11, "directions": 5}
    assert spsa.notes[0] == "5 rademacher directions, seed 9, fresh at every call"
    assert "distance 1.53e-05" in spsa.notes[2]
    assert spsa.total_seconds > 0
    forward = RandomDirections("forward-gradient").prepare(loss, *point()).preparation
    assert forward.sizes == {"loss evaluations": 1, "directions": 1, "forward sweeps": 1}
    assert forward.notes[0] == "1 gaussian direction, seed 0, fresh at every call"


def test_the_loss_is_called_as_often_as_announced() -> None:
    calls = []

    def counted(w: Any) -> Any:
        calls.append(1)
        return np.sum(w**2)

    for provider in PROVIDERS:
        prepared = provider.prepare(counted, np.ones(4))
        calls.clear()
        prepared.value_and_gradient(np.ones(4))
        assert len(calls) == prepared.preparation.sizes["loss evaluations"]


def test_seeds_draw_different_directions() -> None:
    gradients = [
        RandomDirections(seed=seed).prepare(loss, *point()).value_and_gradient(*point())[1]["out"]
        for seed in (0, 1)
    ]
    assert abs(gradients[0][0] - gradients[1][0]).max() > 1e-6


def test_spsa_needs_nothing_but_values() -> None:
    opaque = lambda w: float(np.sum([float(x) ** 2 for x in w]))
    both = dl.value_and_grad(opaque, RandomDirections("spsa", directions=50))
    assert np.all(both(np.array([1.0, -2.0]))[1] * [1, -1] > 0)
    with pytest.raises(TracingError):
        RandomDirections("forward-gradient").prepare(opaque, np.ones(2))


@pytest.mark.parametrize("provider", PROVIDERS, ids=repr)
def test_training_with_random_directions_reduces_the_loss(provider: RandomDirections) -> None:
    f = lambda w: 0.5 * np.sum((w - np.arange(10.0)) ** 2)
    both = dl.value_and_grad(f, provider)
    w = np.zeros(10)
    start = f(w)
    for _ in range(300):
        w = w - 0.1 * both(w)[1]
    assert f(w) < 1e-3 * start
    assert both.preparations == 1


@pytest.mark.parametrize("provider", [*PROVIDERS, RandomDirections(seed=3, step=1e-4)], ids=repr)
def test_providers_are_values(provider: RandomDirections) -> None:
    assert isinstance(provider, GradientProvider)
    assert eval(repr(provider)) == pickle.loads(pickle.dumps(provider)) == provider
    with pytest.raises(AttributeError):
        provider.seed = 1  # type: ignore[misc]


def test_names_are_specs() -> None:
    assert [provider.name for provider in PROVIDERS] == [
        "spsa",
        "forward-gradient",
        "forward-gradient:rademacher",
        "forward-gradient:orthonormal",
    ]
    assert RandomDirections("forward-gradient", "gaussian").name == "forward-gradient"


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"directions": 0}, UsageError, "directions=0"),
        ({"directions": -3}, UsageError, "directions=-3"),
        ({"directions": 2.0}, UsageError, r"directions=2\.0"),
        ({"seed": -1}, UsageError, "seed -1"),
        ({"seed": None}, UsageError, "seed None"),
        ({"seed": 2**128}, UsageError, "no seed"),
        ({"kind": "cauchy"}, UnknownNameError, "gaussian"),
        ({"method": "spza"}, UnknownNameError, "spsa"),
        ({"kind": "gaussian"}, UsageError, "arbitrarily close to 0"),
        ({"kind": "orthonormal"}, UsageError, "forward-gradient"),
        ({"step": 0.0}, UsageError, "no step"),
        ({"step": float("inf")}, UsageError, "no step"),
        ({"step": float("nan")}, UsageError, "no step"),
        ({"step": -1e-3}, UsageError, "no step"),
        ({"step": "small"}, UsageError, "step 'small' is no step"),
        ({"step": True}, UsageError, "step True is no step"),
        ({"seed": 1.5}, UsageError, r"seed 1\.5"),
        ({"seed": True}, UsageError, "seed True"),
        ({"directions": "3"}, UsageError, "directions='3'"),
        ({"directions": True}, UsageError, "directions=True"),
        ({"method": "forward-gradient", "step": 1e-3}, UsageError, "takes no step"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: Any, kind: Any, says: str) -> None:
    with pytest.raises(kind, match=says) as raised:
        RandomDirections(**options)
    assert raised.value.why
    assert raised.value.instead


# --- an MLP, against the derivative along the same direction by autodiff ----------------------


def network(dtype: Any = np.float64) -> tuple[Any, Any, Any]:
    """2-8-8-1 and 40 points of sin(3 x0) + x1."""
    rng = np.random.default_rng(3)
    sizes = [(2, 8), 8, (8, 8), 8, (8, 1), 1]
    params = [(rng.normal(size=s) / 2).astype(dtype) for s in sizes]
    x = rng.uniform(-1, 1, (40, 2)).astype(dtype)
    return params, x, (np.sin(3 * x[:, :1]) + x[:, 1:]).astype(dtype)


def mlp(params: Any, x: Any, y: Any) -> Any:
    w1, b1, w2, b2, w3, b3 = params
    return np.mean((np.tanh(np.tanh(x @ w1 + b1) @ w2 + b2) @ w3 + b3 - y) ** 2)


@pytest.mark.parametrize(
    ("provider", "dtype", "tolerance"),
    [
        (RandomDirections("spsa"), np.float64, 1e-8),
        (RandomDirections("spsa"), np.float32, 1e-2),
        (RandomDirections("forward-gradient"), np.float64, 1e-13),
        (RandomDirections("forward-gradient"), np.float32, 1e-5),
        (RandomDirections("forward-gradient", "rademacher"), np.float64, 1e-13),
        (RandomDirections("forward-gradient", "orthonormal"), np.float64, 1e-13),
    ],
    ids=str,
)
def test_slopes_are_those_of_autodiff_along_the_same_direction(
    provider: RandomDirections, dtype: Any, tolerance: float
) -> None:
    arguments = network(dtype)
    gradient = ravel(flatten(dl.grad(mlp)(*network()))[0])
    prepared = provider.prepare(mlp, *arguments)
    for call in range(10):
        found = ravel(flatten(prepared.value_and_gradient(*arguments)[1])[0]).astype(float)
        (v,) = draw(provider.drawn, len(gradient), 1, stream(provider.seed, call))
        slope = found @ v / (v @ v)
        assert slope == pytest.approx(gradient @ v, abs=tolerance * np.linalg.norm(gradient))
        np.testing.assert_allclose(found, slope * v, atol=1e-6 * np.linalg.norm(found))


def test_a_seed_that_is_another_shows() -> None:
    """The negative control: directions of another seed do not explain the estimate."""
    arguments = network()
    found = RandomDirections(seed=1).prepare(mlp, *arguments).value_and_gradient(*arguments)[1]
    flat = ravel(flatten(found)[0])
    (v,) = draw("rademacher", len(flat), 1, stream(0, 0))
    assert not np.allclose(flat, flat @ v / (v @ v) * v, atol=1e-3 * np.linalg.norm(flat))


@pytest.mark.parametrize("provider", PROVIDERS, ids=repr)
def test_a_small_network_learns_from_them(provider: RandomDirections) -> None:
    params, x, y = network()
    start = mlp(params, x, y)
    both = dl.value_and_grad(mlp, RandomDirections(provider.method, provider.kind, directions=8))
    for _ in range(250):
        _, gradient = both(params, x, y)
        params = [p - 0.02 * g for p, g in zip(params, gradient)]
    assert mlp(params, x, y) < 0.5 * start


@pytest.mark.parametrize("provider", [PROVIDERS[0], PROVIDERS[1], PROVIDERS[3]], ids=repr)
def test_the_mean_over_n_calls_comes_closer_as_one_over_root_n(provider: RandomDirections) -> None:
    arguments = network()
    gradient = ravel(flatten(dl.grad(mlp)(*arguments))[0])
    prepared = RandomDirections(provider.method, provider.kind, directions=4).prepare(
        mlp, *arguments
    )
    found = np.array(
        [ravel(flatten(prepared.value_and_gradient(*arguments)[1])[0]) for _ in range(1024)]
    )
    sizes = [16, 64, 256]
    errors = []
    for size_ in sizes:  # root mean square over the groups of so many calls
        means = found.reshape(-1, size_, len(gradient)).mean(axis=1)
        errors.append(np.sqrt(np.mean(np.sum((means - gradient) ** 2, axis=1))))
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.1)


def test_what_only_the_parameters_tell_is_refused_at_preparation() -> None:
    provider = RandomDirections("forward-gradient", "orthonormal", directions=13)
    with pytest.raises(UsageError, match="directions=12"):
        provider.prepare(loss, *point())
    rng = np.random.default_rng(0)
    for each in PROVIDERS:
        with pytest.raises(UsageError, match="and then"):
            each.prepare(lambda w: np.sum(w) * rng.random(), np.ones(4))
        with pytest.raises(NonScalarLossError):
            each.prepare(lambda w: w, np.ones(4))
        with pytest.raises(PreparationMismatchError, match="float32"):
            each.prepare(loss, *point()).value_and_gradient(*point(np.float32))


def test_a_loss_that_is_not_finite_has_a_gradient_of_nan() -> None:
    def f(w: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.sum(np.log(w))

    _, gradient = RandomDirections().prepare(f, np.zeros(2)).value_and_gradient(np.zeros(2))
    assert np.all(np.isnan(gradient))
