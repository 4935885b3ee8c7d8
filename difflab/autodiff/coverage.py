"""What of NumPy can be differentiated: one record per function, read off the tables themselves.

The list of functions is NumPy's own (`numpy.testing.overrides`): all ufuncs, and the functions of
`MODULES` that hand their arguments over by NEP 18. Each has a row in the rule table, or a
composition, or a reason.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import difflab
from difflab.autodiff.rules import RULES
from difflab.trace import COMPOSITES, name_of
from difflab.trace.composites import metadata
from difflab.trace.refusals import REPLACEMENTS

Status = Literal["rule", "composed", "constant", "shape only", "no derivative", "refused"]

STATUSES: dict[Status, str] = {
    "rule": "a row of its own in the table of derivative rules",
    "composed": "recorded as the calls with a rule that it is made of",
    "constant": "piecewise constant: recorded, with derivative zero",
    "shape only": "answered from shape and type alone; nothing is recorded",
    "no derivative": "nothing to differentiate: text, files, dates, integers, memory",
    "refused": "an error that says what to write instead",
}

_TEXT = (
    "count endswith find index isalnum isalpha isdecimal isdigit islower isnumeric isspace istitle "
    "isupper rfind rindex startswith str_len _center _expandtabs _expandtabs_length _ljust "
    "_lstrip_chars _lstrip_whitespace _partition _partition_index _replace _rjust _rpartition "
    "_rpartition_index _rstrip_chars _rstrip_whitespace _slice _strip_chars _strip_whitespace "
    "_zfill np.array2string np.array_repr np.array_str"
)
_FILES = "np.fromfile np.genfromtxt np.loadtxt np.save np.savetxt np.savez np.savez_compressed"
_CREATION = (
    "np.arange np.array np.asanyarray np.asarray np.ascontiguousarray np.asfortranarray np.empty "
    "np.eye np.frombuffer np.fromfunction np.fromiter np.fromstring np.full np.identity np.ones "
    "np.require np.tri np.zeros _ones_like"
)
_DATES = "np.busday_count np.busday_offset np.is_busday np.datetime_as_string np.isnat"
_INTEGERS = "np.packbits np.unpackbits np.ravel_multi_index np.unravel_index np.ix_"
_QUESTIONS = "np.can_cast np.min_scalar_type np.may_share_memory np.shares_memory"

WITHOUT_DERIVATIVE: dict[str, str] = {
    name: reason
    for names, reason in (
        (_TEXT, "text"),
        (_FILES, "reads or writes files"),
        (_CREATION, "makes a plain array: x itself, or np.stack of traced ones"),
        (_DATES, "dates"),
        (_INTEGERS, "integers and bits"),
        (_QUESTIONS, "asks about types and memory"),
    )
    for name in names.split()
}
"""Functions that are not differentiable by nature, and what they deal with."""

_BEHIND = {"clip": "np.clip(x, low, high), whose ufunc this is"}
"""Ufuncs without a public name."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What becomes of one function.

    Attributes
    ----------
    name : str
        As a user writes it.
    status : str
        A key of `STATUSES`.
    forward : bool
        Whether there is a JVP beside the VJP.
    order : int
        Up to which order the tests of the table go; 0 where there is no derivative.
    kink : str
        The convention where the derivative does not exist; empty for none.
    note : str
        The reason, or what to write instead; empty for what is covered.
    """

    name: str
    status: Status
    forward: bool = False
    order: int = 0
    kink: str = ""
    note: str = ""


MODULES = (
    "numpy", "numpy.linalg", "numpy.fft", "numpy.lib.scimath", "numpy.lib.stride_tricks",
)  # fmt: skip
"""Not those for text (``numpy.char``) and for structured arrays (``numpy.lib.recfunctions``)."""


def functions() -> list[Callable[..., Any]]:
    """List what the coverage is about: NumPy's dispatching functions, indexing, difflab's own."""
    from numpy.testing import overrides

    arrays = overrides.get_overridable_numpy_array_functions()
    ours = [f for f in RULES if getattr(difflab, getattr(f, "__name__", ""), None) is f]
    theirs = [function for function in arrays if function.__module__ in MODULES]
    return [operator.getitem, *ours, *overrides.get_overridable_numpy_ufuncs(), *theirs]


def coverage_of(function: Callable[..., Any]) -> Coverage:
    """Say what becomes of a function that meets an array which is being differentiated.

    Examples
    --------
    >>> import numpy as np
    >>> coverage_of(np.sqrt)
    Coverage(name='np.sqrt', status='rule', forward=True, order=2, kink="sqrt'(0) = inf", note='')
    >>> coverage_of(np.argmax).status, coverage_of(np.loadtxt).note
    ('constant', 'reads or writes files')
    """
    name = name_of(function)
    if function in metadata.COMPOSITES:
        return Coverage(name, "shape only")
    if function in COMPOSITES:
        return Coverage(name, "composed", forward=True, order=2)
    if function in RULES:
        rule = RULES[function]
        if rule.kind == "constant":
            return Coverage(name, "constant", forward=True, order=rule.order, kink=rule.kink)
        return Coverage(name, "rule", bool(rule.jvps), rule.order, rule.kink)
    if name in WITHOUT_DERIVATIVE:
        return Coverage(name, "no derivative", note=WITHOUT_DERIVATIVE[name])
    return Coverage(name, "refused", note=REPLACEMENTS.get(name, _BEHIND.get(name, "")))


def coverage() -> list[Coverage]:
    """Return one record per function, in the order of `STATUSES`, then by name.

    Examples
    --------
    >>> {record.name: record.status for record in coverage()}["np.median"]
    'composed'
    """
    records = {record.name: record for record in map(coverage_of, functions())}
    place = {status: k for k, status in enumerate(STATUSES)}
    return sorted(records.values(), key=lambda r: (place[r.status], r.name.lower()))


def counts(records: Sequence[Coverage]) -> dict[Status, int]:
    """Count the records of each status, in the order of `STATUSES`.

    Examples
    --------
    >>> import numpy as np
    >>> counts([coverage_of(np.exp), coverage_of(np.sin), coverage_of(np.put)])["rule"]
    2
    """
    found = Counter(record.status for record in records)
    return {status: found[status] for status in STATUSES}
