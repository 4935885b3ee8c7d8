"""The symbolic engine: a traced loss becomes a SymPy expression, its gradient NumPy source.

`scalars` builds the loss, `gradient` differentiates and shares, `source` writes and compiles
code, `batch` evaluates it over samples. `kinks` and `stable` are SymPy functions of our own.
`counting` measures expressions, `sizes` foresees them, `prediction` says what they cost, `budget`
refuses what would swell beyond reason.
"""

from difflab.symbolic.batch import evaluate_mean, evaluate_sum, evaluate_whole
from difflab.symbolic.budget import BUDGETS, ROUGH, refuse_beyond, refuse_deeper
from difflab.symbolic.counting import Counter
from difflab.symbolic.gradient import Assignments, derive, share
from difflab.symbolic.prediction import Prediction
from difflab.symbolic.scalars import SYMPY, input_symbols, scalar_loss
from difflab.symbolic.sizes import from_shapes, predict
from difflab.symbolic.source import compile_source, write_source

__all__ = [
    "BUDGETS",
    "ROUGH",
    "SYMPY",
    "Assignments",
    "Counter",
    "Prediction",
    "compile_source",
    "derive",
    "evaluate_mean",
    "evaluate_sum",
    "evaluate_whole",
    "from_shapes",
    "input_symbols",
    "predict",
    "refuse_beyond",
    "refuse_deeper",
    "scalar_loss",
    "share",
    "write_source",
]
