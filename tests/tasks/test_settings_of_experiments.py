"""Experiments take the settings they are given, or say which ones they have no use for."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import nn, tasks
from difflab.errors import UnknownNameError, UsageError
from difflab.nn import Objective, Stack, member
from difflab.tasks.rows import column
from difflab.tasks.side_by_side import networks, stack_of
from tests.tasks.running import run

SMALL = {
    "kinks": ("compared=3,9", "h=0.01,0.1", "starts=1", "widths=2-3-1"),
    "vanishing": ("depths=2,3", "starts=1", "widths=2-3-1", "n=5"),
    "universal": ("compared=1,2", "starts=2", "n=9", "steps=3"),
    "optimizers": ("compared=sgd,adam", "rates=0.01", "n=9", "steps=3", "widths=2-2-1"),
    "local-optima": ("compared=2", "starts=2", "steps=3"),
    "overfitting": ("few=4", "many=9", "compared=2", "steps=3"),
    "bias-variance": ("compared=1,2", "sets=3", "samples=5", "degrees=2", "steps=3"),
}


@pytest.mark.parametrize("name", SMALL)
def test_every_experiment_runs_in_float32_and_says_what_it_learned(name: str) -> None:
    result = run(name, "autodiff", "dtype=float32", *SMALL[name])
    assert result.rows
    assert result.lesson.endswith(".")
    assert result.price.steps == result.task.experiment.gradients(result.settings)


@pytest.mark.parametrize("name", SMALL)
def test_the_same_seed_gives_the_same_rows_and_another_seed_others(name: str) -> None:
    first, again, other = (
        run(name, "autodiff", *SMALL[name], f"seed={seed}").rows for seed in (3, 3, 4)
    )
    assert str(list(first)) == str(list(again))
    assert str(list(first)) != str(list(other))


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("kinks", "lr=0.5"),
        ("kinks", "steps=7"),
        ("vanishing", "activation=tanh"),
        ("vanishing", "epochs=3"),
        ("universal", "width=16"),
        ("optimizers", "lr=0.5"),
        ("optimizers", "optimizer=sgd"),
        ("local-optima", "width=3"),
        ("local-optima", "initial=he"),
        ("overfitting", "width=16"),
        ("bias-variance", "width=16"),
    ],
)
def test_a_setting_that_would_be_ignored_is_refused(name: str, ignored: str) -> None:
    small = [each for each in SMALL[name] if each.partition("=")[0] not in ("steps", "widths")]
    with pytest.raises(UsageError, match=f"{name} has no use for") as caught:
        run(name, "autodiff", *small, ignored)
    assert "--set" in caught.value.instead


@pytest.mark.parametrize("name", ["universal", "local-optima", "bias-variance"])
def test_a_line_search_for_all_networks_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="lbfgs cannot train networks side by side"):
        run(name, "autodiff", *SMALL[name], "optimizer=lbfgs")


@pytest.mark.parametrize(
    ("name", "wrong", "error", "message"),
    [
        ("kinks", "h=0", UsageError, "h = 0 is no step"),
        ("kinks", "h=-0.1", UsageError, "is no step"),
        ("kinks", "scheme=centrel", UnknownNameError, "'central'"),
        ("vanishing", "large=-1", UsageError, "no standard deviation"),
        ("vanishing", "compared=sigmoyd", UnknownNameError, "'sigmoid'"),
        ("universal", "compared=0", UsageError, "do not describe a network"),
        ("overfitting", "few=9", UsageError, "9 points are compared with 9"),
        ("overfitting", "patience=0", UsageError, "patience"),
        ("bias-variance", "sets=0", UsageError, "sets"),
        ("optimizers", "rates=-1", UsageError, "lr"),
        ("local-optima", "compared=two", UsageError, "'two' is no value"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(
    name: str, wrong: str, error: type, message: str
) -> None:
    given = wrong.partition("=")[0]
    small = [each for each in SMALL[name] if each.partition("=")[0] != given]
    with pytest.raises(error, match=message):
        run(name, "autodiff", *small, wrong)


def test_limits_without_noise_or_with_one_data_set_have_no_ratio() -> None:
    quiet = run("bias-variance", "autodiff", *SMALL["bias-variance"], "noise=0")
    assert quiet.measured["polynomial: variance, largest over smallest model"] == np.inf
    small = [each for each in SMALL["bias-variance"] if not each.startswith("sets")]
    one = run("bias-variance", "autodiff", *small, "sets=1")
    assert column(one.rows, "variance") == (0.0,) * len(one.rows)


def test_other_activations_vanish_at_their_own_rate() -> None:
    result = run("vanishing", "autodiff", "compared=gelu,softplus", *SMALL["vanishing"])
    assert "(gelu)" in result.lesson
    assert "decades per layer, softplus" in result.measured


def test_a_penalty_is_each_networks_own() -> None:
    task = tasks.get("universal")
    settings = tasks.override(task.settings, ["l2=0.1"])
    form = nn.MLP((2, 3, 1))
    stack, params = stack_of(task, settings, form), networks(settings, form, 3)
    x, y = np.ones((2, 2)), np.zeros((2, 1))
    alone = Objective(form, stack.loss, 0.1)
    expected = sum(alone(member(params, k), x, y) for k in range(3))
    assert stack(params, x, y) == pytest.approx(expected, rel=1e-14)
    assert Stack(form, stack.loss)(params, x, y) < expected
    penalised, free = (
        run("universal", "autodiff", *SMALL["universal"], f"l2={l2}").rows for l2 in (10, 0)
    )
    assert column(penalised, "loss") != column(free, "loss")
