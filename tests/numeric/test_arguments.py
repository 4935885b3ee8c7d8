"""Losses that write to their arguments: refused by both methods, and the caller is spared."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from difflab.errors import UsageError
from difflab.numeric import complex_step, difference
from difflab.numeric.loss import guarded, read_only
from difflab.providers.complex_step import ComplexStep
from difflab.providers.finite_difference import FiniteDifference

PROVIDERS = [FiniteDifference(), FiniteDifference("forward"), ComplexStep()]
Layer = namedtuple("Layer", "w b")


def sorting(w: Any) -> Any:
    w.sort()
    return np.sum(w * np.array([1.0, 2.0]))


def normalising(w: Any) -> Any:
    w /= np.sqrt(w @ w)
    return np.sum(w**3)


def clipping(w: Any) -> Any:
    np.clip(w.real, 0, 1, out=w)
    return np.sum(w**2)


def assigning(w: Any) -> Any:
    w[0] = 1.0
    return np.sum(w)


@pytest.mark.parametrize("provider", PROVIDERS, ids=repr)
@pytest.mark.parametrize("f", [sorting, normalising, clipping, assigning])
def test_changed_parameters_are_refused(f: Callable[..., Any], provider: Any) -> None:
    w = np.array([0.3, -1.2])
    with pytest.raises(UsageError, match=r"(?s)changes its arguments in place.*make a new array"):
        provider.prepare(f, w)
    np.testing.assert_array_equal(w, [0.3, -1.2])


@pytest.mark.parametrize("provider", PROVIDERS, ids=repr)
def test_changed_contexts_are_refused(provider: Any) -> None:
    def centring(w: Any, data: Any) -> Any:
        data["x"] -= data["x"].mean(0)
        return np.sum(data["x"] * w)

    x = np.arange(4.0).reshape(2, 2)
    with pytest.raises(UsageError, match="in place"):
        provider.prepare(centring, np.ones(2), {"x": x})
    np.testing.assert_array_equal(x.ravel(), np.arange(4.0))


@pytest.mark.parametrize("both", [difference.value_and_gradient, complex_step.value_and_gradient])
def test_a_change_after_preparation_is_refused_too(both: Callable[..., Any]) -> None:
    def moody(w: Any, switch: Any) -> Any:
        return assigning(w) if switch else np.sum(w)

    np.testing.assert_allclose(both(moody, np.ones(2), False)[1], np.ones(2))
    with pytest.raises(UsageError, match="in place"):
        both(moody, np.ones(2), True)


def test_other_value_errors_pass_as_they_are() -> None:
    with pytest.raises(ValueError, match="could not be broadcast"):
        guarded(lambda w: w + np.ones(3), ())(np.ones(2))


def test_views_keep_the_kinds_and_the_order_of_a_nest() -> None:
    nest = {"z": [np.ones(2)], "a": Layer(np.ones(1), 2.0), "t": (1, None), "s": "text"}
    views = read_only(nest)
    assert list(views) == list(nest)
    assert isinstance(views["a"], Layer)
    assert isinstance(views["t"], tuple)
    assert (views["s"], views["t"]) == ("text", (1, None))
    assert np.shares_memory(views["z"][0], nest["z"][0])
    assert not views["z"][0].flags.writeable
    assert nest["z"][0].flags.writeable
