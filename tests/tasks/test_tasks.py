"""The course's tasks give the numbers that the course expects, and say what is wrong otherwise."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difflab import autodiff, nn, tasks
from difflab.errors import DivergenceError, UnknownNameError, UsageError
from difflab.nn import Gradients, closed_form
from difflab.providers.controls import Control
from difflab.tasks import Expectation, Settings, override
from difflab.tasks.price import Price, estimate, refuse_absurd
from tests.nn.helpers import DATA, OBJECTIVE, Recorder, start

FIXTURE_GRADIENT = {
    "dL/dw1": 0.03828454614565866,
    "dL/db1": 0.07656909229131735,
    "dL/dw2": -0.1546279934597754,
    "dL/db2": -0.2812266869920346,
}


def changed(name: str, **settings: object) -> tasks.TaskResult:
    task = tasks.get(name)
    return tasks.run(task, settings=replace(task.settings, **settings))


HERE = Path(__file__).parent


def has_its_own_file(name: str) -> bool:
    return (HERE / f"test_{tasks.MODULES[name]}.py").exists()


@pytest.mark.parametrize("name", [n for n in tasks.names() if not has_its_own_file(n)])
def test_every_task_meets_what_is_expected_of_it(name: str) -> None:
    result = tasks.run(tasks.get(name))
    assert result.checks, "a task without expectation shows nothing"
    for check in result.checks:
        assert check.within, f"{check.expectation} measured {check.measured}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"optimizer": "sgd", "lr": 0.05},
        {"activation": "sigmoid", "optimizer": "sgd", "lr": 0.05},
        {"activation": "identity"},
    ],
    ids=str,
)
def test_sincos_meets_what_is_expected_of_it(settings: dict[str, object]) -> None:
    result = changed("sincos", **settings)
    assert result.checks
    for check in result.checks:
        assert check.within, f"{check.expectation} measured {check.measured}"


def test_simplest_starts_from_the_fixture_of_the_lecture() -> None:
    task = tasks.get("simplest")
    data, params = task.data(), task.parameters(task.settings)
    objective = task.objective(task.settings)
    value, gradient = autodiff.value_and_grad(objective)(params, data.x, data.y)
    assert value == pytest.approx(0.33133809095635464, rel=1e-15)
    found = [float(leaf.item()) for layer in gradient for leaf in layer]
    assert found == pytest.approx(list(FIXTURE_GRADIENT.values()), rel=1e-14)


def test_the_errata_a_wrong_derivative_can_train_better() -> None:
    """The slide's sigma'(m) at both units ends lower than the true gradient does."""

    def slide(w1: float, b1: float, w2: float, b2: float) -> np.ndarray:
        n = nn.ACTIVATIONS["sigmoid"](np.float64(w1 * 0.5 + b1))
        m = nn.ACTIVATIONS["sigmoid"](np.float64(w2 * n + b2))
        wrong = [nn.ACTIVATIONS["sigmoid"](v) for v in (n, m)]
        at_n, at_m = (s * (1 - s) for s in wrong)
        out = -2 * (1 - m) * at_m
        return np.array([out * w2 * at_n * 0.5, out * w2 * at_n, out * n, out])

    point = np.array([0.8, -0.2, -1.1, 0.3])
    for _ in range(200):
        point = point - 0.5 * slide(*point)
    n = 1 / (1 + np.exp(-(point[0] * 0.5 + point[1])))
    m = 1 / (1 + np.exp(-(point[2] * n + point[3])))
    assert (1 - m) ** 2 == pytest.approx(0.00043185, abs=1e-8)


def test_descent_arrives_below_the_critical_learning_rate_and_diverges_above() -> None:
    assert changed("linear-regression", lr=0.0157).checks[0].within
    with pytest.raises(DivergenceError, match="diverges"):
        changed("linear-regression", lr=0.0166)


def test_standardised_inputs_move_the_critical_learning_rate() -> None:
    result = changed("linear-regression", standardised=True, steps=1)
    assert result.measured["critical learning rate"] == pytest.approx(0.9766, abs=1e-4)


@pytest.mark.parametrize("method", closed_form.METHODS)
def test_every_closed_form_gives_the_same_plane(method: str) -> None:
    data = tasks.get("linear-regression").data()
    fit = closed_form.least_squares(data.x, data.y, method)
    assert fit.loss == pytest.approx(0.9171158675, abs=1e-10)
    assert fit.weights.ravel() == pytest.approx([-0.00379652, -0.06883877], abs=1e-8)
    assert fit.biases == pytest.approx([0.45994084], abs=1e-8)
    assert closed_form.hessian_eigenvalues(data.x) == pytest.approx(
        [0.294, 16.98, 120.98], rel=2e-3
    )


def test_zero_weights_give_the_logarithm_of_ten_on_digits() -> None:
    task = tasks.get("digits")
    settings = replace(task.settings, initial="zeros")
    data = task.dataset(settings)
    loss = task.objective(settings)(task.parameters(settings), data.x, data.y)
    assert float(loss) == pytest.approx(np.log(10), rel=1e-14)


def test_a_wrong_gradient_misses_the_expectation() -> None:
    result = tasks.run(tasks.get("simplest"), Control("zeros"))
    assert not result.checks[0].within
    result = tasks.run(tasks.get("simplest"), Control("flipped-sign"))
    assert not result.checks[0].within


def test_a_fixture_does_not_overrule_what_was_asked_for() -> None:
    task = tasks.get("simplest")
    zeros = task.parameters(replace(task.settings, initial="zeros"))
    assert not any(leaf.any() for layer in zeros for leaf in layer)


def test_every_provider_starts_from_the_same_parameters() -> None:
    task = tasks.get("sincos-small")
    first, second = task.parameters(task.settings), task.parameters(task.settings)
    assert all(np.array_equal(a, b) for x, y in zip(first, second) for a, b in zip(x, y))


def test_an_expectation_holds_for_its_settings_only() -> None:
    task = tasks.get("simplest")
    expectation = Expectation("loss", 0, 1, "", given={"lr": 0.1})
    assert expectation.applies(replace(task.settings, lr=0.1), task.settings)
    assert not expectation.applies(task.settings, task.settings)
    assert not task.check(replace(task.settings, steps=3), {"loss": 0.0025})


def test_the_ends_of_an_interval_can_be_told_apart() -> None:
    assert Expectation("n", 0, 0, "").interval == "0 to 0"
    for task in map(tasks.get, tasks.names()):
        for expectation in task.expectations:
            low, high = expectation.interval.split(" to ")
            assert (low == high) == (expectation.low == expectation.high)


def test_overrides_are_read_by_name() -> None:
    settings = override(
        Settings((2, 64, 64, 1)), ["width=8", "batch-size=32", "standardised=no", "dtype=float32"]
    )
    assert settings.widths == (2, 8, 8, 1)
    assert (settings.batch_size, settings.standardised, settings.dtype) == (32, False, "float32")
    assert override(settings, ["batch_size=all", "widths=2-3-1"]).widths == (2, 3, 1)


@pytest.mark.parametrize(
    ("assignment", "error", "message"),
    [
        ("lr", UsageError, "name=value"),
        ("lr=fast", UsageError, "'fast' is no value for lr"),
        ("dtype=float16", UsageError, "float32 or dtype=float64"),
        ("standardised=2", UsageError, "standardised"),
        ("stepz=3", UnknownNameError, "steps"),
    ],
)
def test_overrides_that_make_no_sense(assignment: str, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        override(Settings((2, 1)), [assignment])


def test_an_unknown_task_comes_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="'sincos'"):
        tasks.get("sincoss")


def test_an_absurd_run_is_refused_with_its_price() -> None:
    with pytest.raises(UsageError, match=r"about 6\.11 h with finite") as caught:
        refuse_absurd(Price(0.0, 11.0, 2000, 8834), "finite-difference:central")
    assert "8,834 losses per gradient" in str(caught.value)
    assert "--gradient autodiff, or" in caught.value.instead
    refuse_absurd(Price(0.0, 0.001, 2000, 1), "autodiff")
    with pytest.raises(UsageError) as caught:
        refuse_absurd(Price(0.0, 1.0, 2000, 1), "autodiff")
    assert caught.value.instead.startswith("--set steps=10")


def test_a_slow_first_gradient_does_not_make_the_price() -> None:
    def wait(call: int, *answer: Any) -> Any:
        time.sleep(0.4 if call == 1 else 0)
        return answer

    gradients = Gradients(OBJECTIVE, Recorder(spoil=wait))
    price = estimate(gradients, OBJECTIVE, start(), DATA.x, DATA.y, steps=10)
    assert price.gradient < 0.4


def test_a_run_through_slow_differences_is_refused_before_it_starts() -> None:
    task = tasks.get("sincos")
    with pytest.raises(UsageError, match="this run would take about"):
        tasks.run(task, "finite-difference:central:loop")


def test_a_loop_over_a_network_is_told_what_the_layered_evaluator_needs() -> None:
    told: list[Price] = []
    for spec in ("finite-difference:central:loop", "finite-difference:central"):
        settings = replace(tasks.get("sincos-small").settings, steps=2)
        tasks.run(tasks.get("sincos-small"), spec, settings, announce=told.append)
    loop, layered = told
    assert loop.quicker == "finite-difference:central:layered"
    assert "finite-difference:central:layered needs" in str(loop)
    assert (loop.evaluations, loop.moves) == (75, 0)
    assert (layered.quicker, layered.moves) == ("", 74)
    assert "74 moves through the layers per gradient" in str(layered)
    with pytest.raises(UsageError, match="--gradient finite-difference:central:layered"):
        refuse_absurd(replace(loop, gradient=1e6), "finite-difference:central:loop")


def test_learning_rates_follow_the_optimizer() -> None:
    task = tasks.get("sincos-small")
    assert task.with_optimizer("sgd").lr == task.rates["sgd"]
    assert task.with_optimizer(task.settings.optimizer) == task.settings
    with pytest.raises(UnknownNameError, match="adam"):
        task.with_optimizer("adan")


def test_float32_settings_train_in_float32() -> None:
    result = changed("sincos-small", dtype="float32", steps=3)
    assert all(leaf.dtype == np.float32 for layer in result.training.params for leaf in layer)


def test_the_price_is_announced_before_the_first_step() -> None:
    told: list[Price] = []
    steps: list[int] = []

    def count(row: nn.Step, _: object) -> None:
        assert told
        steps.append(row.step)

    task = tasks.get("simplest")
    tasks.run(task, announce=told.append, callbacks=[count])
    assert told[0].steps == len(steps) == 200


def test_steps_replace_the_epochs_of_a_task() -> None:
    counted = Settings((1, 1), batch_size=10, epochs=5)
    assert counted.total_steps(100) == 50
    assert override(counted, ["steps=3"]).total_steps(100) == 3
    assert override(override(counted, ["steps=3"]), ["epochs=2"]).total_steps(100) == 20
