"""Evaluators with chosen steps: as accurate as promised, with bars that cover the error."""

from __future__ import annotations

import itertools
import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.datasets import digits, sincos, standardise
from difflab.errors import UsageError
from difflab.numeric.network import blocks
from difflab.numeric.network.gradient import EVALUATORS, recipe
from difflab.numeric.stencils import SCHEMES
from tests.numeric.network.problems import LOSSES, distance, flat, problem, truth, wide


def the_lectures_network(dtype: Any = np.float64) -> tuple[nn.Objective, Any]:
    data, model = standardise(sincos(1000)), nn.MLP((2, 64, 64, 1))
    params = [tuple(leaf.astype(dtype) for leaf in layer) for layer in nn.initialise(model, 0)]
    objective = nn.Objective(model, nn.squared_error)
    return objective, (params, data.x.astype(dtype), data.y.astype(dtype))


def error(objective: nn.Objective, args: Any, scheme: str, evaluator: Any = "layered") -> float:
    made = recipe(objective, *args, SCHEMES[scheme], evaluator)
    return distance(flat(made.gradient(made.evaluate(*args))), truth(objective, args))


@pytest.mark.parametrize(
    ("scheme", "bar"), [("forward", 1e-8), ("central", 3e-12), ("central-6", 1e-14)]
)
@pytest.mark.parametrize("evaluator", ["layered", "node"])
def test_the_lectures_network_is_right_to(evaluator: Any, scheme: str, bar: float) -> None:
    assert error(*the_lectures_network(), scheme, evaluator) <= bar


def test_float32_of_the_fourth_order_is_right_to_5e_7() -> None:
    assert error(*the_lectures_network(np.float32), "central-4") <= 5e-7


def test_softmax_cross_entropy_of_digits_is_right_to_1e_11() -> None:
    data, model = digits(), nn.MLP((64, 32, 10))
    args = nn.initialise(model, 0), data.x[:500], data.y[:500]
    assert error(nn.Objective(model, nn.softmax_cross_entropy), args, "central") <= 1e-11


def test_the_digits_with_relu_lose_nothing_and_cross_no_kink() -> None:
    data, model = digits(), nn.MLP((64, 32, 10), "relu")
    args = nn.initialise(model, 0), data.x, data.y
    objective = nn.Objective(model, nn.softmax_cross_entropy)
    assert error(objective, args, "central") <= 1e-14
    made = recipe(objective, *args, SCHEMES["central"])
    kinks = made.with_bars(made.evaluate(*args)).kinks
    assert kinks is not None
    assert sum(int(np.count_nonzero(counts)) for counts in kinks) == 0


