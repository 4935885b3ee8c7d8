"""The long chain, and counting what is left for the garbage collector."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from difflab.bench import chain


def test_the_chain_has_as_many_operations_as_it_says() -> None:
    class Counter:
        operations = 0

        def __mul__(self, other: float) -> Counter:
            Counter.operations += 1
            return self

        __add__ = __mul__

    chain.chain(Counter(), 100)
    assert Counter.operations == 100


def test_value_and_slope_are_right_and_nothing_is_left() -> None:
    row = chain.measure_chain(20_000)  # far beyond the recursion limit
    assert row.status == "ok", row.reason
    assert row.error is not None
    assert row.error < 1e-9
    assert row.garbage == 0
    assert row.seconds is not None


def test_a_wrong_slope_and_an_exception_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "EAGER", "control:noise")
    assert chain.measure_chain(100).status == "wrong"
    monkeypatch.setattr(chain, "chain", lambda x, operations: dive(x))
    row = chain.measure_chain(100)
    assert row.status == "failed"
    assert "RecursionError" in row.reason


def dive(x: Any) -> Any:
    return dive(x)


def test_garbage_is_counted_and_the_collector_restored() -> None:
    def cycles() -> None:
        for _ in range(3):
            members: list[Any] = []
            members.append(members)

    assert chain.garbage_of(cycles) == 3
    assert chain.garbage_of(lambda: [[]]) == 0
    assert gc.isenabled()


def test_garbage_of_somebody_else_is_not_counted() -> None:
    class Leaver:
        """Leaves a cycle when it is freed, as finalizers of other libraries do."""

        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            cycle: list[Any] = []
            cycle.append(cycle)

    Leaver()
    assert chain.garbage_of(lambda: None) == 0
    once = iter([Leaver])
    assert chain.garbage_of(lambda: next(once, list)()) == 0
    assert chain.garbage_of(Leaver) > 0
