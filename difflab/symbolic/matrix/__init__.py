"""Matrix calculus: the gradient of a traced function, as NumPy calls on whole arrays.

SymPy supplies the derivative of everything that works entry by entry; `arithmetic` evaluates it on
arrays, `clusters` fuses neighbours first. `shapes`, `products` and `reductions` hold the adjoints
of what carries the structure, `reverse` is the pass, `gradient` the transform of functions,
`noting` remembers what is the adjoint of what, and `counts` says how large a program is.
"""

from difflab.symbolic.matrix.counts import Counts, count
from difflab.symbolic.matrix.gradient import hessian_vector_product, value_and_gradient
from difflab.symbolic.matrix.noting import Adjoints, noting
from difflab.symbolic.matrix.reverse import has_adjoint

__all__ = [
    "Adjoints",
    "Counts",
    "count",
    "has_adjoint",
    "hessian_vector_product",
    "noting",
    "value_and_gradient",
]
