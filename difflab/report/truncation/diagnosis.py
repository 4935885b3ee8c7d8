"""A diagnosis as text, table and figure: pure functions of what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from difflab import console
from difflab.chart import Chart, Figure, Mark, Series
from difflab.report.tables import spell

if TYPE_CHECKING:
    from difflab.numeric.ladder import Derivative
    from difflab.studies.truncation.diagnosis import Diagnosis
    from difflab.studies.truncation.without_truth import Trail

DIGITS = 12

BELOW = 3.0
"""The estimated parts are drawn down to this share of the least difference."""

Table = list[dict[str, str]]


def page(title: str, h: float, found: Diagnosis, ladder: Derivative, seen: Trail) -> str:
    """Lay out a diagnosis: verdict, numbers, the ladder beside them, and the trail of steps."""
    parts = [
        f"{title}, central difference with h = {h:.3g}",
        f"verdict: {found.verdict}\nadvice: {found.advice}",
        console.table(numbers_table(found)),
        f"beside it, the ladder of steps: {ladder}",
    ]
    if found.verdict != "kink":  # at a kink quotients agree on a slope that is none
        parts += [
            "how far quotients with h and h/2 lie apart, beside both estimated parts; no truth is "
            "known here",
            console.table(trail_table(seen)),
        ]
    return "\n\n".join(parts)


def numbers_table(found: Diagnosis) -> Table:
    """What was estimated, one line each; what could not be is left out."""
    numbers = {
        "derivative": f"{found.derivative:.{DIGITS}g}",
        "order observed (2 expected)": f"{found.order:.3g}",
        "truncation error": spell(found.truncation),
        "rounding error": spell(found.rounding),
        "noise of one value": spell(found.noise),
        "best step": spell(found.best_step),
        "slope from the left": f"{found.left:.{DIGITS}g}",
        "slope from the right": f"{found.right:.{DIGITS}g}",
        "evaluations": str(found.evaluations),
    }
    return [
        {"": name, "estimate": number} for name, number in numbers.items() if number not in _ABSENT
    ]


_ABSENT = ("", "nan")


def trail_table(seen: Trail) -> Table:
    """One line per step; shortest first."""
    return [
        {
            "h": spell(h),
            "D(h)": f"{quotient:.{DIGITS}g}",
            "apart": spell(apart),
            "truncation": spell(truncation),
            "rounding": spell(rounding),
            "larger part": _larger(truncation, rounding),
        }
        for h, quotient, apart, truncation, rounding in zip(
            seen.steps, seen.quotients, seen.differences, seen.truncation, seen.rounding
        )
    ]


def _larger(truncation: float, rounding: float) -> str:
    if np.isnan(truncation):
        return ""
    return "truncation" if truncation > rounding else "rounding"


def figure(title: str, h: float, found: Diagnosis, seen: Trail) -> Figure:
    """The V without truth."""
    shown = np.where(seen.differences > 0, seen.differences, np.nan)
    lowest = np.nanmin(shown) / BELOW if np.any(np.isfinite(shown)) else 0.0
    x: list[float] = []
    y: list[float] = []
    for part in (seen.rounding, seen.truncation):
        kept = (part >= lowest) & (part > 0)
        x += [*seen.steps[kept], np.nan]
        y += [*part[kept], np.nan]
    ring = _on_the_line(h, seen.steps[np.isfinite(shown)], shown[np.isfinite(shown)])
    return Figure(
        "diagnosis",
        (
            Chart(
                title,
                "step h; ring: the one given",
                "estimated error of the derivative",
                (
                    Series("D(h) and D(h/2) apart", tuple(seen.steps), tuple(shown), "central"),
                    Series("both parts, estimated", tuple(x), tuple(y), "theory"),
                ),
                log_x=True,
                log_y=True,
                marks=ring,
            ),
        ),
        f"{title}: differences of central quotients with h and h/2 against h, beside the parts of "
        f"the error as the diagnosis estimates them; verdict: {found.verdict}.",
    )


def _on_the_line(h: float, steps: np.ndarray, values: np.ndarray) -> tuple[Mark, ...]:
    """A ring at a step, as high as the line between the values that can be drawn."""
    if not len(steps):
        return ()
    height = np.exp(np.interp(np.log(h), np.log(steps), np.log(values)))
    return (Mark("", h, float(height), "loss"),)


def files(title: str, h: float, found: Diagnosis, seen: Trail) -> dict[str, str]:
    """Return both tables as CSV and the figure as SVG, by file name."""
    import pandas as pd

    from difflab.report.draw import draw

    tables = {"diagnosis": numbers_table(found), "trail": trail_table(seen)}
    written = {
        f"{name}.csv": pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
        for name, rows in tables.items()
    }
    return written | {"diagnosis.svg": draw(figure(title, h, found, seen))}
