"""``difflab truncation``: how the error of a difference falls and rises with its step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from difflab.cli.arguments import make_folder, point_of
from difflab.cli.status import INTERRUPTED

if TYPE_CHECKING:
    from difflab.lab.cell import Cell, Record


def truncation(
    task: Annotated[
        str | None, typer.Argument(help="A task that `difflab tasks` lists, such as simplest.")
    ] = None,
    expr: Annotated[
        str | None, typer.Option("--expr", help="An expression of your own instead of a task.")
    ] = None,
    function: Annotated[
        str | None,
        typer.Option(help="A function of one float: my_model.py:loss or package.module:name."),
    ] = None,
    parameter: Annotated[
        str | None,
        typer.Option(help='What moves: w2 of simplest, "W1[3,5]" or "b2[0]" of a network, a name.'),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", help="Where to evaluate: x=0.9, repeated for each name; 0.9 for one."),
    ] = None,
    step: Annotated[
        float | None,
        typer.Option(help="Diagnose a central difference with this step, without any truth."),
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

    With --step, and for a --function, no truth is used: the error of one central difference is
    diagnosed as truncation, rounding or a kink, and a better step is named.

    \b
    Examples:
      difflab truncation simplest --parameter w2
      difflab truncation digits --parameter "W2[3,5]"
      difflab truncation --expr "exp(x)*sin(y)" --parameter y --at x=1 --at y=0.5
      difflab truncation simplest --dtype float32 --scheme central --scheme central-4
      difflab truncation sincos-small --out reports/truncation
      difflab truncation --function my_model.py:loss --at 1.5 --step 1e-3
      difflab truncation --expr "exp(x)*sin(x)" --at 1.5 --step 1e-9
    """
    from difflab import console

    _check_subject(task, expr, function)
    if function is not None or step is not None:
        return _diagnose(task, expr, function, parameter, at or [], dtype, step, scheme, out)
    cells = _cells(task, expr, parameter, at or [], dtype, scheme, points)
    if out is not None:
        make_folder(out)
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
        from difflab.report.truncation.page import files

        _write(files(table, dtype), out)
    return None


def _write(files: dict[str, str], folder: Path) -> None:
    from difflab.files import write_atomically

    for name, text in files.items():
        write_atomically(folder / name, text)
        typer.echo(f"written: {folder / name}")


def _check_subject(task: str | None, expression: str | None, function: str | None) -> None:
    from difflab.errors import UsageError

    named = [name for name in (task, expression, function) if name is not None]
    if len(named) != 1:
        raise UsageError(
            "a task, an expression and a function exclude one another"
            if named
            else "nothing was named to differentiate",
            "the study has one subject",
            'difflab truncation simplest, or difflab truncation --expr "exp(x)"',
        )


def _diagnose(
    task: str | None,
    expression: str | None,
    function: str | None,
    parameter: str | None,
    at: list[str],
    dtype: str,
    step: float | None,
    schemes: list[str] | None,
    out: Path | None,
) -> None:
    """Print, and write, what can be said about one step without knowing the truth."""
    from difflab.errors import UsageError
    from difflab.studies.truncation.without_truth import examine

    if schemes and schemes != ["central"]:
        raise UsageError(
            f"--scheme {schemes[0]} means nothing for a diagnosis",
            "central differences are diagnosed",
            "--step without --scheme",
        )
    title, f, x = _function(task, expression, function, parameter, at, dtype)
    if out is not None:
        make_folder(out)
    h, found, ladder, seen = examine(f, x, step)
    from difflab.report.truncation import diagnosis

    typer.echo(diagnosis.page(title, h, found, ladder, seen))
    if out is not None:
        _write(diagnosis.files(title, h, found, seen), out)


def _function(
    task: str | None,
    expression: str | None,
    function: str | None,
    parameter: str | None,
    at: list[str],
    dtype: str,
) -> tuple[str, Callable[[Any], Any], Any]:
    """What is diagnosed: its title, the function of one number, and where."""
    import numpy as np

    from difflab.errors import UsageError
    from difflab.studies.truncation import subject_of
    from difflab.studies.truncation.expressions import plain
    from difflab.studies.truncation.loading import load
    from difflab.studies.truncation.study import check_dtype

    check_dtype(dtype)
    if expression is not None:
        return plain(expression, parameter, dict(_place(at, expression)) or None, dtype)
    if task is not None:
        subject = subject_of(task, parameter, dtype, 2, _place(at, None) or None, order=1)
        return subject.title, subject.function, subject.points[0]
    assert function is not None
    if parameter is not None:
        raise UsageError(
            "--parameter means nothing for a function",
            "it has one argument, and that is what moves",
            f"difflab truncation --function {function} --at 1.5",
        )
    if len(at) != 1:
        raise UsageError(
            f"{len(at)} points were given for {function}" if at else f"where is {function} meant?",
            "a function of one number is differentiated at one",
            "--at 1.5",
        )
    ((_, x),) = _place([at[0] if "=" in at[0] else f"x={at[0]}"], None)
    loaded = load(function)
    return f"{Path(function).name} at {x:g}", loaded, np.dtype(dtype).type(x)


def _place(at: list[str], expression: str | None) -> tuple[tuple[str, float], ...]:
    """Points as typed; a number alone belongs to the only name of an expression."""
    from difflab.symbolic.whitelist import read

    bare = [text for text in at if "=" not in text]
    if expression is not None and len(at) == 1 and bare:
        names = read(expression).names
        if len(names) == 1:
            return point_of([f"{names[0]}={bare[0]}"])
    return point_of(at)


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
    from difflab.lab.cell import Cell
    from difflab.studies.truncation import subject_of
    from difflab.studies.truncation.curves import expected_slopes
    from difflab.studies.truncation.study import (
        EXPRESSION,
        NETWORK_EXHIBITS,
        SUBJECT_EXHIBITS,
    )

    name = task or f"{EXPRESSION}{expression}"
    chosen = tuple(dict.fromkeys(schemes or DEFAULT))
    for each in chosen:
        expected_slopes(each)
    place = _place(at, expression)
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
