"""The clock interleaves, calibrates, and reports what it did."""

from __future__ import annotations

import pytest

from difflab import clock


@pytest.fixture
def fake_time(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """A clock that moves only when a timed function says so."""
    now = {"seconds": 0.0}
    monkeypatch.setattr(clock.time, "perf_counter_ns", lambda: round(now["seconds"] * 1e9))
    monkeypatch.setattr(clock.time, "perf_counter", lambda: now["seconds"])
    return now


def test_samples_are_taken_in_turn_and_the_minimum_is_kept(fake_time: dict[str, float]) -> None:
    order: list[str] = []
    delays = {"a": iter([0.02, 0.03, 0.02, 0.05, 0.04]), "b": iter([0.5, 0.5, 0.7, 0.6, 0.6])}

    def call(name: str) -> None:
        order.append(name)
        fake_time["seconds"] += next(delays[name])

    a, b = clock.interleaved([lambda: call("a"), lambda: call("b")], samples=4, budget=60)
    assert order == ["a", "b", "a", "b", "a", "b", "a", "b", "a", "b"]  # calibration, then 4 rounds
    assert (a.minimum, b.minimum) == pytest.approx((0.02, 0.5))
    assert a.noisy
    assert not b.noisy


def test_short_functions_are_looped_until_a_sample_is_long_enough(
    fake_time: dict[str, float],
) -> None:
    def call() -> None:
        fake_time["seconds"] += 1e-4

    (timing,) = clock.interleaved([call], samples=3, budget=60)
    assert timing.loops == 100  # 10 ms
    assert timing.minimum == pytest.approx(1e-4)


def test_a_slow_function_is_not_sampled_beyond_the_budget(fake_time: dict[str, float]) -> None:
    def call() -> None:
        fake_time["seconds"] += 9.0

    (timing,) = clock.interleaved([call], samples=15, budget=2.0)
    assert timing.samples == 1
