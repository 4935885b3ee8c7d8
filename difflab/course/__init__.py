"""The lecture, line by line: every formula evaluated by three engines, and where slides are wrong.

`slides` is the list of rows, `row` what a row and its finding are, `evaluate` runs the checks.
`checks_chain`, `checks_matrices`, `checks_collapse`, `checks_differences`, `checks_entropy`,
`checks_data`, `checks_mnist` and `checks_claims` hold them; `engines` differentiates, `formula`
reads the formulas. `errata` lists what is wrong with the numbers that show it, `descent` trains
with wrong gradients, and `page` writes all of it down.
"""

from difflab.course.errata import ERRATA, Erratum, Evidence
from difflab.course.evaluate import Evaluated, counts, evaluate, evaluate_all
from difflab.course.row import Finding, SlideRow
from difflab.course.slides import ROWS, TITLES

__all__ = [
    "ERRATA",
    "ROWS",
    "TITLES",
    "Erratum",
    "Evaluated",
    "Evidence",
    "Finding",
    "SlideRow",
    "counts",
    "evaluate",
    "evaluate_all",
]
