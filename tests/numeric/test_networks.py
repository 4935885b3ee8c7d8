"""Accuracy on networks: the gates of the design, over several seeds."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import difflab.numeric
from difflab import nn
from difflab.accuracy import gradient_error
from difflab.autodiff import value_and_grad
from difflab.providers.complex_step import ComplexStep
from difflab.providers.finite_difference import FiniteDifference

# relative L2 error; the worst of 20 seeds is 4 to 20 times smaller
GATES = {
    FiniteDifference("forward"): 1e-5,
    FiniteDifference("backward"): 1e-5,
    FiniteDifference("central"): 1e-8,
    FiniteDifference("central-4"): 1e-10,
    FiniteDifference("central-6"): 1e-9,
    FiniteDifference("central-8"): 1e-10,
    ComplexStep(): 1e-13,
}


def simplest(seed: int) -> tuple[nn.Objective, tuple[Any, ...]]:
    model = nn.MLP((1, 1, 1), "sigmoid", "sigmoid")
    args = (nn.initialise(model, seed), np.array([[0.5]]), np.array([[1.0]]))
    return nn.Objective(model, nn.squared_error), args


def mlp(seed: int, activation: str = "tanh") -> tuple[nn.Objective, tuple[Any, ...]]:
    model = nn.MLP((2, 4, 4, 1), activation)
    rng = np.random.default_rng(1000 + seed)
    args = (nn.initialise(model, seed), rng.normal(size=(16, 2)), rng.normal(size=(16, 1)))
    return nn.Objective(model, nn.squared_error), args


def error(provider: Any, problem: Any, seed: int) -> float:
    objective, args = problem(seed)
    truth_value, truth = value_and_grad(objective)(*args)
    value, gradient = provider.prepare(objective, *problem(seed + 1)[1]).value_and_gradient(*args)
    assert value == truth_value
    return gradient_error(gradient, truth).relative_l2


@pytest.mark.parametrize("provider", GATES, ids=repr)
@pytest.mark.parametrize("problem", [simplest, mlp])
def test_gradients_of_networks_are_right(problem: Any, provider: Any) -> None:
    assert max(error(provider, problem, seed) for seed in range(5)) < GATES[provider]


def test_the_gates_tell_the_methods_apart() -> None:
    """The negative control: each coarser method fails the gate of the next finer one."""
    forward, central = (FiniteDifference(name, evaluator="loop") for name in ("forward", "central"))
    exact = ComplexStep()
    assert error(forward, mlp, 0) > GATES[FiniteDifference("central")]
    assert error(central, mlp, 0) > GATES[exact]


def test_the_square_root_of_epsilon_is_the_wrong_step_for_central_differences() -> None:
    usual = FiniteDifference("central", step=2.0**-26)
    assert error(usual, mlp, 0) > 20 * error(FiniteDifference(), mlp, 0)
    black_box = {"scheme": "central", "evaluator": "loop"}
    usual = FiniteDifference(step=2.0**-26, **black_box)
    assert error(usual, mlp, 0) > 20 * error(FiniteDifference(**black_box), mlp, 0)


def test_rectifiers_agree_away_from_their_kinks() -> None:
    relu = lambda seed: mlp(seed, "relu")
    assert error(ComplexStep(), relu, 0) < 1e-13
    assert error(FiniteDifference(), relu, 0) < 1e-8


def test_the_fixture_of_the_lecture() -> None:
    model = nn.MLP((1, 1, 1), "sigmoid", "sigmoid")
    params = [(np.array([[0.8]]), np.array([-0.2])), (np.array([[-1.1]]), np.array([0.3]))]
    args = (params, np.array([[0.5]]), np.array([[1.0]]))
    objective = nn.Objective(model, nn.squared_error)
    expected = [0.03828454614565866, 0.07656909229131735, -0.1546279934597754, -0.2812266869920346]
    for provider, gate in GATES.items():
        value, gradient = provider.prepare(objective, *args).value_and_gradient(*args)
        found = [leaf.item() for layer in gradient for leaf in layer]
        assert value == pytest.approx(0.33133809095635464, rel=1e-15)
        np.testing.assert_allclose(found, expected, rtol=10 * gate)


def test_the_numerical_engine_imports_no_other_engine() -> None:
    for path in Path(difflab.numeric.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not str(node.module).startswith(
                    ("difflab.autodiff", "difflab.symbolic", "difflab.providers")
                ), path.name
