"""Steps and sides that were asked for: powers of two, within bounds, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.errors import ParameterTypeError, UsageError
from difflab.numeric.choose import OTHERS, choose_steps, on_side, steps_within
from difflab.numeric.stencils import SCHEMES, named_stencil
from difflab.numeric.steps import default_exponent, default_step

X = np.array([0.0, 1e-3, -3.0, 1e5])


def test_without_arguments_steps_are_the_default_ones() -> None:
    np.testing.assert_array_equal(choose_steps(X).size, default_step(X, 16))
    np.testing.assert_array_equal(choose_steps(X).side, ["central"] * 4)
    coarse = choose_steps(X, dtype=np.float32).size  # f returns float32
    np.testing.assert_array_equal(coarse, default_step(X, 6))
    assert choose_steps(2.0).size.shape == ()


def test_the_absolute_step_is_a_floor_under_the_relative_one() -> None:
    both = choose_steps(X, relstep=2.0**-20, absstep=2.0**-22).size
    np.testing.assert_array_equal(both, [2.0**-22, 2.0**-22, 2.0**-19, 2.0**-4])
    np.testing.assert_array_equal(choose_steps(X, absstep=2.0**-22).size, [2.0**-22] * 4)
    alone = choose_steps(X, relstep=2.0**-20).size
    np.testing.assert_array_equal(alone, [2.0**-20, 2.0**-20, 2.0**-19, 2.0**-4])


def test_a_scale_takes_the_place_of_max_one_x() -> None:
    np.testing.assert_array_equal(choose_steps(X, scale=2.0**-3).size, [2.0**-19] * 4)
    each = choose_steps(X, scale=np.array([1, 2, 4, 8])).size
    np.testing.assert_array_equal(each * 2**16, [1, 2, 4, 8])
    relative = choose_steps(X, relstep=2.0**-20, scale=2.0**-10).size
    np.testing.assert_array_equal(relative[:2], [2.0**-30, 2.0**-30])


sizes = st.floats(1e-6, 1e3)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.floats(-1e6, 1e6), sizes, sizes)
def test_steps_are_powers_of_two_that_somebody_asked_for(
    x: float, relstep: float, absstep: float
) -> None:
    h = float(choose_steps(x, relstep=relstep, absstep=absstep).size)
    asked = max(absstep, relstep * abs(x))
    assert asked / 2 < h <= asked
    assert np.frexp(h)[0] == 0.5


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"relstep": 0.0}, "relstep=0.0 is no size"),
        ({"absstep": -1e-3}, "absstep=-0.001 is no size"),
        ({"scale": np.inf}, "scale=inf is no size"),
        ({"relstep": np.nan}, "relstep=nan is no size"),
        ({"absstep": 1e-3, "scale": 1.0}, "scale= and absstep= were both given"),
        ({"bounds": (2.0, 3.0)}, r"x\[0\] = 0 is outside its bounds \[2, 3\]"),
        ({"bounds": (np.nan, 3.0)}, "outside its bounds"),
    ],
)
def test_sizes_and_bounds_that_make_no_sense_are_refused(
    arguments: dict[str, float], what: str
) -> None:
    with pytest.raises(UsageError, match=what):
        choose_steps(X, **arguments)  # type: ignore[arg-type]


def test_integers_are_refused_and_what_is_not_finite_has_no_step() -> None:
    with pytest.raises(ParameterTypeError, match="int64"):
        choose_steps(np.arange(3))
    steps = choose_steps(np.array([np.nan, 1.0, np.inf]), bounds=(0.0, np.inf))
    np.testing.assert_array_equal(np.isnan(steps.size), [True, False, True])


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.floats(-1e3, 1e3),
    st.floats(0, 1e-2),
    st.floats(0, 1e-2),
    st.sampled_from(["central", "central-4", "forward-2", "backward"]),
    st.sampled_from([1, 2]),
)
def test_no_point_ever_leaves_the_bounds(
    x: float, below: float, above: float, scheme: str, derivative: int
) -> None:
    low, high = x - below, x + above
    stencil = named_stencil(scheme, derivative)
    if max(below, above) < 1e-9:  # next to no room, or none
        return
    steps = choose_steps(x, stencil, bounds=(low, high))
    chosen = on_side(stencil, steps.side[()])
    assert (chosen.derivative, chosen.side) == (derivative, steps.side)
    assert chosen.accuracy >= stencil.accuracy
    points = [x + float(o) * float(steps.size) for o in chosen.offsets]
    assert low <= min(points)
    assert max(points) <= high
    # the side changes only where it must
    reach = default_step(x, default_exponent(stencil, float)) * 6
    if below > reach < above:
        assert steps.side == stencil.side


def test_bounds_without_room_are_refused() -> None:
    for low, high in ((1.0, 1.0), (1.0, 1.0 + 2.0**-52)):
        with pytest.raises(UsageError, match="leave no room for a step at x = 1"):
            choose_steps(1.0, bounds=(low, high))


def test_sides_and_steps_are_chosen_entry_by_entry() -> None:
    x = np.array([0.0, 0.5, 1.0, 2.0**-20])
    steps = choose_steps(x, bounds=(0.0, 1.0))
    np.testing.assert_array_equal(steps.side, ["forward", "central", "backward", "forward"])
    np.testing.assert_array_equal(steps.size, [2.0**-16] * 4)
    # a narrow interval: neither side has room for the default step
    narrow = choose_steps(0.5, bounds=(0.5 - 2.0**-30, 0.5 + 2.0**-28))
    assert (narrow.side, narrow.size) == ("forward", 2.0**-29)
    largest = choose_steps(np.finfo(float).max)
    assert largest.side == "backward"  # x + h would overflow


def test_one_sided_twins_keep_derivative_and_order() -> None:
    assert on_side(SCHEMES["central"], "forward") == named_stencil("forward-2")
    assert on_side(named_stencil("central-4", 2), "backward") == named_stencil("backward-4", 2)
    assert on_side(named_stencil("forward-3"), "central") == named_stencil("central-4")
    assert on_side(SCHEMES["central"], "central") is SCHEMES["central"]


def test_sizes_are_broadcast_and_so_are_bounds() -> None:
    x = np.ones((2, 3))
    steps = choose_steps(x, absstep=np.array([0.5, 0.25, 0.3]), bounds=(np.zeros((2, 1)), 2.0))
    assert steps.size.tolist() == [[0.5, 0.25, 0.25]] * 2
    assert steps.side.tolist() == [["central"] * 3] * 2
    relative = choose_steps(x, relstep=np.array([[0.5], [0.25]]), scale=np.array([1.0, 2.0, 4.0]))
    assert relative.size.tolist() == [[0.5, 1.0, 2.0], [0.25, 0.5, 1.0]]


def test_the_floor_under_a_relative_step_is_the_scale() -> None:
    x = np.array([0.0, 1e-3, 8.0])
    assert choose_steps(x, relstep=2.0**-10).size.tolist() == [2.0**-10, 2.0**-10, 2.0**-7]
    scaled = choose_steps(x, relstep=2.0**-10, scale=2.0**-5).size
    assert scaled.tolist() == [2.0**-15, 2.0**-15, 2.0**-7]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_default_steps_fit_every_float_type(dtype: Any) -> None:
    x = np.array([0.0, 1.0, -300.0], dtype)
    for stencil in SCHEMES.values():
        steps = choose_steps(x, stencil)
        assert np.all(steps.size >= 4 * np.spacing(np.abs(x)).astype(float))
        moved = x + steps.size.astype(dtype)
        assert np.all(moved - x == steps.size.astype(dtype))  # no digit of h is lost


def test_a_coarser_type_of_f_counts_and_a_finer_one_does_not() -> None:
    narrow, wide = np.ones(1, np.float32), np.ones(1)
    assert choose_steps(wide, dtype=np.float32).size == choose_steps(narrow).size
    assert choose_steps(narrow, dtype=np.float64).size == choose_steps(narrow).size
    assert choose_steps(wide, dtype=np.float32).size > choose_steps(wide).size


# --- steps that exist already ----------------------------------------------------------------


def test_steps_may_be_taken_within_bounds_as_they_are() -> None:
    x, h = np.array([0.0, 0.5, 1.0, 0.5]), np.array([0.1, 0.1, 0.1, 0.9])
    kept = steps_within(x, h, SCHEMES["central"], (0.0, 1.0), shrink=False)
    assert kept.side.tolist() == ["forward", "central", "backward", "central"]
    np.testing.assert_array_equal(kept.size, [0.1, 0.1, 0.1, np.nan])
    halved = steps_within(x, h, SCHEMES["central"], (0.0, 1.0))
    np.testing.assert_array_equal(halved.size, [0.1, 0.1, 0.1, 0.45])


def test_every_side_has_others_to_try() -> None:
    assert set(OTHERS) == {"central", "forward", "backward"}
    assert all(side not in others for side, others in OTHERS.items())
    # a one-sided stencil asked for stays one-sided
    steps = choose_steps(1.0, SCHEMES["forward"], bounds=(0.0, 1.0))
    assert steps.side == "backward"
