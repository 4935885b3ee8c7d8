"""Measuring a case: what is wrong, fails or is missing is reported, and never timed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.bench.contenders import YARDSTICK, Provider
from difflab.bench.measure import PREPARATIONS, measure
from difflab.errors import UsageError
from difflab.tree import map_leaves
from tests.bench.fakes import TINY, Spoiled


def test_a_right_contender_is_timed() -> None:
    (row,) = measure(TINY, 2, [Spoiled()])
    assert (row.case, row.contender, row.status, row.reason) == ("tiny", "spoiled", "ok", "")
    assert row.error == 0
    assert row.timing is not None
    assert row.timing.samples == 2
    assert 0 < row.timing.minimum <= row.timing.median
    assert row.preparation is not None
    assert row.first_preparation is not None
    assert 0 < row.preparation <= row.first_preparation
    assert row.cold is not None


def test_preparations_are_fresh() -> None:
    contender = Spoiled()
    measure(TINY, 1, [contender])
    assert len(contender.made) == PREPARATIONS == 3


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda v, g: (v, map_leaves(np.zeros_like, g)), "off by 1.0e\\+00, may be 1e-12"),
        (lambda v, g: (v * (1 + 1e-11), g), "off by 1.0e-11"),
        (lambda v, g: (v, map_leaves(lambda leaf: leaf * (1 + 1e-11), g)), "off by 1.0e-11"),
        (lambda v, g: (v, map_leaves(np.float32, g)), "a gradient is float32, not float64"),
        (lambda v, g: (v, g[::-1]), r"gradients have shapes \[\(3, 1\)"),
        (lambda v, g: (v, g[:1]), "gradients have shapes"),
        (lambda v, g: (np.nan, g), "not finite"),
        (lambda v, g: (v, map_leaves(lambda leaf: leaf * np.nan, g)), "not finite"),
    ],
)
def test_a_wrong_contender_is_reported_and_not_timed(spoil: Any, reason: str) -> None:
    contender = Spoiled(spoil)
    honest, row = measure(TINY, 1, [YARDSTICK, contender])
    assert honest.timing is not None
    assert row.status == "wrong"
    assert row.timing is None
    assert contender.calls == 1, "only to be checked"
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(row.reason)


def test_a_contender_that_turns_wrong_later_loses_its_time() -> None:
    contender = Spoiled()

    def tire(value: Any, gradient: Any) -> Any:
        return (value, gradient) if contender.calls < 10 else (0.0, gradient)

    contender.spoil = tire
    (row,) = measure(TINY, 2, [contender])
    assert (row.status, row.timing) == ("wrong", None)
    assert row.reason == "in a later call: off by 1.0e+00, may be 1e-12"


@pytest.mark.parametrize("control", ["control:zeros", "control:flipped-sign", "control:noise"])
def test_the_controls_are_rejected(control: str) -> None:
    (row,) = measure(TINY, 1, [Provider(control)])
    assert (row.status, row.timing) == ("wrong", None)


def test_a_contender_that_raises_has_a_row_with_its_reason() -> None:
    def fail(value: Any, gradient: Any) -> Any:
        raise UsageError("it cannot", "because")

    def crash(value: Any, gradient: Any) -> Any:
        raise ZeroDivisionError("oh")

    rows = measure(TINY, 1, [Spoiled(fail), Spoiled(crash)])
    assert [row.status for row in rows] == ["failed", "failed"]
    assert [row.reason for row in rows] == ["it cannot", "ZeroDivisionError('oh')"]


def test_a_missing_contender_is_not_made() -> None:
    contender = Spoiled(reason="not installed: type this")
    (row,) = measure(TINY, 1, [contender])
    assert (row.status, row.reason) == ("unavailable", "not installed: type this")
    assert not contender.made


def test_an_unregistered_provider_is_unavailable() -> None:
    (row,) = measure(TINY, 1, [Provider("autodiff:none")])
    assert (row.status, row.reason) == ("unavailable", "there is no provider 'autodiff:none'")
