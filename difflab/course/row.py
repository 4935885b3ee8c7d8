"""A row of the lecture and what its check found; the verdict is computed from numbers.

A formula's value as printed is compared with the truth, which the three engines have to confirm
first. So no verdict is typed in, and a row that is changed changes its verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Values = tuple[float, ...]
"""The entries of a number, vector or matrix, row by row."""

Kind = Literal["formula", "claim", "code", "question", "number"]

Verdict = Literal[
    "holds",
    "wrong on the slide",
    "unclear as typed",
    "shown by a task",
    "answered by a task",
    "needs the MNIST files",
    "not checkable here",
]

HOLDS: Verdict = "holds"
WRONG: Verdict = "wrong on the slide"
UNCLEAR: Verdict = "unclear as typed"
SHOWN: Verdict = "shown by a task"
ANSWERED: Verdict = "answered by a task"
NEEDS_FILES: Verdict = "needs the MNIST files"
NOT_HERE: Verdict = "not checkable here"

VERDICTS: tuple[Verdict, ...] = (HOLDS, WRONG, UNCLEAR, SHOWN, ANSWERED, NEEDS_FILES, NOT_HERE)

ENGINES = ("symbolic", "numerical", "automatic")

SAME = 1e-9
"""Relative difference below which a printed value counts as right."""

CONFIRMED: Mapping[str, float] = {"symbolic": 1e-12, "numerical": 1e-8, "automatic": 1e-12}
"""Relative difference from the truth that each engine may have."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a check.

    Attributes
    ----------
    verdict : str
        One of `VERDICTS`.
    slide : tuple of float
        What the slide's formula gives; empty where it gives nothing.
    engines : mapping of str to tuple of float
        What each of `ENGINES` gives; empty where nothing is differentiated.
    truth : tuple of float
        From arithmetic of many digits, exact fractions or the data.
    error : float
        Of the slide's value: largest difference over the truth's largest entry; NaN without one.
    note : str
        One sentence for the reader.
    """

    verdict: Verdict
    slide: Values = ()
    engines: Mapping[str, Values] = field(default_factory=dict)
    truth: Values = ()
    error: float = float("nan")
    note: str = ""


@dataclass(frozen=True, slots=True)
class SlideRow:
    """One statement of the lecture.

    Attributes
    ----------
    key : str
        Short unique name.
    slides : tuple of int
        Numbers of the slides that print it, from 1; the first is where it is listed.
    text : str
        As printed, with its line breaks.
    formula : str
        In ASCII mathematics, see `difflab.course.formula`; empty for statements in words.
    kind : str
        "formula", "claim", "code", "question" or "number".
    check : callable
        ``check(row)`` returns a `Finding`; with ``needs_files``, ``check(row, files)``.
    readings : tuple of str
        Other formulas that the printed characters may stand for.
    needs_files : bool
        Whether the check looks at the files of MNIST.
    """

    key: str
    slides: tuple[int, ...]
    text: str
    formula: str
    kind: Kind
    check: Callable[..., Finding]
    readings: tuple[str, ...] = ()
    needs_files: bool = False


def relative_error(found: Values, truth: Values, scale: float = 0.0) -> float:
    """Largest difference over the truth's largest entry; infinite for values of another count.

    ``scale`` stands in for a truth of zero, which is the difference of numbers of that size.

    Examples
    --------
    >>> relative_error((1.0, 2.2), (1.0, 2.0))
    0.10000000000000009
    """
    if len(found) != len(truth):
        return float("inf")
    largest = scale or float(np.max(np.abs(truth), initial=0.0)) or 1.0
    return float(np.max(np.abs(np.subtract(found, truth)), initial=0.0)) / largest


def judge(
    slide: Values,
    truth: Values,
    engines: Mapping[str, Values] | None = None,
    *,
    readings: Sequence[float] = (),
    tolerance: float = SAME,
    scale: float = 0.0,
    note: str = "",
) -> Finding:
    """Compare what a slide gives with the truth, after the engines have confirmed the truth.

    Parameters
    ----------
    slide : tuple of float
        Empty where the slide gives nothing.
    truth : tuple of float
    engines : mapping of str to tuple of float, or None
        By name of `ENGINES`.
    readings : sequence of float
        Relative errors of other readings of the printed characters: where one of them is right, the
        slide is unclear rather than wrong.
    tolerance : float
        Relative.
    scale : float
        As of `relative_error`, for the slide's value.
    note : str

    Returns
    -------
    Finding
        "not checkable here" where an engine contradicts the truth: then nobody knows.

    Examples
    --------
    >>> judge((2.0,), (2.0,)).verdict, judge((2.0,), (-2.0,)).verdict
    ('holds', 'wrong on the slide')
    >>> judge((24.0,), (0.5,), readings=[0.0]).verdict
    'unclear as typed'
    >>> judge((2.0,), (2.0,), {"automatic": (2.1,)}).verdict
    'not checkable here'
    """
    engines = engines or {}
    error = relative_error(slide, truth, scale) if slide else float("nan")
    for name, values in engines.items():
        off = relative_error(values, truth)
        if not off <= CONFIRMED[name]:
            told = f"the {name} derivative differs from the truth by {off:.1e}"
            return Finding(NOT_HERE, slide, engines, truth, error, told)
    if not slide:
        verdict = UNCLEAR
    elif error <= tolerance:
        verdict = HOLDS
    elif any(reading <= tolerance for reading in readings):
        verdict = UNCLEAR
    else:
        verdict = WRONG
    return Finding(verdict, slide, engines, truth, error, note)
