"""The truncation study: how the error of a difference falls and rises with its step.

`subject` is what is differentiated: the slide's chain (`lecture`), a task's network along one
parameter (`along_tasks`, of `networks`), or an expression (`expressions`); `oracle` knows the
truth, and `intervals` where theory may be put to the test. `curves` holds exhibits 1 to 3 (error,
local slope, luck), `methods` 4 and 5 (what an evaluation buys, estimated against true error),
`coordinates`, `kinks` and `hardships` 6 to 8, on a network; the ninth, random directions, is
`difflab.studies.directions`.

No truth is needed by `diagnosis`, which tells truncation from rounding, nor by `without_truth`,
which lays the ladder and a V of differences beside it; `loading` brings functions of the user's
own.
"""

from difflab.studies.truncation.curves import CURVES, curve_of, verdicts
from difflab.studies.truncation.diagnosis import Diagnosis, diagnose
from difflab.studies.truncation.lecture import PARAMETERS, simplest, simplest_loss
from difflab.studies.truncation.study import EXHIBITS, measure, subject_of
from difflab.studies.truncation.subject import POINTS, Subject
from difflab.studies.truncation.without_truth import Trail, examine, trail

__all__ = [
    "CURVES",
    "EXHIBITS",
    "PARAMETERS",
    "POINTS",
    "Diagnosis",
    "Subject",
    "Trail",
    "curve_of",
    "diagnose",
    "examine",
    "measure",
    "simplest",
    "simplest_loss",
    "subject_of",
    "trail",
    "verdicts",
]
