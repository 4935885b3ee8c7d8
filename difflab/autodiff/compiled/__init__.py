"""Compiled replay: a gradient recorded once and emitted as straight-line NumPy.

`graph` records value and gradient together, `simplify` drops what is computed twice or for nothing,
`memory` says where large results live, `emit` and `program` write Python source, `replay` runs it
and records again when a decision comes out otherwise.
"""

from difflab.autodiff.compiled.replay import CompiledGradient

__all__ = ["CompiledGradient"]
