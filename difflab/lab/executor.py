"""The executor: two lanes, one for counting and one for timing.

Cells that count (accuracy, swell, truncation) run in parallel worker processes. Cells that measure
time run alone, each in a fresh process with one BLAS thread and a fixed allocator, while nothing
else of ours is running. Results are saved by whoever computed them, so a dying worker or an
interrupted run loses only the cells in flight.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from difflab.lab.alone import run_alone
from difflab.lab.cell import EXCLUSIVE, Cell, Record
from difflab.lab.interrupts import ctrl_c_held_back
from difflab.lab.run import run_cell
from difflab.lab.store import Store

Progress = Callable[[Record, int, int], None]
"""Called after every cell with its record, how many are done, and how many there are."""


def run_cells(
    cells: Sequence[Cell],
    store: Store,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> list[Record]:
    """Run the cells that are not in the store yet and return the records of all, in order.

    Parameters
    ----------
    cells : sequence of Cell
    store : Store
        Read first, written after every cell.
    jobs : int or None
        Worker processes of the parallel lane; None means one per core.
    progress : callable or None

    Returns
    -------
    list of Record
        One per cell, in the order of ``cells``.
    """
    waiting = [cell for cell in cells if not store.is_done(cell)]
    done = len(cells) - len(waiting)
    for cell in waiting:
        store.forget(cell)  # a failure of before must not be mistaken for this run's
    parallel = [cell for cell in waiting if cell.kind not in EXCLUSIVE]
    alone = [cell for cell in waiting if cell.kind in EXCLUSIVE]
    try:
        for lane in (_run_parallel(parallel, store, jobs), (run_alone(c, store) for c in alone)):
            for record in lane:
                done += 1
                if progress is not None:
                    progress(record, done, len(cells))
    finally:
        store.sweep()
    return [store.find(cell) or Record(cell, "crash", reason="no record") for cell in cells]


def _run_and_save(cell: Cell, store: Store) -> Record:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        record = run_cell(cell)
    store.save(record)
    return record


def _run_parallel(cells: Sequence[Cell], store: Store, jobs: int | None) -> Iterator[Record]:
    """The parallel lane; a cell whose worker died is tried once more, alone in its own process."""
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    if not cells:
        return
    jobs = min(len(cells), jobs or os.cpu_count() or 1)
    reported = set()
    try:
        threads = 1 if jobs > 1 else None
        with parallel_config("loky", inner_max_num_threads=threads), ctrl_c_held_back():
            run = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
            results = run(delayed(_run_and_save)(cell, store) for cell in cells)
        for record in results:
            reported.add(record.cell)
            yield record
    except TerminatedWorkerError:
        for cell in cells:
            if cell not in reported:
                yield store.find(cell) or run_alone(cell, store)
    finally:
        get_reusable_executor().shutdown(wait=True)  # idle workers keep memory, and wake up
