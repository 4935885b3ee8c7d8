"""The tables: cells, marks, reasons."""

from __future__ import annotations

import re

from difflab.bench import table
from difflab.bench.record import ChainRow, Row, row_from
from difflab.bench.targets import Target
from difflab.bench.targets import autodiff_targets as targets
from difflab.clock import Timing
from tests.bench.test_targets import ROWS

CALM = Timing(1e-3, 1.25e-3, 1e-3, 2e-3, samples=15, loops=10)
NOISY = Timing(1e-3, 1.26e-3, 1e-3, 2e-3, samples=15, loops=10)


def line(text: str, start: str) -> list[str]:
    (found,) = [line for line in text.splitlines() if line.startswith(start)]
    return re.split(r"  +", found)


def test_times_stand_with_their_ratio_to_hand_written() -> None:
    shown = table.times(ROWS)
    header = ["case", "hand-written", "autodiff", "autodiff:compiled", "textbook"]
    assert line(shown, "case")[:5] == header
    assert line(shown, "4-16")[1:4] == ["30 us~", "60 us~ 2.00", "30 us~ 1.00"]
    assert line(shown, "geometric")[1:] == [
        "1.00",
        "1.55",
        "1.10",
        "1.03",  # sqrt(40 / 30 * 320 / 400)
        "2.20",
        "20.00 of 1",
        "0.67 of 1",
    ]


def test_only_noisy_times_are_marked() -> None:
    shown = table.times(
        [Row("a", "hand-written", "ok", timing=CALM), Row("a", "x", "ok", timing=NOISY)]
    )
    assert line(shown, "a ") == ["a", "1 ms", "1 ms~ 1.00"]
    assert "1.26" in table.details([Row("a", "x", "ok", timing=NOISY)])


def test_who_was_not_timed_has_a_cell_and_a_reason() -> None:
    rows = [
        Row("a", "hand-written", "ok", timing=CALM),
        Row("b", "hand-written", "ok", timing=CALM),
        Row("a", "x", "unavailable", "not installed"),
        Row("b", "x", "unavailable", "not installed"),
        Row("a", "y", "ok", timing=CALM),
        Row("b", "y", "wrong", "off by 1"),
    ]
    shown = table.times(rows)
    assert line(shown, "b ") == ["b", "1 ms", "unavailable", "wrong"]
    assert line(shown, "geometric")[-1] == "1.00 of 1"
    assert table.not_timed(rows) == [
        "x: unavailable: not installed",
        "y on b: wrong: off by 1",
    ]


def test_the_page_says_what_became_of_the_chain() -> None:
    failed = ChainRow(100_000, "failed", "RecursionError()")
    shown = table.page([], failed, targets([], failed))
    assert shown.startswith("chain: failed: RecursionError()\n\ntarget")
    assert line(shown, "autodiff, chain of 100,000")[-1] == "not measured"
    shown = table.page(ROWS, None, targets(ROWS, None))
    assert shown.startswith(table.LEGEND)
    assert "chain" not in shown


def test_verdicts_say_yes_no_and_not_measured() -> None:
    shown = table.verdicts(
        [
            Target("one", 1.05, 1.0513),
            Target("two", 5.0, 5.5, at_least=True),
            Target("three", 1.5, None, unit="s"),
            Target("four", 1.5, 0.25, unit="s"),
        ]
    )
    assert line(shown, "one") == ["one", "<= 1.05", "1.051", "no"]
    assert line(shown, "two") == ["two", ">= 5", "5.5", "yes"]
    assert line(shown, "three") == ["three", "<= 1.5 s", "not measured"]
    assert line(shown, "four") == ["four", "<= 1.5 s", "0.25 s", "yes"]
    assert table.verdicts(targets(ROWS, None))


def test_a_row_survives_json() -> None:
    import json
    from dataclasses import asdict

    for row in (ROWS[0], Row("a", "x", "wrong", "off by 1", error=1.0)):
        assert row_from(json.loads(json.dumps(asdict(row)))) == row
