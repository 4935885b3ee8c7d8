"""``difflab tasks``, ``providers`` and ``doctor``: what there is, and whether it works."""

from __future__ import annotations

import typer


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


def providers() -> None:
    """List the providers of gradients, and whether each can run here.

    \b
    Example:
      difflab providers
    """
    from difflab import console
    from difflab import providers as all_providers
    from difflab.numeric import SCHEMES
    from difflab.providers.evaluators import NAMES

    rows = []
    for name in [*all_providers.names(), *all_providers.estimators()]:
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
    typer.echo(f"finite-difference:SCHEME takes {', '.join(SCHEMES)} and every even central order")
    typer.echo(f"  and finite-difference:SCHEME:EVALUATOR {', '.join(NAMES)}")
    typer.echo("options follow a name, such as spsa,directions=64:")
    for name in [*all_providers.names(), *all_providers.estimators()]:
        if options := all_providers.options(name):
            typer.echo(f"  {name}: {', '.join(options)}")
    typer.echo("  every name: check=OTHER, which compares with another provider at preparation")


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
