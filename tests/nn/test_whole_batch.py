"""L-BFGS and Newton's method: one step on a bowl, few on networks, and every way to go wrong."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from difflab import providers
from difflab.datasets import sincos, standardise
from difflab.errors import DivergenceError, UsageError
from difflab.nn import MLP, Objective, initialise, optimizer, squared_error
from difflab.nn.hessian_products import hessian_vector_product
from difflab.nn.optimizers import LBFGS, WHOLE_BATCH, Newton, Problem, WholeBatch
from difflab.nn.optimizers.newton import conjugate_gradients
from difflab.nn.optimizers.whole_batch import Flat
from difflab.tree import flatten, ravel

MATRIX = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 2.0]])
TARGET = np.array([1.0, -2.0, 0.5])
BOWL = Problem(
    lambda w: (0.5 * (w - TARGET) @ MATRIX @ (w - TARGET), MATRIX @ (w - TARGET)),
    lambda w, v: MATRIX @ v,
)
SADDLE = Problem(  # (w0^2 - 1)^2 + w1^2: indefinite where |w0| < 1/sqrt 3, minima at w0 = +-1
    lambda w: (
        (w[0] ** 2 - 1) ** 2 + w[1] ** 2,
        np.array([4 * w[0] * (w[0] ** 2 - 1), 2 * w[1]]),
    ),
    lambda w, v: np.array([(12 * w[0] ** 2 - 4) * v[0], 2 * v[1]]),
)


def rosenbrock(w: Any) -> Any:
    return np.sum(100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2)


def on(method: str, f: Any, params: Any, *contexts: Any) -> Problem:
    """The problem of making f smaller, with a provider's derivatives."""
    provider = providers.get(method)
    prepared = provider.prepare(f, params, *contexts)
    product = hessian_vector_product(provider, f, prepared)
    return Problem(
        lambda w: prepared.value_and_gradient(w, *contexts),
        lambda w, v: product(w, v, *contexts),
    )


def path(method: WholeBatch, problem: Problem, start: Any, steps: int) -> list[tuple[Any, float]]:
    """Every point reported, with its value."""
    seen: list[tuple[Any, float]] = []
    reached = method.minimise(problem, start, steps, lambda w, v, g: bool(seen.append((w, v))))
    if seen:
        assert ravel(flatten(reached)[0]).tobytes() == ravel(flatten(seen[-1][0])[0]).tobytes()
    return seen


def adam(problem: Problem, params: Any, steps: int, lr: float) -> float:
    chosen = optimizer("adam", lr=lr)
    state = chosen.init(params)
    for _ in range(steps):
        params, state = chosen.step(params, problem.value_and_gradient(params)[1], state)
    return float(problem.value_and_gradient(params)[0])


def test_one_newton_step_solves_a_quadratic() -> None:
    seen = path(Newton(), BOWL, np.zeros(3), 1)
    np.testing.assert_allclose(seen[0][0], TARGET, rtol=1e-12)
    assert seen[0][1] < 1e-24


def test_lbfgs_needs_a_few_steps_for_a_quadratic() -> None:
    seen = path(LBFGS(), BOWL, np.zeros(3), 30)
    np.testing.assert_allclose(seen[-1][0], TARGET, rtol=1e-7)
    assert 1 < len(seen) < 12


@pytest.mark.parametrize("name", WHOLE_BATCH)
def test_rosenbrock_is_solved_far_sooner_than_by_adam(name: str) -> None:
    start = np.array([-1.2, 1.0])
    problem = on("autodiff:compiled", rosenbrock, start)
    seen = path(optimizer(name), problem, start, 60)
    np.testing.assert_allclose(seen[-1][0], [1.0, 1.0], atol=1e-6)
    assert seen[-1][1] < 1e-12
    assert adam(problem, start, 600, lr=0.02) > 1e-4


