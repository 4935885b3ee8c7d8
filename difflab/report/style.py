"""How things look: one fixed colour, marker and dash per provider and optimizer, everywhere.

Colours are those of Okabe and Ito (2008), which stay apart for colour-blind readers; markers and
dashes stay apart in greyscale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE, GREY = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#777777",
)  # fmt: skip

SOLID: Any = "-"
DASHED: Any = (0, (5, 2))
DOTTED: Any = (0, (1, 1.5))
DASH_DOT: Any = (0, (6, 2, 1, 2))


@dataclass(frozen=True, slots=True)
class Style:
    """Colour, marker and dash of a series, in Matplotlib's terms."""

    color: str
    marker: str
    dash: Any


STYLES: dict[str, Style] = {
    "autodiff": Style(BLUE, "o", SOLID),
    "autodiff:compiled": Style(ORANGE, "X", SOLID),
    "symbolic:cse": Style(GREEN, "^", DASHED),
    "symbolic:expanded": Style(PURPLE, "v", DOTTED),
    "symbolic:staged": Style(SKY, "<", DASHED),
    "symbolic:matrix": Style(PURPLE, ">", SOLID),
    "finite-difference:central": Style(VERMILION, "D", DASH_DOT),
    "finite-difference:forward": Style(ORANGE, "X", DOTTED),
    "finite-difference:central:node": Style(GREEN, "D", DOTTED),
    "finite-difference:central:loop": Style(VERMILION, "s", DOTTED),
    "complex-step": Style(SKY, "P", DASHED),
    "torch": Style(BLACK, "s", DASHED),
    "forward": Style(ORANGE, "X", DOTTED),
    "central": Style(VERMILION, "D", DASH_DOT),
    "central-4": Style(BLUE, "o", SOLID),
    "expanded": Style(PURPLE, "v", SOLID),
    "shared": Style(SKY, "P", DASHED),
    "cse": Style(GREEN, "^", DASHED),
    "staged": Style(ORANGE, "<", SOLID),
    "matrix": Style(BLUE, ">", SOLID),
    "loss": Style(BLACK, "s", SOLID),
    "sgd": Style(BLACK, "s", SOLID),
    "momentum": Style(ORANGE, "X", DASHED),
    "nesterov": Style(VERMILION, "D", DOTTED),
    "rmsprop": Style(GREEN, "^", DASH_DOT),
    "adam": Style(BLUE, "o", SOLID),
    "adamw": Style(PURPLE, "v", DASHED),
    "true gradient": Style(BLUE, "o", SOLID),
    "slide's sign": Style(VERMILION, "D", DASHED),
    "slide's sigma', right sign": Style(GREEN, "^", DASH_DOT),
    "slide's sign and sigma'": Style(ORANGE, "X", DOTTED),
    "theory": Style(GREY, "", DASHED),
    "predicted": Style(GREY, "x", DOTTED),
}

_SPARE = (
    Style(BLUE, "o", SOLID), Style(VERMILION, "D", DASHED), Style(GREEN, "^", DASH_DOT),
    Style(ORANGE, "X", DOTTED), Style(PURPLE, "v", SOLID), Style(BLACK, "s", DASHED),
)  # fmt: skip


def style_of(name: str, position: int = 0) -> Style:
    """Return the fixed style of a name, or a spare one by position for names that have none.

    Examples
    --------
    >>> style_of("autodiff").color
    '#0072B2'
    """
    return STYLES.get(name, _SPARE[position % len(_SPARE)])
