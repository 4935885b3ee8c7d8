"""The derivative that never lies: a ladder of steps, an error bar, and flags.

`derivative`, in `methods`, is what a user calls; `result` and `flags` hold what comes back.
`arguments` checks what was asked, `sampling` calls f. The ladder: `rungs` are its steps, `families`
difference the samples symmetrically and from either side, `tableau` extrapolates, `noise` reads
noise off the rungs, `agreement` picks the rung to believe, `sides` looks at one side of x,
`judgement` weighs the families, `regimes` decides between two scales, and `automatic` runs all of
it. `fixed` applies one named stencil, `imaginary` the complex step.
"""

from difflab.numeric.ladder.flags import Flag
from difflab.numeric.ladder.methods import METHODS, derivative
from difflab.numeric.ladder.result import Derivative

__all__ = ["METHODS", "Derivative", "Flag", "derivative"]