def test_losses_fall_at_every_step() -> None:
    start = np.array([-1.2, 1.0])
    for name in WHOLE_BATCH:
        values = [v for _, v in path(optimizer(name), on("autodiff", rosenbrock, start), start, 60)]
        assert all(after <= before for before, after in pairwise(values))


XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([[0.0], [1.0], [1.0], [0.0]])


@pytest.mark.parametrize("name", WHOLE_BATCH)
@pytest.mark.parametrize("seed", range(3))
def test_xor_is_solved_far_sooner_than_by_adam(name: str, seed: int) -> None:
    net = MLP((2, 3, 1), "tanh")
    start, f = initialise(net, seed=seed), Objective(net, squared_error)
    problem = on("symbolic:matrix", f, start, XOR_X, XOR_Y)
    seen = path(optimizer(name), problem, start, 30)
    assert seen[-1][1] < 1e-12
    assert adam(problem, start, 60, lr=0.02) > 1e-6


@pytest.mark.parametrize("name", WHOLE_BATCH)
def test_a_small_sincos_network_gets_lower_than_by_adam(name: str) -> None:
    net, data = MLP((2, 6, 1), "tanh"), standardise(sincos(100, grid=5))
    start, f = initialise(net, seed=0), Objective(net, squared_error)
    problem = on("symbolic:matrix", f, start, data.x, data.y)
    seen = path(optimizer(name), problem, start, 40)
    assert seen[-1][1] < adam(problem, start, 40, lr=0.05)


def test_three_engines_take_the_same_newton_steps() -> None:
    net = MLP((2, 3, 1), "tanh")
    start, f = initialise(net, seed=0), Objective(net, squared_error)
    paths = [
        path(Newton(), on(method, f, start, XOR_X, XOR_Y), start, 20)
        for method in ("autodiff", "symbolic:matrix", "finite-difference:central")
    ]
    tape, matrix, differences = ([ravel(flatten(w)[0]) for w, _ in each] for each in paths)
    for mine, wanted in zip(matrix[:5], tape):
        np.testing.assert_allclose(mine, wanted, atol=1e-8)
    # later, a curvature of nearly 0 is positive to one and negative to the other
    for mine, wanted in zip(differences[:2], tape):
        np.testing.assert_allclose(mine, wanted, atol=2e-6)
    assert all(each[-1][1] < 1e-10 for each in paths)


def test_negative_curvature_is_damped_and_a_saddle_is_left() -> None:
    start = np.array([0.1, 1.0])  # the Hessian has the eigenvalue -3.9 along w0
    seen = path(Newton(), SADDLE, start, 30)
    np.testing.assert_allclose(seen[-1][0], [1.0, 0.0], atol=1e-8)
    # a bare Newton step would go uphill, to the maximum at w0 = 0
    bare = start - SADDLE.value_and_gradient(start)[1] / np.array([12 * 0.01 - 4, 2])
    assert abs(bare[0]) < 0.01


def test_conjugate_gradients_solve_and_tell_negative_curvature() -> None:
    rng = np.random.default_rng(0)
    root = rng.normal(size=(8, 8))
    a, b = root @ root.T + np.eye(8), rng.normal(size=8)
    np.testing.assert_allclose(
        conjugate_gradients(lambda v: a @ v, b, 1e-14, 50).solution, np.linalg.solve(a, b)
    )
    found = conjugate_gradients(lambda v: np.array([1.0, -1.0]) * v, np.array([1.0, 2.0]), 1e-9, 9)
    assert found.negative == pytest.approx(-0.6)
    assert conjugate_gradients(lambda v: v * np.nan, b, 1e-9, 9).negative is not None


