"""``difflab bench``: measure gradients against hand-written NumPy and other libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def bench(
    suite: Annotated[str, typer.Argument(help="autodiff, symbolic, finite-difference or course.")],
    case: Annotated[
        list[str] | None, typer.Option(help="Only this case; may be given several times.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(help="File for everything that was measured.")
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="Samples per contender and process; 15 by default.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Fresh processes per case; 3 by default.")
    ] = None,
) -> None:
    """Measure gradients beside hand-written NumPy, PyTorch, HIPS autograd, JAX and SciPy.

    Contenders that are not installed are listed with what to type. The exit status is 0 whether or
    not the targets are reached; the table says which are.

    \b
    Cases:
      autodiff           simplest, 4-16-16-3, 2-64-64-1, 2-64-64-1-float32, 784-128-10, deep, chain
      symbolic           2-16-16-1, 2-64-64-1, 784-128-10
      finite-difference  sincos, sincos-float32, 64-32-10, digits
      course             mnist, sincos-100k, optimizers

    \b
    Examples:
      difflab bench autodiff
      difflab bench autodiff --case 4-16-16-3 --case chain --samples 100
      difflab bench autodiff --samples 1 --processes 1   (a quick look)
      difflab bench autodiff --json bench.json
      difflab bench symbolic
      difflab bench finite-difference --case 64-32-10
      difflab bench course --case mnist   (whole training loops; DIFFLAB_DATA names the files)
    """
    from difflab import console
    from difflab.bench.cases import chosen
    from difflab.bench.suite import PROCESSES, SAMPLES, SUITES, run, write
    from difflab.errors import unknown_name

    if suite not in SUITES:
        raise unknown_name("benchmark", suite, SUITES, "difflab bench --help")
    cases = chosen(case or (), suite)
    rounds = processes or PROCESSES
    with console.progress(rounds * len(cases), "processes") as tell:
        made = run(suite, cases, samples or SAMPLES, rounds, tell)
    typer.echo(made.page)
    if json is not None:
        write(made, json)
        typer.echo(f"\nmeasurements: {json}")
