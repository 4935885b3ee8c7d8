"""Drawing a tape as SVG: a box per step with value and adjoint, arrows in the order of evaluation.

Same steps, same bytes. The picture is plain SVG text, so neither Matplotlib nor Graphviz is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from difflab.autodiff.wengert import WengertStep
from difflab.errors import UsageError
from difflab.report.layered import Placement, layout
from difflab.report.style import BLUE, GREEN, GREY, VERMILION

LIMIT = 200
"""Steps beyond which a picture explains nothing."""

WIDTH, HEIGHT = 178, 66
GAP_X, GAP_Y = 26, 40
MARGIN = 20
LEGEND = 34

_FILL = {"parameter": "#e8f3ee", "constant": "#f2f2f2", "call": "#ffffff", "result": "#fdf0e6"}
_LINE = {"parameter": GREEN, "constant": GREY, "call": "#555555", "result": VERMILION}


def draw_tape(steps: Sequence[WengertStep], title: str = "") -> str:
    """Draw the table of steps as a graph.

    Parameters
    ----------
    steps : sequence of WengertStep
        From `difflab.autodiff.wengert.wengert`.
    title : str
        Written above.

    Returns
    -------
    str
        A standalone SVG document; equal steps give equal text.

    Raises
    ------
    UsageError
        For more than 200 steps.

    Examples
    --------
    >>> from difflab.autodiff.wengert import wengert
    >>> draw_tape(wengert(np.sin, 1.0, parameters=["x"])).count("<rect")
    3
    """
    if len(steps) > LIMIT:
        raise UsageError(
            f"the tape has {len(steps)} steps, too many to draw",
            f"a picture of more than {LIMIT} boxes cannot be read",
            "a smaller network, or the table alone",
        )
    edges = sorted({(f.parent, step.index) for step in steps for f in step.factors})
    placement = layout(len(steps), edges)
    width = round(placement.columns * (WIDTH + GAP_X) - GAP_X + 2 * MARGIN)
    height = placement.rows * (HEIGHT + GAP_Y) - GAP_Y // 2 + 2 * MARGIN + LEGEND
    body = [
        *(_arrow(placement, number) for number in range(len(edges))),
        *(_box(step, *_corner(placement.at[step.index]), last=step is steps[-1]) for step in steps),
    ]
    width = max(width, 520)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="DejaVu Sans, Verdana, sans-serif" '
            'font-size="12">',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#777777"/></marker>'
            "</defs>",
            _legend(title),
            *body,
            "</svg>\n",
        ]
    )


def _legend(title: str) -> str:
    heading = f'<tspan font-weight="bold">{escape(title)}</tspan>   ' if title else ""
    return (
        f'<text x="{MARGIN}" y="{MARGIN + 4}" xml:space="preserve">{heading}'
        f'<tspan fill="{BLUE}">value</tspan>   <tspan fill="{VERMILION}">adjoint</tspan>, the '
        "derivative of the result</text>"
    )


def _corner(at: tuple[float, float]) -> tuple[float, float]:
    """Upper left corner of a box, in pixels."""
    x, y = at
    return round(MARGIN + x * (WIDTH + GAP_X), 1), round(MARGIN + LEGEND + y * (HEIGHT + GAP_Y), 1)


def _box(step: WengertStep, x: float, y: float, last: bool) -> str:
    kind = step.expression if step.expression in ("parameter", "constant") else "call"
    kind = "result" if last else kind
    head = step.name if kind in ("parameter", "constant") else f"{step.name} = {step.expression}"
    adjoint = "" if step.adjoint is None else brief(step.adjoint)
    middle = x + WIDTH / 2
    return (
        f'<g><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="7" '
        f'fill="{_FILL[kind]}" stroke="{_LINE[kind]}"/>'
        f"<title>{escape(head)}</title>"
        f'<text x="{middle}" y="{y + 20}" text-anchor="middle" font-weight="bold">'
        f"{escape(_short(head, 22))}</text>"
        f'<text x="{middle}" y="{y + 39}" text-anchor="middle" fill="{BLUE}">'
        f"{escape(brief(step.value))}</text>"
        f'<text x="{middle}" y="{y + 56}" text-anchor="middle" fill="{VERMILION}">'
        f"{escape(adjoint)}</text></g>"
    )


def _arrow(placement: Placement, number: int) -> str:
    """A smooth line from the bottom of one box, through the gaps, to the top of another."""
    route = placement.routes[number]
    x, y = _port(route[0], HEIGHT)
    path = f"M{x:g} {y:g}"
    for position, at in enumerate(route[1:], start=1):
        to_x, to_y = _port(at, 0)
        if to_y > y:
            bend = GAP_Y * 0.6
            path += f"C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y:g}"
        else:  # to the next band: down, up the gutter, and in from above
            gutter = max(g for g in placement.gutters if g < at[0])
            up, _ = _port((gutter, 0), 0)
            lane = number % 4  # so that arrows side by side stay apart
            up, low, high = up + 5 * lane - 8, y + 8 + 4 * lane, to_y - 26 + 4 * lane
            path += f"V{low:g}H{up:g}V{high:g}H{to_x:g}V{to_y:g}"
        x, y = to_x, to_y
        if position < len(route) - 1:  # straight through the row that is passed
            y = to_y + HEIGHT
            path += f"V{y:g}"
    style = 'fill="none" stroke="#777777" stroke-width="1.2" marker-end="url(#tip)"'
    return f'<path d="{path}" {style}/>'


def _port(at: tuple[float, float], below: float) -> tuple[float, float]:
    """The point in the middle of a box, so far below its upper edge; in pixels."""
    x, y = _corner(at)
    return x + WIDTH / 2, y + below


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def brief(array: Any) -> str:
    """Show a number with six digits; an array by its shape and norm.

    Examples
    --------
    >>> brief(np.float64(0.123456789)), brief(np.ones((1, 1))), brief(np.ones((3, 3)))
    ('0.123457', '1', '(3, 3), norm 3')
    """
    array = np.asarray(array)
    if array.size == 1:
        return f"{array.item():.6g}"
    norm = float(np.sqrt(np.sum(np.square(array.astype(float)))))
    return f"{array.shape}, norm {norm:.4g}"
