"""Sections of equations as LaTeX: a complete document, or equations alone to paste into one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from difflab.symbolic.paper.formula import Equation, Formula, escaped
from difflab.symbolic.paper.page import Section, broken

WIDTH = 72
"""Columns that fit a line of the page, as the plain spelling counts them."""

MOST = 200
"""Equations that are written; nobody reads more."""

_PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[a4paper, margin=2.2cm]{geometry}
\usepackage{amsmath, amssymb, graphicx}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
"""


def document(title: str, sections: Iterable[Section]) -> str:
    """Write a complete document; it needs nothing but amsmath, amssymb, geometry and graphicx.

    Parameters
    ----------
    title : str
    sections : iterable of Section

    Returns
    -------
    str
        ASCII, and the same at every run.

    Examples
    --------
    >>> print(document("Nothing", [Section("Empty", ("There is 0 % left.",))]))
    \\documentclass[11pt]{article}
    \\usepackage[a4paper, margin=2.2cm]{geometry}
    \\usepackage{amsmath, amssymb, graphicx}
    \\allowdisplaybreaks
    \\setlength{\\parindent}{0pt}
    \\setlength{\\parskip}{6pt}
    \\begin{document}
    <BLANKLINE>
    \\section*{\\Large Nothing}
    <BLANKLINE>
    \\section*{Empty}
    <BLANKLINE>
    There is 0 \\% left.
    <BLANKLINE>
    \\end{document}
    <BLANKLINE>
    """
    parts = [_PREAMBLE + "\\begin{document}", f"\\section*{{\\Large {escaped(title)}}}"]
    for section in sections:
        parts.append(f"\\section*{{{escaped(section.title)}}}")
        parts += map(escaped, section.before)
        if section.equations:
            parts.append(aligned(section.equations))
        parts += map(escaped, section.after)
        if section.code:
            parts.append(f"\\begin{{verbatim}}\n{section.code.rstrip()}\n\\end{{verbatim}}")
    return "\n\n".join([*parts, "\\end{document}"]) + "\n"


def aligned(equations: Sequence[Equation], most: int = MOST, count: int | None = None) -> str:
    """Write equations below one another, their signs aligned; long ones in several lines.

    Parameters
    ----------
    equations : sequence of Equation
    most : int
        Further equations are counted, not written.
    count : int or None
        How many there are, where only the first are given.

    Examples
    --------
    >>> from difflab.symbolic.paper.formula import number, symbol
    >>> print(aligned([Equation(symbol(f"x{k}"), (number(k),)) for k in (1, 2, 3)], most=1))
    \\begin{align*}
      x_{1} &= 1 \\\\
      &\\phantom{{}={}} \\text{and 2 more of 3 equations}
    \\end{align*}
    """
    lines = [line for equation in equations[:most] for line in _lines(equation)]
    count = len(equations) if count is None else count
    if count > most:
        rest = f"and {count - most} more of {count} equations"
        lines.append(f"&\\phantom{{{{}}={{}}}} \\text{{{rest}}}")
    body = " \\\\\n  ".join(lines)
    return f"\\begin{{align*}}\n  {body}\n\\end{{align*}}"


def _lines(equation: Equation) -> list[str]:
    width = WIDTH - equation.left.width - len(equation.note)
    together = sum(right.width + 3 for right in equation.rights) <= width
    lines: list[str] = []
    if together:
        lines.append("&= " + " = ".join(right.latex for right in equation.rights))
    else:
        for right in equation.rights:
            first, *rest = broken(right, width)
            lines.append(f"&= {_fitting(first, width)}")
            lines += [f"&\\qquad {_fitting(line, width)}" for line in rest]
    lines[0] = f"{equation.left.latex} {lines[0]}"
    if equation.note:
        lines[0] += f" && \\text{{{escaped(equation.note)}}}"
    return lines


def _fitting(formula: Formula, width: int) -> str:
    """What cannot be broken is made smaller."""
    if formula.width <= 2 * width:  # letters of formulas are narrow, fractions stand upright
        return formula.latex
    return f"\\resizebox{{0.85\\linewidth}}{{!}}{{$\\displaystyle {formula.latex}$}}"