@pytest.mark.parametrize("name", WHOLE_BATCH)
def test_nests_scalars_and_float32_come_back_as_they_were(name: str) -> None:
    def f(params: Any) -> Any:
        return np.sum((params["w"] - 2) ** 2) + (params["b"][0] + 1) ** 2

    for dtype in (np.float64, np.float32):
        start = {"w": np.ones((2, 2), dtype), "b": (dtype(0.5),)}
        before = [np.array(leaf) for leaf in flatten(start)[0]]
        seen: list[Any] = []
        reached = optimizer(name).minimise(
            on("autodiff", f, start), start, 20, lambda w, v, g: bool(seen.append((w, g)))
        )
        np.testing.assert_allclose(reached["w"], 2.0, rtol=1e-4)
        for nest in (reached, *seen[0]):
            leaves, structure = flatten(nest)
            assert structure == flatten(start)[1]
            assert [leaf.dtype for leaf in leaves] == [np.dtype(dtype)] * 2
            assert [np.shape(leaf) for leaf in leaves] == [(), (2, 2)]
        for leaf, kept in zip(flatten(start)[0], before):
            np.testing.assert_array_equal(leaf, kept)


@pytest.mark.parametrize("name", WHOLE_BATCH)
def test_reports_are_of_accepted_points_and_cost_nothing_extra(name: str) -> None:
    start, calls, reports = np.array([-1.2, 1.0]), [], []
    inner = on("autodiff", rosenbrock, start)

    def counted(w: Any) -> Any:
        calls.append(w.tobytes())
        return inner.value_and_gradient(w)

    def report(w: Any, value: float, gradient: Any) -> bool:
        reports.append((w.copy(), value, gradient.copy(), len(calls)))
        return False

    problem = Problem(counted, inner.hessian_vector_product)
    optimizer(name).minimise(problem, start, 15, report)
    assert len(reports) == 15
    assert len(set(calls)) == len(calls)  # nothing is evaluated twice
    assert len(calls) == reports[-1][-1]  # and nothing after the last report
    for w, value, gradient, _ in reports:
        expected, slope = inner.value_and_gradient(w)
        assert value == pytest.approx(expected, rel=1e-14)
        np.testing.assert_allclose(gradient, slope, rtol=1e-12)


@pytest.mark.parametrize("name", WHOLE_BATCH)
def test_a_report_can_end_the_run(name: str) -> None:
    seen: list[Any] = []

    def third(w: Any, value: float, gradient: Any) -> bool:
        seen.append(w)
        return len(seen) == 3

    start = np.array([-1.2, 1.0])
    reached = optimizer(name).minimise(on("autodiff", rosenbrock, start), start, 50, third)
    assert len(seen) == 3
    np.testing.assert_array_equal(reached, seen[-1])


@pytest.mark.parametrize("error", [KeyboardInterrupt, DivergenceError("stop")])
@pytest.mark.parametrize("name", WHOLE_BATCH)
def test_what_a_report_raises_passes_through(name: str, error: Any) -> None:
    def fail(w: Any, value: float, gradient: Any) -> bool:
        raise error

    with pytest.raises(error if isinstance(error, type) else type(error)):
        optimizer(name).minimise(BOWL, np.zeros(3), 5, fail)


@pytest.mark.parametrize("name", WHOLE_BATCH)
def test_a_start_at_the_minimum_stays_there(name: str) -> None:
    assert path(optimizer(name), BOWL, TARGET, 5) == []


@pytest.mark.parametrize("name", WHOLE_BATCH)
def test_a_start_without_a_finite_loss_is_refused(name: str) -> None:
    for spoiled in (np.nan, np.inf):
        problem = Problem(lambda w, s=spoiled: (s, w), lambda w, v: v)
        with pytest.raises(DivergenceError, match=f"cannot start: the loss is {spoiled}"):
            optimizer(name).minimise(problem, np.ones(2), 5, lambda w, v, g: False)
    problem = Problem(lambda w: (1.0, w * np.nan), lambda w, v: v)
    with pytest.raises(DivergenceError, match="its gradient is not finite"):
        optimizer(name).minimise(problem, np.ones(2), 5, lambda w, v, g: False)


