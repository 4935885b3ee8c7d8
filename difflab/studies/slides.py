"""The lecture's rows with their verdicts, its errata, and training with its gradients.

MNIST is left out, so that a report is the same on every machine; `difflab slides --data-dir` has
those rows.
"""

from __future__ import annotations

import numpy as np

from difflab.course import evaluate_all, page
from difflab.course.descent import RULES, descend, errors, passes_a_gradient_check
from difflab.errors import unknown_name
from difflab.studies.measurement import Measurement

LECTURES = ("lecture",)

WITHOUT_FILES = "difflab slides --data-dir FOLDER"

EVERY = 4
"""Updates between two points that are kept of a curve."""


def measure(lecture: str) -> list[Measurement]:
    """Evaluate every row of a lecture, its errata, and descent with its gradients.

    Parameters
    ----------
    lecture : str
        A name of `LECTURES`.

    Returns
    -------
    list of Measurement
        "verdict", and "slide", "symbolic", "numerical", "automatic", "truth" as text where there is
        one, with ``at`` the key of the row; "erratum" with ``at`` its number; "lesson";
        "loss: RULE" and "gradient error: RULE" with ``at`` the update, "gradient check: RULE".

    Raises
    ------
    UnknownNameError
        For another lecture.

    Examples
    --------
    >>> found = {(m.quantity, m.at): m.value for m in measure("lecture")}
    >>> found["verdict", "dL/dm"], found["slide", "dL/dm"], found["automatic", "dL/dm"]
    ('wrong on the slide', '1.15124', '-1.15124')
    """
    if lecture not in LECTURES:
        raise unknown_name("lecture", lecture, LECTURES, "difflab.studies.slides.LECTURES")
    evaluated = evaluate_all(WITHOUT_FILES)
    rows = []
    for each in evaluated:
        rows.append(Measurement("verdict", each.finding.verdict, "", each.row.key))
        rows += [
            Measurement(name, value, "", each.row.key) for name, value in page.cells(each).items()
        ]
    shown = page.show_errata(evaluated, WITHOUT_FILES)
    rows += [Measurement("erratum", each.numbers, "", n) for n, each in enumerate(shown, 1)]
    rows.append(Measurement("lesson", page.lesson_text(), ""))
    for rule in RULES:
        passes = passes_a_gradient_check(rule)
        rows.append(Measurement(f"gradient check: {rule.label}", float(passes), "1"))
        for quantity, curve in (("loss", descend(rule)), ("gradient error", errors(rule))):
            rows += [
                Measurement(f"{quantity}: {rule.label}", float(value), "1", float(update))
                for update, value in list(enumerate(curve))[::EVERY]
                if np.isfinite(value)
            ]
    return rows
