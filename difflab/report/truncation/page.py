"""The whole study: the text that the command prints, and the files that it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pandas as pd

from difflab import console
from difflab.chart import Figure
from difflab.report.draw import draw
from difflab.report.tables import number, select, text
from difflab.report.truncation import curves, methods, networks

Table = list[dict[str, str]]


class Part(NamedTuple):
    """A table of the study."""

    name: str
    exhibit: str
    title: str
    make: Callable[[pd.DataFrame], Table]


PARTS = (
    Part("methods", "methods", "4. what an evaluation buys", methods.methods_table),
    Part("error-bars", "error bars", "5. estimated and true error", methods.doubts_table),
    Part(
        "coordinates",
        "coordinates",
        "6. relative errors by layer, central differences",
        networks.coordinates_table,
    ),
    Part("kinks", "kinks", "7. stencils across a kink", networks.kinks_table),
    Part(
        "hardships", "hardships", "8. saturation, units, float32", networks.hardships_table
    ),
    Part(
        "directions",
        "directions",
        "9. cosine to the gradient from K random directions",
        networks.directions_table,
    ),
)  # fmt: skip

FIGURES: dict[str, Callable[[pd.DataFrame], Figure]] = {
    "coordinates": networks.coordinates_figure,
    "kinks": networks.kinks_figure,
    "hardships": networks.hardships_figure,
    "directions": networks.directions_figure,
}


def page(table: pd.DataFrame, dtype: str) -> str:
    """Lay out every exhibit that was measured as text."""
    parts = list(_curve_parts(table, dtype)) if curves.schemes(table, dtype) else []
    for part in _measured(table):
        of = networks.network(table, part.exhibit)
        parts += [part.title + (f", {of}" if of else ""), console.table(part.make(table))]
    return "\n\n".join(parts)


def _curve_parts(table: pd.DataFrame, dtype: str) -> Iterator[str]:
    rows = select(table, kind="truncation")
    rows = rows[rows["quantity"] == "truth"]
    batch = int(rows["batch"].max())
    samples = f", {batch} samples" if batch > 1 else ""
    where = {"kind": "truncation", "dtype": dtype}
    points = number(table, **where, quantity="points")
    reach = number(table, **where, quantity="reach")
    yield (
        f"{curves.subject(table)}, {dtype}{samples}, at {points:,.0f} points within {reach:.2g} of "
        f"where it was asked for\ntruth: {text(rows, quantity='truth')}"
    )
    yield curves.tally(table, dtype)
    yield "1, 2. fitted slopes of the error beside the expected ones"
    yield console.table(curves.slopes_table(table, dtype))
    yield "1, 3. best step and error, predicted without a fitted constant, and found"
    yield console.table(curves.optimum_table(table, dtype))


def _measured(table: pd.DataFrame) -> list[Part]:
    return [part for part in PARTS if len(select(table, kind="truncation", provider=part.exhibit))]


def files(table: pd.DataFrame, dtype: str) -> dict[str, str]:
    """Return every table as CSV and every figure as SVG, by file name."""
    tables = {"measurements": table}
    if curves.schemes(table, dtype):
        tables["slopes"] = pd.DataFrame(curves.slopes_table(table, dtype))
        tables["optima"] = pd.DataFrame(curves.optimum_table(table, dtype))
    tables |= {part.name: pd.DataFrame(part.make(table)) for part in _measured(table)}
    written = {
        f"{name}.csv": frame.to_csv(index=False, lineterminator="\n")
        for name, frame in tables.items()
    }
    return written | {f"{figure.name}.svg": draw(figure) for figure in figures(table, dtype)}


def figures(table: pd.DataFrame, dtype: str) -> list[Figure]:
    """Every figure whose exhibits were measured."""
    measured = {part.exhibit for part in _measured(table)}
    found = list(curves.figures(table, dtype)) if curves.schemes(table, dtype) else []
    if {"methods", "error bars"} <= measured:
        found.append(methods.figure(table))
    return found + [make(table) for exhibit, make in FIGURES.items() if exhibit in measured]
