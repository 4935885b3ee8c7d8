"""``difflab train``: one task, or a table of your own, with one way to differentiate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from difflab.cli.arguments import make_folder
from difflab.cli.status import INTERRUPTED
from difflab.errors import UsageError

if TYPE_CHECKING:
    from difflab.tasks import Settings, Task, TaskResult


def train(
    task: Annotated[
        str | None, typer.Argument(help="A name that `difflab tasks` lists; or give --csv.")
    ] = None,
    gradient: Annotated[
        str, typer.Option("--gradient", "-g", help="A name that `difflab providers` lists.")
    ] = "autodiff",
    optimizer: Annotated[
        str | None,
        typer.Option(
            "--optimizer",
            "-o",
            help="sgd, momentum, nesterov, rmsprop, rmsprop-centered, adam, amsgrad, adamw, "
            "lbfgs, newton.",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Override a setting; may be repeated.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Short for --set steps=N.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Short for --set epochs=N.")] = None,
    patience: Annotated[
        int | None,
        typer.Option(min=1, help="Stop after N evaluations without a better validation loss."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for history, rows, weights, figure, numbers.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="File to write at every evaluation, and after Ctrl-C.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Checkpoint to go on from, bit for bit.")
    ] = None,
    data_dir: Annotated[
        str | None, typer.Option(help="Folder with the files of MNIST; else DIFFLAB_DATA.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="A table of your own, with a header.")] = None,
    target: Annotated[str | None, typer.Option(help="Column of --csv to predict.")] = None,
    kind: Annotated[str | None, typer.Option(help="regression or classification.")] = None,
    drop: Annotated[
        list[str] | None, typer.Option(help="Column of --csv to leave out; may be repeated.")
    ] = None,
    categorical: Annotated[
        list[str] | None, typer.Option(help="Column of text to turn into 0 and 1; may be repeated.")
    ] = None,
    gaps: Annotated[str | None, typer.Option(help="Missing values: drop the row, or mean.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Run even if it takes very long.")] = False,
) -> None:
    """Train a task and print the final loss beside the expected one.

    \b
    Examples:
      difflab train sincos --gradient autodiff --optimizer adam
      difflab train sincos-small --gradient symbolic
      difflab train digits --set width=64 --set schedule=cosine,warmup=50
      difflab train mnist --data-dir ~/data/mnist --gradient autodiff:compiled
      difflab train local-optima --set starts=20 --out runs/xor
      difflab train sincos --checkpoint run.npz, and later --resume run.npz
      difflab train --csv house.csv --target price --patience 10
      difflab train sincos -g autodiff,check=finite-difference
      difflab train sincos --set "activation=z/(1+exp(-z))" -g symbolic
    """
    from difflab import providers, tasks
    from difflab.cli.train_text import headline, outcome, price_line

    providers.get(gradient)
    if (task is None) == (csv is None):
        raise UsageError(
            "a task and a table exclude one another" if task else "nothing was named to train",
            "a run has one subject",
            "difflab train sincos, or difflab train --csv house.csv --target price",
        )
    table = {"kind": kind, "drop": drop, "categorical": categorical, "gaps": gaps}
    if task == "slides":
        raise UsageError(
            "the slides are not trained",
            "every formula of the lecture is evaluated instead",
            "difflab slides",
        )
    if csv is None:
        _check_no_table(target, table)
        chosen = tasks.get(str(task))
    else:
        chosen = _own_table(csv, target, table)
    settings = _settings(chosen, optimizer, set_ or [], steps, epochs, data_dir)
    if out is not None:
        make_folder(out)
    typer.echo(headline(chosen, settings, gradient))
    result = tasks.run(
        chosen,
        gradient,
        settings,
        confirmed=yes,
        progress=None,
        announce=lambda price: typer.echo(price_line(price)),
        **_of_the_trainer(patience, checkpoint, resume),
    )
    typer.echo(outcome(result))
    if out is not None:
        _write(result, out)
    if result.interrupted:
        if checkpoint is not None:
            typer.echo(f"go on with: the same command and --resume {checkpoint}")
        raise typer.Exit(INTERRUPTED)


def _settings(
    task: Task,
    optimizer: str | None,
    assignments: list[str],
    steps: int | None,
    epochs: int | None,
    data_dir: str | None,
) -> Settings:
    from difflab import tasks

    named = task.settings if optimizer is None else task.with_optimizer(optimizer)
    short = {"steps": steps, "epochs": epochs}
    given = [f"{name}={value}" for name, value in short.items() if value is not None]
    settings = tasks.override(named, [*assignments, *given])
    if optimizer is not None and settings.optimizer != named.optimizer:
        raise UsageError(
            f"two optimizers are named: {optimizer} and {settings.optimizer}",
            "one of the two would be ignored",
            f"--optimizer {settings.optimizer}, without --set optimizer",
        )
    if data_dir is None:
        return settings
    if "data_dir" not in dict(settings.options):
        raise UsageError(
            f"the task {task.name!r} reads no files",
            "its data are made from formulas, or come with scikit-learn",
            f"difflab train {task.name}, without --data-dir",
        )
    return settings.with_options(data_dir=data_dir)


def _check_no_table(target: str | None, table: dict[str, Any]) -> None:
    given = [name for name, value in {"target": target, **table}.items() if value is not None]
    if given:
        raise UsageError(
            f"--{given[0]} belongs to a table of your own",
            "no --csv was given",
            "difflab train --csv house.csv --target price",
        )


def _own_table(csv: Path, target: str | None, table: dict[str, Any]) -> Task:
    from difflab.datasets import read_csv
    from difflab.tasks.own_table import own_table

    if target is None:
        raise UsageError(
            f"it was not said which column of {csv} to predict",
            "one column is the target, the others are what it is predicted from",
            f"difflab train --csv {csv} --target NAME",
        )
    read = read_csv(
        csv,
        target,
        kind=table["kind"],
        drop=table["drop"] or (),
        categorical=table["categorical"] or (),
        gaps=table["gaps"],
    )
    typer.echo("\n".join(read.notes))
    return own_table(read)


def _of_the_trainer(
    patience: int | None, checkpoint: Path | None, resume: Path | None
) -> dict[str, Any]:
    from difflab.nn import EarlyStopping

    given = {
        "early_stopping": EarlyStopping(patience) if patience else None,
        "checkpoint": checkpoint,
        "resume": resume,
    }
    return {name: value for name, value in given.items() if value is not None}


def _write(result: TaskResult, folder: Path) -> None:
    from difflab.files import write_atomically
    from difflab.nn import save_weights
    from difflab.report.run_files import run_files

    for name, text in run_files(result).items():
        write_atomically(folder / name, text)
        typer.echo(f"written: {folder / name}")
    if result.training is not None:
        save_weights(folder / "weights.npz", result.training.params)
        typer.echo(f"written: {folder / 'weights.npz'}")
