"""Specs with options: ``"finite-difference:central-4,evaluator=node,check=autodiff"``.

A name, and behind commas what the provider's own fields are to be. So every option that is one
number or word can be given wherever a spec can: on the command line, in a task, in a report's cell.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from difflab.errors import UsageError, unknown_name


def split(spec: str) -> tuple[str, dict[str, Any]]:
    """Split a spec into its name and its options.

    Values are numbers, True, False and None where they read so, else words.

    Raises
    ------
    UsageError
        For something behind a comma that is not ``option=value``, or an option given twice.

    Examples
    --------
    >>> split("spsa,directions=64,seed=3")
    ('spsa', {'directions': 64, 'seed': 3})
    >>> split("finite-difference:central,step=1e-5,evaluator=loop")
    ('finite-difference:central', {'step': 1e-05, 'evaluator': 'loop'})
    """
    name, *parts = (part.strip() for part in spec.split(","))
    options: dict[str, Any] = {}
    for part in parts:
        option, equals, value = (piece.strip() for piece in part.partition("="))
        if not (option and equals and value) or option in options:
            raise UsageError(
                f"{part!r} in {spec!r} is no option"
                if option not in options
                else f"{option!r} is given twice in {spec!r}",
                "behind the name stand options, with commas between them",
                '"finite-difference:central-4,evaluator=node", or a name alone',
            )
        options[option] = _value(value)
    return name, options


def _value(text: str) -> Any:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if value is None or isinstance(value, (bool, int, float, str)) else text


def check_options(spec: str, given: Sequence[str], known: Sequence[str]) -> None:
    """Refuse options that a provider does not have.

    Raises
    ------
    UnknownNameError
        With the nearest of those it has.
    UsageError
        When it has none.

    Examples
    --------
    >>> check_options("spsa", ["seed"], ["directions", "seed"])
    """
    for option in given:
        if option in known:
            continue
        if known:
            raise unknown_name(f"{spec} option", option, known, "difflab providers")
        raise UsageError(
            f"{spec!r} takes no option {option!r}", "it has none", f"{spec}, without options"
        )


def check_kinds(spec: str, given: Mapping[str, Any], annotations: Mapping[str, str]) -> None:
    """Refuse values of another kind than their option's: a word "no" would count as true.

    Parameters
    ----------
    spec : str
    given : mapping from str
        Values by option, as `split` reads them.
    annotations : mapping from str to str
        Types of the options as they are written in the code: "float | None".

    Raises
    ------
    UsageError

    Examples
    --------
    >>> check_kinds("spsa", {"seed": 3, "step": 1}, {"seed": "int", "step": "float | None"})
    """
    for option, value in given.items():
        types = re.findall(r"\w+", re.sub(r"\[.*?\]", "", annotations[option]))
        kinds = [KINDS[each] for each in types]
        if not any(_is_of(each, value) for each in types):
            raise UsageError(
                f"{option}={value!r} in {spec!r}",
                f"{option} is {' or '.join(kinds)}",
                f"{spec}, with another {option} or without it",
            )


KINDS = {
    "bool": "True or False",
    "int": "a whole number",
    "float": "a number such as 1e-5",
    "str": "a word",
    "Literal": "a word",
    "None": "None",
}
"""Types of options that can be written into a spec, in words."""


def _is_of(kind: str, value: Any) -> bool:
    if kind == "None":
        return value is None
    if kind in ("str", "Literal"):
        return isinstance(value, str)
    if kind == "bool" or isinstance(value, bool):
        return kind == "bool" and isinstance(value, bool)
    return isinstance(value, int) or (kind == "float" and isinstance(value, float))
