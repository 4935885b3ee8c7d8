"""``difflab truncation``: how the error of a difference falls and rises with its step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from difflab.cli.status import INTERRUPTED

if TYPE_CHECKING:
    from difflab.lab.cell import Cell, Record


def truncation(
    task: Annotated[
        str | None, typer.Argument(help="A task that `difflab tasks` lists, such as simplest.")
    ] = None,
    expr: Annotated[
        str | None, typer.Option("--expr", help="A function of your own instead of a task.")
    ] = None,
    parameter: Annotated[
        str | None,
        typer.Option(help='What moves: w2 of simplest, "W1[3,5]" or "b2[0]" of a network, a name.'),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", help="Where an expression is evaluated: x=0.9; may be repeated."),
    ] = None,
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
    scheme: Annotated[
        list[str] | None,
        typer.Option("--scheme", help="forward, backward, central, central-4, ..., complex-step."),
    ] = None,
    points: Annotated[int, typer.Option(help="Points that errors are averaged over.")] = 200,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for tables and figures.")
    ] = None,
) -> None:
    """Measure the error of differences against their step, and compare it with theory.

    Every curve is predicted before it is measured: asymptotes come from the stencil, from true
    higher derivatives and from the noise of the function; nothing is fitted but the slopes.

    \b
    Examples:
      difflab truncation simplest --parameter w2
      difflab truncation digits --parameter "W2[3,5]"
      difflab truncation --expr "exp(x)*sin(y)" --parameter y --at x=1 --at y=0.5
      difflab truncation simplest --dtype float32 --scheme central --scheme central-4
      difflab truncation sincos-small --out reports/truncation
    """
    from difflab import console
    from difflab.cli.swell import _make_folder

    cells = _cells(task, expr, parameter, at or [], dtype, scheme, points)
    if out is not None:
        _make_folder(out)
    done: list[Record] = []
    interrupted = False
    with console.progress(len(cells), "exhibits") as show:
        try:
            for cell in cells:
                done.append(_record(cell))
                show(cell.provider, len(done))
        except KeyboardInterrupt:
            interrupted = True
    from difflab.report.tables import tidy

    table = tidy(done)
    if done:
        from difflab.report.truncation.page import page

        typer.echo(page(table, dtype))
    if interrupted:
        typer.echo(f"interrupted after {len(done)} of {len(cells)} exhibits", err=True)
        raise typer.Exit(INTERRUPTED)
    if out is not None:
        from difflab.lab.files import write_atomically
        from difflab.report.truncation.page import files

        for name, text in files(table, dtype).items():
            write_atomically(out / name, text)
            typer.echo(f"written: {out / name}")


def _record(cell: Cell) -> Record:
    from difflab.lab.cell import Record
    from difflab.lab.measure import measure

    return Record(cell, "ok", tuple(measure(cell)))


def _cells(
    task: str | None,
    expression: str | None,
    parameter: str | None,
    at: list[str],
    dtype: str,
    schemes: list[str] | None,
    points: int,
) -> list[Cell]:
    """One cell per exhibit; misuse is found out before anything is measured."""
    from difflab.cli.swell import _point
    from difflab.errors import UsageError
    from difflab.lab.cell import Cell
    from difflab.studies.truncation import subject_of
    from difflab.studies.truncation.curves import expected_slopes
    from difflab.studies.truncation.study import (
        EXPRESSION,
        NETWORK_EXHIBITS,
        SUBJECT_EXHIBITS,
    )

    if (task is None) == (expression is None):
        raise UsageError(
            "a task and an expression exclude one another"
            if task
            else "nothing was named to differentiate",
            "the study has one subject",
            'difflab truncation simplest, or difflab truncation --expr "exp(x)"',
        )
    name = task or f"{EXPRESSION}{expression}"
    chosen = tuple(dict.fromkeys(schemes or DEFAULT))
    for each in chosen:
        expected_slopes(each)
    place = _point(at)
    subject_of(name, parameter, dtype, points, place or None, order=1)
    options = tuple(
        (key, value)
        for key, value in (("parameter", parameter), ("points", points), ("at", place or None))
        if value is not None
    )
    exhibits = (*chosen, *SUBJECT_EXHIBITS, *(NETWORK_EXHIBITS if task else ()))
    return [Cell("truncation", name, each, dtype=dtype, options=options) for each in exhibits]


DEFAULT = ("forward", "central", "central-4", "central-6", "central-8", "complex-step")
"""Schemes that are shown unless others are asked for."""
