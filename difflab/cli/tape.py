"""``difflab tape``: what reverse mode writes down for one task, and how it reads it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from difflab.autodiff.wengert import WengertStep
    from difflab.tasks import Settings, Task


def tape(
    task: Annotated[str, typer.Argument(help="A name that `difflab tasks` lists.")] = "simplest",
    svg: Annotated[
        Path | None, typer.Option("--svg", help="Also draw the graph into this file.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Override a setting; may be repeated.")
    ] = None,
) -> None:
    """Print the tape of a task's loss: every step with value, adjoint and chain-rule factors.

    \b
    Examples:
      difflab tape simplest
      difflab tape simplest --svg tape.svg
      difflab tape digits --set width=16
    """
    from difflab import tasks

    chosen = tasks.get(task)
    steps = _steps(chosen, tasks.override(chosen.settings, set_ or []))
    if svg is not None:
        from difflab.files import write_atomically
        from difflab.report.tape_drawing import draw_tape

        write_atomically(svg, draw_tape(steps, f"{chosen.name}: the tape"))
    typer.echo(_table(steps))
    factors = _chain_rule(steps)
    if factors:
        typer.echo("\nthe chain rule, from the result back:")
        typer.echo("\n".join(factors))
    if svg is not None:
        typer.echo(f"\nthe graph is in {svg}")


def _steps(task: Task, settings: Settings) -> Sequence[WengertStep]:
    """The tape at the parameters that a run starts from, in the lecture's symbols."""
    from difflab.autodiff.wengert import wengert

    data, objective = task.dataset(settings), task.objective(settings)
    layers = len(objective.model.layers)

    def loss(params: Any, x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
        outputs = objective.model.layer_outputs(params, x)
        marked = {}
        for number, (z, n) in enumerate(outputs, start=1):
            marked[f"z{number}"] = z
            if n is not z:
                hidden = "n" if layers == 2 else f"n{number}"
                marked["m" if number == layers else hidden] = n
        return objective.loss(outputs[-1][1], y), marked

    return wengert(
        loss,
        task.parameters(settings),
        data.x,
        data.y,
        parameters=[f"{part}{k}" for k in range(1, layers + 1) for part in "wb"],
        constants=("x", "y"),
    )


def _table(steps: Sequence[WengertStep]) -> str:
    from difflab import console
    from difflab.report.tape_drawing import brief

    return console.table(
        [
            {
                "step": step.index,
                "name": step.name,
                "computed as": step.expression,
                "value": brief(step.value),
                "adjoint": "" if step.adjoint is None else brief(step.adjoint),
            }
            for step in steps
        ]
    )


def _chain_rule(steps: Sequence[WengertStep]) -> list[str]:
    """One line per factor, last step first; empty where the steps are arrays."""
    from difflab.report.tape_drawing import brief

    result, lines = steps[-1].name, []
    for step in reversed(steps):
        for factor in step.factors:
            parent = steps[factor.parent]
            if factor.derivative is None or step.adjoint is None or parent.adjoint is None:
                continue
            outer, inner = brief(step.adjoint), brief(factor.derivative)
            product = brief(factor.derivative * float(step.adjoint.sum()))
            lines.append(
                f"  d{result}/d{parent.name} = d{result}/d{step.name} * d{step.name}/d{parent.name}"
                f" = {outer} * {inner} = {product}"
            )
    return lines
