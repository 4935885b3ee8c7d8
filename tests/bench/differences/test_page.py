"""The page and the targets, on numbers done by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from difflab import cli
from difflab.bench import suite
from difflab.bench.differences.page import page
from difflab.bench.differences.rivals import FORWARD
from difflab.bench.differences.targets import CENTRAL, FOURTH, NODE, SIXTH, targets
from difflab.bench.record import Row
from difflab.clock import Timing


def row(case: str, contender: str, ms: float, error: float, peak: int | None = None) -> Row:
    seconds = ms / 1e3
    timing = Timing(seconds, 2 * seconds, seconds, 3 * seconds, samples=15, loops=10)
    return Row(case, contender, "ok", error=error, timing=timing, peak=peak, preparation=0.5)


ROWS = [
    row("sincos", FORWARD, 0.5, 0.0, 10**6),
    row("sincos", CENTRAL, 60.0, 2e-12, 20 * 10**6),
    row("sincos", NODE, 30.0, 1e-12, 501 * 10**6),
    row("sincos", SIXTH, 200.0, 2e-14),
    row("sincos-float32", FOURTH, 20.0, 4e-7),
    Row("64-32-10", CENTRAL, "wrong", "off by 1.0e-03, may be 1e-06", error=1e-3),
]


def test_targets_on_golden_numbers() -> None:
    found = targets(ROWS)
    assert [(target.measured, target.reached) for target in found] == [
        (pytest.approx(120), True),
        (pytest.approx(60), False),
        (2e-12, True),
        (2e-14, False),
        (4e-7, True),
        (None, None),  # what is wrong is not measured
        (None, None),
        (501, False),
    ]
    assert [target.bound for target in found] == [200, 55, 3e-12, 1e-14, 5e-7, 1e-11, 1e-11, 500]
    assert {target.reached for target in targets([])} == {None}


def test_the_page_counts_forward_passes_and_says_who_was_wrong() -> None:
    text = page(ROWS, targets(ROWS))
    assert re.search(
        r"^finite-difference:central +120 +60 ms~ +2\.0e-12 +20 MB +500 ms", text, re.M
    )
    assert re.search(r"^finite-difference:central-6 +400 +200 ms~ +2\.0e-14  +500 ms", text, re.M)
    assert f"{CENTRAL} on 64-32-10: wrong: off by 1.0e-03" in text
    assert re.search(r"on sincos +<= 200 forward passes +120 forward passes +yes", text)


def test_slow_rivals_run_in_the_first_process_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, bool]] = []

    def fake(case: str, samples: int, slow: bool) -> list[Row]:
        asked.append((case, slow))
        return [replace(each, case=case) for each in ROWS[:2]]

    monkeypatch.setattr(suite, "differences_alone", fake)
    with pytest.raises(SystemExit) as stopped:
        cli.main(["bench", "finite-difference", "--case", "64-32-10", "--case", "sincos"])
    assert not stopped.value.code
    assert asked == [(case, first) for first in (True, False, False) for case in (
        "sincos", "64-32-10",
    )]  # fmt: skip
    assert "forward passes" in capsys.readouterr().out


def test_one_case_runs_in_a_process_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    from difflab.bench.process import differences_alone

    found = differences_alone("2-16-16-1", 1, slow=False)
    assert {each.status for each in found} <= {"ok", "unavailable"}
    assert {each.contender for each in found} >= {FORWARD, CENTRAL, NODE}
