"""Reading the lecture's text: slides by their titles, and lines that hold a formula or a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from difflab.course import TITLES

LECTURE = Path(__file__).parents[3] / "shared" / "docs" / "lecture-slides.txt"
"""Where the lecture lies beside a checkout; it is no part of the project."""

FORMULA_LIKE = re.compile(r"[=$^]|\\frac|\\partial|\d")
MARKER = re.compile(r"^\s*(?:[-•]|\d+\.)\s+")
"""Of an item in a list, with or without a number."""


def stripped(line: str) -> str:
    """A line without the marker of a list."""
    return MARKER.sub("", line).strip()


def lines_by_slide(text: str) -> Iterator[tuple[int, str]]:
    """Number of the slide, and line; titles, in their order, tell where slides begin."""
    number, since = 0, 0
    for line in text.splitlines():
        after_a_gap = since > 0
        since = 0 if line.strip() else since + 1
        if number < len(TITLES) and line == TITLES[number] and (after_a_gap or number == 0):
            number += 1
        elif line.strip() and number:
            yield number, line


def formula_like(text: str) -> list[tuple[int, str]]:
    """Lines of the lecture with a formula or number in them, addresses apart."""
    return [
        (number, stripped(line))
        for number, line in lines_by_slide(text)
        if FORMULA_LIKE.search(stripped(line)) and "<https:" not in line
    ]
