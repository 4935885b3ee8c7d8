"""``difflab swell``: how large a derivative gets, form by form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from difflab.cli.arguments import make_folder, point_of
from difflab.cli.status import INTERRUPTED

if TYPE_CHECKING:
    from difflab.studies.families import Family
    from difflab.studies.swell import Plan, SwellRow, SwellStudy


def swell(
    family: Annotated[
        str | None,
        typer.Argument(
            help="logistic-map, chain, mlp, product, rosenbrock, chebyshev or helmholtz."
        ),
    ] = None,
    n: Annotated[
        str | None, typer.Option("--n", help="Sizes: 3, 1..10, 2..20..2 or 1,2,4.")
    ] = None,
    width: Annotated[str | None, typer.Option(help="Units of a hidden layer (mlp).")] = None,
    depth: Annotated[str | None, typer.Option(help="Layers (mlp), neurons (chain).")] = None,
    expr: Annotated[
        str | None, typer.Option("--expr", help="A function of your own instead of a family.")
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", help="Where to evaluate: x=0.9; may be given several times."),
    ] = None,
    form: Annotated[
        list[str] | None,
        typer.Option("--form", help="expanded, cse, staged or matrix; all by default."),
    ] = None,
    simplify: Annotated[
        bool, typer.Option("--simplify", help="Also expand, factor and simplify derivatives.")
    ] = False,
    rivals: Annotated[
        bool, typer.Option("--rivals", help="Also SymEngine, CasADi and JAX, where installed.")
    ] = False,
    budget: Annotated[
        float, typer.Option(min=0, help="Seconds that deriving one member may be foreseen to take.")
    ] = 10.0,
    time_limit: Annotated[
        float, typer.Option(min=0.1, help="Seconds after which everything is stopped.")
    ] = 300.0,
    memory_limit: Annotated[
        int, typer.Option(min=64, help="Megabytes that the measuring process may take.")
    ] = 4000,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for tables, figure and LaTeX.")
    ] = None,
) -> None:
    """Differentiate the members of a family in every symbolic form, and count.

    Sizes are counted without expanding anything; what would take too long is refused with its
    predicted size, and what is stopped keeps the rows that were finished.

    \b
    Examples:
      difflab swell mlp --width 4 --depth 1..5
      difflab swell logistic-map --n 1..10
      difflab swell logistic-map --n 2..6 --simplify --at x=0.9
      difflab swell --expr "exp(x*y)/(1 + x**2)"
      difflab swell chain --out reports/chain
    """
    from difflab import console

    plan, subject = _plan(family, {"n": n, "width": width, "depth": depth}, expr, at or [], form)
    plan = _with_options(plan, simplify, rivals, budget)
    from difflab.studies.swell import SwellStudy, study

    if out is not None:
        make_folder(out)
    lines = len(plan.members) * (
        len(plan.forms) + len(plan.rivals) + (1 + len(plan.arms) if plan.arms else 0)
    )
    with console.progress(lines, "forms") as show:
        done: list[SwellRow] = []

        def tell(row: SwellRow) -> None:
            done.append(row)
            show(f"{row.member} {row.form}: {row.status}".strip(), len(done))

        interrupted = False
        try:
            found = study(plan, time_limit, memory_limit * 1_000_000, tell)
        except KeyboardInterrupt:
            interrupted, found = True, SwellStudy(plan, tuple(done), ())
    typer.echo(_page(found, subject))
    if interrupted:
        typer.echo(f"interrupted after {len(done)} of {lines} rows", err=True)
        raise typer.Exit(INTERRUPTED)
    if out is not None:
        for path in _write(found, subject, out):
            typer.echo(f"written: {path}")
    if any("stopped" in row.status for row in found.rows):
        raise typer.Exit(1)


def _plan(
    name: str | None,
    given: dict[str, str | None],
    expression: str | None,
    at: list[str],
    forms: list[str] | None,
) -> tuple[Plan, Family]:
    from difflab.errors import UsageError, unknown_name
    from difflab.studies.families import family
    from difflab.studies.sizes import sizes
    from difflab.studies.swell import FORMS, Plan, members

    if (name is None) == (expression is None):
        raise UsageError(
            "a family and an expression exclude one another"
            if name
            else "nothing was named to differentiate",
            "the study has one subject",
            'difflab swell chain, or difflab swell --expr "exp(x*y)"',
        )
    for chosen in forms or ():
        if chosen not in FORMS:
            raise unknown_name("form", chosen, FORMS, "difflab swell --help")
    asked = {key: sizes(text) for key, text in given.items() if text is not None}
    point = point_of(at)
    plan = Plan(
        name or "",
        ((),),
        tuple(dict.fromkeys(forms or FORMS)),
        expression=expression or "",
        at=point,
    )
    subject = plan.subject if expression else family(name or "")
    if expression and asked:
        raise UsageError(
            f"--{next(iter(asked))} means nothing for an expression",
            "an expression is one function, not a family",
            "difflab swell --expr without sizes",
        )
    if not expression:
        plan = Plan(name or "", members(subject, asked), plan.forms, at=point)
        if point and subject.name not in ("logistic-map", "chebyshev"):
            raise UsageError(
                f"--at means nothing for {subject.name}",
                "its point is part of the family; functions of one number take another",
                "difflab swell logistic-map --at x=0.9",
            )
    return plan, subject


def _with_options(plan: Plan, simplify: bool, rivals: bool, budget: float) -> Plan:
    from dataclasses import replace

    from difflab.studies.swell import ARMS, RIVALS

    return replace(
        plan,
        arms=ARMS if simplify else (),
        rivals=RIVALS if rivals else (),
        budget_seconds=budget,
    )


def _page(found: SwellStudy, subject: Family) -> str:
    from difflab import console
    from difflab.report import swell_view

    grown = subject.title + (f" ({subject.source})" if subject.source else "")
    parts = [
        f"{grown}\n\noperations of loss and gradient (tree: repeats counted; DAG: each once)",
        console.table(swell_view.operations(found.rows)),
        "what each form costs (seconds of one call; errors are relative)",
        console.table(swell_view.costs(found.rows)),
    ]
    if found.laws:
        parts.append("how it grows")
        parts.append("\n".join(f"{quantity}: {law}" for quantity, law in found.laws))
    known = [form for form in subject.closed_forms if form.quantity in _KNOWN]
    if known:
        parts.append(
            "\n".join(
                f"known: {form.quantity} {form.formula}, {subject.sizes[0].name[0]} >= {form.since}"
                for form in known
            )
        )
    return "\n\n".join(parts)


_KNOWN = ("loss tree", "loss dag", "gradient tree", "cse", "reverse")


def _write(found: SwellStudy, subject: Family, folder: Path) -> list[Path]:
    """Write every table as CSV and LaTeX, and the figure."""
    import pandas as pd

    from difflab.chart import Figure
    from difflab.files import write_atomically
    from difflab.report import swell_view
    from difflab.report.draw import draw

    frame = pd.DataFrame([row.as_dict() for row in found.rows])
    operations = swell_view.operations(found.rows)
    costs = swell_view.costs(found.rows)
    files = {
        "swell.csv": frame.to_csv(index=False, lineterminator="\n"),
        "operations.csv": pd.DataFrame(operations).to_csv(index=False, lineterminator="\n"),
        "operations.tex": swell_view.latex(operations, f"Operations of {subject.title}.") + "\n",
        "costs.tex": swell_view.latex(costs, f"Cost of every form of {subject.title}.") + "\n",
        "laws.txt": "".join(f"{quantity}: {law}\n" for quantity, law in found.laws),
    }
    if len(found.plan.members) > 1:
        size = subject.sizes[-1]
        chart = swell_view.growth(found.rows, subject.title, f"{size.name} ({size.counts})")
        files["swell.svg"] = draw(Figure("swell", (chart,), f"Operations of {subject.title}."))
    for name, text in files.items():
        write_atomically(folder / name, text)
    return [folder / name for name in files]