CASES = list(
    itertools.product(
        LOSSES.values(),
        [((2, 5, 3), "tanh"), ((3, 8, 8, 2), "sigmoid"), ((2, 6, 4), "relu")],
        [np.float64, np.float32],
    )
)


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("scheme", ["forward", "central", "central-4", "central-6", "central-8"])
def test_bars_cover_the_error_and_a_thousandth_of_them_does_not(
    scheme: str, evaluator: Any
) -> None:
    """3,216 entries each; over all schemes and evaluators 99.9 % are covered."""
    covered, by_a_thousandth = [], []
    for number, (loss, (widths, activation), dtype) in enumerate(CASES):
        objective, args = problem(widths, activation, loss, 40, seed=number, dtype=dtype)
        made = recipe(objective, *args, SCHEMES[scheme], evaluator)
        bars = made.with_bars(made.evaluate(*args))
        smooth = (
            np.ones(flat(bars.error).shape, bool) if bars.kinks is None else (flat(bars.kinks) == 0)
        )
        wrong = np.abs(flat(bars.gradient) - truth(objective, args))[smooth]
        covered.append(wrong <= flat(bars.error)[smooth])
        by_a_thousandth.append(wrong <= flat(bars.error)[smooth] / 1000)
    assert np.mean(np.concatenate(covered)) > 0.99
    assert np.mean(np.concatenate(by_a_thousandth)) < 0.3


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_bars_are_of_the_size_of_the_error(evaluator: Any) -> None:
    """A bar of 1 would cover everything."""
    objective, args = problem((2, 10, 10, 1), samples=100)
    for scheme, bar in {"central": 1e-9, "central-6": 1e-11}.items():
        made = recipe(objective, *args, SCHEMES[scheme], evaluator)
        bars = made.with_bars(made.evaluate(*args))
        assert np.linalg.norm(flat(bars.error)) < bar * np.linalg.norm(flat(bars.gradient))


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_bars_of_a_given_step_show_its_truncation(evaluator: Any) -> None:
    objective, args = problem((2, 6, 1), samples=40)
    for step in (2.0**-6, 2.0**-9):
        made = recipe(objective, *args, SCHEMES["central"], evaluator, step)
        bars = made.with_bars(made.evaluate(*args))
        wrong = np.abs(flat(bars.gradient) - truth(objective, args))
        assert np.mean(wrong <= flat(bars.error)) > 0.95
        assert np.mean(wrong <= flat(bars.error) / 1000) < 0.2


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("evaluator", ["layered", "batched"])
def test_a_given_step_that_is_lost_beside_a_weight_names_it(evaluator: Any, dtype: Any) -> None:
    objective, (params, x, y) = problem((2, 3, 1), dtype=dtype)
    params[1][0][1, 0] = 3.0
    step = float(np.spacing(dtype(2.5))) / 2
    with pytest.raises(UsageError) as caught:
        recipe(objective, params, x, y, SCHEMES["central"], evaluator, step)
    spelled = np.dtype(dtype).name
    assert f"is below the spacing of {spelled} at params[1][0][1, 0] = 3" in caught.value.what
    least = float(caught.value.instead.removeprefix("use at least "))
    assert np.spacing(dtype(3)) <= least < 1.1 * np.spacing(dtype(3))
    recipe(objective, params, x, y, SCHEMES["central"], evaluator, least)


def test_a_step_of_sums_that_is_lost_beside_them_names_the_layer() -> None:
    objective, (params, x, y) = problem((2, 3, 1))
    params[1][1][:] = 2.0**20
    with pytest.raises(UsageError) as caught:
        recipe(objective, params, x, y, SCHEMES["central"], "node", 1e-12)
    assert "float64 at the sums of layer 2, which reach 1.05e+06" in caught.value.what
    assert "use at least 2.3e-10" in caught.value.instead


def test_the_check_of_a_given_step_follows_the_parameters() -> None:
    objective, (params, x, y) = problem((2, 3, 1))
    made = recipe(objective, params, x, y, SCHEMES["central"], "layered", 1e-12)
    params[0][0][0, 0] = 1e6
    with pytest.raises(UsageError, match=r"params\[0\]\[0\]\[0, 0\] = 1e\+06"):
        made.evaluate(params, x, y)


@pytest.mark.parametrize("evaluator", ["layered", "node", "batched"])
def test_mixed_float_types_are_those_of_the_products(evaluator: Any) -> None:
    """A step of 1e-5 had been rounded to that of float32 inputs, and divided by unrounded."""
    objective, (params, x, y) = problem((2, 5, 1))
    x32, p32 = x.astype(np.float32), [(w.astype(np.float32), b) for w, b in params]
    for args in ((params, x32, y), (p32, x, y)):
        made = recipe(objective, *args, SCHEMES["central-4"], evaluator, 1e-3)
        found = flat(made.gradient(made.evaluate(*args)))
        assert distance(found, truth(objective, wide(args))) < 1e-10


@pytest.mark.parametrize(
    ("widths", "samples", "evaluators", "megabytes"),
    [
        ((2, 64, 64, 1), 1000, ("layered", "node"), 100),
        ((2, 64, 64, 1), 20_000, ("node",), 100),
        ((784, 128, 10), 64, ("node",), 50),
        ((64, 32, 10), 64, ("layered", "batched"), 50),
    ],
)
def test_memory_stays_small(
    widths: tuple[int, ...], samples: int, evaluators: Any, megabytes: float
) -> None:
    objective, args = problem(widths, "relu", samples=samples)
    for evaluator in evaluators:
        tracemalloc.start()
        made = recipe(objective, *args, SCHEMES["central"], evaluator)
        state = made.evaluate(*args)
        if evaluator == "batched":
            made.gradient(state)
        else:
            made.with_bars(state)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < megabytes * 1e6


