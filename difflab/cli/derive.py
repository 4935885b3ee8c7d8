"""``difflab derive``: a derivative as one writes it on paper, with the numbers of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from difflab.errors import UsageError


def derive(
    name: Annotated[
        str | None,
        typer.Argument(help="A task that `difflab tasks` lists, or a function such as sigmoid."),
    ] = None,
    expr: Annotated[
        str | None, typer.Option("--expr", help="Derive this expression instead.")
    ] = None,
    latex: Annotated[
        Path | None, typer.Option("--latex", help="Also write a LaTeX document into this file.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Override a setting; may be repeated.")
    ] = None,
) -> None:
    """Derive the gradient of a task's loss, or the derivative of a function, on paper.

    \b
    Functions: sigmoid, tanh, softplus, softmax, cross-entropy.
    \b
    Examples:
      difflab derive simplest
      difflab derive linear-regression
      difflab derive digits --latex digits.tex
      difflab derive cross-entropy
      difflab derive --expr "z/(1 + exp(-z))"
    """
    from difflab.studies import derivation

    if expr is not None and (name is not None or set_):
        other = f"also {name}" if name is not None else "settings"
        raise UsageError(
            f"--expr is given, and {other}",
            "an expression is derived on its own",
            f'difflab derive --expr "{expr}"',
        )
    if expr is not None:
        found = derivation.derive_expression(expr)
    else:
        found = derivation.derive(name or "simplest", set_ or [])
    if latex is not None:
        from difflab.files import write_atomically

        write_atomically(latex, found.latex())
    typer.echo(found.text())
    if latex is not None:
        typer.echo(f"\nthe document is in {latex}")
