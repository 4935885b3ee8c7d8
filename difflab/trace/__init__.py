"""The tape and the traced array: plain NumPy code in, a flat list of calls out.

`tape` holds the Wengert list, `array` the object that stands for an ndarray. `protocols`,
`operators`, `methods` and `indexing` are what it can do; `calls` knows how NumPy functions take
their arguments, `recorder` runs them and writes them down, `composites` are those made of others.
`refusals` has the words for what cannot be recorded, `primitive` wraps functions of our own,
`program` traces a whole function for engines that work ahead of time, `guard` finds faults.
"""

from difflab.trace.array import TracedArray, value_of
from difflab.trace.calls import CALL_FORMS, Hole, component, fill_holes, read_call
from difflab.trace.composites import COMPOSITES
from difflab.trace.indexing import pick
from difflab.trace.methods import METHODS
from difflab.trace.nans import debug_nans
from difflab.trace.operators import OPERATORS
from difflab.trace.primitive import Primitive
from difflab.trace.program import Program, trace
from difflab.trace.protocols import PROTOCOLS
from difflab.trace.recorder import evaluate, record, traced_input, traced_inputs
from difflab.trace.refusals import instead_of, name_of
from difflab.trace.tape import CONSTANT, NO_OPTIONS, Branch, Entry, Tape, current_level, recording

for _name, _method in (PROTOCOLS | OPERATORS | METHODS).items():
    setattr(TracedArray, _name, _method)  # here, because they need the class that they make up

__all__ = [
    "CALL_FORMS",
    "COMPOSITES",
    "CONSTANT",
    "NO_OPTIONS",
    "Branch",
    "Entry",
    "Hole",
    "Primitive",
    "Program",
    "Tape",
    "TracedArray",
    "component",
    "current_level",
    "debug_nans",
    "evaluate",
    "fill_holes",
    "instead_of",
    "name_of",
    "pick",
    "read_call",
    "record",
    "recording",
    "trace",
    "traced_input",
    "traced_inputs",
    "value_of",
]
