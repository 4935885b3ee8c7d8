"""Layers without nonlinearity are a plane, whatever the optimizer and the provider."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import nn
from difflab.tasks.linear_collapse import collapse, difference, summary
from tests.tasks.helpers import assert_drawn, assert_expected, run

SMALL = {"compared": (6,), "optimizers": ("sgd", "adam"), "evaluations": 5}


def test_narrow_networks_end_at_least_squares_too() -> None:
    result = run("linear-collapse", options=SMALL, steps=400)
    for name in ("smallest loss", "largest loss"):
        assert result.measured[name] == pytest.approx(0.9171158675, abs=1e-6)
    assert result.measured["largest |net - collapsed|"] < 1e-12
    assert_drawn(result)
    assert f"{result.measured['largest loss']:.9f}" in result.lesson


@pytest.mark.parametrize("provider", ["autodiff", "symbolic", "finite-difference", "torch"])
def test_every_provider_takes_the_same_way(provider: str) -> None:
    options = {**SMALL, "optimizers": ("sgd",)}
    ours, theirs = (
        run("linear-collapse", which, options=options, steps=5).measured["largest loss"]
        for which in (provider, "autodiff:compiled")
    )
    assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("widths", [(2, 64, 64, 1), (2, 128, 128, 1)])
def test_one_matrix_and_one_bias_reproduce_the_network(widths: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).uniform(0, 10, (50, 2))
    params = nn.initialise(nn.MLP(widths), seed=0)
    assert difference(nn.MLP(widths, "identity"), params, x) < 1e-12
    assert difference(nn.MLP(widths, "tanh"), params, x) > 1e-3


def test_the_chain_of_biases_is_part_of_the_collapse() -> None:
    (w1, b1), (w2, b2), (w3, b3) = nn.initialise(nn.MLP((2, 4, 4, 1)), seed=0)
    weights, biases = collapse([(w1, b1), (w2, b2), (w3, b3)])
    assert np.allclose(weights, w1 @ w2 @ w3, rtol=0, atol=1e-15)
    assert np.allclose(biases, (b1 @ w2 + b2) @ w3 + b3, rtol=0, atol=1e-15)


def test_with_a_nonlinearity_the_losses_are_not_those_of_least_squares() -> None:
    result = run("linear-collapse", options=SMALL, steps=60, activation="tanh")
    assert not result.checks  # the expectations are about the identity
    assert result.measured["largest |net - collapsed|"] > 1e-3


def test_a_wrong_gradient_misses_least_squares() -> None:
    options = {"optimizers": ("sgd",)}
    result = run("linear-collapse", "control:zeros", options={**SMALL, **options}, steps=5)
    assert result.measured["smallest loss"] > 0.92


@pytest.mark.slow
def test_the_lectures_networks_end_at_least_squares_with_every_optimizer() -> None:
    result = run("linear-collapse", "symbolic:matrix")
    assert_expected(result, 4)
    assert len({(row["network"], row["optimizer"]) for row in result.rows}) == 12


def test_the_largest_difference_of_all_networks_is_told() -> None:
    rows = [
        {"network": name, "optimizer": "sgd", "step": 1, "loss": loss, "net - collapsed": apart}
        for name, loss, apart in (("2-1", 1.0, 0.5), ("2-2-1", 2.0, 0.25))
    ]
    assert summary(rows) == {
        "smallest loss": 1.0, "largest loss": 2.0, "largest |net - collapsed|": 0.5,
    }  # fmt: skip
