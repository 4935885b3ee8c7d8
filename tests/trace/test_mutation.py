"""Copies that are kept of the user's arrays: every change is found, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from difflab.errors import TracingError
from difflab.trace import recording, traced_input, traced_inputs
from difflab.trace.mutation import Spare, mutation_check

SMALL, LARGE = (6, 4), (300, 200)

LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "rows": lambda a: a,
    "columns": np.asfortranarray,
    "gaps": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "negative strides": lambda a: a[::-1, ::-1],
    "three axes": lambda a: a.reshape(2, -1, 2).transpose(1, 0, 2),
    "bytes swapped": lambda a: a.astype(">f8"),
    "whole numbers": lambda a: a.astype(np.int16),
    "complex": lambda a: a * 1j,
    "dates": lambda a: a.astype("datetime64[s]"),
    "objects": lambda a: a.astype(object),
}


def array_of(layout: str, shape: tuple[int, int]) -> np.ndarray:
    return LAYOUTS[layout](np.arange(float(np.prod(shape))).reshape(shape))


@pytest.mark.parametrize("shape", [SMALL, LARGE])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("function", [None, np.multiply])
def test_a_change_of_one_entry_is_found_in_every_layout(
    function: Any, layout: str, shape: tuple[int, int]
) -> None:
    array = array_of(layout, shape)
    keep, check = mutation_check()
    keep([array], function)
    check()
    check()
    entry = (-1,) * array.ndim
    array[entry] = array[(0,) * array.ndim]
    with pytest.raises(TracingError, match="changed in place"):
        check()


@pytest.mark.parametrize("changed", range(5))
def test_the_message_names_the_one_that_changed_among_many(changed: int) -> None:
    arrays = [np.ones(shape) for shape in [(2,), (3, 2), LARGE, (4,), (5, 1)]]
    keep, check = mutation_check()
    keep([np.float64(1.0), *arrays], None)
    arrays[changed][-1] += 1.0
    shape = str(arrays[changed].shape).replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(TracingError, match=f"a parameter of shape {shape} changed"):
        check()


def test_parameters_on_a_tape_outside_are_left_to_it() -> None:
    plain = np.ones(3)
    with recording() as outer:
        traced = traced_input(outer, np.ones(2))
        keep, check = mutation_check()
        with recording(keep=keep) as inner:
            traced_inputs(inner, [traced, plain])
        traced.value[0] = 5.0
        check()
        plain[0] = 5.0
        with pytest.raises(TracingError, match=r"a parameter of shape \(3,\)"):
            check()


def test_a_constant_is_copied_when_it_is_first_used() -> None:
    constant = np.ones(2)
    keep, check = mutation_check()
    keep([constant], np.add)
    constant[0] = 2.0
    keep([constant], np.multiply)
    with pytest.raises(TracingError, match=r"after np\.add used it"):
        check()


def test_buffers_are_used_again_and_those_of_other_sizes_dropped() -> None:
    spare: Spare = {}

    def buffers(*arrays: np.ndarray) -> set[int]:
        keep, check = mutation_check(spare)
        keep(arrays, None)
        check()
        return {id(buffer) for kept in spare.values() for buffer in kept}

    first = buffers(np.ones(LARGE), np.zeros(LARGE), np.ones(SMALL))
    assert len(first) == 2
    assert buffers(np.zeros(LARGE), np.ones(LARGE)) == first
    assert buffers(np.ones(100_000)).isdisjoint(first)
    assert set(spare) == {800_000}


def test_a_tape_shows_inputs_together_and_each_constant_array_alone() -> None:
    shown: list[tuple[int, Any]] = []
    c = np.ones(2)
    with recording(keep=lambda values, function: shown.append((len(values), function))) as tape:
        x, y = traced_inputs(tape, [np.ones(2), np.ones(2)])
        np.tanh(-x * y + 2.0) ** 2  # nothing of the user's but numbers
        _ = x + c
        _ = c - x
        _ = x > c
        np.where(c > 0, x, c)
        np.maximum(x, c)
    ufuncs = [np.add, np.subtract, np.greater, np.where, np.where, np.maximum]
    assert shown == [(2, None), *((1, function) for function in ufuncs)]
