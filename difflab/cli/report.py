"""``difflab report``: measure, and write the comparison report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from difflab.cli.status import INTERRUPTED


def report(
    profile: Annotated[
        str, typer.Option(help="quick (about a minute) or full (some minutes).")
    ] = "quick",
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; reports/PROFILE by default.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure everything again.")] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Worker processes for cells that are not timed.")
    ] = None,
) -> None:
    """Measure all providers on the course's tasks and write the comparison report.

    Ctrl-C keeps what is measured; the same command goes on from there.

    \b
    Examples:
      difflab report
      difflab report --profile full --out reports/mine
    """
    from difflab import console
    from difflab.lab.cell import Record
    from difflab.lab.profiles import cells
    from difflab.report.make import finished, make_report

    folder = out or Path("reports") / profile
    try:
        with console.progress(len(cells(profile)), "cells") as show:

            def tell(record: Record, done: int, _total: int) -> None:
                show(f"{record.cell.label}: {record.status}", done)

            made = make_report(profile, folder, fresh=fresh, jobs=jobs, progress=tell)
    except KeyboardInterrupt:
        done, total = finished(profile, folder)
        typer.echo(
            f"interrupted: {done} of {total} cells are kept in {folder / '.cells'}; "
            "the same command goes on from there",
            err=True,
        )
        raise typer.Exit(INTERRUPTED) from None
    counts = {record.status: 0 for record in made.records}
    for record in made.records:
        counts[record.status] += 1
    told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    typer.echo(f"{len(made.records)} cells ({told}; {made.reused} measured before)")
    typer.echo(f"report: {made.page}")
    broken = [record for record in made.records if record.status in ("error", "crash")]
    for record in broken:
        typer.echo(f"failed: {record.cell.label}: {record.reason}", err=True)
    if broken:
        raise typer.Exit(1)
