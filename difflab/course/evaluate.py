"""Running the checks of all rows, and counting their verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from difflab.course.checks_mnist import Mnist, absent
from difflab.course.row import VERDICTS, Finding, SlideRow
from difflab.course.slides import ROWS, TITLES


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A row with its finding."""

    row: SlideRow
    finding: Finding

    @property
    def title(self) -> str:
        """Title of the row's first slide."""
        return TITLES[self.row.slides[0] - 1]


def evaluate(row: SlideRow, files: Mnist | str) -> Finding:
    """Run the check of one row.

    Parameters
    ----------
    row : SlideRow
    files : Mnist or str
        What `difflab.course.checks_mnist.read` returned.

    Examples
    --------
    >>> wrong = next(row for row in ROWS if row.key == "dL/dm")
    >>> wrong.formula, evaluate(wrong, "").verdict
    ('dL/dm = 2*(y - m)', 'wrong on the slide')
    """
    if not row.needs_files:
        return row.check(row)
    return absent(files) if isinstance(files, str) else row.check(row, files)


def evaluate_all(files: Mnist | str, rows: Sequence[SlideRow] = ROWS) -> tuple[Evaluated, ...]:
    """Run the check of every row, in the lecture's order.

    Parameters
    ----------
    files : Mnist or str
        What `difflab.course.checks_mnist.read` returned.
    rows : sequence of SlideRow
    """
    return tuple(Evaluated(row, evaluate(row, files)) for row in rows)


def counts(evaluated: Sequence[Evaluated]) -> Mapping[str, int]:
    """How many rows have each verdict, in the order of `VERDICTS`.

    Examples
    --------
    >>> counts(evaluate_all("", [row for row in ROWS if row.key in ("L", "dL/dm")]))
    {'holds': 1, 'wrong on the slide': 1}
    """
    found = [each.finding.verdict for each in evaluated]
    return {verdict: found.count(verdict) for verdict in VERDICTS if verdict in found}
