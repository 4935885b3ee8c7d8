"""Numerical differentiation: finite differences and the complex step.

`stencils` holds the weights, `steps` says how far apart the points lie, `difference` loops over all
coordinates of a nest, `complex_step` does the same without a subtraction. `complex_check` and
`traps` find losses that the complex step cannot follow, `step_check` finds steps that are too
large. `loss` calls a loss on arguments it cannot change and checks what it returns, `line` follows
it along a line. `vcurve` measures error against step and compares it with theory.
"""

from difflab.numeric.stencils import SCHEMES, Stencil, fornberg, named_stencil
from difflab.numeric.steps import Optimum, default_exponent, default_step, optimum
from difflab.numeric.vcurve import COMPLEX_STEP, Slope, VCurve, fit_slope, step_grid, v_curve

__all__ = [
    "COMPLEX_STEP",
    "SCHEMES",
    "Optimum",
    "Slope",
    "Stencil",
    "VCurve",
    "default_exponent",
    "default_step",
    "fit_slope",
    "fornberg",
    "named_stencil",
    "optimum",
    "step_grid",
    "v_curve",
]
