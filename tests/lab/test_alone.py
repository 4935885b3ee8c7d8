"""The exclusive lane: fresh processes, fixed circumstances, and an end for every process."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from difflab.lab import alone
from difflab.lab.cell import Cell, Record
from difflab.lab.machine import FIXED_ALLOCATOR, SINGLE_THREAD
from difflab.lab.store import Store

CELL = Cell("cost", "simplest", "autodiff", options=(("budget", 0.02),))


def die(cell: Cell, store: Store) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(cell: Cell, store: Store) -> None:
    time.sleep(60)


def describe(cell: Cell, store: Store) -> None:
    from threadpoolctl import threadpool_info

    facts = {
        "environment": {
            name: os.environ.get(name) for name in {**SINGLE_THREAD, **FIXED_ALLOCATOR}
        },
        "threads": [pool["num_threads"] for pool in threadpool_info()],
        "loaded": sorted({"numpy", "sympy", "sklearn"} & set(sys.modules)),
        "process": os.getpid(),
    }
    row = cell.row("facts", json.dumps(facts), "")  # type: ignore[arg-type]
    store.save(Record(cell, "ok", (row,)))


def test_a_cell_is_measured_and_saved(tmp_path: Path) -> None:
    store = Store(tmp_path)
    record = alone.run_alone(CELL, store)
    assert record.status == "ok", record.reason
    assert {"omega", "value and gradient", "peak memory of one gradient"} <= {
        row["quantity"] for row in record.rows
    }
    assert store.find(CELL) == record


def test_circumstances_are_fixed_and_ours_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(os.environ)
    monkeypatch.setattr(alone, "_measure", describe)
    found = [json.loads(alone.run_alone(CELL, Store(tmp_path)).rows[0]["value"]) for _ in range(2)]
    for facts in found:
        assert facts["environment"] == {**SINGLE_THREAD, **FIXED_ALLOCATOR}
        assert facts["threads"], "NumPy brings at least one pool"
        assert set(facts["threads"]) == {1}
        assert facts["loaded"] == ["numpy", "sklearn", "sympy"]
    assert found[0]["process"] != found[1]["process"]
    assert dict(os.environ) == before


def test_a_process_that_dies_becomes_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.save(Record(CELL, "error", reason="an older record"))
    monkeypatch.setattr(alone, "_measure", die)
    record = alone.run_alone(CELL, store)
    assert (record.status, record.reason) == ("crash", "its process ended with status -9")
    assert store.find(CELL) == record
    assert not store.is_done(CELL)


def test_a_cell_that_takes_too_long_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "_measure", sleep)
    store = Store(tmp_path)
    cell = Cell("cost", "simplest", "autodiff", timeout=0.2)
    record = alone.run_alone(cell, store)
    assert (record.status, record.reason) == ("timeout", "stopped after 0.2 s")
    assert store.is_done(cell), "the same time would run out again"
