"""``difflab train``: one task with one way to differentiate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from difflab.cli.status import INTERRUPTED
from difflab.errors import UsageError

if TYPE_CHECKING:
    from difflab.tasks import Settings, Task, TaskResult
    from difflab.tasks.price import Price


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
      difflab train sincos -g autodiff,check=finite-difference
      difflab train digits -g spsa,directions=64 -o sgd
      difflab train sincos --set "activation=z/(1+exp(-z))" -g symbolic
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
    if result.interrupted:
        raise typer.Exit(INTERRUPTED)


def _headline(task: Task, settings: Settings, gradient: str) -> str:
    objective = task.objective(settings)
    return "\n".join(
        [
            f"{task.name}: {objective.model}, {objective.model.parameter_count:,} parameters",
            f"loss: {objective.convention}",
            f"{gradient} gradients; {settings.optimizer}, learning rate {settings.lr:g}, "
            f"seed {settings.seed}",
        ]
    )


def _tell_price(price: Price) -> None:
    typer.echo("\n".join([*price.notes, str(price)]))


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
    lines = []
    if training is not None:
        lines.append(
            f"{len(training.history):,} steps in {duration(training.seconds)}, after "
            f"{duration(training.preparation_seconds)} of preparation; the loss began at "
            f"{training.initial_loss:.6g}"
        )
    if result.interrupted:
        lines.append("interrupted: the numbers are those of the steps done")
    lines.append(console.table(rows))
    if not result.checks:
        lines.append("no expected number is known for these settings")
    return "\n".join(lines)
