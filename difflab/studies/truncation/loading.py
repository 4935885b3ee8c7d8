"""A function of the user's own, from ``my_model.py:loss`` or ``package.module:loss``.

Importing a file runs it. Whatever goes wrong inside is told in three parts, with the user's own
line where there is one, instead of a traceback through this package.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from difflab.errors import DifflabError, UsageError, unknown_name

EXAMPLE = "--function my_model.py:loss"

OUTSIDE = (ValueError, ArithmeticError)
"""What functions raise outside their domain: math.log(-1) is a ValueError, 1/0 an ArithmeticError.
"""


def load(name: str) -> Callable[[Any], float]:
    """Return a function of one float by its file, or module, and name.

    Parameters
    ----------
    name : str
        ``"path/to/file.py:function"`` or ``"package.module:function"``.

    Returns
    -------
    callable
        Raises `UsageError` for whatever the function raises, but returns NaN where it raises an
        `ArithmeticError` or `ValueError`, as outside a domain.

    Raises
    ------
    UnknownNameError
        When the module has no such function.
    UsageError
        When there is no such file or module, when it fails to import, or when the function needs
        other than one argument.

    Examples
    --------
    >>> load("math:exp")(0.0), load("math:log")(-1.0)
    (1.0, nan)
    """
    where, colon, function = name.rpartition(":")
    if not colon or not where or not function:
        raise UsageError(
            f"{name!r} names no function",
            "a function is named by its file or module, a colon and its name",
            EXAMPLE,
        )
    module = _from_file(Path(where)) if where.endswith(".py") else _from_module(where)
    if not hasattr(module, function):
        known = [each for each, value in vars(module).items() if _is_own(value, module)]
        if known:
            raise unknown_name("function", function, known, f"grep def {where}")
        raise UsageError(f"{where} has no function {function!r}", "it has no functions", EXAMPLE)
    found = getattr(module, function)
    _check_arguments(found, function)
    return guarded(found, function)


def _is_own(value: Any, module: ModuleType) -> bool:
    return inspect.isfunction(value) and value.__module__ == module.__name__


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(
            f"there is no file {path}",
            f"it was looked for in {path.parent.absolute()}",
            EXAMPLE,
        )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    module, loader = importlib.util.module_from_spec(spec), spec.loader
    assert loader is not None

    def run() -> ModuleType:
        loader.exec_module(module)
        return module

    return _running(str(path), path.parent, run)


def _from_module(name: str) -> ModuleType:
    return _running(name, Path(), lambda: importlib.import_module(name))


def _running(name: str, folder: Path, run: Callable[[], ModuleType]) -> ModuleType:
    """Import with the module's folder on the path, so that it finds its neighbours."""
    sys.path.insert(0, str(folder.absolute()))
    try:
        return run()
    except Exception as error:
        raise UsageError(
            f"{name} cannot be imported",
            _told(error),
            f"python {name}, to see where it fails" if name.endswith(".py") else EXAMPLE,
        ) from error
    finally:
        sys.path.remove(str(folder.absolute()))


def _told(error: BaseException) -> str:
    """What was raised and, where it has one, the last line of the user's own file."""
    frames = traceback.extract_tb(error.__traceback__)
    outside = [f for f in frames if f.filename.endswith(".py") and "difflab" not in f.filename]
    own = [frame for frame in outside if "importlib" not in frame.filename]
    where = f", in line {own[-1].lineno} of {Path(own[-1].filename).name}" if own else ""
    return f"{type(error).__name__}: {str(error) or 'without a message'}{where}"


def _check_arguments(function: Any, name: str) -> None:
    if not callable(function):
        raise UsageError(
            f"{name} is no function",
            f"it is of type {type(function).__name__}",
            f"def {name}(x): ..., a function of one number",
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # built-in functions may have none
        return
    try:
        signature.bind(0.0)
    except TypeError as error:
        raise UsageError(
            f"{name}{signature} cannot be called with one number",
            str(error),
            f"def along(x): return {name}(x, ...), and its name instead",
        ) from error


def guarded(function: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    """Return a function that is NaN where it raises outside its domain.

    Anything else that it raises is the user's mistake, and becomes a `UsageError`.

    Examples
    --------
    >>> guarded(lambda x: 1 / x, "inverse")(0.0)
    nan
    """

    def f(x: Any) -> Any:
        try:
            with np.errstate(all="ignore"):
                # plain floats, for functions that are written for them
                return function(float(x) if type(x) is np.float64 else x)
        except DifflabError:
            raise
        except OUTSIDE as error:
            if isinstance(error, ValueError) and "domain" not in str(error):
                raise _failure(error, name, x) from error
            return float("nan")
        except Exception as error:
            raise _failure(error, name, x) from error

    return f


def _failure(error: Exception, name: str, x: Any) -> UsageError:
    return UsageError(
        f"{name} failed at {float(x):.6g}",
        _told(error),
        f"call {name}({float(x):.6g}) in Python, where its traceback shows",
    )
