"""Bounds and step sizes of a gradient: the loss stays inside, and steps are those asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab as dl
from difflab import nn
from difflab.errors import UsageError, WrongGradientError
from difflab.numeric.bounds import Bounded, check_bounds
from difflab.numeric.choose import StepSizes
from difflab.providers.finite_difference import FiniteDifference
from difflab.tree import flatten, ravel


class Watched:
    """A loss that remembers where it was called."""

    def __init__(self) -> None:
        self.points: list[np.ndarray] = []

    def __call__(self, params: Any) -> Any:
        flat = ravel(flatten(params)[0])
        self.points.append(flat)
        return np.sum(np.sin(flat) * np.arange(1.0, flat.size + 1))


@settings(derandomize=True, max_examples=40, deadline=None)
@given(
    st.floats(-2, 1), st.floats(1e-3, 3), st.lists(st.floats(0, 1), min_size=1, max_size=4),
    st.sampled_from(["forward", "backward", "central", "central-4"]),
)  # fmt: skip
def test_the_loss_is_never_called_outside_and_the_slopes_are_right(
    low: float, width: float, shares: list[float], scheme: str
) -> None:
    high = low + width
    w = np.clip(low + np.array([0.0, *shares, 1.0]) * width, low, high)
    f = Watched()
    provider = FiniteDifference(scheme, bounds=(low, high))
    prepared = provider.prepare(f, {"w": w})
    found = prepared.with_error_bars({"w": w})
    assert all(np.all((low <= p) & (p <= high)) for p in f.points)
    truth = np.cos(w) * np.arange(1.0, w.size + 1)
    tolerance = 1e-6 if scheme in ("forward", "backward") else 1e-8
    np.testing.assert_allclose(found.gradient["w"], truth, atol=tolerance * w.size)
    if scheme.startswith("central"):  # both ends, at least
        assert {edge.name for edge in found.edges} >= {
            "params['w'][0]",
            f"params['w'][{w.size - 1}]",
        }


def test_without_bounds_it_would_be_called_outside() -> None:
    f = Watched()
    FiniteDifference("central").prepare(f, np.zeros(2)).value_and_gradient(np.zeros(2))
    assert min(np.min(p) for p in f.points) < 0


def test_steps_follow_the_parameter_where_that_is_asked_for() -> None:
    f = Watched()
    w = np.array([0.0, 1.0, 1000.0])
    provider = FiniteDifference("central", relstep=2.0**-20, absstep=2.0**-22)
    prepared = provider.prepare(f, w)
    assert (
        prepared.preparation.notes[0] == "steps down to 2^n, with relstep=9.53674e-07, "
        "absstep=2.38419e-07"
    )
    f.points.clear()
    prepared.value_and_gradient(w)
    moved = np.max(np.abs(np.array(f.points) - w), axis=0)
    np.testing.assert_array_equal(moved, [2.0**-22, 2.0**-20, 2.0**-11])
    small = 1e-12 * np.ones(2)
    slopes = dl.grad(lambda v: np.sum(np.sin(1e12 * v)), FiniteDifference(scale=1e-12))(small)
    np.testing.assert_allclose(slopes, 1e12 * np.cos(1.0), rtol=1e-8)


def test_a_network_is_evaluated_by_the_loop_where_sizes_are_given() -> None:
    objective = nn.Objective(nn.MLP((2, 3, 1)), nn.squared_error)
    args = nn.initialise(objective.model, 0), np.ones((4, 2)), np.ones((4, 1))
    prepared = FiniteDifference(relstep=1e-6, absstep=1e-6).prepare(objective, *args)
    assert prepared.preparation.sizes == {"loss evaluations": 27}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bounds": (1.0, 0.0)}, "are no interval"),
        ({"bounds": 3.0}, "are no interval"),
        ({"bounds": (0.0, np.nan)}, "are no interval"),
        ({"relstep": -1.0}, "relstep=-1.0 is no size"),
        ({"absstep": 1e-5, "scale": 2.0}, "scale= and absstep= were both given"),
        ({"step": 1e-5, "relstep": 1e-5}, "were both given"),
        ({"step": "abc"}, "step 'abc' is no step"),
        ({"step": True}, "step True is no step"),
        ({"relstep": "abc"}, "relstep='abc' is no size"),
        ({"scale": np.ones(2)}, "scale=array([1., 1.]) is no size"),
        ({"evaluator": "layered", "relstep": 1e-5}, "with the evaluator 'layered'"),
        ({"evaluator": "node", "bounds": (0, 1)}, "with the evaluator 'node'"),
    ],
)
def test_nonsense_is_refused_in_three_parts(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        FiniteDifference(**options)
    assert words in str(caught.value)
    assert caught.value.why
    assert caught.value.instead


def test_parameters_outside_their_bounds_are_named() -> None:
    with pytest.raises(
        UsageError, match=r"params\['w'\]\[1\] = 2 lies outside the bounds \(0, 1\)"
    ):
        FiniteDifference(bounds=(0, 1)).prepare(Watched(), {"w": np.array([0.5, 2.0])})


def test_sizes_can_be_written_into_a_spec_and_the_provider_repeats_itself() -> None:
    found = dl.providers.find("finite-difference,relstep=1e-6,absstep=1e-8")
    assert found == FiniteDifference(relstep=1e-6, absstep=1e-8)
    bounded = FiniteDifference("forward", bounds=(0.0, None))
    assert eval(repr(bounded)) == bounded
    assert str(StepSizes(scale=3.0)) == "scale=3"
    assert check_bounds((None, 1)) == (-np.inf, 1.0)
    assert np.isnan(Bounded(np.sum, 0.0, 1.0)([2.0]))


@pytest.mark.parametrize("other", ["autodiff", "autodiff:compiled", "complex-step", "symbolic"])
def test_bounds_go_with_a_check_that_traces_the_loss_or_leaves_the_real_axis(other: str) -> None:
    inside: list[bool] = []

    def f(w: Any) -> Any:
        if isinstance(w, np.ndarray):
            inside.append(bool(np.all((np.real(w) >= 0) & (np.real(w) <= 2))))
        return np.sum(np.sin(w) * np.array([1.0, 2.0, 3.0]))

    corner = np.array([0.0, 1.0, 0.0])
    prepared = FiniteDifference(bounds=(0.0, 2.0), check=other).prepare(f, corner)
    assert prepared.preparation.notes[-1].startswith("not compared")  # both ways lead out
    edge = np.array([0.0, 1.0, 1.5])
    prepared = FiniteDifference(bounds=(0.0, 2.0), check=other).prepare(f, edge)
    assert (
        prepared.preparation.notes[-1]
        == f"agrees with {dl.providers.find(other).name} along a direction"
    )
    assert all(inside)
    for control in ("control:zeros", "control:flipped-sign"):
        with pytest.raises(WrongGradientError):
            FiniteDifference(bounds=(0.0, 2.0), check=control).prepare(f, edge)
