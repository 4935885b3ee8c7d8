"""An objective whose value is another than its layers and changes tell is found out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from difflab import nn, providers
from difflab.errors import UsageError
from difflab.nn.losses import Loss
from difflab.numeric.network import changes
from difflab.numeric.network.promise import broken_promise
from difflab.providers.finite_difference import FiniteDifference
from tests.numeric.network.problems import LOSSES, distance, flat, problem, truth


@dataclass(frozen=True)
class Decayed(nn.Objective):
    """Weight decay on top of the loss, which its changes do not tell."""

    decay: float = 1e-3

    def __call__(self, params: Any, x: Any, y: Any) -> Any:
        return super().__call__(params, x, y) + self.decay * sum(np.sum(w**2) for w, _ in params)


BROKEN = {
    "per sample, unsaid": Loss("mine", lambda m, y: np.sum((m - y) ** 2, -1), ""),
    "per output, said per sample": Loss("mine", lambda m, y: (m - y) ** 2, "", per_sample=True),
    "already a mean": Loss("mine", lambda m, y: np.mean((m - y) ** 2), ""),
    "half of its change": Loss(
        "mine", lambda m, y: (m - y) ** 2 / 2, "", change=changes.squared_error_change
    ),
    "a sign": Loss("mine", lambda m, y: (m - y) ** 2, "", change=lambda m, y, d, axis: -d * d),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_losses_of_the_lab_keep_it(activation: str, dtype: Any, loss: nn.Loss) -> None:
    for seed in range(10):
        for scale in (1e-3, 1.0, 1e3):
            objective, (params, x, y) = problem(
                (3, 8, 8, 2), activation, loss, seed=seed, dtype=dtype
            )
            scaled = [(w * dtype(scale), b) for w, b in params]
            assert broken_promise(objective, scaled, x, y) == ""


@pytest.mark.parametrize("loss", BROKEN.values(), ids=BROKEN)
def test_a_loss_that_contradicts_itself_goes_to_the_loop_and_is_named(loss: nn.Loss) -> None:
    """Each of these had a wrong gradient, or a crash, by the layered evaluator."""
    objective, args = problem((2, 5, 3), loss=loss)
    prepared = FiniteDifference().prepare(objective, *args)
    assert "it contradicts itself" in prepared.preparation.notes[-1]
    found = flat(prepared.value_and_gradient(*args)[1])
    assert distance(found, truth(objective, args)) < 1e-8
    for evaluator in ("layered", "node", "batched"):
        with pytest.raises(UsageError, match="contradicts itself") as caught:
            FiniteDifference(evaluator=evaluator).prepare(objective, *args)
        assert "loop" in caught.value.instead


def test_weight_decay_that_the_layers_do_not_know_is_found() -> None:
    honest, args = problem((2, 5, 3))
    decayed = Decayed(honest.model, honest.loss)
    assert "moving all parameters changes it by" in broken_promise(decayed, *args)
    found = providers.get("finite-difference").prepare(decayed, *args).value_and_gradient(*args)
    assert distance(flat(found[1]), truth(decayed, args)) < 1e-8
    assert broken_promise(Decayed(honest.model, honest.loss, decay=0.0), *args) == ""


def test_what_is_not_finite_is_no_contradiction() -> None:
    objective, (params, x, y) = problem()
    x[0, 0] = np.inf
    with np.errstate(invalid="ignore"):
        assert broken_promise(objective, params, x, y) == ""


def test_infinite_weights_make_no_warning_of_their_own() -> None:
    """Moving an infinity by another is not what the caller asked for."""
    objective, (params, x, y) = problem((2, 3, 1))
    infinite = [(np.where(w > 0, np.inf, -np.inf), b) for w, b in params]
    assert broken_promise(objective, infinite, x, y) == ""
