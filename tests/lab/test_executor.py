"""The executor: two lanes, resumption, and cells that fail without harming the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from difflab.errors import SymbolicBudgetError, UsageError
from difflab.lab import executor, run
from difflab.lab.cell import Cell, Record
from difflab.lab.executor import run_cells
from difflab.lab.store import Store

FAST = [Cell("accuracy", "simplest", name) for name in ("autodiff", "control:zeros")]
TIMED = Cell("cost", "simplest", "autodiff", options=(("budget", 0.02),))


def test_both_lanes_measure_and_keep_the_order(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    store = Store(tmp_path)
    cells = [TIMED, *FAST]
    records = run_cells(
        cells, store, jobs=2, progress=lambda r, done, total: told.append((r.status, done, total))
    )
    assert [record.cell for record in records] == cells
    assert [record.status for record in records] == ["ok"] * 3, records
    assert told == [("ok", 1, 3), ("ok", 2, 3), ("ok", 3, 3)]
    verdicts = [r["value"] for record in records for r in record.rows if r["quantity"] == "verdict"]
    assert verdicts == ["right", "wrong"]


def test_what_is_in_the_store_is_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.save(Record(FAST[0], "ok"))
    store.save(Record(FAST[1], "error", reason="before"))
    measured: list[Cell] = []

    def lane(cells: list[Cell], store: Store, jobs: int | None) -> list[Record]:
        measured.extend(cells)
        for cell in cells:
            store.save(Record(cell, "ok"))
        return [Record(cell, "ok") for cell in cells]

    monkeypatch.setattr(executor, "_run_parallel", lane)
    records = run_cells(FAST, store)
    assert measured == [FAST[1]]
    assert [record.status for record in records] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SymbolicBudgetError("too large", "1e9 operations"), "unsupported"),
        (UsageError("too slow"), "unsupported"),
        (ZeroDivisionError("oops"), "error"),
    ],
)
def test_whatever_a_study_raises_becomes_a_record(
    monkeypatch: pytest.MonkeyPatch, error: Exception, status: str
) -> None:
    def broken(cell: Cell) -> list[dict[str, object]]:
        raise error

    monkeypatch.setattr(run, "measure", broken)
    record = run.run_cell(FAST[0])
    assert record.status == status
    assert record.reason
    assert ("oops" in record.traceback) == (status == "error")


def test_an_unknown_kind_is_an_error_with_the_known_ones() -> None:
    record = run.run_cell(Cell("akkuracy"))
    assert record.status == "error"
    assert "accuracy" in record.traceback
