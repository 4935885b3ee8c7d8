"""``difflab tasks``, ``providers`` and ``doctor``: what there is, and whether it works."""

from __future__ import annotations

from typing import Annotated

import typer


def tasks(
    measure: Annotated[
        bool, typer.Option("--measure", help="Time one gradient of each, with every way.")
    ] = False,
) -> None:
    """List the tasks of the course: what each shows, who can run it, and what it costs.

    \b
    Examples:
      difflab tasks
      difflab tasks --measure
    """
    from difflab import console
    from difflab import tasks as all_tasks
    from difflab.tasks.listing import listing, measured_prices

    names = all_tasks.names()
    if not measure:
        typer.echo(console.table([listing(name) for name in names]))
        typer.echo(
            "S symbolic, N numerical, A automatic: who runs it in seconds to minutes. The price is "
            "a rule of thumb\nfor reverse mode on one core, right within a factor of 3; --measure "
            "times one gradient of each."
        )
        return
    rows = []
    with console.progress(len(names), "tasks") as show:
        for number, name in enumerate(names, start=1):
            rows.append(measured_prices(name))
            show(name, number)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    typer.echo(console.table([{column: row.get(column, "") for column in columns} for row in rows]))


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
