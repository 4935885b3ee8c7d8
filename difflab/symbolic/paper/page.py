"""Sections of equations with words around them, laid out for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from difflab.symbolic.paper.formula import Equation, Formula, columns

WIDTH = 96
"""Columns of a line on a terminal."""

NOTES = 64
"""The column at which notes stand at the latest, where equations are short enough."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a derivation.

    Attributes
    ----------
    title : str
    before : tuple of str
        Paragraphs, without mathematics.
    equations : tuple of Equation
    after : tuple of str
        Paragraphs below the equations.
    code : str
        A program, or other text that keeps its lines.
    """

    title: str
    before: tuple[str, ...] = ()
    equations: tuple[Equation, ...] = ()
    after: tuple[str, ...] = ()
    code: str = ""


def plain(sections: Iterable[Section]) -> str:
    """Lay sections out as text.

    Examples
    --------
    >>> from difflab.symbolic.paper.formula import number, symbol
    >>> given = Equation(symbol("x"), (number(0.5),), "given")
    >>> print(plain([Section("Data", ("What there is.",), (given,))]))
    Data
    ====
    What there is.
    <BLANKLINE>
      x = 0.5    given
    """
    return "\n\n".join("\n".join(_section(section)) for section in sections)


def _section(section: Section) -> Iterator[str]:
    yield section.title
    yield "=" * columns(section.title)
    parts: list[list[str]] = [textwrap.wrap(text, WIDTH) for text in section.before]
    if section.equations:
        parts.append(_aligned(section.equations))
    parts += [textwrap.wrap(text, WIDTH) for text in section.after]
    if section.code:
        parts.append([f"    {line}".rstrip() for line in section.code.rstrip().splitlines()])
    for k, part in enumerate(parts):
        if k:
            yield ""
        yield from part


def _aligned(equations: Sequence[Equation]) -> list[str]:
    """Equations with their signs below one another, and notes below one another."""
    lefts = [equation.left.width for equation in equations]
    margin = max(lefts)
    rows: list[tuple[str, str]] = []
    for equation, width in zip(equations, lefts):
        lead = "  " + " " * (margin - width) + equation.left.plain
        notes = [equation.note]
        for line in _right_sides(equation, WIDTH - margin - 7):
            rows.append((f"{lead} {line}", notes.pop() if notes else ""))
            lead = " " * (margin + 2)
    noted = [columns(text) for text, note in rows if note]
    column = min(max(noted, default=0), NOTES)
    lines = []
    for text, note in rows:
        gap = " " * (max(column - columns(text), 0) + 4)
        lines.append(text + gap + note if note else text)
    return lines


def _right_sides(equation: Equation, width: int) -> Iterator[str]:
    """All in one line where they fit, else one below the other."""
    together = " = ".join(formula.plain for formula in equation.rights)
    if columns(together) <= width * 3 // 4:
        yield f"= {together}"
        return
    for formula in equation.rights:
        first, *rest = broken(formula, width)
        yield f"= {first.plain}"
        yield from (f"    {line.plain}" for line in rest)


def broken(formula: Formula, width: int) -> list[Formula]:
    """Break a formula into lines, between its terms or factors; what has none stays too long.

    Examples
    --------
    >>> from difflab.symbolic.paper.combine import total
    >>> from difflab.symbolic.paper.formula import symbol
    >>> long = total(*(symbol(f"x{k}") for k in range(1, 8)))
    >>> [line.plain for line in broken(long, 16)]
    ['x₁ + x₂ + x₃', '+ x₄ + x₅ + x₆', '+ x₇']
    """
    if formula.width <= width or not formula.pieces:
        return [formula]
    lines: list[list[Formula]] = [[]]
    used = 0
    for piece in formula.pieces:
        if lines[-1] and used + 1 + piece.width > width:
            lines.append([])
            used = 0
        lines[-1].append(piece)
        used += 1 + piece.width
    return [
        Formula(" ".join(p.latex for p in line), " ".join(p.plain for p in line)) for line in lines
    ]
