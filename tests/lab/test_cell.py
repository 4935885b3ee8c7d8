"""Cells and records: keys depend on what determines a measurement, and on nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from difflab.lab import cell as cell_module
from difflab.lab.cell import Cell, Record
from difflab.lab.store import Store

CELL = Cell("accuracy", "simplest", "autodiff", options=(("steps", 3), ("widths", (2, 1))))


@pytest.mark.parametrize(
    "change",
    [
        {"task": "digits"},
        {"provider": "torch"},
        {"optimizer": "adam"},
        {"seed": 1},
        {"dtype": "float32"},
        {"kind": "swell"},
        {"options": (("steps", 4),)},
    ],
    ids=str,
)
def test_whatever_determines_a_measurement_is_in_the_key(change: dict[str, object]) -> None:
    assert replace(CELL, **change).key != CELL.key


def test_the_timeout_is_not_in_the_key() -> None:
    assert replace(CELL, timeout=1.0).key == CELL.key


def test_the_machine_is_in_the_key_of_timings_only(monkeypatch: pytest.MonkeyPatch) -> None:
    timed = replace(CELL, kind="cost")
    before = CELL.key, timed.key
    monkeypatch.setattr(cell_module, "fingerprint", lambda: "another machine")
    assert CELL.key == before[0]
    assert timed.key != before[1]


def test_the_code_is_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = CELL.key
    monkeypatch.setattr(cell_module, "code_version", lambda: "another version")
    assert CELL.key != before


def test_records_survive_a_round_trip(tmp_path: Path) -> None:
    row = CELL.row("error", 1e-17, "1", at=0.5, parameters=4)
    record = Record(CELL, "ok", (row,), seconds=0.25)
    store = Store(tmp_path)
    assert store.find(CELL) is None
    store.save(record)
    assert store.find(CELL) == record
    assert store.is_done(CELL)
    assert [path.name for path in tmp_path.iterdir()] == [f"{CELL.key}.json"]


def test_numbers_that_json_does_not_know_survive_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(Record(CELL, "ok", (CELL.row("error", float("inf"), "1"),)))
    found = store.find(CELL)
    assert found is not None
    assert found.rows[0]["value"] == float("inf")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cell": {}}', '{"status": "ok"}'])
def test_a_broken_file_counts_as_no_record(tmp_path: Path, text: str) -> None:
    store = Store(tmp_path)
    store.save(Record(CELL, "ok"))
    store.path(CELL).write_text(text)
    assert store.find(CELL) is None


def test_failures_are_tried_again_and_refusals_are_not(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for status, done in [
        ("ok", True), ("unsupported", True), ("timeout", True), ("error", False), ("crash", False),
    ]:  # fmt: skip
        store.save(Record(CELL, status))  # type: ignore[arg-type]
        assert store.is_done(CELL) is done
    store.clear()
    assert store.find(CELL) is None


def test_sweeping_removes_half_written_records_only(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(Record(CELL, "ok"))
    (tmp_path / f".{CELL.key}.json.abc123").write_text("half")
    store.sweep()
    assert [path.name for path in tmp_path.iterdir()] == [f"{CELL.key}.json"]
