"""Numerical differentiation: finite differences and the complex step.

`stencils` holds weights, `quotient` and `apply` apply them, `richardson` extrapolates. `steps`
says how far apart the points should lie by theory, `choose` what a user asked for, `noise` how
noisy a function is (from the differences of `noise_table`), `plug_in` finds what theory needs.
`ladder` is the derivative of a function of one number with an error bar and flags;
`second_derivatives` and `bicomplex` go to the second in the complex plane.

For many parameters, `difference` loops over all coordinates of a nest, `edges` answers where a
stencil leaves the domain (or the caller's `bounds`), and `error_bars` says how wrong each may be;
`network` follows moves through the layers instead; `sparse` makes Jacobians and Hessians;
`directional` and `directions` need a few random directions only. `complex_step` is the loop without
a subtraction; `complex_check` and `traps` find losses that it cannot follow.

`loss` calls a loss on arguments it cannot change and checks what it returns; `line` follows it on
a line; `resolution` knows the spacing of floats; `step_check` finds steps that are too large,
`direction_check` gradients that are wrong. `vcurve` measures error against step, beside theory.
"""

from difflab.numeric.apply import apply_stencil
from difflab.numeric.choose import Steps, choose_steps
from difflab.numeric.ladder import Derivative, Flag, derivative
from difflab.numeric.noise import Noise, estimate_noise
from difflab.numeric.plug_in import PlugIn, plug_in_step
from difflab.numeric.richardson import Extrapolation, richardson
from difflab.numeric.second_derivatives import bicomplex_second_derivative, complex_difference
from difflab.numeric.stencils import SCHEMES, Stencil, fornberg, named_stencil
from difflab.numeric.steps import Optimum, default_exponent, default_step, optimum, theory_table
from difflab.numeric.vcurve import COMPLEX_STEP, Slope, VCurve, fit_slope, step_grid, v_curve

__all__ = [
    "COMPLEX_STEP",
    "SCHEMES",
    "Derivative",
    "Extrapolation",
    "Flag",
    "Noise",
    "Optimum",
    "PlugIn",
    "Slope",
    "Stencil",
    "Steps",
    "VCurve",
    "apply_stencil",
    "bicomplex_second_derivative",
    "choose_steps",
    "complex_difference",
    "default_exponent",
    "default_step",
    "derivative",
    "estimate_noise",
    "fit_slope",
    "fornberg",
    "named_stencil",
    "optimum",
    "plug_in_step",
    "richardson",
    "step_grid",
    "theory_table",
    "v_curve",
]
