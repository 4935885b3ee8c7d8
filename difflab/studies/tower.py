"""The tower: one network in every symbolic form, from swollen to as fast as written by hand.

Times are measured, so its cells run alone.
"""

from __future__ import annotations

from difflab.studies.measurement import Measurement
from difflab.studies.members import network
from difflab.studies.swell.cells import measurements
from difflab.studies.swell.forms import FORMS, measured_forms
from difflab.studies.swell.row import SwellRow


def measure(name: str, budget_seconds: float = 10.0) -> list[Measurement]:
    """Measure a sigmoid network with squared error, on one sample.

    Parameters
    ----------
    name : str
        Its widths: ``"2-16-16-1"``.
    budget_seconds : float
        Predicted time of ``sympy.diff`` beyond which the forms that need it are refused.

    Returns
    -------
    list of Measurement
        As `difflab.studies.swell.cells.measure` names them; ``at`` is the network.

    Examples
    --------
    >>> found = {m.quantity: m.value for m in measure("1-1-1")}
    >>> found["expanded: tree"], found["matrix: status"]
    (219, 'done')
    """
    example = network(*map(int, name.split("-")))
    rows = measured_forms(example, SwellRow(name, "", 1), FORMS, budget_seconds)
    return measurements(rows, name)
