"""Replay: a gradient recorded once per way through the function's branches, then run as a program.

A program holds for one path. When a decision comes out otherwise the program says so before
anything is returned; another known program is tried, and if none fits the function is recorded
again. So a replay never returns the gradient of another branch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from difflab.emission.fits import LeafTest, compile_fits
from difflab.emission.graph import Decision, Graph, difference, record_both, takes_another_path
from difflab.emission.inputs import inputs_among, plain
from difflab.emission.path import Path
from difflab.emission.program import Form, argument_names, assemble
from difflab.emission.simplify import simplify
from difflab.errors import TracingError
from difflab.signature import Signature
from difflab.trace.nans import search
from difflab.trace.tape import level
from difflab.tree import Nest, flatten, unflatten

KNOWN_PATHS = 8
"""Programs kept per function and signature; the one used longest ago is forgotten first."""


Phase = Callable[[str], AbstractContextManager[object]]
"""``phase(name)`` surrounds a part of the work."""

Both = Callable[..., tuple[Any, Nest]]
"""``both(params, *contexts) -> (value, gradient)``."""


@dataclass(eq=False)
class Replay:
    """A function ``(params, *contexts) -> (value, gradient)`` that runs emitted programs.

    Attributes
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number; plain NumPy inside. It must depend on its
        arguments alone: other data are part of the program, as they were when it was recorded.
    signature : Signature
        Nesting, shapes and dtypes it is compiled for.
    both : callable
        How ``f`` is differentiated, in calls that a tape records.
    reference : callable
        Its result, or the first member of it, is held against the first of each program.
    observed : callable
        What runs instead while something else records: then every call has to be seen.
    refuse : callable or None
        Called with the decisions of a recording, before a program is made of it; may raise.
    quiet : tuple of str
        Floating-point errors that reverse sweeps pass over, as ``np.errstate`` names them.
    check_every : int
        After so many calls the function is recorded again, and an error raised if the program
        changed; 0 means never.
    recordings : int
        How often the function has been recorded: once per path through its branches, and again
        where a forgotten path came back.
    """

    f: Callable[..., Any]
    signature: Signature
    both: Both
    reference: Callable[..., Any]
    observed: Both
    refuse: Callable[[Sequence[Decision]], object] | None = None
    quiet: tuple[str, ...] = ("under",)
    check_every: int = 0
    recordings: int = 0
    paths: list[Path] = field(default_factory=list, repr=False)
    _calls: int = 0

    @property
    def source(self) -> str:
        """The program that ran last; "" before the first call."""
        return self.paths[0].program.source if self.paths else ""

    def __call__(self, params: Nest, *contexts: Any) -> tuple[Any, Nest]:
        if self.check_every:
            self._check((params, *contexts))
        if self.paths and level.get() < 0 and search.get() is None:
            result = self.paths[0].attempt(params, *contexts)
            if result is not None:
                return result
        arguments = (params, *contexts)
        if _is_observed():
            return self.observed(*arguments)
        return self._search(arguments)

    def prepare(self, params: Nest, *contexts: Any, phase: Phase = nullcontext) -> Path | None:
        """Record and compile for these arguments; not inside another recording.

        Parameters
        ----------
        phase : callable
            ``phase(name)`` is entered for "record", "emit" and "check", and may time them.

        Raises
        ------
        TracingError
            When the function cannot be recorded, or is not the same at every call.
        """
        if _is_observed():
            return None
        path = self._record((params, *contexts), phase)
        with phase("check"):
            again = self._graph(self._plain((params, *contexts)))[0]
            changed = difference(path.graph, again)
        if changed:
            raise _unsteady(changed)
        return path

    def _search(self, given: tuple[Any, ...]) -> tuple[Any, Nest]:
        """Try the other programs, then record a new one."""
        arguments = self._plain(given)
        for path in list(self.paths):
            result = path.attempt(*arguments)
            if result is not None:
                self._to_front(path)
                return result
        return self._record(given).attempt(*arguments)

    def _to_front(self, path: Path) -> None:
        self.paths = [path, *(other for other in self.paths if other is not path)][:KNOWN_PATHS]

    def _plain(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Check the signature; array-likes become arrays, numbers NumPy's own."""
        self.signature.check(*arguments)
        leaves, structure = flatten(arguments)
        return tuple(unflatten(structure, [plain(leaf) for leaf in leaves]))

    def _graph(self, arguments: tuple[Any, ...]) -> tuple[Graph, Form]:
        params, *contexts = arguments
        leaves, structure = flatten(params)
        context_leaves, context_structure = flatten(tuple(contexts))
        dynamic = [True] * len(leaves) + inputs_among(context_leaves, leaves)
        self.recordings += 1
        graph = record_both(
            self.both,
            leaves,
            structure,
            context_leaves,
            context_structure,
            dynamic[len(leaves) :],
        )
        names = argument_names(self.f, contexts)
        structures = (structure, *context_structure.children)
        arrays = tuple(type(leaf) is np.ndarray for leaf in leaves)
        return graph, Form(names, structures, tuple(dynamic), arrays, self.quiet)

    def _record(self, given: tuple[Any, ...], phase: Phase = nullcontext) -> Path:
        """Record, compile and remember a program for these arguments.

        Its first results are held against the reference: inside a recording contexts are
        traced arrays, and a function may look at that.
        """
        arguments = self._plain(given)
        with phase("record"):
            graph, form = self._graph(arguments)
        if self.refuse is not None:
            self.refuse(graph.decisions)
        with phase("emit"):
            program = assemble(simplify(graph), form)
            leaves = zip(flatten(arguments)[0], form.dynamic)
            tests = [LeafTest(leaf, is_input) for leaf, is_input in leaves]
            path = Path(program, graph, compile_fits(form.structures, tests))
        with phase("check"):
            eager = flatten(self.reference(*given))[0]
            compiled = flatten(path.attempt(*arguments))[0]
        if not all(map(agrees, eager, compiled)):
            changed = difference(graph, self._graph(arguments)[0])
            raise _unsteady(changed) if changed else _sees_tracing(compiled[0], eager[0])
        self._to_front(path)
        return path

    def _check(self, arguments: tuple[Any, ...]) -> None:
        """Every so many calls, hold the program that would run against a new recording."""
        self._calls += 1
        if self._calls % self.check_every or not self.paths:
            return
        arguments = self._plain(arguments)
        graph = self._graph(arguments)[0]
        for path in self.paths:
            if path.fits(*arguments) and not takes_another_path(path.graph, graph):
                changed = difference(path.graph, graph)
                if changed:
                    raise _unsteady(changed)


