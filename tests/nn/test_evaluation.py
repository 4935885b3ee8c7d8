"""Losses on many samples are evaluated in parts, and are what they are at once."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import nn
from difflab.nn.evaluation import PART, loss_of, outputs_of, parts

SAMPLES = 2 * PART + 17


@pytest.fixture
def problem() -> tuple[nn.MLP, list, np.ndarray, np.ndarray]:
    net = nn.MLP((3, 5, 2))
    rng = np.random.default_rng(0)
    return net, nn.initialise(net, 0), rng.normal(size=(SAMPLES, 3)), rng.normal(size=(SAMPLES, 2))


def test_parts_cover_every_sample_once() -> None:
    seen = np.concatenate([np.arange(SAMPLES)[part] for part in parts(SAMPLES)])
    assert np.array_equal(seen, np.arange(SAMPLES))
    assert max(part.stop - part.start for part in parts(SAMPLES)) == PART


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("name", ["squared-error", "sum-squared-error"])
def test_the_loss_and_its_penalty_are_those_of_all_samples(problem, name: str, l2: float) -> None:
    net, params, x, y = problem
    objective = nn.Objective(net, nn.loss(name), l2)
    assert loss_of(objective, params, x, y) == pytest.approx(objective(params, x, y), rel=1e-13)


def test_outputs_are_those_of_all_samples(problem) -> None:
    net, params, x, _ = problem
    assert np.allclose(outputs_of(net, params, x), net(params, x), rtol=0, atol=1e-14)


def test_a_function_of_ones_own_is_asked_once_for_all_samples() -> None:
    sizes = []

    def loss(params, x, y):
        sizes.append(len(x))
        return np.max(x)  # no mean: parts could not be joined

    x = np.arange(float(SAMPLES))
    assert loss_of(loss, 1.0, x, x) == SAMPLES - 1
    assert sizes == [SAMPLES]
