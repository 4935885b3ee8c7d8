"""The tape: a flat Wengert list of the NumPy calls that a function made.

An `Entry` refers to its parents by index, never by object. So there are no reference cycles, no
topological sort and no recursion: a sweep over the tape is a loop over integers.

Tapes nest. Each has a level; when arrays of several tapes meet in one call, the innermost (highest
level) tape records it, and its recorded *values* are traced arrays of the tapes outside. That is
all that grad of grad needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import numpy as np

from difflab.errors import TracingError

CONSTANT = -1
"""Parent index of an operand that is not on this tape."""

NO_OPTIONS: dict[str, Any] = {}
"""Shared by entries without options; never written to."""


class Entry(NamedTuple):
    """One call on the tape.

    Attributes
    ----------
    function : callable or None
        The NumPy function or difflab primitive that was called; None for an input of the tape.
    operands : tuple
        The array arguments as they were (values, for those that are on the tape).
    parents : tuple of int
        For each operand its index on the tape, or `CONSTANT`.
    options : dict
        The other arguments by name, such as ``axis``.
    value : array or scalar
        What the call returned.
    """

    function: Callable[..., Any] | None
    operands: tuple[Any, ...]
    parents: tuple[int, ...]
    options: dict[str, Any]
    value: Any


Call = tuple[Callable[..., Any] | None, tuple[Any, ...], tuple[int, ...], dict[str, Any], Any]
"""An `Entry` without names."""

Watch = Callable[[Call], object]
"""Looks at an entry that is about to be added; may raise."""

Keep = Callable[[Sequence[Any], Callable[..., Any] | None], object]
"""``keep(inputs, None)`` or ``keep([constant], function)`` sees what the tape will refer to."""


def _ended(call: Call) -> NoReturn:  # noqa: ARG001
    raise TracingError(
        "a traced array was used after its recording had ended",
        "it was stored outside the function that was being differentiated",
        "return what you need from the function instead of storing it",
    )


@dataclass(frozen=True, slots=True)
class Branch:
    """A Python decision (``if``, ``while``, ``and``) that looked at a traced value.

    Attributes
    ----------
    index : int
        The tape entry whose value was looked at.
    outcome : bool
        What it was.
    line : str
        File and line of the decision, for messages.
    """

    index: int
    outcome: bool
    line: str


class Tape:
    """A list of entries, made by `recording`; closed when the recording ends.

    Attributes
    ----------
    level : int
        Nesting depth, from 0 for the outermost.
    calls : list of tuple
        The entries in the order of the calls, as plain tuples: naming the parts of one takes as
        long as a small sum. The sweeps read these.
    branches : list of Branch
        Decisions that depended on values: the tape is only valid while they come out the same.
    watch : callable or None
        Called with every entry before it is added, for debugging; refuses them all once the
        recording has ended.
    keep : callable or None
        Called with every input and every constant array before the entry that holds it is added,
        for safety. Apart from `watch`, because most entries have none.
    """

    __slots__ = ("branches", "calls", "keep", "level", "watch")

    def __init__(self, level: int, watch: Watch | None = None, keep: Keep | None = None) -> None:
        self.level = level
        self.calls: list[Call] = []
        self.branches: list[Branch] = []
        self.watch = watch
        self.keep = keep

    def append(
        self,
        function: Callable[..., Any] | None,
        operands: tuple[Any, ...],
        parents: tuple[int, ...],
        options: dict[str, Any],
        value: Any,
    ) -> int:
        """Add an entry and return its index."""
        if self.keep is not None and CONSTANT in parents:
            for operand, parent in zip(operands, parents):
                if parent < 0 and isinstance(operand, np.ndarray):
                    self.keep((operand,), function)
        call = (function, operands, parents, options, value)
        if self.watch is not None:
            self.watch(call)
        self.calls.append(call)
        return len(self.calls) - 1

    def add_inputs(self, values: Sequence[Any]) -> int:
        """Add an entry for each of several inputs and return the index of the first."""
        start = len(self.calls)
        if self.keep is not None:
            self.keep(values, None)
        calls: list[Call] = [(None, (), (), NO_OPTIONS, value) for value in values]
        if self.watch is not None:
            for call in calls:
                self.watch(call)
        self.calls += calls
        return start

    @property
    def entries(self) -> list[Entry]:
        """The calls with their parts named, for all but the sweeps."""
        return [Entry(*call) for call in self.calls]

    def __len__(self) -> int:
        return len(self.calls)

    def __repr__(self) -> str:
        return f"<Tape level {self.level}, {len(self.calls)} entries>"


level: ContextVar[int] = ContextVar("difflab_tape_level", default=-1)
"""Level of the innermost open tape; -1 outside any recording."""


class recording:
    """Open a tape one level inside the current one; closes it whatever happens.

    A class rather than a generator: every gradient enters one, and this takes half the time.

    Parameters
    ----------
    watch, keep : callable, optional
        Look at entries, and at arrays of the user's, before they are added; see `Tape`.

    Examples
    --------
    >>> from difflab.trace import recording, traced_input
    >>> with recording() as tape:
    ...     x = traced_input(tape, 3.0)
    ...     y = x * x + x
    >>> [entry.function.__name__ for entry in tape.entries if entry.function]
    ['multiply', 'add']
    """

    __slots__ = ("_keep", "_tape", "_token", "_watch")

    def __init__(self, watch: Watch | None = None, keep: Keep | None = None) -> None:
        self._watch = watch
        self._keep = keep

    def __enter__(self) -> Tape:
        inner = level.get() + 1
        self._token = level.set(inner)
        self._tape = Tape(inner, self._watch, self._keep)
        return self._tape

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._tape.watch = _ended
        level.reset(self._token)
        if isinstance(error, ValueError) and isinstance(error.__cause__, TracingError):
            raise error.__cause__ from None  # NumPy hides ours behind "setting an array element"


def current_level() -> int:
    """Return the level of the innermost open tape, or -1 outside any recording."""
    return level.get()
