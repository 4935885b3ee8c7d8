"""The exclusive lane: one cell at a time, each in a fresh process with fixed circumstances.

Processes are forked from a server that has imported the libraries and done nothing else, so every
cell begins in the same state and no import is timed. The server's environment fixes one BLAS thread
and the allocator; both have to be set before NumPy is imported.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from difflab.lab.cell import Cell, Record
from difflab.lab.interrupts import ctrl_c_held_back
from difflab.lab.machine import FIXED_ALLOCATOR, SINGLE_THREAD
from difflab.lab.run import run_cell
from difflab.lab.store import Store

PRELOADED = [
    "difflab.lab.alone",
    "difflab.studies.convergence",
    "difflab.studies.cost",
    "difflab.studies.tower",
    "sklearn.datasets",
    "sklearn.model_selection",
    "sympy",
    "torch",
    "typer",  # new processes import the script that was started, which is the command line
]
"""What the server imports; a library that is not installed is passed over."""


def run_alone(cell: Cell, store: Store) -> Record:
    """Run one cell in a fresh process and wait for it.

    Returns
    -------
    Record
        A timeout where the cell took longer than it may, a crash where its process died.
    """
    store.forget(cell)
    process = _context().Process(target=_measure, args=(cell, store))
    try:
        with _environment({**SINGLE_THREAD, **FIXED_ALLOCATOR}), ctrl_c_held_back():
            process.start()
        process.join(cell.timeout)
        if process.exitcode is None:
            return _save(store, Record(cell, "timeout", reason=f"stopped after {cell.timeout:g} s"))
    finally:
        if process.exitcode is None:
            process.kill()
            process.join()
    reason = f"its process ended with status {process.exitcode}"
    return store.find(cell) or _save(store, Record(cell, "crash", reason=reason))


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


@contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    """Set variables for processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _measure(cell: Cell, store: Store) -> None:
    """Run in the new process."""
    import gc

    from threadpoolctl import threadpool_limits

    gc.freeze()  # what the server imported need not be looked through again
    with threadpool_limits(1):
        store.save(run_cell(cell))


def _save(store: Store, record: Record) -> Record:
    store.save(record)
    return record
