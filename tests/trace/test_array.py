"""The traced array behaves as an ndarray, or says what to write instead."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from difflab import autodiff
from difflab.errors import TracingError
from difflab.trace import Program, recording, trace, traced_input, value_of

IN_PLACE = "iadd isub imul itruediv imatmul ipow imod ifloordiv iand ior ixor ilshift irshift"
MATRIX = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("name", IN_PLACE.split())
def test_every_in_place_operator_is_refused_on_an_array_and_left_to_scalars(name: str) -> None:
    change = getattr(operator, name)
    with recording() as tape:
        with pytest.raises(TracingError, match="in place"):
            change(traced_input(tape, np.array([4, 5])), 2)
        if name != "imatmul":
            number = change(traced_input(tape, 5), 2)
            assert value_of(number) == change(np.int64(5), 2)


METHODS = {
    "reshape by a product": lambda x: x.reshape(np.prod(x.shape)),
    "reshape by a tuple": lambda x: x.reshape((3, -1)),
    "reshape in order": lambda x: x.reshape(3, 2, order="F"),
    "ravel": lambda x: x.ravel("F"),
    "flatten": lambda x: x.flatten("C"),
    "transpose": lambda x: x.transpose(None) + x.transpose() + x.transpose([1, 0]),
    "mT": lambda x: x.mT,
    "sum": lambda x: x.sum(0, float, None, True),
    "astype": lambda x: x.astype(np.float32, copy=False),
    "take": lambda x: x.take([0, 5]),
    "clip": lambda x: x.clip(max=2.0),
    "argsort": lambda x: x.argsort(axis=0),
    "divmod": lambda x: divmod(x, 2.0)[0] + divmod(2.0, x + 1.0)[1],
    "xor": lambda x: (x > 1.0) ^ (x > 3.0),
    "list": lambda x: [1.0, 2.0, 3.0] * x,
    "ones_like": lambda x: x * np.ones_like(x, np.float32),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_give_what_ndarray_gives(name: str) -> None:
    call = METHODS[name]
    program = trace(call, MATRIX)
    expected = call(MATRIX)
    result = program.entries[program.output].value
    np.testing.assert_array_equal(result, expected)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(program.run([MATRIX + 1.0]), call(MATRIX + 1.0))


def _attribute(name: str) -> Program:
    return trace(lambda x: getattr(x, name), MATRIX)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sort", r"np\.sort\(x\)"),
        ("round", r"np\.rint"),
        ("diagonal", r"np\.arange"),
        ("real", "x itself"),
        ("conj", "x itself"),
        ("flat", r"np\.ravel"),
        ("tobytes", "finite-difference"),
    ],
)
def test_a_missing_method_is_both_a_tracing_and_an_attribute_error(name: str, hint: str) -> None:
    with pytest.raises(TracingError, match=hint):
        _attribute(name)
    with pytest.raises(AttributeError, match=f"x.{name}"):
        _attribute(name)


def test_what_no_array_has_is_a_plain_attribute_error() -> None:
    with pytest.raises(AttributeError, match="colour") as caught:
        _attribute("colour")
    assert not isinstance(caught.value, TracingError)


def test_hasattr_tells_traced_arrays_and_plain_ones_apart() -> None:
    with recording() as tape:
        x = traced_input(tape, MATRIX)
        assert hasattr(x, "shape")
        assert not hasattr(x, "tolist")


def test_a_list_that_holds_a_traced_number_is_refused() -> None:
    def f(x: Any) -> Any:
        return x[0] * [x[0, 0], 1.0, 2.0]

    with pytest.raises(TracingError, match=r"np\.stack"):
        trace(f, MATRIX)


def test_functions_of_the_shape_take_all_their_arguments() -> None:
    x = np.arange(6.0).reshape(3, 2)

    def loss(x: Any) -> Any:
        assert np.size(x, 0) == 3
        assert np.ones_like(x, int).dtype == int
        assert np.ones_like(x, shape=()).shape == ()
        return np.sum(x) / np.size(x, 0)

    assert autodiff.grad(loss)(x) == pytest.approx(np.full((3, 2), 1 / 3))
