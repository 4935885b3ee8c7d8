"""The command line: parses, calls, prints. Everything that computes is elsewhere.

Imports of the lab happen inside the commands, so that ``difflab --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from difflab.errors import DifflabError, OutputError, UsageError

if TYPE_CHECKING:
    from difflab.tasks import Settings, Task, TaskResult
    from difflab.tasks.price import Price

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""

app = typer.Typer(
    name="difflab",
    help="Differentiate plain NumPy functions symbolically, numerically or automatically; "
    "compare accuracy, cost and convergence.",
    epilog="Start with: difflab report",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        import difflab

        typer.echo(f"difflab {difflab.__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
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


@app.command()
def train(
    task: Annotated[str, typer.Argument(help="A name that `difflab tasks` lists.")],
    gradient: Annotated[
        str, typer.Option("--gradient", "-g", help="A name that `difflab providers` lists.")
    ] = "autodiff",
    optimizer: Annotated[
        str | None,
        typer.Option("--optimizer", "-o", help="sgd, momentum, nesterov, rmsprop, adam, adamw."),
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Override a setting; may be repeated.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Short for --set steps=N.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Run even if it takes very long.")] = False,
) -> None:
    """Train a task and print the final loss beside the expected one.

    \b
    Examples:
      difflab train sincos --gradient autodiff --optimizer adam
      difflab train sincos-small --gradient symbolic
      difflab train digits --set width=64 --set lr=0.002
    """
    from difflab import providers, tasks

    chosen = tasks.get(task)
    providers.get(gradient)
    named = chosen.with_optimizer(optimizer) if optimizer else chosen.settings
    assignments = [*(set_ or []), *([f"steps={steps}"] if steps else [])]
    settings = tasks.override(named, assignments)
    if optimizer and settings.optimizer != named.optimizer:
        raise UsageError(
            f"two optimizers are named: {optimizer} and {settings.optimizer}",
            "one of the two would be ignored",
            f"--optimizer {settings.optimizer}, without --set optimizer",
        )
    typer.echo(_headline(chosen, settings, gradient))
    result = tasks.run(
        chosen, gradient, settings, confirmed=yes, progress=None, announce=_tell_price
    )
    typer.echo(_outcome(result))
    if result.training.interrupted:
        raise typer.Exit(INTERRUPTED)


def _headline(task: Task, settings: Settings, gradient: str) -> str:
    objective = task.objective(settings)
    return "\n".join(
        [
            f"{task.name}: {objective.model}, {objective.model.parameter_count:,} parameters",
            f"loss: {objective.loss.convention}",
            f"{gradient} gradients; {settings.optimizer}, learning rate {settings.lr:g}, "
            f"seed {settings.seed}",
        ]
    )


def _tell_price(price: Price) -> None:
    typer.echo(str(price))


def _outcome(result: TaskResult) -> str:
    from difflab import console
    from difflab.clock import duration

    training = result.training
    checks = {check.expectation.quantity: check for check in result.checks}
    rows = []
    for name, value in result.measured.items():
        row = {"": name, "measured": f"{value:.8g}", "expected": "", "verdict": ""}
        if name in checks:
            check = checks[name]
            row["expected"] = f"{check.expectation.low:.8g} to {check.expectation.high:.8g}"
            row["verdict"] = "within" if check.within else "outside"
        rows.append(row)
    lines = [
        f"{len(training.history):,} steps in {duration(training.seconds)}, after "
        f"{duration(training.preparation_seconds)} of preparation; the loss began at "
        f"{training.initial_loss:.6g}"
    ]
    if training.interrupted:
        lines.append("interrupted: the numbers are those of the steps done")
    lines.append(console.table(rows))
    if not result.checks:
        lines.append("no expected number is known for these settings")
    return "\n".join(lines)


@app.command()
def tasks() -> None:
    """List the tasks of the course: network, steps, and what each shows.

    \b
    Example:
      difflab tasks
    """
    from difflab import console
    from difflab import tasks as all_tasks

    rows = []
    for name in all_tasks.names():
        task = all_tasks.get(name)
        model = task.objective(task.settings).model
        rows.append(
            {
                "task": name,
                "network": str(model),
                "parameters": f"{model.parameter_count:,}",
                "steps": f"{task.settings.steps:,}",
                "optimizer": task.settings.optimizer,
                "shows": task.shows,
            }
        )
    typer.echo(console.table(rows))


@app.command()
def providers() -> None:
    """List the providers of gradients, and whether each can run here.

    \b
    Example:
      difflab providers
    """
    from difflab import console
    from difflab import providers as all_providers

    rows = []
    for name in all_providers.names():
        reason = all_providers.find(name).unavailable()
        rows.append(
            {
                "provider": name,
                "available": "yes" if reason is None else "no",
                "what it does": all_providers.summary(name) if reason is None else reason,
            }
        )
    typer.echo(console.table(rows))
    short = ", ".join(f"{alias} = {name}" for alias, name in all_providers.ALIASES.items())
    typer.echo(f"short names: {short}")


@app.command()
def doctor() -> None:
    """Examine the installation: versions, and one known gradient through every provider.

    \b
    Example:
      difflab doctor
    """
    from difflab import console
    from difflab.doctor import examine

    findings = examine()
    words = {True: "ok", False: "FAULT", None: ""}
    typer.echo(
        console.table(
            [{"": f.subject, "found": f.result, "verdict": words[f.healthy]} for f in findings]
        )
    )
    if any(finding.healthy is False for finding in findings):
        raise typer.Exit(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; turn every error into three parts and an exit status."""
    sys.exit(_status(list(sys.argv[1:] if arguments is None else arguments)))


def _status(arguments: list[str]) -> int:
    from difflab.console import print_error

    try:
        return int(app(arguments, standalone_mode=False) or 0)
    except DifflabError as error:
        print_error(error)
        return error.exit_status
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError as error:
        print_error(
            DifflabError(
                "there is not enough memory",
                str(error) or "an array could not be allocated",
                "smaller --set width=..., or --set batch_size=64",
            )
        )
        return 1
    except OSError as error:
        print_error(
            OutputError(
                f"the system refused: {error.strerror or error}",
                f"it was about {error.filename}" if error.filename else "while reading or writing",
                "another file or folder, with room and permission",
            )
        )
        return 1
    except Exception as error:
        if hasattr(error, "format_message"):  # the parser's own complaints
            print_error(_misuse(error, arguments))
            return 2
        if os.environ.get("DIFFLAB_DEBUG"):
            raise
        print_error(
            DifflabError(
                f"difflab failed: {type(error).__name__}: {error}",
                "this was not foreseen, and is a fault of difflab rather than yours",
                "the same command with DIFFLAB_DEBUG=1 in front shows where, for a bug report",
            )
        )
        return 1


def _misuse(error: Any, arguments: list[str]) -> UsageError:
    """Word the parser's error in our three parts."""
    known = [command.name or command.callback.__name__ for command in app.registered_commands]  # type: ignore[union-attr]
    if arguments and arguments[0] in known:
        why, command = f"difflab {arguments[0]} cannot be called like this", f" {arguments[0]}"
    else:
        why, command = f"the commands are {', '.join(map(str, known))}", ""
    what = error.format_message().rstrip(".")
    return UsageError(what[:1].lower() + what[1:], why, f"difflab{command} --help shows what fits")


if __name__ == "__main__":
    main()
