"""Jacobians and Hessians by differences, with few evaluations where they are sparse.

`jacobian` and `hessian` are the face. `pattern` says which entries may differ from zero,
`colouring` which parameters may move together, `compressed` moves them, `verify` finds a pattern
that misses an entry. `vector_function` makes nests flat, `result` brings derivatives back into
nests. `second_differences` is the Hessian from values alone.
"""

from difflab.numeric.sparse.colouring import Colouring, column_colouring, star_colouring
from difflab.numeric.sparse.hessian import hessian
from difflab.numeric.sparse.jacobian import jacobian
from difflab.numeric.sparse.pattern import Pattern
from difflab.numeric.sparse.result import DerivativeMatrix

__all__ = [
    "Colouring",
    "DerivativeMatrix",
    "Pattern",
    "column_colouring",
    "hessian",
    "jacobian",
    "star_colouring",
]