@pytest.mark.parametrize("name", WHOLE_BATCH)
def test_a_cliff_on_the_way_is_stepped_back_from(name: str) -> None:
    def value_and_gradient(w: Any) -> Any:  # -log: nothing beyond 1, the minimum inside
        with np.errstate(invalid="ignore", divide="ignore"):
            return float(-np.log(1 - w[0] ** 2) - 0.5 * w[0]), 2 * w / (1 - w**2) - 0.5

    problem = Problem(value_and_gradient, lambda w, v: v * (2 + 2 * w**2) / (1 - w**2) ** 2)
    seen = path(optimizer(name), problem, np.array([-0.95]), 40)
    assert seen[-1][0][0] == pytest.approx(np.sqrt(5) - 2, abs=1e-6)  # 2 w = (1 - w^2) / 2


def test_newton_refuses_large_networks_unless_told() -> None:
    big = np.zeros(5001)
    problem = Problem(lambda w: (0.5 * np.sum((w - 1) ** 2), w - 1), lambda w, v: v)
    with pytest.raises(UsageError, match=r"5,001 parameters(.|\n)*lbfgs(.|\n)*limit=None"):
        optimizer("newton").minimise(problem, big, 1, lambda w, v, g: False)
    told = optimizer("newton", limit=None)
    np.testing.assert_allclose(told.minimise(problem, big, 1, lambda w, v, g: False), 1.0)


def test_newton_needs_curvature() -> None:
    with pytest.raises(UsageError, match="without Hessian-vector products"):
        Newton().minimise(Problem(BOWL.value_and_gradient), np.zeros(3), 1, lambda w, v, g: False)


@pytest.mark.parametrize("name", WHOLE_BATCH)
def test_whole_batch_methods_survive_pickling_and_repr(name: str) -> None:
    chosen = optimizer(name)
    assert isinstance(chosen, WholeBatch)
    assert chosen.lr == 1.0
    assert pickle.loads(pickle.dumps(chosen)) == chosen
    assert eval(repr(chosen)) == chosen


@pytest.mark.parametrize(
    "make",
    [
        lambda: LBFGS(lr=0.1),
        lambda: LBFGS(memory=0),
        lambda: LBFGS(gradient_tolerance=-1.0),
        lambda: Newton(lr=0.0),
        lambda: Newton(damping=-1.0),
        lambda: Newton(cg_steps=0),
        lambda: Newton(limit=2.5),  # type: ignore[arg-type]
        lambda: Newton(cg_tolerance=1.0),
        lambda: optimizer("lbfgs", lr=0.5),
    ],
)
def test_settings_out_of_range_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(UsageError):
        make()


def test_the_damping_is_chosen_from_the_curvature_that_was_met() -> None:
    products: list[Any] = []

    def product(w: Any, v: Any) -> Any:
        products.append(v)
        return SADDLE.hessian_vector_product(w, v)  # type: ignore[misc]

    counted = Problem(SADDLE.value_and_gradient, product)
    path(Newton(), counted, np.array([0.1, 1.0]), 1)
    assert len(products) <= 4  # two to meet it, and two to solve


def test_a_step_has_to_lower_the_value_by_enough() -> None:
    # too small a curvature: the whole step lands at -0.99992, which is hardly lower than 1
    problem = Problem(lambda w: (float(w @ w) / 2, 1.0 * w), lambda w, v: 0.50002 * v)
    ((reached, _),) = path(Newton(), problem, np.ones(1), 1)
    assert abs(reached[0]) < 1e-3


def test_lbfgs_remembers_as_many_steps_as_it_is_told() -> None:
    problem = on("autodiff", rosenbrock, np.zeros(6))
    short, long, longer = (
        path(LBFGS(memory=memory), problem, np.zeros(6), 12)[-1][0] for memory in (1, 12, 40)
    )
    assert not np.allclose(short, long)
    np.testing.assert_array_equal(long, longer)  # there are no more than 12 to remember


def test_the_coarsest_dtype_decides_what_rounding_is() -> None:
    params = [np.ones(2), np.ones(2, np.float32)]
    assert Flat(BOWL, params).eps == np.finfo(np.float32).eps