@pytest.mark.parametrize("evaluator", ["layered", "node"])
def test_over_many_samples_bars_know_the_rounding_of_the_sum_itself(evaluator: Any) -> None:
    """It does not shrink with longer steps; how many entries are missed without it depends on the
    order in which a machine sums, so the widths of the bars are compared."""
    covered: dict[str, list[float]] = {"with": [], "without": []}
    wider: list[bool] = []
    smooth = [loss for loss in LOSSES.values() if loss.kink is None]
    for seed, (loss, activation) in enumerate(itertools.product(smooth, ["tanh", "sigmoid"])):
        objective, args = problem((3, 6, 6, 2), activation, loss, 1000, seed=seed)
        right = truth(objective, args)
        made = recipe(objective, *args, SCHEMES["central-6"], evaluator)
        bare = replace(made, blocks=tuple(replace(block, floor=0.0) for block in made.blocks))
        widths = []
        for name, each in (("with", made), ("without", bare)):
            bars = each.with_bars(each.evaluate(*args))
            widths.append(flat(bars.error))
            wrong = np.abs(flat(bars.gradient) - right)
            covered[name].append(float(np.mean(wrong <= widths[-1])))
        assert np.all(widths[0] >= widths[1])
        wider.append(bool(np.any(widths[0] > 1.5 * widths[1])))
    assert np.mean(covered["with"]) >= 0.99
    assert np.mean(covered["without"]) <= np.mean(covered["with"])
    assert all(wider)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("evaluator", ["layered", "node"])
def test_relu_in_float32_crosses_no_kink_either(evaluator: Any, loss: nn.Loss) -> None:
    """Moves are exact whatever the float type: a step of 2^-16 had crossed 60 kinks, 1 % wrong."""
    for seed in range(3):
        objective, args = problem((3, 8, 8, 2), "relu", loss, 300, seed=seed, dtype=np.float32)
        made = recipe(objective, *args, SCHEMES["central"], evaluator)
        bars = made.with_bars(made.evaluate(*args))
        assert bars.kinks is not None
        assert sum(int(np.count_nonzero(counts)) for counts in bars.kinks) == 0
        assert distance(flat(bars.gradient), truth(objective, args)) <= 1e-6


@pytest.mark.parametrize("evaluator", ["layered", "batched"])
def test_beside_kinks_steps_are_shorter_than_rounding_alone_would_have_them(
    evaluator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    crossed = []
    for shortened in (True, False):
        if not shortened:
            monkeypatch.setattr(blocks, "_away_from_kinks", lambda block, *_: block)
        count = 0
        for seed in range(3):
            objective, args = problem((3, 8, 8, 2), "relu", LOSSES["hinge"], 300, seed=seed)
            made = recipe(objective, *args, SCHEMES["central"], evaluator)
            kinks = made.with_bars(made.evaluate(*args)).kinks
            assert kinks is not None
            count += sum(int(np.count_nonzero(counts)) for counts in kinks)
        crossed.append(count)
    assert crossed[0] == 0 < crossed[1]


def test_a_dense_input_among_sparse_ones_has_the_bar_of_its_own_size() -> None:
    """The ladder draws six inputs of forty, and sees nothing of the size of the largest."""
    missed = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        objective = nn.Objective(nn.MLP((40, 4), "identity"), nn.squared_error)
        x = np.zeros((300, 40))
        x[rng.integers(300, size=39), np.arange(1, 40)] = 1.0
        x[:, 0] = rng.normal(size=300)
        args = nn.initialise(objective.model, seed), x, rng.normal(3.0, 1.0, (300, 4))
        made = recipe(objective, *args, SCHEMES["central"])
        bars = made.with_bars(made.evaluate(*args))
        wrong = np.abs(flat(bars.gradient) - truth(objective, args))
        missed += int(np.count_nonzero(wrong[:4] > flat(bars.error)[:4]))
    assert missed <= 1
