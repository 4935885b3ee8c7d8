"""Sizes of losses and expanded gradients, counted without SymPy building or expanding them.

`nodes` are a light mirror of SymPy's expressions, each knowing its size and kept once in a `store`;
`algebra` evaluates them as SymPy does (which `arguments` are special?), `calculus` differentiates
them, `field` runs a traced program on them, `bridge` translates from SymPy and back. `predict` puts
this together, with two of many `alike` parameters standing for all; `shapes` is the rough answer in
milliseconds.
"""

from difflab.symbolic.sizes.predict import predict
from difflab.symbolic.sizes.shapes import from_shapes

__all__ = ["from_shapes", "predict"]
