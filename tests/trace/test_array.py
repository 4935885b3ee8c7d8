"""The traced array behaves as an ndarray, or says what to write instead."""

from __future__ import annotations

import copy
import math
import operator
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing.overrides import get_overridable_numpy_array_functions

from difflab import autodiff
from difflab.errors import TracingError
from difflab.trace import Program, TracedArray, recording, trace, traced_input, value_of

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
    "repeat": lambda x: x.repeat(2, axis=1),
    "diagonal": lambda x: x.diagonal(1) * x.trace(),
    "compress": lambda x: x.compress([True, False], axis=0),
    "choose": lambda x: (x > 2.0).choose([x, -x]),
    "searchsorted": lambda x: x[1].searchsorted(x[0] + 3.0),
    "argpartition": lambda x: x.argpartition(1),
    "dot": lambda x: x.dot(x.T),
    "copy": lambda x: copy.copy(x) + copy.deepcopy(x),
    "sizes": lambda x: x * (x.nbytes + x.itemsize),
    "left of ndarray": lambda x: np.ones(3) - x,
    "left of scalars": lambda x: np.float64(2.0) / (x + 1.0) + np.float32(2.0) * x + 3 - x,
    "left power": lambda x: 2.0**x // 3.0 + np.array([2.0]) ** x,
    "left matrix product": lambda x: [[1.0, 2.0]] @ x @ np.ones(3),
    "comparisons": lambda x: (x > 1.0) & (np.float64(3.0) >= x) | (x == [0.0, 1.0, 9.0]),
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
        ("partition", r"np\.partition\(x\)"),
        ("resize", r"np\.resize\(x\)"),
        ("fill", r"np\.ones"),
        ("nonzero", "a mask"),
        ("tolist", "x itself"),
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


def test_membership_is_a_decision_that_the_tape_remembers() -> None:
    program = trace(lambda x: x if 3.0 in x else -x, MATRIX)
    assert [branch.outcome for branch in program.branches] == [True]
    assert "test_array.py" in program.branches[0].line


def test_a_traced_number_can_be_printed_and_not_pickled() -> None:
    with recording() as tape:
        x = traced_input(tape, 2.0)
        assert f"{x:.2f}" == "2.00"
        assert "traced" in f"{x}"
        with pytest.raises(TracingError, match="pickled"):
            pickle.dumps(x)


REFUSED = {
    "a += x": lambda a, x: operator.iadd(a, x),
    "a[0] = x": lambda a, x: operator.setitem(a, 0, x[0]),
    "out=": lambda a, x: np.add(x, x, out=a),
    "np.array": lambda a, x: np.array([x[0], x[1]]),
    "np.asarray": lambda a, x: np.asarray(x),
    "np.full_like": lambda a, x: np.full_like(a, x[0]),
    "np.full": lambda a, x: np.full(3, x[0]),
    "np.fromiter": lambda a, x: np.fromiter(x, float),
    "np.add.at": lambda a, x: np.add.at(a, [0], x[0]),
    "np.add.reduceat": lambda a, x: np.add.reduceat(x, [0, 1]),
    "np.maximum.accumulate": lambda a, x: np.maximum.accumulate(x),
    "np.copyto": lambda a, x: np.copyto(a, x),
    "np.put": lambda a, x: np.put(a, [0], x[0]),
    "np.place": lambda a, x: np.place(a, a > 0, x),
    "np.putmask": lambda a, x: np.putmask(a, a > 0, x),
    "np.put_along_axis": lambda a, x: np.put_along_axis(a, np.array([0]), x[:1], 0),
    "np.fill_diagonal": lambda a, x: np.fill_diagonal(x, 0.0),
    "np.nonzero": lambda a, x: np.nonzero(x),
    "np.argwhere": lambda a, x: np.argwhere(x),
    "np.where(mask)": lambda a, x: np.where(x > 0),
    "np.unique": lambda a, x: np.unique(x),
    "np.trim_zeros": lambda a, x: np.trim_zeros(x),
    "np.pad mode": lambda a, x: np.pad(x, 1, mode="mean"),
    "np.repeat counts": lambda a, x: np.repeat(x, np.argsort(x)),
    "np.polyfit": lambda a, x: np.polyfit(a, x, 1),
    "a[i]": lambda a, x: a[np.argsort(x)],
    "a[mask]": lambda a, x: a[x > 0],
    "a[k]": lambda a, x: a[np.argmax(x)],
    "masked": lambda a, x: x * np.ma.array(a, mask=[True, False, False]),
    "range": lambda a, x: list(range(x[0])),
    "math": lambda a, x: math.exp(x[0]),
    "float32": lambda a, x: np.float32(x[0]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_lose_the_derivative_is_one_clear_error(name: str) -> None:
    with pytest.raises(TracingError, match="try: ") as caught:
        trace(lambda x: REFUSED[name](np.ones(3), x), np.array([0.5, -1.0, 2.0]))
    assert caught.value.why


FUNCTIONS = [
    *(f for f in get_overridable_numpy_array_functions() if "recfunctions" not in f.__module__),
    *(getattr(np, name) for name in dir(np) if isinstance(getattr(np, name), np.ufunc)),
]
NOT_RECORDED = {
    "shape", "ndim", "size", "zeros_like", "ones_like", "empty_like", "full_like", "result_type",
    "common_type", "iscomplexobj", "isrealobj", "isreal", "iscomplex", "imag", "angle",
    "einsum_path", "diag_indices_from", "tril_indices_from", "triu_indices_from",
    "vander", "matrix_rank",  # a column of ones, the rank of a vector
    "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray",
    "require", "can_cast", "ones", "zeros", "empty", "fromiter", "frombuffer",  # x gives the dtype
    "array_equal", "array_equiv",  # by their shapes
    "real_if_close",  # x is its tolerance
}  # fmt: skip


@pytest.mark.parametrize("form", ["x", "x, x", "[x, x]", "x, 1", "a, x", "mask, x", "x, x, x"])
@pytest.mark.parametrize("value", [np.array([0.5, -1.0, 2.0]), np.eye(3) * 2.0 + 0.5])
def test_no_function_of_numpy_answers_with_a_plain_or_object_array(form: str, value: Any) -> None:
    names = {"a": value, "mask": value > 0}
    for function in FUNCTIONS:
        with recording() as tape, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            names["x"] = traced_input(tape, value)
            try:
                result = function(*eval(f"({form},)", names))
            except Exception:
                continue
            results = result if isinstance(result, (tuple, list)) else [result]
            plain = [r for r in results if type(r) is not TracedArray]
            assert not plain or len(plain) < len(results) or function.__name__ in NOT_RECORDED
            values = [value_of(r) for r in results]
            arrays = [v for v in values if isinstance(v, (np.ndarray, np.generic))]
            assert all(v.dtype.kind != "O" for v in arrays)
