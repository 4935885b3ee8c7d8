"""Specs with options: read, refused in words, and the same wherever a spec can stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difflab as dl
from difflab import providers
from difflab.errors import DifflabError, UnknownNameError, UsageError, WrongGradientError
from difflab.providers.checked import Checked
from difflab.providers.finite_difference import FiniteDifference
from difflab.providers.random_directions import RandomDirections
from difflab.providers.spec import split
from difflab.providers.symbolic import Symbolic

plain = st.one_of(
    st.integers(-(10**6), 10**6), st.floats(allow_nan=False, allow_infinity=False), st.booleans(),
    st.none(),
)  # fmt: skip


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), plain, max_size=4))
def test_what_is_written_is_read(options: dict[str, Any]) -> None:
    spec = ",".join(["a:b", *(f" {name} = {value!r}" for name, value in options.items())])
    assert split(spec) == ("a:b", options)


def test_words_stay_words() -> None:
    assert split("x,a=loop,b=[1],c=__import__('os')")[1] == {
        "a": "loop",
        "b": "[1]",
        "c": "__import__('os')",
    }


@pytest.mark.parametrize(
    ("spec", "provider"),
    [
        ("finite-difference,evaluator=loop", FiniteDifference("central", evaluator="loop")),
        ("finite-difference:central-4:node", FiniteDifference("central-4", evaluator="node")),
        ("finite-difference:backward,step=1e-3", FiniteDifference("backward", 1e-3)),
        ("spsa,directions=9,seed=2", RandomDirections("spsa", directions=9, seed=2)),
        ("symbolic:cse,budget=5000", Symbolic("cse", 5000)),
        ("forward-gradient:orthonormal", RandomDirections("forward-gradient", "orthonormal")),
        ("forward-gradient,kind=rademacher", RandomDirections("forward-gradient", "rademacher")),
    ],
)
def test_options_reach_the_provider(spec: str, provider: Any) -> None:
    assert providers.find(spec) == provider


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("spsa,dirctions=9", "'directions'"),
        ("torch,x=1", "takes no option 'x'"),
        ("spsa,", "is no option"),
        ("spsa,seed", "'seed' in 'spsa,seed' is no option"),
        ("spsa,seed=1,seed=2", "'seed' is given twice"),
        ("finite-difference:central,scheme=forward", "no finite-difference:central option"),
        ("complex-step,budget=3", "the known ones are step"),
        ("finite-difference:centrl", "'central'"),
        ("finite-difference:central:lop", "'loop'"),
        ("finite-difference,step=-1", "no step"),
        ("finite-difference,step=abc", "step is a number such as 1e-5 or None"),
        ("finite-difference,relstep=True", "relstep=True in 'finite-difference:central'"),
        ("complex-step,step=nan", "step is a number"),
        ("spsa,seed=1.5", "seed is a whole number"),
        ("spsa,kind=3", "kind is a word or None"),
        ("symbolic:cse,budget=abc", "budget is a whole number or None"),
        ("autodiff,safe=no", "safe is True or False"),
        ("autodiff,safe=1", "safe is True or False"),
        ("autodiff,check=autodiff:compiled", "in the same way"),
        ("finite-difference,check=finite-difference:forward:loop", "in the same way"),
        ("autodiff,check=symbolik", "'symbolic'"),
    ],
)
def test_nonsense_is_refused_in_three_parts(spec: str, words: str) -> None:
    with pytest.raises((UsageError, UnknownNameError)) as caught:
        providers.find(spec)
    error: DifflabError = caught.value
    assert words in str(error)
    assert error.why
    assert error.instead


def test_any_provider_can_be_checked_against_another() -> None:
    w = np.array([1.0, 2.0])
    both = dl.value_and_grad(lambda w: np.sum(w**3), "autodiff,check=finite-difference")
    assert isinstance(both.provider, Checked)
    np.testing.assert_array_equal(both(w)[1], [3.0, 12.0])
    for control in ("zeros", "flipped-sign", "noise"):
        spec = f"control:{control},check=finite-difference"
        with pytest.raises(WrongGradientError, match="disagree"):
            dl.grad(lambda w: np.sum(w**3), spec)(w)


def test_estimators_are_found_and_stay_out_of_comparisons() -> None:
    assert set(providers.estimators()).isdisjoint(providers.names())
    for name in providers.estimators():
        assert providers.get(name).name == name
        assert providers.summary(name)
        assert "directions" in providers.options(name)
