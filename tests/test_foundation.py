"""Errors, nests, signatures, accuracy measures and stable functions."""

from __future__ import annotations

import pickle
from collections import namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab import errors
from difflab import functions as own
from difflab.accuracy import gradient_error
from difflab.errors import ParameterTypeError, PreparationMismatchError
from difflab.signature import Signature
from difflab.tree import (
    entry_name,
    flatten,
    leaf_names,
    map_leaves,
    ravel,
    size,
    unflatten,
    unravel_like,
)

Point = namedtuple("Point", "x y")

nests = st.recursive(
    st.floats(-10, 10),
    lambda children: st.one_of(
        st.lists(children, max_size=3),
        st.tuples(children, children),
        st.dictionaries(st.text("abc", max_size=2), children, max_size=3),
        st.builds(Point, children, children),
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(nests)
def test_flatten_and_unflatten_are_inverse(nest: Any) -> None:
    leaves, structure = flatten(nest)
    again = unflatten(structure, leaves)
    assert again == nest
    assert type(again) is type(nest)
    assert len(leaf_names(structure)) == len(leaves)


def test_leaf_names_are_expressions_that_reach_the_leaf() -> None:
    params = [(1.0, {"b": 2.0}), Point(3.0, 4.0)]
    leaves, structure = flatten(params)
    assert [eval(name, {"params": params}) for name in leaf_names(structure)] == leaves


def test_order_of_dict_keys_does_not_matter() -> None:
    assert flatten({"a": 1.0, "b": 2.0}) == flatten({"b": 2.0, "a": 1.0})


def test_ravel_and_unravel_are_inverse() -> None:
    leaves = [np.arange(6.0).reshape(2, 3), 7.0, np.zeros((0, 2)), np.array([8.0])]
    vector = ravel(leaves)
    assert vector.shape == (8,)
    for a, b in zip(unravel_like(vector, leaves), leaves):
        np.testing.assert_array_equal(a, b)
    assert size(leaves) == 8
    assert entry_name(leaves, 5) == "params[0][1, 2]"
    assert entry_name(leaves, 6) == "params[1]"
    with pytest.raises(IndexError):
        entry_name(leaves, 8)


def test_map_leaves_refuses_nests_of_another_size() -> None:
    with pytest.raises(ValueError):
        map_leaves(lambda a, b: a + b, [1.0, 2.0], [1.0])


def test_signature_says_what_differs() -> None:
    signature = Signature.of([np.zeros((2, 3)), 1.0], np.zeros(4))
    assert len(signature.check([np.ones((2, 3)), 2.0], np.ones(4))) == 2
    with pytest.raises(PreparationMismatchError, match=r"params\[0\] was float64\[2, 3\]"):
        signature.check([np.ones((2, 2)), 2.0], np.ones(4))
    with pytest.raises(PreparationMismatchError, match=r"contexts\[0\].*float32"):
        signature.check([np.ones((2, 3)), 2.0], np.ones(4, np.float32))
    with pytest.raises(PreparationMismatchError, match="nested"):
        signature.check([np.ones((2, 3))], np.ones(4))
    with pytest.raises(ParameterTypeError):
        signature.check([np.ones((2, 3), int), 2.0], np.ones(4))


@pytest.mark.parametrize(
    "kind",
    [
        e
        for e in vars(errors).values()
        if isinstance(e, type) and issubclass(e, Exception) and issubclass(e, errors.DifflabError)
    ],
)
def test_errors_print_three_parts_and_survive_pickling(kind: type) -> None:
    error = pickle.loads(pickle.dumps(kind("a happened", "because b", "type c")))
    assert type(error) is kind
    assert str(error) == "a happened\n  why: because b\n  try: type c"
    assert error.exit_status in (1, 2)


def test_an_unknown_name_comes_with_the_nearest() -> None:
    error = errors.unknown_name("optimizer", "adma", ["adam", "sgd"], "difflab train --help")
    assert "'adam'" in str(error)
    assert isinstance(error, LookupError)


def test_the_error_measures_see_what_a_single_one_misses() -> None:
    reference = [np.array([1e-6, 2e-6, 1.0])]
    block = [np.array([0.0, 0.0, 1.0])]
    error = gradient_error(block, reference)
    assert error.relative_l2 < 1e-5  # blind to the small entries
    assert error.worst_entry == "gradient[0][1]"
    flipped = gradient_error([-reference[0]], reference)
    assert flipped.cosine == pytest.approx(-1.0)
    assert flipped.relative_l2 == pytest.approx(2.0)
    zeros = gradient_error([np.zeros(3) * 1e-9], [np.full(3, 1e-9)])
    assert zeros.mixed_max < 1e-8  # the published measure passes an all-zero gradient
    assert zeros.relative_l2 == 1.0


def test_a_nan_component_is_never_a_small_error() -> None:
    error = gradient_error([np.array([np.nan, 1.0])], [np.array([1.0, 1.0])])
    assert np.isnan(error.relative_l2)
    assert error.worst_entry == "gradient[0][0]"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.floats(-1e4, 1e4))
def test_stable_functions_satisfy_their_identities(x: float) -> None:
    with np.errstate(all="raise"):
        assert own.sigmoid(x) + own.sigmoid(-x) == pytest.approx(1.0, abs=1e-15)
        assert own.softplus(x) - own.softplus(-x) == pytest.approx(x, abs=1e-12)
        pair = np.array([x, 0.0])
        assert own.logsumexp(pair) == pytest.approx(own.softplus(x), rel=1e-15, abs=1e-15)
        assert own.softmax(pair)[0] == pytest.approx(own.sigmoid(x), rel=1e-11, abs=1e-300)
        assert own.binary_cross_entropy(x, 1.0) == pytest.approx(own.softplus(-x), abs=1e-11)


@pytest.mark.parametrize("f", [own.sigmoid, own.softplus, own.relu])
@pytest.mark.parametrize("x", [-2.0, -0.1, 0.3, 5.0])
def test_complex_arguments_continue_the_real_function(f: Any, x: float) -> None:
    moved = f(np.array([x + 1e-30j]))
    assert moved.real[0] == pytest.approx(f(x), rel=1e-15)
    h = 1e-6
    slope = (f(x + h) - f(x - h)) / (2 * h)
    assert moved.imag[0] / 1e-30 == pytest.approx(slope, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize(("f", "slope"), [(own.sigmoid, 0.25), (own.softplus, 0.5)])
def test_slopes_at_zero_are_the_same_in_the_complex_plane(f: Any, slope: float) -> None:
    assert float(np.imag(f(1e-200j)) / 1e-200) == slope
    assert float(np.imag(f(np.array([1e-200j]))[0]) / 1e-200) == slope


def test_float32_stays_float32() -> None:
    x = np.array([0.5, -3.0], np.float32)
    for f in (own.sigmoid, own.relu, own.softplus, own.logsumexp, own.log_softmax, own.softmax):
        assert f(x).dtype == np.float32, f
    assert own.softmax_cross_entropy(x, x).dtype == np.float32
    assert own.binary_cross_entropy(x, x).dtype == np.float32
