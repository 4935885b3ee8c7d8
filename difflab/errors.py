"""Errors in three parts: what happened, why, and what to type instead.

Every error that difflab raises on purpose is a `DifflabError`. Each also derives from the built-in
exception that a caller would expect (`TypeError`, `ValueError`, `LookupError`), so that ordinary
``except`` clauses keep working. The command line prints the three parts and exits with the class's
``exit_status``: 2 for misuse, 1 for failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class DifflabError(Exception):
    """An error that says what happened, why, and what to do instead.

    Parameters
    ----------
    what : str
        What happened, in one sentence.
    why : str
        The reason; empty where ``what`` already gives it.
    instead : str
        What to type instead; empty where nothing would help.

    Examples
    --------
    >>> print(DifflabError("the loss is NaN", "the data holds NaN", "drop those rows"))
    the loss is NaN
      why: the data holds NaN
      try: drop those rows
    """

    exit_status = 1

    def __init__(self, what: str, why: str = "", instead: str = "") -> None:
        super().__init__(what, why, instead)  # plain args, so that the error can be pickled
        self.what = what
        self.why = why
        self.instead = instead

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.instead:
            lines.append(f"  try: {self.instead}")
        return "\n".join(lines)


class UsageError(DifflabError, ValueError):
    """A command or an option that makes no sense as it was given."""

    exit_status = 2


class UnknownNameError(DifflabError, LookupError):
    """A task, provider, optimizer or other registered name that does not exist."""

    exit_status = 2


class ParameterTypeError(DifflabError, TypeError):
    """Parameters that cannot be differentiated: integers, complex numbers, strings, None."""

    exit_status = 2


class NonScalarLossError(DifflabError, TypeError):
    """The function to differentiate returned something else than one real number."""

    exit_status = 2


class ShapeError(DifflabError, ValueError):
    """Arrays whose shapes do not fit one another."""

    exit_status = 2


class TracingError(DifflabError, TypeError):
    """A call inside the user's function that NumPy dispatch cannot follow."""

    exit_status = 2


class MissingRuleError(DifflabError, TypeError):
    """A traced call that an engine has no derivative for."""

    exit_status = 2


class DataError(DifflabError, ValueError):
    """Data that cannot be used: NaN, wrong count, wrong type, a broken file."""


class MissingDataError(DataError, LookupError):
    """A data set whose files are not on this machine."""


class DataWarning(UserWarning):
    """Data that is used although something about it is not as expected."""


class PreparationMismatchError(DifflabError, ValueError):
    """A prepared gradient was called with other shapes, dtypes or nesting than it was made for."""


class ProviderUnavailableError(DifflabError, RuntimeError):
    """A provider that exists but cannot run here, for instance because PyTorch is missing."""


class SymbolicBudgetError(DifflabError, RuntimeError):
    """A symbolic derivation that would exceed its budget of operations, seconds or memory."""


class NonFiniteError(DifflabError, ArithmeticError):
    """A call or a derivative that made NaN or infinity, found by `difflab.debug_nans`."""


class WrongGradientError(DifflabError, ArithmeticError):
    """A gradient that does not fit the loss it is said to belong to."""


class DivergenceError(DifflabError, ArithmeticError):
    """Training met NaN or infinity."""


class OutputError(DifflabError, OSError):
    """A file or folder that cannot be written."""

    def __str__(self) -> str:  # OSError formats its args in its own way
        return DifflabError.__str__(self)


def unknown_name(kind: str, name: str, known: Iterable[str], listing: str) -> UnknownNameError:
    """Build the error for a name that is not registered, with the nearest names.

    Parameters
    ----------
    kind : str
        What was looked up, for instance ``"task"``.
    name : str
        The name as the user typed it, or whatever was given in place of one.
    known : iterable of str
        The names that exist.
    listing : str
        The command or expression that lists them.

    Examples
    --------
    >>> print(unknown_name("task", "sincoz", ["sincos", "digits"], "difflab tasks"))
    there is no task 'sincoz'
      why: the known ones are digits, sincos
      try: 'sincos'; `difflab tasks` lists all
    """
    names = sorted(known)
    close = get_close_matches(str(name), names, n=2, cutoff=0.5)
    suggestion = " or ".join(repr(match) for match in close)
    instead = f"{suggestion}; `{listing}` lists all" if close else f"`{listing}` lists all"
    return UnknownNameError(
        f"there is no {kind} {name!r}", f"the known ones are {', '.join(names)}", instead
    )
