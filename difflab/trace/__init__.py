"""The tape and the traced array: plain NumPy code in, a flat list of calls out.

`tape` holds the Wengert list, `array` the object that stands for an ndarray, `calls` knows how
NumPy functions take their arguments, `refusals` the words for what cannot be recorded, `primitive`
wraps functions of our own, `program` traces a whole function for engines that work ahead of time.
"""

from difflab.trace.array import TracedArray, pick, record, traced_input, traced_inputs, value_of
from difflab.trace.calls import CALL_FORMS, Hole, component, evaluate, fill_holes, read_call
from difflab.trace.composites import COMPOSITES
from difflab.trace.nans import debug_nans
from difflab.trace.primitive import Primitive
from difflab.trace.program import Program, trace
from difflab.trace.refusals import instead_of, name_of
from difflab.trace.tape import CONSTANT, NO_OPTIONS, Branch, Entry, Tape, current_level, recording

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
