"""From a recorded program to straight-line NumPy source, for every engine that works ahead of time.

`graph` records value and gradient together, `simplify` and `expand` drop what is computed twice or
for nothing, `memory` says where large results live, `numbers` takes arrays with one entry for
numbers, `emit` and `program` write Python source, `inputs` and `fits` say which calls it is for,
`path` runs it, and `replay` keeps one per way through the function's branches.
"""

from difflab.emission.fits import LeafTest, compile_fits
from difflab.emission.graph import Constant, Graph, Node, record_both
from difflab.emission.inputs import inputs_among, plain
from difflab.emission.path import Path
from difflab.emission.program import Form, Program, argument_names, assemble
from difflab.emission.replay import Replay
from difflab.emission.simplify import simplify

__all__ = [
    "Constant",
    "Form",
    "Graph",
    "LeafTest",
    "Node",
    "Path",
    "Program",
    "Replay",
    "argument_names",
    "assemble",
    "compile_fits",
    "inputs_among",
    "plain",
    "record_both",
    "simplify",
]
