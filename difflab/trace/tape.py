"""The tape: a flat Wengert list of the NumPy calls that a function made.

An `Entry` refers to its parents by index, never by object. So there are no reference cycles, no
topological sort and no recursion: a sweep over the tape is a loop over integers.

Tapes nest. Each has a level; when arrays of several tapes meet in one call, the innermost (highest
level) tape records it, and its recorded *values* are traced arrays of the tapes outside. That is
all that grad of grad needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

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
    entries : list of Entry
        In the order of the calls.
    branches : list of Branch
        Decisions that depended on values: the tape is only valid while they come out the same.
    is_open : bool
        False once the recording has ended.
    """

    __slots__ = ("branches", "entries", "is_open", "level")

    def __init__(self, level: int) -> None:
        self.level = level
        self.entries: list[Entry] = []
        self.branches: list[Branch] = []
        self.is_open = True

    def append(
        self,
        function: Callable[..., Any] | None,
        operands: tuple[Any, ...],
        parents: tuple[int, ...],
        options: dict[str, Any],
        value: Any,
    ) -> int:
        """Add an entry and return its index."""
        if not self.is_open:
            raise TracingError(
                "a traced array was used after its recording had ended",
                "it was stored outside the function that was being differentiated",
                "return what you need from the function instead of storing it",
            )
        self.entries.append(Entry(function, operands, parents, options, value))
        return len(self.entries) - 1

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        return f"<Tape level {self.level}, {len(self.entries)} entries>"


_level: ContextVar[int] = ContextVar("difflab_tape_level", default=-1)


@contextmanager
def recording() -> Iterator[Tape]:
    """Open a tape one level inside the current one; closes it whatever happens.

    Examples
    --------
    >>> from difflab.trace import recording, traced_input
    >>> with recording() as tape:
    ...     x = traced_input(tape, 3.0)
    ...     y = x * x + x
    >>> [entry.function.__name__ for entry in tape.entries if entry.function]
    ['multiply', 'add']
    """
    token = _level.set(_level.get() + 1)
    tape = Tape(_level.get())
    try:
        yield tape
    except ValueError as error:
        if isinstance(error.__cause__, TracingError):
            raise error.__cause__ from None  # NumPy hides ours behind "setting an array element"
        raise
    finally:
        tape.is_open = False
        _level.reset(token)


def current_level() -> int:
    """Return the level of the innermost open tape, or -1 outside any recording."""
    return _level.get()
