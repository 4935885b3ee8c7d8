"""How large does a derivative get, for which family of functions, and what takes the swell away.

A member of a family (`difflab.studies.families`) is differentiated in every symbolic form; counts,
times, memory and errors are set side by side (`forms`, one `row` each). `simplified` shows what
simplifying does to the digits, `rivals` what other libraries need, `study` runs a family under hard
limits and names its growth law, `cells` are the report's part of it.

Swell is a property of trees (Laue 2019): the same gradient with repeats shared is small. How fast
the tree grows depends on the family: cubically for a chain of neurons, exponentially in depth for
networks, n^2 2^n for the logistic map (Baydin, Pearlmutter, Radul, Siskind 2018, table 1).
"""

from difflab.studies.swell.cells import measure
from difflab.studies.swell.row import SwellRow
from difflab.studies.swell.study import ARMS, FORMS, RIVALS, Plan, SwellStudy, members, study

__all__ = [
    "ARMS",
    "FORMS",
    "RIVALS",
    "Plan",
    "SwellRow",
    "SwellStudy",
    "measure",
    "members",
    "study",
]
