"""Compiled replay: the bits of the eager tape, the right branch, and no memory that leaks out."""

from __future__ import annotations

import enum
import functools
import gc
import threading
import traceback
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab as dl
from difflab.autodiff import value_and_grad
from difflab.autodiff.compiled import compiled_gradient
from difflab.emission import Replay
from difflab.emission import memory as memory_module
from difflab.errors import (
    DataError,
    NonFiniteError,
    PreparationMismatchError,
    TracingError,
    UsageError,
)
from difflab.providers.compiled import CompiledAutodiff
from difflab.signature import Signature
from difflab.tree import flatten
from tests.autodiff.cases import CASES, Case
from tests.autodiff.test_rules import weights


def compiled_for(f: Any, params: Any, *contexts: Any, check_every: int = 0) -> Replay:
    compiled = compiled_gradient(f, Signature.of(params, *contexts), check_every)
    compiled.prepare(params, *contexts)
    return compiled


def assert_same_bits(one: Any, other: Any) -> None:
    left, left_structure = flatten(one)
    right, right_structure = flatten(other)
    assert left_structure == right_structure
    for a, b in zip(left, right, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        assert np.shape(a) == np.shape(b)
        assert np.array_equal(a, b, equal_nan=True)
        if np.asarray(a).dtype.kind == "f":
            signs = (np.signbit(leaf) & ~np.isnan(leaf) for leaf in (a, b))
            assert np.array_equal(*signs), "0 is not -0"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_row_replays_to_the_bits_of_the_eager_tape_at_another_point(case: Case) -> None:
    def f(nest: Any) -> Any:
        out = case.call(*nest)
        return np.sum(out * weights(out.shape))

    first = [np.array(a, dtype=float) for a in case.arrays]
    second = [a + 1e-3 * np.cos(np.arange(a.size)).reshape(a.shape) for a in first]
    compiled = compiled_for(f, first)
    for point in (second, first, second):
        assert_same_bits(compiled(point), value_and_grad(f)(point))


def layers(params: Any, x: Any, y: Any) -> Any:
    for w, b in params[:-1]:
        x = np.tanh(x @ w + b)
    w, b = params[-1]
    return np.mean((x @ w + b - y) ** 2)


def network(sizes: tuple[int, ...], batch: int, dtype: Any = float) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(0)
    params = [
        (rng.normal(size=(a, b)).astype(dtype), rng.normal(size=b).astype(dtype))
        for a, b in pairwise(sizes)
    ]
    shape = (batch, sizes[0]), (batch, sizes[-1])
    return params, *(rng.normal(size=s).astype(dtype) for s in shape)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("sizes", [(1, 1, 1), (4, 16, 16, 3), (2, 64, 64, 1)])
def test_networks_replay_to_the_bits_of_the_eager_tape(sizes: Any, dtype: Any) -> None:
    params, x, y = network(sizes, 50, dtype)
    compiled = compiled_for(layers, params, x, y)
    moved = [(w * 0.9, b + dtype(0.1)) for w, b in params]
    assert_same_bits(compiled(moved, x, y), value_and_grad(layers)(moved, x, y))
    assert compiled.recordings == 2  # once, and once more to see that it is the same again


def test_the_source_is_the_program_a_student_would_write() -> None:
    params, x, y = network((2, 3, 1), 4)
    source = compiled_for(layers, params, x, y).source
    assert source == (
        "def value_and_gradient(workspace, params, x, y):\n"
        "    # unpack the arguments\n"
        "    p1, p2 = params[0]\n"
        "    p3, p4 = params[1]\n"
        "    # the function\n"
        "    v8 = np.tanh(x.dot(p1) + p2)  # [4, 3]\n"
        "    v11 = (v8.dot(p3) + p4) - y  # [4, 1]\n"
        "    v13 = np.add.reduce(np.square(v11), axis=None) / 4\n"
        "    return v13, reverse_sweep(x, p3, v8, v11)\n"
        "\n"
        "\n"
        '@np.errstate(under="ignore")\n'
        "def reverse_sweep(x, p3, v8, v11):\n"
        "    v14 = 0.5 * v11  # [4, 1]\n"
        "    g4 = ones4.dot(v14)  # [1]\n"
        "    g3 = v8.T.dot(v14)  # [3, 1]\n"
        "    v22 = v14.dot(p3.T) * (1 - (v8 * v8))  # [4, 3]\n"
        "    g2 = ones4.dot(v22)  # [3]\n"
        "    g1 = x.T.dot(v22)  # [2, 3]\n"
        "    return [(g1, g2), (g3, g4)]\n"
    )


def test_large_results_go_through_a_workspace_that_is_used_again() -> None:
    params, x, y = network((2, 64, 64, 1), 100)
    compiled = compiled_for(layers, params, x, y)
    assert "out=w0" in compiled.source
    buffers = compiled.paths[0].program.workspace.buffers
    large_calls = compiled.source.count("out=w")
    assert len(buffers) <= 3 < large_calls


def test_results_are_the_callers_own() -> None:
    params, x, y = network((2, 64, 64, 1), 100)
    compiled = compiled_for(layers, params, x, y)
    _, gradient = compiled(params, x, y)
    before = [leaf.copy() for leaf in flatten(gradient)[0]]
    other = [(w + 1, b) for w, b in params]
    compiled(other, x, y)
    leaves = flatten(gradient)[0]
    assert_same_bits(leaves, before)
    blocks = [*leaves, *flatten(params)[0], x, y]
    for i, a in enumerate(blocks):
        assert not any(np.shares_memory(a, b) for b in blocks[i + 1 :])


@pytest.mark.parametrize(
    "f",
    [
        lambda w, x: np.sum(w * x),  # the gradient is the context itself
        lambda w, x: np.sum(w[::-1] + w),  # a view and its base
        lambda w, x: np.sum(w.reshape(-1)),
        lambda w, x: 3.0,  # depends on nothing
        lambda w, x: np.sum(x),
        lambda w, x: np.sum(np.broadcast_to(w, (2, 300))) + np.sum(w.T),
    ],
)
def test_gradients_that_are_views_or_constants_come_out_as_arrays_of_their_own(f: Any) -> None:
    w, x = np.arange(300.0), np.arange(300.0) + 1
    compiled = compiled_for(f, w, x)
    value, gradient = compiled(w, x)
    assert_same_bits((value, gradient), value_and_grad(f)(w, x))
    assert type(gradient) is np.ndarray
    assert not np.shares_memory(gradient, w)
    assert not np.shares_memory(gradient, x)
    gradient += 1.0  # writeable, and nobody else's
    assert_same_bits(compiled(w, x), value_and_grad(f)(w, x))


# random programs: every memory plan has to give the bits of the eager tape

ELEMENTWISE = (
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - 0.5 * b,
    lambda a, b: np.tanh(a),
    lambda a, b: np.sin(a) * a,
    lambda a, b: np.transpose(a) + b if a.shape[0] == a.shape[1] else a,
    lambda a, b: a @ b / 48,
    lambda a, b: np.where(b > 0, a, -a),
    lambda a, b: np.concatenate([a[:5], b[5:]]),
    lambda a, b: a[::-1] * b,
    lambda a, b: np.maximum(a, b),
    lambda a, b: a / (1.5 + np.sin(b)),
    lambda a, b: dl.sigmoid(a) + np.sum(b, axis=0),
    lambda a, b: np.exp(-(a**2)) + np.mean(b),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, len(ELEMENTWISE) - 1), st.integers(0, 30), st.integers(0, 30)),
        min_size=1,
        max_size=14,
    )
)
def test_random_programs_give_the_bits_of_the_eager_tape(steps: Any) -> None:
    def f(nest: Any, x: Any) -> Any:
        values = [nest[0], nest[1], x]
        for which, left, right in steps:
            values.append(
                ELEMENTWISE[which](values[left % len(values)], values[right % len(values)])
            )
        return np.sum(values[-1]) + 0.1 * np.sum(values[len(values) // 2] ** 3)

    rng = np.random.default_rng(1)
    params = [
        rng.normal(size=(48, 48)),
        rng.normal(size=(48, 48)),
    ]  # placed: 18,432 bytes
    x = rng.normal(size=(48, 48))
    compiled = compiled_for(f, params, x)
    for shift in (0.0, 0.1, -0.2):
        moved = [p + shift for p in params]
        with np.errstate(all="ignore"):
            assert_same_bits(compiled(moved, x), value_and_grad(f)(moved, x))


def test_a_memory_plan_that_frees_too_early_is_found_before_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Planted mutant: every buffer counts as free right after it was written."""
    monkeypatch.setattr(
        memory_module, "_last_uses", lambda graph, owners, placed: list(range(len(graph.nodes)))
    )
    with pytest.raises(TracingError, match="compiled program gives"):
        compiled_for(layers, *network((2, 64, 64, 1), 100))


# decisions by value


def test_another_branch_is_recorded_and_found_again() -> None:
    def f(x: Any) -> Any:
        return x**2 if x > 0 else -3 * x

    compiled = compiled_for(f, np.float64(2.0))
    started = compiled.recordings
    slopes = [float(compiled(np.float64(x))[1]) for x in (2.0, -1.0, 3.0, -2.0, -3.0, 1.0)]
    assert slopes == [4.0, -3.0, 6.0, -3.0, -3.0, 2.0]
    assert compiled.recordings == started + 1  # the second branch, once


def test_loops_by_value_follow_their_count() -> None:
    def f(x: Any) -> Any:
        while x < 100:
            x = x * x
        return x

    compiled = compiled_for(f, np.float64(3.0))
    for start in (3.0, 11.0, 1.5, 3.0, 200.0, 1.5):
        assert_same_bits(compiled(np.float64(start)), value_and_grad(f)(np.float64(start)))
    assert len(compiled.paths) == 4


def test_more_paths_than_are_kept_are_recorded_again() -> None:
    def f(x: Any) -> Any:
        for k in range(40):
            if x < k:
                return k * x
        return x

    compiled = compiled_for(f, np.float64(0.5))
    for start in [*np.arange(0.5, 30), 0.5]:
        assert compiled(start)[1] == value_and_grad(f)(start)[1]
    assert len(compiled.paths) == 8
    assert compiled.recordings > 30


def test_a_decision_is_seen_before_what_it_protects() -> None:
    def f(x: Any) -> Any:
        return np.log(x) if x > 0 else 0.0 * x

    compiled = compiled_for(f, np.float64(2.0))
    with np.errstate(all="raise"):
        assert compiled(np.float64(-1.0))[1] == 0.0


def test_a_selection_of_another_size_is_recorded_again() -> None:
    def f(x: Any) -> Any:
        return np.mean(x[x > 0] ** 2)

    first, second = np.array([1.0, -1.0, 2.0]), np.array([1.0, 3.0, 2.0])
    compiled = compiled_for(f, first)
    for x in (second, first, -second[::-1] + 2):
        assert_same_bits(compiled(x), value_and_grad(f)(x))


def test_an_assertion_of_the_user_still_speaks() -> None:
    def f(x: Any) -> Any:
        if not np.all(np.isfinite(x)):
            raise ArithmeticError("not finite")
        return np.sum(x)

    compiled = compiled_for(f, np.ones(3))
    with pytest.raises(ArithmeticError, match="not finite"):
        compiled(np.array([1.0, np.inf, 0.0]))


# what is part of the program and what is not


def test_contexts_are_inputs_and_settings_are_recorded_anew() -> None:
    def f(w: Any, x: Any, rate: Any, power: Any, mode: Any) -> Any:
        total = np.sum if mode == "sum" else np.max
        return rate * total((w * x) ** power)

    w, x = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    compiled = compiled_for(f, w, x, 0.5, 2, "sum")
    started = compiled.recordings
    for arguments in ((x, 0.25, 2, "sum"), (2 * x, 0.75, 2, "sum")):
        assert_same_bits(compiled(w, *arguments), value_and_grad(f)(w, *arguments))
    assert compiled.recordings == started
    for arguments in ((x, 0.25, 3, "sum"), (x, 0.25, 3, "max"), (x, 0.5, 2, "sum")):
        assert_same_bits(compiled(w, *arguments), value_and_grad(f)(w, *arguments))
    assert compiled.recordings == started + 2


def test_python_floats_stay_weak_beside_float32() -> None:
    def f(w: Any, rate: Any) -> Any:
        return np.sum(rate * w)

    w = np.ones(3, np.float32)
    compiled = compiled_for(f, w, 0.1)
    for rate in (0.1, 0.3):
        value, gradient = compiled(w, rate)
        assert gradient.dtype == np.float32
        assert_same_bits((value, gradient), value_and_grad(f)(w, rate))


def test_division_of_numbers_is_numpys() -> None:
    def f(w: Any, c: Any) -> Any:
        return np.sum(w) * (1.0 / c)

    compiled = compiled_for(f, np.ones(2), 2.0)
    with np.errstate(divide="ignore"):
        assert compiled(np.ones(2), 0.0)[0] == np.inf


def test_integer_labels_are_inputs() -> None:
    def f(w: Any, labels: Any) -> Any:
        return np.sum(w[labels] ** 2)

    w = np.arange(4.0)
    compiled = compiled_for(f, w, np.array([0, 0, 3]))
    labels = np.array([1, 2, 2])
    assert_same_bits(compiled(w, labels), value_and_grad(f)(w, labels))


def test_randomness_is_refused() -> None:
    rng = np.random.default_rng(0)

    def f(w: Any) -> Any:
        return np.sum(w * rng.normal(size=2))

    with pytest.raises(TracingError, match="not the same program"):
        compiled_for(f, np.ones(2))


def test_data_that_are_no_arguments_are_found_by_checking() -> None:
    data = {"x": np.ones(2)}

    def f(w: Any) -> Any:
        return np.sum(w * data["x"])

    compiled = compiled_for(f, np.ones(2), check_every=3)
    data["x"] = np.full(2, 2.0)
    compiled(np.ones(2))
    compiled(np.ones(2))
    with pytest.raises(TracingError, match="given other numbers"):
        compiled(np.ones(2))


def test_checking_finds_nothing_where_nothing_changed() -> None:
    def f(x: Any) -> Any:
        return x**2 if x > 0 else -3 * x

    compiled = compiled_for(f, np.float64(2.0), check_every=1)
    for x in (2.0, -1.0, 3.0):
        assert compiled(np.float64(x))[1] == value_and_grad(f)(x)[1]


# forms of calls


class Layer(NamedTuple):
    weight: Any
    bias: Any


def test_nests_of_every_kind_come_back_as_they_went_in() -> None:
    def f(p: Any, batch: Any) -> Any:
        h = batch["x"] @ p["first"].weight + p["first"].bias
        return np.sum(h * p["rest"][0]) * p["scale"] + p["rest"][1][0] ** 2

    params = {
        "first": Layer(np.ones((2, 3)), np.zeros(3)),
        "rest": [np.arange(3.0), (2.0,)],
        "scale": np.float64(0.5),
    }
    batch = {"x": np.arange(4.0).reshape(2, 2), "unused": [np.ones(2)]}
    compiled = compiled_for(f, params, batch)
    assert_same_bits(compiled(params, batch), value_and_grad(f)(params, batch))
    assert isinstance(compiled(params, batch)[1]["first"], Layer)


def test_another_signature_is_refused_with_what_differs() -> None:
    compiled = compiled_for(lambda w, x: np.sum(w * x), np.ones(2), np.ones(2))
    with pytest.raises(PreparationMismatchError, match=r"float64\[2\] and is now float64\[3\]"):
        compiled(np.ones(3), np.ones(2))
    with pytest.raises(PreparationMismatchError, match="float32"):
        compiled(np.ones(2, np.float32), np.ones(2))
    with pytest.raises(PreparationMismatchError, match="nested"):
        compiled([np.ones(2)], np.ones(2))


class Settings:
    rate = 2.0


@pytest.mark.parametrize(
    "context", [np.ma.masked_array([1.0, 100.0], mask=[False, True]), {1, 2}, Settings()]
)
def test_contexts_that_may_change_unseen_are_refused(context: Any) -> None:
    with pytest.raises(DataError, match="may change unseen"):
        compiled_for(lambda w, x: np.sum(w), np.ones(2), context)


def test_a_compiled_gradient_can_be_differentiated() -> None:
    slope = dl.grad(lambda x: np.sum(x**3), method="autodiff:compiled")
    second = dl.autodiff.grad(lambda x: np.sum(slope(x)))(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(second, [6.0, 12.0])


def test_several_threads_get_their_own_memory() -> None:
    params, x, y = network((2, 64, 64, 1), 200)
    compiled = compiled_for(layers, params, x, y)
    points = [[(w * s, b) for w, b in params] for s in (1.0, 0.5, 0.25, 2.0)]
    expected = [value_and_grad(layers)(p, x, y) for p in points]
    wrong: list[int] = []

    def work(k: int) -> None:
        for _ in range(50):
            value, gradient = compiled(points[k], x, y)
            if value != expected[k][0] or not np.array_equal(gradient[0][0], expected[k][1][0][0]):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_chain_of_a_hundred_thousand_calls_compiles() -> None:
    def f(x: Any) -> Any:
        for _ in range(100_000):
            x = x * 1.0000001
        return x

    compiled = compiled_gradient(f, Signature.of(np.float64(1.0)))
    value, slope = compiled(np.float64(1.0))
    assert_same_bits((value, slope), value_and_grad(f)(np.float64(1.0)))


def test_a_replay_leaves_nothing_for_the_garbage_collector() -> None:
    params, x, y = network((2, 64, 64, 1), 100)
    compiled = compiled_for(layers, params, x, y)
    gc.collect()
    gc.disable()
    try:
        compiled(params, x, y)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_the_provider_is_a_spec_with_options() -> None:
    both = dl.value_and_grad(layers, method="autodiff:compiled")
    params, x, y = network((2, 3, 1), 4)
    assert_same_bits(both(params, x, y), value_and_grad(layers)(params, x, y))
    provider = CompiledAutodiff(check_every=10)
    assert eval(repr(provider)) == provider
    prepared = provider.prepare(layers, params, x, y)
    assert prepared.source == prepared.preparation.source
    assert prepared.preparation.sizes["NumPy calls"] < 25
    with pytest.raises(UsageError, match="no number of calls"):
        CompiledAutodiff(check_every=-1)


# what an attack found


def replays_as_eager(f: Any, first: tuple[Any, ...], *others: tuple[Any, ...]) -> Replay:
    compiled = compiled_for(f, *first)
    for arguments in (first, *others, first):
        assert_same_bits(compiled(*arguments), value_and_grad(f)(*arguments))
    return compiled


def test_a_decision_on_an_argument_itself_is_watched() -> None:
    def f(w: Any, flag: Any) -> Any:
        return np.sum(w * 2) if flag else np.sum(w * 3)

    replays_as_eager(f, (np.ones(2), np.bool_(True)), (np.ones(2), np.bool_(False)))
    replays_as_eager(lambda x: x * 2 if x * 1 else x * 3, (np.float64(1.0),), (np.float64(0.0),))


def test_the_size_of_a_selection_that_is_used_for_nothing_else_is_watched() -> None:
    def f(w: Any) -> Any:
        return np.sum(w) / len(w[w > 0])

    replays_as_eager(f, (np.array([1.0, -1.0, 2.0]),), (np.array([1.0, 1.0, 2.0]),))


def test_names_of_arguments_mean_what_the_user_meant() -> None:
    replays_as_eager(lambda w, s2: np.sum(w**s2), (np.full(2, 3.0), 2), (np.full(2, 3.0), 3))
    compiled = replays_as_eager(
        lambda w, x, x_1: np.sum(w * x[0] - w * x_1), (np.ones(2), [np.full(2, 5.0)], np.ones(2))
    )
    assert "x__1" in compiled.source
    for names in (
        "bool, type, len",
        "sigmoid, column_sums, float",
        "np, workspace, Changed",
        "p1, v3, w0",
        "c0, g1, _",
        "ndarray, _0, fits",
    ):
        first, second, third = names.split(", ")
        scope: dict[str, Any] = {"numpy": np, "logistic": dl.sigmoid}
        exec(
            f"def f({names}):\n"
            f"    if {second} > 0:\n"
            f"        return numpy.sum(logistic({first} * {third}) * {second})\n"
            f"    return numpy.sum({first})\n",
            scope,
        )
        w, x = np.arange(4.0), np.ones((3, 4))
        compiled = replays_as_eager(scope["f"], (w, np.float64(2.0), x), (w, np.float64(-1.0), x))
        assert compiled.recordings == 3, names


def test_numpy_numbers_beside_float32_stay_strong() -> None:
    def f(w: Any) -> Any:
        return np.sum(w * np.float64(0.1))

    replays_as_eager(f, (np.array([0.3, 0.7], np.float32),))


def test_zeros_keep_their_signs() -> None:
    def f(w: Any) -> Any:
        return np.sum(np.arctan2(w + np.array([0.0, -0.0]), -1.0))

    replays_as_eager(f, (np.array([1.0, 1.0]),), (np.array([-0.0, -0.0]),))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_factors_are_not_joined_where_they_would_round_otherwise(dtype: Any) -> None:
    huge = float(np.sqrt(np.finfo(dtype).max))

    def f(w: Any) -> Any:
        return np.sum(huge * (huge * w)) + np.sum(0.5 * (2.0 * w))

    tiny = np.finfo(dtype).smallest_subnormal
    with np.errstate(all="ignore"):
        replays_as_eager(
            f, (np.ones(2, dtype),), (np.full(2, np.finfo(dtype).max),), (np.full(2, tiny),)
        )


def test_sums_follow_the_memory_of_their_operands() -> None:
    rng = np.random.default_rng(0)
    w = rng.normal(size=(60, 50))
    compiled = compiled_for(lambda w: np.sum(np.sin(w)) + np.sum(np.exp(np.sin(w.T) * 2)), w)
    for other in (w, np.asfortranarray(w), w[::-1], np.asfortranarray(w)):
        assert_same_bits(compiled(other), value_and_grad(compiled.f)(other))
    assert len(compiled.paths) == 3


def test_a_function_that_looks_at_types_is_refused() -> None:
    def f(w: Any, x: Any) -> Any:
        return np.sum(w * x) if isinstance(x, np.ndarray) else np.sum(w)

    with pytest.raises(TracingError, match="looks at a type"):
        compiled_for(f, np.ones(2), np.full(2, 3.0))

    def g(w: Any, d: Any) -> Any:
        first, second = d.values()
        return np.sum(w * first) - np.sum(second)

    with pytest.raises(TracingError, match="order of a dict"):
        compiled_for(g, np.ones(2), {"b": np.full(2, 3.0), "a": np.ones(2)})


def test_a_foreign_byte_order_is_brought_home() -> None:
    w, x = np.ones(2), np.array([1.0, 2.0]).astype(">f8")
    compiled = compiled_for(lambda w, x: np.sum(w * x), w, x)
    recordings = compiled.recordings
    assert compiled(w, x)[0] == 3.0
    assert compiled.recordings == recordings


def test_a_parameter_without_axes_keeps_its_form() -> None:
    gradient = compiled_for(lambda p: p[0] ** 2 * p[1], [np.array(2.0), 3.0])([np.array(2.0), 3.0])[
        1
    ]
    assert type(gradient[0]) is np.ndarray
    assert type(gradient[1]) is np.float64
    assert [float(g) for g in gradient] == [12.0, 4.0]


class Axis(enum.IntEnum):
    ROWS = 0


def test_keys_and_settings_may_be_enumerations_or_odd() -> None:
    nan = float("nan")

    def f(p: Any, axis: Any) -> Any:
        return np.sum(np.sum(p[Axis.ROWS], axis=axis) * p["it's \n"]) + p[nan]

    params = {Axis.ROWS: np.ones((2, 3)), "it's \n": np.arange(3.0), nan: 2.0}
    replays_as_eager(f, (params, Axis.ROWS))


def test_underflow_is_no_matter_in_the_reverse_sweep() -> None:
    def f(w: Any) -> Any:
        return np.sum(w * 1e-200)

    compiled = compiled_for(lambda w: f(w) * 1e-200, np.ones(2))
    with np.errstate(all="raise"):
        assert_same_bits(compiled(np.zeros(2))[1], np.zeros(2))


def test_an_array_of_an_outer_transform_is_no_constant() -> None:
    store = {"c": np.arange(3.0)}
    compiled = compiled_for(lambda w: np.sum(w**2 * store["c"]), np.ones(3))

    def outer(c: Any) -> Any:
        store["c"] = c
        return np.sum(compiled(np.ones(3))[1] ** 2)

    np.testing.assert_array_equal(dl.autodiff.grad(outer)(np.arange(3.0)), 8 * np.arange(3.0))


def test_a_constant_is_kept_as_it_was() -> None:
    c = np.arange(3.0)
    compiled = compiled_for(lambda w: np.sum(w * c), np.ones(3), check_every=2)
    c += 1
    assert compiled(np.ones(3))[0] == 3.0
    with pytest.raises(TracingError, match="given other numbers"):
        compiled(np.ones(3))


def test_nan_is_looked_for_inside_a_replay_too() -> None:
    compiled = compiled_for(lambda w: np.sum(np.log(w)), np.ones(3))
    with pytest.raises(NonFiniteError, match=r"np\.log made NaN"), dl.debug_nans():
        compiled(-np.ones(3))


def test_deep_nests_come_back_as_they_went_in() -> None:
    params: Any = np.ones(2)
    for _ in range(300):
        params = [params]

    def f(p: Any) -> Any:
        while isinstance(p, list):
            (p,) = p
        return np.sum(p**2)

    replays_as_eager(f, (params,))


class Model:
    def loss(self, weights: Any, batch: Any) -> Any:
        return np.sum(weights * batch)


def test_the_header_names_the_arguments_of_methods_and_partial_functions() -> None:
    w, x = np.ones(2), np.ones(2)
    assert "(workspace, weights, batch):" in compiled_for(Model().loss, w, x).source
    bound = functools.partial(lambda scale, weights, batch: scale * np.sum(weights * batch), 2.0)
    assert "(workspace, weights, batch):" in compiled_for(bound, w, x).source
    assert (
        "(workspace, params, context1):" in compiled_for(lambda *both: np.sum(both[0]), w, x).source
    )


def test_a_traceback_shows_the_line_of_the_program() -> None:
    compiled = compiled_for(lambda w: np.sum(np.log(w)), np.ones(3))
    with pytest.raises(RuntimeWarning) as caught:
        compiled(-np.ones(3))
    assert "np.log(w)" in "".join(traceback.format_exception(caught.value))


def test_many_constants_take_no_time_to_name() -> None:
    constants = [np.arange(3.0) + k for k in range(3000)]
    compiled = compiled_for(lambda w: sum(np.sum(w * c) for c in constants), np.ones(3))
    assert "c2999" in compiled.source


def test_constant_gradients_are_the_callers_own() -> None:
    compiled = compiled_for(lambda w: 1.0 * w, np.array(2.0))
    gradient = compiled(np.array(2.0))[1]
    gradient += 5
    assert compiled(np.array(2.0))[1] == 1.0


@pytest.mark.parametrize("f", [lambda w: np.reshape(w, ()), lambda w: w[0], lambda w: 2.0])
def test_the_value_is_a_number(f: Any) -> None:
    value = compiled_for(f, np.ones(1))(np.ones(1))[0]
    assert not isinstance(value, np.ndarray)
    assert_same_bits((value, 0.0), (value_and_grad(f)(np.ones(1))[0], 0.0))


def test_another_number_of_contexts_is_refused_in_words() -> None:
    compiled = compiled_for(lambda w, *x: np.sum(w), np.ones(2), np.ones(2))
    for contexts in ((), (np.ones(2), np.ones(2))):
        with pytest.raises(PreparationMismatchError):
            compiled(np.ones(2), *contexts)


def test_a_composition_of_contexts_may_round_otherwise() -> None:
    x = np.random.default_rng(0).normal(size=(3, 50))
    compiled = compiled_for(lambda w, x: np.sum(w * np.cov(x)), np.ones(3), x)
    assert float(compiled(np.ones(3), x)[0]) == pytest.approx(float(np.sum(np.cov(x))), rel=1e-13)


# programs of single entries


def tiny(params: Any, x: Any, y: Any) -> Any:
    (w1, b1), (w2, b2) = params
    return np.mean((dl.sigmoid(np.tanh(x @ w1 + b1) @ w2 + b2) - y) ** 2)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_arrays_with_one_entry_are_computed_as_numbers(dtype: Any) -> None:
    def point(*values: float) -> tuple[Any, Any, Any]:
        w1, b1, w2, b2, x, y = (np.array([[v]], dtype) for v in values)
        return [(w1, b1[0]), (w2, b2[0])], x, y

    compiled = replays_as_eager(
        tiny,
        point(0.8, -0.2, -1.1, 0.3, 0.5, 1.0),
        point(-0.0, 0.0, -0.0, -0.0, 2.0, 0.0),
        point(1.0, -0.0, 1e-30, -0.0, -0.0, 0.5),
        point(np.nan, 0.0, 1.0, 1.0, 1.0, 1.0),
    )
    assert "x = x[0, 0]" in compiled.source
    assert "np.array([[g1]])" in compiled.source
    assert " @ " not in compiled.source


@pytest.mark.parametrize(
    "f",
    [
        lambda w, x: np.sum(w @ x) + w[0, 0],  # a selection: not computed as numbers
        lambda w, x: np.mean(w.T * x, axis=0, keepdims=True)[0, 0],
        lambda w, x: np.reshape(np.sum(w * x * np.array([[2.0]]), axis=1), ()),
        lambda w, x: np.sum(np.maximum(w, x) - np.where(w > 0, x, w)),
        lambda w, x: np.squeeze(w) * 0.5,
    ],
)
@pytest.mark.parametrize("at", [(2.0, 3.0), (-0.0, 0.0), (0.0, -0.0), (-1.0, 1.0)])
def test_single_entries_keep_their_bits_in_every_shape(f: Any, at: tuple[float, float]) -> None:
    w, x = (np.array([[v]]) for v in at)
    replays_as_eager(f, (w, x), (-w, x), (w, -x))


def test_matrix_products_keep_the_signs_of_zeros() -> None:
    for shape in ((1, 1), (1, 3), (3, 1), (3, 3)):
        zeros, ones = -np.zeros(shape), np.ones((shape[1], 2))
        f = lambda w, x: np.sum(np.arctan2(w @ x, -1.0))
        with np.errstate(all="ignore"):
            replays_as_eager(f, (zeros, ones), (zeros, ones[:, :1].copy() @ np.ones((1, 2))))
        replays_as_eager(lambda w, x: np.sum(np.arctan2(x.T @ w.T, -1.0)), (zeros, ones))


def test_a_result_that_is_a_view_is_read_before_its_memory_is_used_again() -> None:
    def f(params: Any) -> Any:
        w, v = params
        a = np.tanh(w @ v.T) * 0.1
        return np.sum(a * w) + np.sum(np.sin(v) * a.T) + np.mean(np.cos(v - w))

    rng = np.random.default_rng(0)
    params = [rng.normal(size=(60, 60)), rng.normal(size=(60, 60))]
    compiled = replays_as_eager(f, (params,), ([params[1], params[0]],))
    assert "return [np.array(g1)" not in compiled.source or " g1 = " in compiled.source
