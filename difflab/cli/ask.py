"""``difflab ask``: the lecture's questions, each with the command that answers it."""

from __future__ import annotations

import shlex
import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from difflab.errors import UsageError

if TYPE_CHECKING:
    from difflab.tasks.question import Question

WIDTH = 96
"""Characters of a line."""


def ask(
    question: Annotated[
        str | None, typer.Argument(help="A number or a word of the list; all without.")
    ] = None,
    run: Annotated[bool, typer.Option("--run", help="Also run the command that answers.")] = False,
) -> None:
    """List the lecture's questions with their answers; or show one, and run what answers it.

    \b
    Examples:
      difflab ask
      difflab ask 3
      difflab ask bias
      difflab ask local-optimum --run
    """
    from difflab.tasks.question import find
    from difflab.tasks.questions import QUESTIONS

    if question is None:
        if run:
            raise UsageError(
                "nothing was asked that could be run",
                "all answers together take many minutes",
                "difflab ask local-optimum --run",
            )
        typer.echo("\n".join(line(number, each) for number, each in enumerate(QUESTIONS, start=1)))
        typer.echo("\nOne in full: difflab ask 1, or difflab ask bias; --run runs what answers it.")
        return
    chosen = find(question, QUESTIONS)
    typer.echo(in_full(QUESTIONS.index(chosen) + 1, chosen))
    if run:
        typer.echo(f"\n$ {chosen.command}")
        _carry_out(chosen.command)


def line(number: int, question: Question) -> str:
    """One question of the list: text, then task or command and the answer below."""
    by = question.task or question.command
    return "\n".join(
        [
            textwrap.fill(question.text, WIDTH, initial_indent=f"{number:2}  ",
                          subsequent_indent=" " * 4),
            textwrap.fill(f"{by}: {question.answer}", WIDTH, initial_indent=" " * 6,
                          subsequent_indent=" " * 6, break_on_hyphens=False),
        ]
    )  # fmt: skip


def in_full(number: int, question: Question) -> str:
    """One question with its slide, its answer, the command, and the numbers to look at."""
    from difflab import console

    parts = [
        f"{number}. {question.text}",
        f"   ({question.slide})",
        "",
        textwrap.fill(question.answer, WIDTH, break_on_hyphens=False),
        "",
        f"See it: {question.command}",
    ]
    if rows := _numbers(question):
        parts += ["", "Look at:", console.table(rows)]
    return "\n".join(parts)


def _numbers(question: Question) -> list[dict[str, str]]:
    """What the task is expected to give, for the quantities of the answer."""
    from difflab import tasks

    if not question.task:
        return []
    expectations = tasks.get(question.task).expectations
    rows = []
    for number in question.numbers:
        given = ", ".join(f"{name}={_typed(value)}" for name, value in number.given.items())
        rows += [
            {
                "quantity": each.quantity,
                "expected": each.interval,
                "with": given or "the task's own settings",
                "source": each.source,
            }
            for each in expectations
            if each.quantity == number.quantity and dict(each.given) == dict(number.given)
        ]
    return rows


def _typed(value: object) -> str:
    """A setting as ``--set`` takes it."""
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _carry_out(command: str) -> None:
    from difflab.cli import app

    status = app(shlex.split(command)[1:], standalone_mode=False)
    if status:
        raise typer.Exit(int(status))
