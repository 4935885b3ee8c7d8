"""Refusals name the call as the user wrote it, and suggest only what exists and can be recorded."""

from __future__ import annotations

import functools
import pickle
import re
from typing import Any

import numpy as np
import pytest
import scipy.special

import difflab
from difflab.trace import CALL_FORMS, COMPOSITES, instead_of, name_of
from difflab.trace.refusals import LAST_RESORT, REPLACEMENTS, missing_attribute

MAKERS = {np.zeros, np.ones, np.arange, np.eye, np.tri, np.full, np.repeat}  # of plain arrays


def _find(path: str) -> Any:
    return functools.reduce(getattr, path.split("."), np)


def test_a_ufunc_is_named_after_the_library_it_comes_from() -> None:
    assert name_of(np.exp) == "np.exp"
    assert name_of(scipy.special.erf) == "scipy.special.erf"
    assert name_of(np.frompyfunc(abs, 1, 1)) == "abs (vectorized)"


def test_functions_without_a_replacement_point_to_another_method() -> None:
    assert instead_of(scipy.special.expit) == "difflab.sigmoid(x)"
    assert instead_of(np.busday_count) == LAST_RESORT


@pytest.mark.parametrize("name", REPLACEMENTS)
def test_replacements_are_for_calls_that_exist_and_cannot_be_recorded(name: str) -> None:
    if name.startswith("x."):
        assert hasattr(np.ndarray, name[2:])
    elif name.startswith("scipy.special."):
        assert hasattr(scipy.special, name.rpartition(".")[2])
    else:
        function = _find(name.removeprefix("np."))
        assert name_of(function) == name
        assert function not in CALL_FORMS or function is np.where  # np.where(mask) alone
        assert function not in COMPOSITES


@pytest.mark.parametrize("name", REPLACEMENTS)
def test_replacements_name_only_calls_that_can_be_recorded(name: str) -> None:
    for path in re.findall(r"np\.([a-z0-9_.]+)\(", REPLACEMENTS[name]):
        function = _find(path)
        recorded = function in CALL_FORMS or function in COMPOSITES
        assert recorded or isinstance(function, np.ufunc) or function in MAKERS, path
    for own in re.findall(r"difflab\.(\w+)\(", REPLACEMENTS[name]):
        assert hasattr(difflab, own)


def test_a_missing_attribute_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(missing_attribute("tolist", recordable=False)))
    assert "x.tolist" in str(error)
