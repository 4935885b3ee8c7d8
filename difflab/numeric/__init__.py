"""Numerical differentiation: finite differences and the complex step.

`stencils` holds the weights, `steps` says how far apart the points lie, `difference` loops over all
coordinates of a nest, `complex_step` does the same without a subtraction, `vcurve` measures error
against step and compares it with theory. `loss` calls the user's function and checks what it says.
"""

from difflab.numeric.stencils import SCHEMES, Stencil, fornberg, named_stencil
from difflab.numeric.steps import Optimum, default_exponent, default_step, optimum

__all__ = [
    "SCHEMES",
    "Optimum",
    "Stencil",
    "default_exponent",
    "default_step",
    "fornberg",
    "named_stencil",
    "optimum",
]
