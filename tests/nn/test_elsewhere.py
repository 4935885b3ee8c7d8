"""The table of other libraries' rules: each differs from ours, and is what that library does."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from difflab.errors import UsageError
from difflab.nn.optimizers import Adam, elsewhere, same_name_other_algorithm

ROWS = same_name_other_algorithm(3)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['rule']} of {row['library']}")
def test_every_variant_differs_far_beyond_rounding(row: dict) -> None:
    assert row["difference"] > 1e-8  # our rules agree with torch's to 1e-14
    assert row["difference"] >= abs(row["here"] - row["there"])


def test_columns_are_those_of_a_table() -> None:
    columns = ["rule", "library", "what differs", "steps", "here", "there", "difference"]
    assert all(list(row) == columns for row in ROWS)


def test_a_variant_equal_to_ours_would_show_no_difference() -> None:
    def adam_here(w: float, g: float, t: int, memory: tuple) -> tuple:
        m, v = 0.9 * memory[0] + 0.1 * g, 0.999 * memory[1] + 0.001 * g * g
        scale = v**0.5 / (1 - 0.999**t) ** 0.5 + 1e-8
        return w - 0.1 / (1 - 0.9**t) * m / scale, (m, v)

    w = u = 1.0
    memory, state = (0.0, 0.0), Adam(0.1).init(1.0)
    for t in range(1, 4):
        w, memory = adam_here(w, w, t, memory)
        u, state = Adam(0.1).step(u, u, state)
    assert abs(w - u) < 1e-14


def walk(rule, steps: int = 5) -> list[float]:
    w, memory, seen = 1.0, (0.0, 0.0), []
    for t in range(1, steps + 1):
        w, memory = rule(w, w, t, memory)
        seen.append(w)
    return seen


def test_the_adam_of_scikit_learn_is_what_scikit_learn_does() -> None:
    w = [np.ones(1)]
    theirs, seen = AdamOptimizer(w, learning_rate_init=0.1), []
    for _ in range(5):
        theirs.update_params(w, [w[0].copy()])
        seen.append(float(w[0][0]))
    np.testing.assert_allclose(walk(elsewhere.adam_early_eps), seen, rtol=1e-14)


def test_the_momentum_of_scikit_learn_is_what_scikit_learn_does() -> None:
    w = [np.ones(1)]
    theirs = SGDOptimizer(w, learning_rate_init=0.1, momentum=0.9, nesterov=False)
    seen = []
    for t in range(1, 6):
        theirs.learning_rate = elsewhere.HALVING(t)
        theirs.update_params(w, [w[0].copy()])
        seen.append(float(w[0][0]))
    np.testing.assert_allclose(walk(elsewhere.momentum_with_inner_rate), seen, rtol=1e-14)


def test_the_first_steps_of_the_others_by_hand() -> None:
    # g = 1 at w = 1: a tenth of the step; sqrt(.01 + 1e-8); sqrt(.99 + .01) + 1e-8
    assert walk(elsewhere.momentum_with_share, 1) == [pytest.approx(0.99, abs=1e-15)]
    assert walk(elsewhere.rmsprop_inner_eps, 1) == [pytest.approx(1 - 0.1 / (0.01 + 1e-8) ** 0.5)]
    assert walk(elsewhere.rmsprop_from_one, 1) == [pytest.approx(1 - 0.1 / (1 + 1e-8))]


def test_no_steps_make_no_table() -> None:
    with pytest.raises(UsageError, match="1 or more"):
        same_name_other_algorithm(0)
