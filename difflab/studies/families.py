"""Families of functions that grow with whole numbers: what swell is a property of.

A family makes its members (`difflab.studies.members`) from named sizes, says what these count, and
what is known in closed form about the operations of its members and their gradients.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from difflab.errors import unknown_name
from difflab.studies import members
from difflab.studies.expressions import of_expression
from difflab.studies.family import ClosedForm, Family, Size

__all__ = ["FAMILIES", "ClosedForm", "Family", "Size", "family", "of_expression"]


def family(name: str) -> Family:
    """Look a family up.

    Raises
    ------
    UnknownNameError
        With the nearest names.

    Examples
    --------
    >>> family("mlp").title
    'sigmoid network 2-w-...-w-1'
    """
    if name not in FAMILIES:
        raise unknown_name("family", name, FAMILIES, "difflab swell --help")
    return FAMILIES[name]


_COUNTED = "found from counts of SymPy 1.14"

_LOGISTIC = (
    ClosedForm("loss tree", "3*2^(n-1) - 2", lambda n: 3 * 2 ** (n - 1) - 2, 2, _COUNTED),
    ClosedForm("loss dag", "n(n+3)/2 - 1", lambda n: n * (n + 3) // 2 - 1, 2, _COUNTED),
    ClosedForm(
        "gradient tree",
        "2^n (3n^2 + 3n - 11)/8",
        lambda n: 2**n * (3 * n * n + 3 * n - 11) // 8,
        3,
        _COUNTED,
    ),
    ClosedForm("reverse", "2n^2 + n - 3", lambda n: 2 * n * n + n - 3, 2, _COUNTED),
)
_CHAIN = (
    ClosedForm(
        "gradient tree",
        "(56d^3 + 195d^2 + 43d)/6",
        lambda d: (56 * d**3 + 195 * d**2 + 43 * d) // 6,
        1,
        _COUNTED,
    ),
    ClosedForm("cse", "14d + 2", lambda d: 14 * d + 2, 1, _COUNTED),
)
_PRODUCT = (
    ClosedForm("loss tree", "n - 1", lambda n: n - 1, 2, "n factors"),
    ClosedForm(
        "gradient tree", "n(n-2)", lambda n: n * (n - 2), 2, "n derivatives of n - 1 factors each"
    ),
    ClosedForm("cse", "n(n-1)/2", lambda n: n * (n - 1) // 2, 4, f"even n; {_COUNTED}", step=2),
    ClosedForm(
        "reverse", "3n - 5", lambda n: 3 * n - 5, 2, "n - 1 forward, two for each inner factor back"
    ),
)


def _range(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last + 1))


_ALL = (
    Family(
        "logistic-map",
        "logistic map l_n of x",
        "Baydin, Pearlmutter, Radul, Siskind 2018, table 1",
        members.logistic_map,
        (Size("n", "iterations", 1, _range(1, 10)),),
        _LOGISTIC,
    ),
    Family(
        "chain",
        "chain of sigmoid neurons 1-1-...-1",
        "",
        lambda depth: members.network(*[1] * (depth + 1)),
        (Size("depth", "neurons", 1, _range(1, 8)),),
        _CHAIN,
    ),
    Family(
        "mlp",
        "sigmoid network 2-w-...-w-1",
        "",
        lambda width, depth: members.network(2, *[width] * depth, 1),
        (
            Size("width", "units of each hidden layer", 1, (4,)),
            Size("depth", "hidden layers", 1, _range(1, 8)),
        ),
    ),
    Family(
        "product",
        "product x1 x2 ... xn",
        "Speelpenning 1980",
        members.product,
        (Size("n", "factors", 2, _range(2, 12)),),
        _PRODUCT,
    ),
    Family(
        "rosenbrock",
        "Rosenbrock's valley in n dimensions",
        "Rosenbrock 1960; start of Moré, Garbow, Hillstrom 1981",
        members.rosenbrock,
        (Size("n", "variables", 2, _range(2, 10)),),
    ),
    Family(
        "chebyshev",
        "Chebyshev polynomial T_n by its recurrence",
        "",
        members.chebyshev,
        (Size("n", "the degree", 1, _range(2, 12)),),
    ),
    Family(
        "helmholtz",
        "Helmholtz energy of a mixture",
        "Griewank, Walther 2008, Evaluating Derivatives; Peng, Robinson 1976",
        members.helmholtz,
        (Size("n", "components", 1, _range(1, 8)),),
    ),
)

FAMILIES: Mapping[str, Family] = MappingProxyType({entry.name: entry for entry in _ALL})
"""Families by name."""
