"""A traced program on scalars of any kind: SymPy expressions, numbers of sixty digits, fractions.

`field` says what a kind of scalar can do, `definitions` and `ordering` spell calls out in those
terms, `run` evaluates a program. No derivative appears here.
"""

from difflab.scalars.field import Field
from difflab.scalars.run import call_on_scalars, require_calls, run_on_scalars

__all__ = ["Field", "call_on_scalars", "require_calls", "run_on_scalars"]
