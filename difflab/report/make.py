"""Making a report: measure the cells of a profile, build the files, put them in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from difflab.lab.cell import Cell, Record
from difflab.lab.executor import Progress, run_cells
from difflab.lab.machine import environment
from difflab.lab.profiles import cells
from difflab.lab.store import Store
from difflab.report.build import build, check_folder, write


@dataclass(frozen=True, slots=True)
class Report:
    """A report that was written.

    Attributes
    ----------
    page : Path
        The HTML file.
    records : sequence of Record
        What was measured.
    reused : int
        How many records were there already.
    """

    page: Path
    records: Sequence[Record]
    reused: int


def make_report(
    profile: str,
    folder: Path,
    *,
    fresh: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Measure what is not measured yet, and write the report.

    Interrupted at any moment it leaves the finished cells in ``folder/.cells``, and the next call
    goes on from there.

    Parameters
    ----------
    profile : str
        A name of `difflab.lab.profiles.PROFILES`.
    folder : Path
        Where to; new, empty, or an earlier report.
    fresh : bool
        Measure everything again.
    jobs : int or None
        Worker processes of the parallel lane; None means one per core.
    progress : callable or None
        See `difflab.lab.executor.run_cells`.

    Raises
    ------
    UnknownNameError, OutputError
        Before anything is measured.
    """
    chosen = cells(profile)
    check_folder(folder)
    store = kept(folder)
    if fresh:
        store.clear()
    reused = sum(store.is_done(cell) for cell in chosen)
    records = run_cells(chosen, store, jobs=jobs, progress=progress)
    write(folder, build(records, environment(), f"difflab report --profile {profile}"))
    return Report(folder / "report.html", records, reused)


def kept(folder: Path) -> Store:
    """Return the store of a report's folder."""
    return Store(folder / ".cells")


def finished(profile: str, folder: Path) -> tuple[int, int]:
    """Return how many cells of a profile are done, and how many there are."""
    chosen: list[Cell] = cells(profile)
    store = kept(folder)
    return sum(store.is_done(cell) for cell in chosen), len(chosen)
