"""Shape, selection and product functions give what NumPy gives, and the derivative of that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.autodiff import grad, jvp, vjp
from difflab.trace import trace
from tests.autodiff.case import Case
from tests.autodiff.shape_cases import COMPOSITIONS, ROWS, A

CASES = COMPOSITIONS + ROWS


def weights(shape: tuple[int, ...]) -> np.ndarray:
    return np.cos(1 + np.arange(int(np.prod(shape)))).reshape(shape)


def directional(f: Any, arrays: Any, directions: Any) -> float:
    """Sixth-order central difference; good to about 1e-11 for smooth functions."""
    h = 2.0**-9
    total = 0.0
    for offset, weight in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60)):
        plus = f([a + offset * h * d for a, d in zip(arrays, directions)])
        minus = f([a - offset * h * d for a, d in zip(arrays, directions)])
        total += weight * (plus - minus) / h
    return float(total)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_are_those_of_numpy_now_and_when_replayed(case: Case) -> None:
    call, arrays = case.call, case.arrays
    program = trace(lambda xs: call(*xs), list(arrays))
    expected = call(*arrays)
    result = program.entries[program.output].value
    np.testing.assert_allclose(result, expected, rtol=1e-13, atol=1e-13)
    assert np.shape(result) == np.shape(expected)
    assert result.dtype == expected.dtype
    scaled = [1.5 * a for a in arrays]  # keeps signs and order, and so the shapes
    np.testing.assert_allclose(program.run(scaled), call(*scaled), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradients_agree_with_differences_of_high_order(case: Case) -> None:
    call, arrays = case.call, case.arrays

    def f(xs: Any) -> Any:
        out = call(*xs)
        return np.sum(out * out * weights(np.shape(out)))

    rng = np.random.default_rng(3)
    directions = [0.1 * rng.normal(size=np.shape(a)) for a in arrays]
    with np.errstate(all="raise"):
        gradient = grad(f)(list(arrays))
    ours = sum(float(np.sum(g * d)) for g, d in zip(gradient, directions))
    size = sum(float(np.sum(np.abs(g * d))) for g, d in zip(gradient, directions)) + 1e-3
    assert abs(ours - directional(f, arrays, directions)) <= 1e-9 * size

    def along(xs: Any) -> Any:
        return sum(np.sum(g * d) for g, d in zip(grad(f)(xs), directions))

    second = sum(float(np.sum(g * d)) for g, d in zip(grad(along)(list(arrays)), directions))
    reference = directional(along, arrays, directions)
    assert second == pytest.approx(reference, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_both_modes_are_transposes_of_each_other(case: Case) -> None:
    call, arrays = case.call, case.arrays
    rng = np.random.default_rng(4)
    f = lambda xs: call(*xs)
    tangents = [rng.normal(size=np.shape(a)) for a in arrays]
    value, pushed = jvp(f, list(arrays), tangents)
    cotangent = rng.normal(size=np.shape(value))
    pulled = vjp(f, list(arrays))[1](cotangent)
    right = sum(float(np.sum(p * t)) for p, t in zip(pulled, tangents))
    assert float(np.sum(cotangent * pushed)) == pytest.approx(right, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_float32_stays_float32(case: Case) -> None:
    call, arrays = case.call, case.arrays
    narrow = [np.asarray(a, np.float32) for a in arrays]
    program = trace(lambda xs: call(*xs), narrow)
    assert program.entries[program.output].value.dtype == call(*narrow).dtype
    for g, a in zip(grad(lambda xs: np.sum(call(*xs)))(narrow), narrow):
        assert (g.dtype, g.shape) == (np.float32, a.shape)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_gradient_is_recorded_too_and_replays_on_other_values(case: Case) -> None:
    """No rule looks at values: what it recorded once is right wherever the shapes are the same."""
    call, arrays = case.call, list(case.arrays)

    def gradient(xs: Any) -> Any:
        return np.concatenate([np.ravel(g) for g in grad(lambda ys: np.sum(call(*ys) ** 2))(xs)])

    other = [1.5 * a for a in arrays]
    replayed = trace(gradient, arrays).run(other)
    np.testing.assert_allclose(replayed, gradient(other), rtol=1e-12, atol=1e-12)


ORDERED = {
    "sort": lambda x: np.sort(x, axis=0) ** 2,
    "sort flat": lambda x: np.sort(x, axis=None) ** 3,
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1) ** 2,
    "partition": lambda x: np.sort(np.partition(x, 1)[:, :2]) ** 2,
    "index": lambda x: x[np.argmax(x, axis=0), [0, 1, 2, 3]] ** 2,
    "take": lambda x: np.take(x, np.argsort(x[0]), axis=1) ** 2 * x,
    "wrap": lambda x: np.take(x, 5 * np.argmax(x), mode="wrap") ** 2,
    "clip": lambda x: np.take(x, np.argmax(x, axis=0) - 1, mode="clip", axis=0) ** 2,
    "choose": lambda x: np.choose(np.argmin(x, axis=0), x) ** 2,
    "select": lambda x: np.select([x > 0.5, x > -0.5], [x, x**2], x**3),
    "interp": lambda x: np.interp(x, [-1.0, 0.0, 2.0], [3.0, 1.0, 5.0]) ** 2,
    "interp in sorted places": lambda x: np.interp([0.1, 0.4], np.sort(x[0]), x[1]) ** 2,
    "nan_to_num": lambda x: np.nan_to_num(x) ** 2,
    "bincount": lambda x: np.bincount(np.argsort(x[0]), x[1] ** 2),
    "fixed mask": lambda x: np.where(x > x[::-1], x, 2.0) ** 2,
    "list of traced": lambda x: x[[np.argmax(x[:, 0]), np.argmin(x[:, 0])]] ** 2,
    "constants by traced places": lambda x: x * np.take_along_axis(A, np.argsort(x, axis=0), 0),
}


@pytest.mark.parametrize("name", ORDERED)
def test_replays_choose_again_where_the_values_choose(name: str) -> None:
    f = ORDERED[name]
    gradient = grad(lambda x: np.sum(f(x) * weights(np.shape(f(x)))))
    recorded = trace(gradient, A)
    rng = np.random.default_rng(8)
    for _ in range(5):
        other = rng.normal(size=A.shape)
        np.testing.assert_allclose(recorded.run([other]), gradient(other), rtol=1e-12)


INDICES = {
    "integer": 1,
    "NumPy integer": np.int64(-1),
    "slice": slice(0, 2),
    "step -1": (slice(None), slice(None, None, -1)),
    "step -2": (Ellipsis, slice(3, None, -2)),
    "new axis": (None, 0, None),
    "ellipsis": (Ellipsis, 2),
    "empty": slice(2, 2),
    "nothing": (),
    "list": [0, 0, 1],
    "empty list": [],
    "nested list": [[0, 1], [1, 1]],
    "list of truths": [True, False],
    "array": np.array([0, 0, 1]),
    "matrix": (slice(None), np.array([[0, 2], [2, 2]])),
    "pairs": (np.array([0, 1, 1]), slice(None), np.array([2, 2, -2])),
    "apart": (np.array([0, 1]), Ellipsis, np.array([[1], [3]])),
    "mask": np.arange(24).reshape(2, 3, 4) % 5 == 0,
    "mask of rows": (0, np.array([True, False, True])),
    "mask and places": (slice(None), np.array([True, False, True]), np.array([0, 0])),
    "scalar": (1, 2, 3),
    "unsigned": np.array([1, 0], np.uint8),
}


@pytest.mark.parametrize("name", INDICES)
def test_indexing_in_all_forms_is_transposed_by_adding_back(name: str) -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    index = INDICES[name]
    expected = np.zeros_like(x)
    np.add.at(expected, index, 2.0 * x[index])
    gradient = grad(lambda x: np.sum(x[index] ** 2))
    np.testing.assert_array_equal(gradient(x), expected)
    single = gradient(x.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, expected)
    second = grad(lambda x: np.sum(gradient(x) * x))(x)
    np.testing.assert_array_equal(second, 2 * expected)


def test_repeated_places_add_up() -> None:
    np.testing.assert_array_equal(grad(lambda x: np.sum(x[[0, 0, 2]]))(np.ones(3)), [2, 0, 1])


def test_an_index_array_may_change_after_it_was_used() -> None:
    places = np.array([0, 1])

    def f(x: Any) -> Any:
        part = x[places]
        places[:] = 2
        return np.sum(part * part)

    np.testing.assert_array_equal(grad(f)(np.array([1.0, 2.0, 4.0])), [2.0, 4.0, 0.0])


def test_a_mask_made_of_traced_values_selects_as_in_numpy() -> None:
    x = np.array([[0.5, -1.0], [2.0, -3.0]])
    gradient = grad(lambda x: np.sum(x[x > 0] ** 3) + np.sum(x[x[:, 0] > 1.0, :]))(x)
    np.testing.assert_allclose(gradient, [[0.75, 0.0], [13.0, 1.0]])


def test_places_of_an_outer_recording_index_arrays_of_an_inner_one() -> None:
    def outer(w: Any) -> Any:
        order = np.argsort(w)
        inner = grad(lambda v: np.sum(np.take(v, order) * w + v[order] ** 2 + w[order] * v))
        return np.sum(inner(w) * np.arange(1.0, 4.0))

    w = np.array([0.3, -0.5, 0.1])
    h = 1e-6
    reference = [(outer(w + h * e) - outer(w - h * e)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(grad(outer)(w), reference, rtol=1e-8)


def test_choosing_by_a_comparison_is_not_indexing_by_a_mask() -> None:
    x = np.array([1.0, -2.0])
    np.testing.assert_array_equal(
        grad(lambda x: np.sum(np.choose(x > 0, [3 * x, 5 * x])))(x), [5, 3]
    )


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3)])
def test_arrays_without_entries_have_gradients_without_entries(shape: tuple[int, ...]) -> None:
    def f(x: Any) -> Any:
        joined = np.concatenate([np.ravel(x), np.ravel(x[::-1]), np.ravel(np.tile(x, 2))])
        return np.sum(joined) + np.sum(np.sort(x)) + np.sum(np.stack([x, x])[:, []])

    assert grad(f)(np.zeros(shape)).shape == shape


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: np.split(x, 2), ValueError),
        (lambda x: np.diff(x[0, 0]), ValueError),
        (lambda x: np.einsum("...i->", x), ValueError),
        (lambda x: np.einsum("ij,j->i", x), ValueError),
        (lambda x: np.einsum("ijk->i", x), ValueError),
        (lambda x: np.pad(x, -1), ValueError),
        (lambda x: np.pad(x, 1.5), TypeError),
        (lambda x: np.block([x, [x]]), ValueError),
        (lambda x: np.take_along_axis(x, x > 0, axis=0), IndexError),
        (lambda x: np.gradient(x, 1.0, 2.0, 3.0), TypeError),
        (lambda x: np.where(x > 0, x), ValueError),
        (lambda x: np.rot90(x, axes=(0, 0)), ValueError),
    ],
)
def test_wrong_calls_raise_what_numpy_raises(call: Any, error: Any) -> None:
    x = np.ones((3, 3))
    with pytest.raises(error):
        call(x)
    with pytest.raises(error):
        trace(call, x)


METADATA = {
    "shape": lambda x: np.shape(x),
    "ndim": lambda x: np.ndim(x),
    "size": lambda x: np.size(x, 1),
    "zeros_like": lambda x: np.zeros_like(x, dtype=int),
    "ones_like": lambda x: np.ones_like(x, shape=(2,)),
    "empty_like": lambda x: np.empty_like(x).shape,
    "full_like": lambda x: np.full_like(x, 2.0),
    "iscomplexobj": lambda x: np.iscomplexobj(x),
    "isrealobj": lambda x: np.isrealobj(x),
    "result_type": lambda x: np.result_type(x, np.float32, 1),
    "common_type": lambda x: np.common_type(x),
    "einsum_path": lambda x: np.einsum_path("ij,jk->ik", x, x.T)[0],
    "tril_indices_from": lambda x: np.tril_indices_from(x),
    "triu_indices_from": lambda x: np.triu_indices_from(x, 1),
    "diag_indices_from": lambda x: np.diag_indices_from(x[:, :3]),
}


@pytest.mark.parametrize("name", METADATA)
def test_questions_about_the_form_are_answered_plainly_and_not_recorded(name: str) -> None:
    answers = []

    def f(x: Any) -> Any:
        answers.append(METADATA[name](x))
        return np.sum(x)

    assert trace(f, A).branches == ()
    np.testing.assert_equal(answers[0], METADATA[name](A))


TO_THE_LAST_BIT: dict[str, tuple[Any, Any]] = {
    "linspace": (lambda x: np.linspace(x, 2.0, 11), 0.1),
    "geomspace": (lambda x: np.geomspace(x, 2.0, 7), 0.1),
    "gradient": (lambda x: np.gradient(x, 0.1, axis=0), A),
    "gradient, parabolas": (lambda x: np.gradient(x, 0.1, edge_order=2, axis=1), A),
    "interp": (lambda x: np.interp(x, x[:2], 3 * x[:2]), np.array([0.1, 0.7, 0.4], np.float32)),
}


@pytest.mark.parametrize("name", TO_THE_LAST_BIT)
def test_values_are_those_of_numpy_to_the_last_bit(name: str) -> None:
    f, x = TO_THE_LAST_BIT[name]
    program = trace(f, x)
    expected = f(x)
    result = program.entries[program.output].value
    np.testing.assert_array_equal(result, expected)
    assert np.asarray(result).dtype == np.asarray(expected).dtype


@pytest.mark.parametrize("spelling", ["ii->i", "iij,j", "ii"])
def test_a_repeated_letter_does_not_stretch_an_axis_of_its_own_operand(spelling: str) -> None:
    x = np.ones((2, 1, 3) if "," in spelling else (2, 1))
    others = [np.ones(3)] if "," in spelling else []
    with pytest.raises(ValueError, match="differ"):
        grad(lambda x: np.sum(np.einsum(spelling, x, *others)))(x)
