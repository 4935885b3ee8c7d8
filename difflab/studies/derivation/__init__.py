"""What ``difflab derive`` shows: derivatives as one writes them on paper, checked by numbers.

Every derivative is SymPy's: of a task's own loss stage by stage (`chain`), of the program that
``symbolic:matrix`` runs (`network`), of a function's definition (`functions`). None is typed in.
"""

from __future__ import annotations

from collections.abc import Sequence

from difflab.errors import unknown_name
from difflab.studies.derivation.chain import derive_chain, is_chain
from difflab.studies.derivation.functions import FUNCTIONS, derive_expression, derive_function
from difflab.studies.derivation.network import derive_network
from difflab.studies.derivation.result import Derivation

__all__ = ["Derivation", "derive", "derive_expression", "names"]


def names() -> list[str]:
    """What can be derived by name: tasks that train one network, then functions.

    Examples
    --------
    >>> names()[:2], "sigmoid" in names()
    (['simplest', 'linear-regression'], True)
    """
    from difflab import tasks

    single = [name for name in tasks.names() if tasks.get(name).experiment is None]
    return [*single, *FUNCTIONS]


def derive(name: str, overrides: Sequence[str] = ()) -> Derivation:
    """Derive the gradient of a task's loss, or the derivative of a function.

    Parameters
    ----------
    name : str
        One of `names`.
    overrides : sequence of str
        Settings of a task that differ, as ``"width=16"``.

    Returns
    -------
    Derivation

    Raises
    ------
    UnknownNameError
        With the nearest names.
    UsageError
        For overrides that make no sense; functions have none.
    MissingRuleError
        When a task's loss contains a call that SymPy or the matrix form does not know.

    Examples
    --------
    >>> print(derive("sigmoid").text().splitlines()[0])
    sigmoid and its derivative
    """
    from difflab import tasks

    if name not in names():
        raise unknown_name("task or function to derive", name, names(), "difflab derive --help")
    if name in FUNCTIONS:
        return derive_function(name, overrides)
    task = tasks.get(name)
    settings = tasks.override(task.settings, overrides)
    return (derive_chain if is_chain(task, settings) else derive_network)(task, settings)