def _is_observed() -> bool:
    """Whether a recording is open, or NaNs are looked for: then every call has to be seen.

    A function may close over an array that is being differentiated outside; a replay would take it
    for a constant.
    """
    return level.get() >= 0 or search.get() is not None


def _unsteady(difference: str) -> TracingError:
    return TracingError(
        "the function is not the same program at every call",
        f"recorded again on the same arguments, {difference}; random numbers, counters and data "
        "that are no arguments become part of a compiled program, as they were",
        "pass random numbers and data as contexts, after the parameters; or "
        'method="autodiff", which records at every call',
    )


def agrees(one: Any, other: Any) -> bool:
    """Whether two results are the same but for rounding.

    They have the same bits, with one exception: a call of contexts alone that is a composition on
    the tape, such as ``np.cov``, may be rounded otherwise by NumPy's own.

    Examples
    --------
    >>> agrees(np.float64(1.0), np.float64(1.0 + 1e-15)), agrees(np.float64(1.0), np.float64(1.1))
    (True, False)
    """
    a, b = np.asarray(one), np.asarray(other)
    if (a.shape, a.dtype) != (b.shape, b.dtype):
        return False
    with np.errstate(all="ignore"):
        scale = np.max(np.abs(a[np.isfinite(a)]), initial=0.0)
        near = 100 * np.sqrt(np.finfo(a.dtype).eps) * scale
        return bool(np.allclose(a, b, rtol=0.0, atol=near, equal_nan=True))


def _sees_tracing(compiled: Any, eager: Any) -> TracingError:
    return TracingError(
        f"the compiled program gives {compiled!s} where the function gives {eager!s}, or gradients "
        "differ",
        "while a program is recorded, contexts are traced arrays and dicts are sorted; the "
        "function looks at a type, or at the order of a dict",
        'decide by x.ndim, x.shape and x.dtype; or method="autodiff"',
    )
