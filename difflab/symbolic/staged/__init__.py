"""The form ``staged``: the reverse chain rule over scalar stages, swell gone.

`graph` holds the stages, `build` makes them from a traced program or a SymPy expression, `fusing`
makes one of neighbours that belong together, `sweep` appends the adjoints, `writing` writes flat
source, `assignments` names stages for paper, `limits` refuses what would be too long.

>>> import sympy as sp
>>> x = sp.Symbol("x", real=True)
>>> over_expression(4 * x * (1 - x), [x]).lines
('t0 = -x', 't1 = 1 + t0', 't2 = 4*x', 't3 = t1*t2', 't4 = 4*t1', 't5 = -t2', 'gx = t4 + t5')
"""

from difflab.symbolic.staged.assignments import assignments
from difflab.symbolic.staged.build import from_expression, from_program
from difflab.symbolic.staged.fusing import fuse
from difflab.symbolic.staged.graph import Stage, Stages
from difflab.symbolic.staged.limits import BUDGET, ROUGH, predicted_operations, refuse_longer
from difflab.symbolic.staged.sweep import Gradient, over_expression, reverse
from difflab.symbolic.staged.writing import Emitted, emit

__all__ = [
    "BUDGET",
    "ROUGH",
    "Emitted",
    "Gradient",
    "Stage",
    "Stages",
    "assignments",
    "emit",
    "from_expression",
    "from_program",
    "fuse",
    "over_expression",
    "predicted_operations",
    "refuse_longer",
    "reverse",
]
