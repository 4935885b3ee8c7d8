"""The slides' formulas in ASCII mathematics, read and evaluated as they are written.

Python's operators with three additions: ``^`` is a power, ``X'`` a transpose, ``sigma'`` the
derivative of the sigmoid. ``dL/dw2`` is one name. What stands right of the first `` = `` is the
slide's value; ``?`` stands for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from difflab.course.row import Values

NOTHING = "?"
SLOPE = re.compile(r"\bd([A-Za-z]\w*)/d([A-Za-z]\w*)")


def sides(formula: str) -> tuple[str, str]:
    """Split a formula at its first equals sign.

    Raises
    ------
    ValueError
        When there is none.

    Examples
    --------
    >>> sides("dL/dm = 2*(y - m)")
    ('dL/dm', '2*(y - m)')
    >>> sides("0 <= x = True")
    ('0 <= x', 'True')
    """
    left, equals, right = formula.partition(" = ")
    if not equals:
        raise ValueError(f"{formula!r} has no equals sign")
    return left.strip(), right.strip()


def names_in(expression: str) -> set[str]:
    """Names that an expression uses, derivatives apart.

    Examples
    --------
    >>> sorted(names_in("sigmoid(w1*n + b1) * dL/dm"))
    ['b1', 'n', 'sigmoid', 'w1']
    """
    return set(re.findall(r"[A-Za-z_]\w*", SLOPE.sub("0", expression)))


def evaluate(
    expression: str,
    names: Mapping[str, Any],
    slope: Callable[[str, str], float] | None = None,
) -> Any:
    """Evaluate an expression.

    Parameters
    ----------
    expression : str
    names : mapping
        Numbers, arrays and functions; ``sigma_prime`` is what ``sigma'`` stands for.
    slope : callable or None
        ``slope("L", "w2")`` is the value of ``dL/dw2``.

    Examples
    --------
    >>> evaluate("(y - m)^2", {"y": 1.0, "m": 0.5})
    0.25
    >>> evaluate("X'@X", {"X": np.array([[1.0], [2.0]])})
    array([[5.]])
    >>> evaluate("2*dL/dm", {}, lambda out, by: 4.0)
    8.0
    """
    text = expression.replace("sigma'", "sigma_prime").replace("^", "**")
    text = re.sub(r"([A-Za-z)\]])'", r"\1.T", text)
    text = SLOPE.sub(lambda found: f"_slope('{found[1]}', '{found[2]}')", text)
    return eval(text, {"__builtins__": {}, "_slope": slope}, dict(names))  # our own rows only


def entries(value: Any) -> Values:
    """Flatten a number or array, row by row.

    Examples
    --------
    >>> entries(np.array([[1.0, 2.0], [3.0, 4.0]]))
    (1.0, 2.0, 3.0, 4.0)
    """
    return tuple(float(entry) for entry in np.ravel(value))
