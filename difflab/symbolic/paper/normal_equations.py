"""The normal equations of a linear model, found by setting its recorded gradient to zero.

The program of the gradient is evaluated on SymPy's matrix symbols: what comes out is a sum of
products in the parameters W and b'. Where it is linear in them, zero is a system of equations.
SymPy multiplies matrices here and transposes them; it differentiates none (see `matrix` for that).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from difflab.emission.graph import Argument, Constant, Graph
from difflab.symbolic.paper.combine import negative, product, total, transposed
from difflab.symbolic.paper.expressions import formula as spelled_number
from difflab.symbolic.paper.formula import Equation, Formula, symbol
from difflab.symbolic.paper.operands import ONES
from difflab.symbolic.scalars import constant
from difflab.transposes import column_sums


@dataclass(frozen=True)
class NormalEquations:
    """A system of linear equations in matrices: the sum of A_ij theta_j is c_i.

    Attributes
    ----------
    unknowns : tuple of MatrixExpr
        W, and b' where there is a bias.
    rows : tuple of tuple of MatrixExpr
        A, block by block.
    sides : tuple of MatrixExpr
        c.
    design : tuple of MatrixExpr or None
        X, and a column of ones where there is a bias: its products with itself are A, where that
        is so.
    """

    unknowns: tuple[sp.MatrixExpr, ...]
    rows: tuple[tuple[sp.MatrixExpr, ...], ...]
    sides: tuple[sp.MatrixExpr, ...]
    design: tuple[sp.MatrixExpr, ...] | None

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The gradient set to zero, one equation per parameter."""
        return tuple(
            Equation(
                total(*(_spell(a * t) for a, t in zip(row, self.unknowns) if a is not None)),
                (_spell(side),),
            )
            for row, side in zip(self.rows, self.sides)
        )

    def system(self, values: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """A and c with numbers; the rows of what solves them are those of W, then b'.

        Parameters
        ----------
        values : mapping of str to array
            For every symbol that is not a parameter.
        """
        left = np.block([[_evaluate(a, values) for a in row] for row in self.rows])
        return left, np.vstack([_evaluate(side, values) for side in self.sides])


def normal_equations(graph: Graph, inputs: Sequence[str]) -> NormalEquations | None:
    """Set the gradient of a recorded program to zero; None where it is not linear.

    Parameters
    ----------
    graph : Graph
        Value and gradient, not simplified; the first parameters are W, or W and b.
    inputs : sequence of str
        Names of its inputs.

    Examples
    --------
    >>> from difflab.providers.symbolic_matrix import SymbolicMatrix
    >>> def f(W, X, Y): return np.mean((X @ W - Y) ** 2)
    >>> prepared = SymbolicMatrix().prepare(f, np.ones((2, 1)), np.ones((9, 2)), np.ones((9, 1)))
    >>> found = normal_equations(prepared.replay.paths[0].graph, ["W", "X", "Y"])
    >>> [equation.plain for equation in found.equations]
    ['Xᵀ X W = Xᵀ Y']
    """
    try:
        return _normal_equations(graph, inputs)
    except _NotLinearError:
        return None


def _normal_equations(graph: Graph, inputs: Sequence[str]) -> NormalEquations:
    parameters = len(graph.outputs) - 1
    matrices = [
        _symbol(name, node.shape or ()) for name, node in zip(inputs, graph.nodes[: graph.inputs])
    ]
    gradient = [_expanded(g) for g in _evaluated(graph, matrices)]
    unknowns = tuple(
        p.T if len(node.shape or ()) == 1 else p
        for p, node in zip(matrices[:parameters], graph.nodes)
    )
    rows, sides = [], []
    for g, unknown in zip(gradient, unknowns):
        turned = isinstance(unknown, sp.Transpose)
        row, side = _linear(_expanded(g.T) if turned else g, unknowns)
        rows.append(row)
        sides.append(side)
    found = NormalEquations(unknowns, tuple(rows), tuple(sides), None)
    ones = sorted(_ones(found), key=str)
    data = [m for m in matrices[parameters:] if any(a.has(m) for row in rows for a in row)]
    design = (*data, *ones)
    folded = len(design) == len(rows) and all(
        row[j] == design[i].T * design[j] for i, row in enumerate(rows) for j in range(len(row))
    )
    return NormalEquations(unknowns, found.rows, found.sides, design if folded else None)


def folded(found: NormalEquations) -> tuple[Equation, ...]:
    """The same in one equation, the column of ones being part of the data.

    Where the blocks of the system are the products of (X 1) with itself, as `normal_equations`
    checked.
    """
    if found.design is None:
        return ()
    design = [_spell(part) for part in found.design]
    unknown = [_spell(part) for part in found.unknowns]
    wide = Formula("\\tilde{X}", "X̃")
    theta = Formula("\\theta", "θ")
    (side,) = {part.args[-1] for part in found.sides if part.is_MatMul} or {None}
    if side is None:
        return ()
    left = product(transposed(wide), wide, theta)
    return (
        Equation(wide, (_beside(design, " & ", " "),)),
        Equation(theta, (_beside(unknown, " \\\\ ", "; "),)),
        Equation(left, (product(transposed(wide), _spell(side)),)),
    )


def _beside(parts: Sequence[Formula], latex: str, plain: str) -> Formula:
    inside = latex.join(part.latex for part in parts)
    return Formula(
        f"\\begin{{pmatrix}} {inside} \\end{{pmatrix}}",
        f"({plain.join(part.plain for part in parts)})",
    )


def _symbol(name: str, shape: tuple[int, ...]) -> sp.MatrixExpr:
    rows, columns = (*shape, 1, 1)[:2]
    return sp.MatrixSymbol(name, rows, columns)


def _column_of_ones(length: int) -> sp.MatrixExpr:
    """A symbol, so that SymPy multiplies nothing out."""
    return sp.MatrixSymbol("1", length, 1)


def _ones(found: NormalEquations) -> set[sp.MatrixExpr]:
    parts = [*found.sides, *(a for row in found.rows for a in row)]
    return {m for part in parts for m in part.atoms(sp.MatrixSymbol) if m.name == "1"}


def _expanded(expression: sp.MatrixExpr) -> sp.MatrixExpr:
    return expression.doit().expand().doit()


def _evaluated(graph: Graph, inputs: Sequence[sp.MatrixExpr]) -> list[sp.MatrixExpr]:
    """The gradient's leaves, on matrix symbols."""
    _, *gradient = graph.outputs
    needed = _needed(graph, gradient)
    done: dict[int, sp.MatrixExpr] = dict(enumerate(inputs))

    def value(argument: Argument) -> Any:
        return argument.value if isinstance(argument, Constant) else done[argument]

    for index in sorted(needed - set(done)):
        node = graph.nodes[index]
        rule = _RULES.get(node.function) if node.function else None
        if rule is None or node.shape is None:
            raise _NotLinearError
        done[index] = rule(*map(value, node.arguments), shape=node.shape)
    return [value(leaf) for leaf in gradient]


def _needed(graph: Graph, outputs: Sequence[Argument]) -> set[int]:
    open_ends = [o for o in outputs if isinstance(o, int)]
    seen: set[int] = set()
    while open_ends:
        index = open_ends.pop()
        if index not in seen:
            seen.add(index)
            open_ends += [a for a in graph.nodes[index].arguments if isinstance(a, int)]
    return seen


class _NotLinearError(Exception):
    """Said where a gradient turns out to be of another kind."""


def _rows(x: sp.MatrixExpr, shape: tuple[int, ...]) -> sp.MatrixExpr:
    """A vector, which is a column here, as the rows of a matrix."""
    if len(shape) == 2 and x.shape == (shape[1], 1) != shape:
        return _column_of_ones(shape[0]) * x.T
    return x


def _sum(x: Any, y: Any, shape: tuple[int, ...]) -> sp.MatrixExpr:
    if not isinstance(x, sp.MatrixExpr) or not isinstance(y, sp.MatrixExpr):
        raise _NotLinearError
    return _rows(x, shape) + _rows(y, shape)


def _difference(x: Any, y: Any, shape: tuple[int, ...]) -> sp.MatrixExpr:
    if not isinstance(x, sp.MatrixExpr) or not isinstance(y, sp.MatrixExpr):
        raise _NotLinearError
    return _rows(x, shape) - _rows(y, shape)


def _scaled(x: Any, y: Any, shape: tuple[int, ...]) -> sp.MatrixExpr:
    if isinstance(x, sp.MatrixExpr):
        x, y = y, x
    array = np.asarray(x) if not isinstance(x, sp.MatrixExpr) else np.array([])
    if not array.size or (array != array.flat[0]).any() or y.shape != (*shape, 1)[:2]:
        raise _NotLinearError
    return constant(float(array.flat[0])) * y


def _product(x: sp.MatrixExpr, y: sp.MatrixExpr, shape: tuple[int, ...]) -> sp.MatrixExpr:  # noqa: ARG001
    if not isinstance(x, sp.MatrixExpr) or not isinstance(y, sp.MatrixExpr):
        raise _NotLinearError
    return x * y


_RULES: dict[Callable[..., Any], Callable[..., sp.MatrixExpr]] = {
    np.add: _sum,
    np.subtract: _difference,
    np.multiply: _scaled,
    np.negative: lambda x, shape: -x,  # noqa: ARG005
    np.matmul: _product,
    np.dot: _product,
    np.transpose: lambda x, shape: x.T,  # noqa: ARG005
    column_sums: lambda x, shape: x.T * _column_of_ones(x.shape[0]),  # noqa: ARG005
}
"""What a linear model's gradient is made of."""


def _linear(
    expression: sp.MatrixExpr, unknowns: Sequence[sp.MatrixExpr]
) -> tuple[tuple[sp.MatrixExpr, ...], sp.MatrixExpr]:
    """Coefficients of the unknowns and the other side, with the common number divided out."""
    terms = [term.as_coeff_mmul() for term in sp.MatAdd.make_args(expression)]
    scale = max((abs(number) for number, _ in terms), default=sp.S.One)
    found: list[list[sp.MatrixExpr]] = [[] for _ in unknowns]
    side: list[sp.MatrixExpr] = []
    for number, word in terms:
        factors = list(word.args) if word.is_MatMul else [word]
        inside = [k for k, u in enumerate(unknowns) if word.has(*u.atoms(sp.MatrixSymbol))]
        if not inside:
            side.append(-number / scale * word)
        elif len(inside) == 1 and factors[-1] == unknowns[inside[0]]:
            found[inside[0]].append(number / scale * sp.MatMul(*factors[:-1]).doit())
        else:
            raise _NotLinearError
    if not side or not all(found):
        raise _NotLinearError
    return tuple(sp.MatAdd(*parts).doit() for parts in found), sp.MatAdd(*side).doit()


def _spell(expression: sp.MatrixExpr) -> Formula:
    if isinstance(expression, sp.MatrixSymbol):
        return ONES if expression.name == "1" else symbol(expression.name)
    if isinstance(expression, sp.Transpose):
        return transposed(_spell(expression.arg))
    if expression.is_MatAdd:
        return total(*map(_spell, expression.args))
    number, word = expression.as_coeff_mmul()
    factors = [_spell(factor) for factor in (word.args if word.is_MatMul else [word])]
    if abs(number) != 1:
        factors = [spelled_number(abs(number)), *factors]
    return negative(product(*factors)) if number.is_negative else product(*factors)


def _evaluate(expression: sp.MatrixExpr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    if isinstance(expression, sp.MatrixSymbol):
        return np.ones(expression.shape) if expression.name == "1" else values[expression.name]
    if isinstance(expression, sp.Transpose):
        return _evaluate(expression.arg, values).T
    parts: list[Any] = [_evaluate(p, values) if p.is_Matrix else float(p) for p in expression.args]
    result = parts[0]
    for part in parts[1:]:
        if expression.is_MatAdd:
            result = result + part
        else:
            result = result * part if np.ndim(result) == 0 else result @ part
    return np.asarray(result)
