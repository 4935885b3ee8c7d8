"""``difflab coverage``: what of NumPy can be differentiated."""

from __future__ import annotations

from typing import Annotated

import typer


def coverage(
    status: Annotated[
        str | None,
        typer.Option(
            help="Only these: rule, composed, constant, 'shape only', 'no derivative', refused."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print records as JSON.")] = False,
) -> None:
    """List every function of NumPy that can be traced, and how it is differentiated.

    \b
    Examples:
      difflab coverage
      difflab coverage --status refused
      difflab coverage --json
    """
    from difflab import console
    from difflab.autodiff.coverage import STATUSES, counts
    from difflab.autodiff.coverage import coverage as all_records
    from difflab.errors import UsageError

    if status is not None and status not in STATUSES:
        raise UsageError(
            f"there is no status {status!r}",
            f"the statuses are {', '.join(STATUSES)}",
            "difflab coverage, without --status, for all",
        )
    records = all_records()
    chosen = [record for record in records if status in (None, record.status)]
    if json:
        from dataclasses import asdict
        from json import dumps

        typer.echo(dumps([asdict(record) for record in chosen], indent=2))
        return
    rows = [
        {
            "function": record.name,
            "status": record.status,
            "forward": "yes" if record.forward else "",
            "order": record.order or "",
            "at kinks, or instead": record.kink or record.note,
        }
        for record in chosen
    ]
    typer.echo(console.table(rows))
    told = ", ".join(f"{count} {name}" for name, count in counts(records).items())
    typer.echo(f"\n{len(records)} functions: {told}")
