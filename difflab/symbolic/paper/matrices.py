"""Backpropagation as equations in matrices, written from a recorded program.

The program is the one that ``symbolic:matrix`` runs: every equation stands for calls of it. A value
gets a name and an equation where a person would give it one: layers, activations, the loss, and the
adjoint of each. What is used once and short stands where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from difflab.emission.graph import Argument, Graph, Node
from difflab.symbolic.elementwise import is_elementwise
from difflab.symbolic.paper.calls import GLUE, SHAPES_ONLY, spell_call
from difflab.symbolic.paper.formula import Binding, Equation, Formula, number, symbol
from difflab.symbolic.paper.operands import Operand, Sizes

LONGEST = 44
"""Columns of a formula that may stand inside another one."""

PRODUCTS = frozenset({np.matmul, np.dot})


@dataclass(frozen=True)
class Backprop:
    """A program of value and gradient as equations.

    Attributes
    ----------
    forward : tuple of Equation
        From the parameters to the loss.
    backward : tuple of Equation
        From the loss to the adjoints of the parameters, which are the gradient.
    nodes : mapping of str to int
        Which node of the program each left side stands for, by its plain spelling.
    """

    forward: tuple[Equation, ...]
    backward: tuple[Equation, ...]
    nodes: Mapping[str, int]


def backprop(graph: Graph, adjoints: Mapping[int, Argument], inputs: Sequence[str]) -> Backprop:
    """Write a recorded program as equations.

    Parameters
    ----------
    graph : Graph
        Of value and gradient, recorded, not simplified.
    adjoints : mapping
        As `matrix.noting` has noted meanwhile.
    inputs : sequence of str
        Names of the program's inputs, parameters first.

    Examples
    --------
    >>> from difflab.emission.graph import record_both
    >>> from difflab.symbolic.matrix import noting
    >>> from difflab.tree import flatten
    >>> def f(w, x): return np.mean(np.tanh(x @ w))
    >>> (leaves, form), (data, rest), noted = flatten(np.ones(2)), flatten((np.ones((9, 2)),)), {}
    >>> graph = record_both(noting(f, noted), leaves, form, data, rest, [True])
    >>> found = backprop(graph, noted, ["w", "X"])
    >>> for equation in (*found.forward, *found.backward): print(equation.plain)
    z₁ = X w
    n₁ = tanh(z₁)
    L = (1/n) Σ n₁
    L̄ = 1
    n̄₁ = (1/n) 𝟏
    z̄₁ = (1/n) (1 - n₁^⊙2)
    w̄ = Xᵀ z̄₁
    """
    return _Writer(graph, adjoints, inputs).write()


def sizes_of(graph: Graph) -> Sizes:
    """The number of samples is how many rows the data have, the inputs behind the parameters."""
    data = graph.nodes[len(graph.outputs) - 1 : graph.inputs]
    rows = {node.shape[0] for node in data if node.shape}
    lengths = {n for node in graph.nodes for n in node.shape or () if n > 1}
    return Sizes(rows.pop() if len(rows) == 1 else 0, frozenset(lengths))


@dataclass
class _Writer:
    graph: Graph
    adjoints: Mapping[int, Argument]
    inputs: Sequence[str]
    names: dict[int, Formula] = field(default_factory=dict)
    plain: dict[int, str] = field(default_factory=dict)  # names before they are typeset
    taken: set[str] = field(default_factory=set)
    counters: dict[str, int] = field(default_factory=dict)  # the last number of each letter
    readers: dict[int, list[Node]] = field(default_factory=dict)  # on the way forward
    inline: dict[int, Formula] = field(default_factory=dict)
    constants: dict[int, Formula] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    nodes: dict[str, int] = field(default_factory=dict)

    def write(self) -> Backprop:
        self.sizes = sizes_of(self.graph)
        value, *gradient = self.graph.outputs
        self.last = value if isinstance(value, int) else self.graph.inputs - 1
        self.forward_uses = self._uses([value])
        self.all_uses = self._uses(self.graph.outputs)
        for node in self.graph.nodes[: self.last + 1]:
            for argument in node.arguments:
                if isinstance(argument, int):
                    self.readers.setdefault(argument, []).append(node)
        for index, name in enumerate(self.inputs):
            self._name(index, name)
        for index in range(self.graph.inputs, self.last + 1):
            if index in self.forward_uses or index == value:
                self._forward(index)
        forward, self.equations = tuple(self.equations), []
        self._backward(gradient)
        return Backprop(forward, tuple(self.equations), self.nodes)

    @property
    def _loss(self) -> str:
        return "loss" if "L" in self.inputs else "L"

    def _uses(self, outputs: Sequence[Argument]) -> dict[int, int]:
        """How often each node is used on the way to results; dead ones are left out."""
        uses = {o: 1 for o in outputs if isinstance(o, int)}
        for index in range(len(self.graph.nodes) - 1, -1, -1):
            if index in uses:
                for argument in self.graph.nodes[index].arguments:
                    if isinstance(argument, int):
                        uses[argument] = uses.get(argument, 0) + 1
        return uses

    def _name(self, index: int, name: str, bar: bool = False) -> None:
        self.names[index] = symbol(name, bar)
        if not bar:
            self.plain[index] = name
            self.taken.add(name)

    def _forward(self, index: int) -> None:
        formula = self._spell(index)
        if index != self.last and not self._deserves_name(index, formula):
            self.inline[index] = formula
            return
        self._name(index, self._loss if index == self.last else self._fresh(index))
        self._equation(index, formula)

    def _deserves_name(self, index: int, formula: Formula) -> bool:
        node = self.graph.nodes[index]
        if node.function in SHAPES_ONLY and formula.binding >= Binding.POWER:
            return False
        if index not in self.adjoints:
            return formula.width > LONGEST
        if node.function not in GLUE:
            return self.all_uses[index] > 1 or formula.width > LONGEST
        readers = self.readers.get(index, [])
        is_layer = self._is_layer(index) and not any(r.function is np.add for r in readers)
        is_read_by_name = any(r.function not in GLUE for r in readers)
        long = formula.width > LONGEST
        return is_layer or is_read_by_name or self.forward_uses[index] > 1 or long

    def _is_layer(self, index: int) -> bool:
        """A product with a matrix, or a sum with one in it."""
        node = self.graph.nodes[index]
        inner = [self.graph.nodes[a] for a in node.arguments if isinstance(a, int)]
        if node.function is np.add:
            return any(other.function in PRODUCTS for other in inner)
        return node.function in PRODUCTS

    def _fresh(self, index: int) -> str:
        """A name in the lecture's letters: Z for a layer's sum, N for its units, M for the last."""
        node = self.graph.nodes[index]
        small = len(node.shape or ()) != 2
        if self._is_layer(index):
            return self._numbered("Z", small)
        if node.function in GLUE or node.function is None or not is_elementwise(node.function):
            return self._numbered("V", small)
        ends = not any(reader.function in PRODUCTS for reader in self.readers.get(index, []))
        last = "m" if small else "M"
        if ends and self.counters.get("N") and last not in self.taken:
            return last
        below = node.arguments[0]
        layer = self.plain.get(below, "") if isinstance(below, int) else ""
        same = f"{'n' if small else 'N'}{layer[1:]}"
        if layer[:1] in ("Z", "z") and same not in self.taken:
            self.counters["N"] = self.counters.get("N", 0) + 1
            return same
        return self._numbered("N", small)

    def _numbered(self, letter: str, small: bool = False) -> str:
        """The letter with the next number that is free."""
        while True:
            self.counters[letter] = self.counters.get(letter, 0) + 1
            name = f"{letter.lower() if small else letter}{self.counters[letter]}"
            if name not in self.taken:
                return name

    def _backward(self, gradient: Sequence[Argument]) -> None:
        of: dict[int, list[str]] = {}
        known: list[tuple[str, Argument]] = []
        for value, adjoint in self.adjoints.items():
            if value not in self.plain or value == self.last:
                continue
            if isinstance(adjoint, int) and adjoint > self.last:
                of.setdefault(adjoint, []).append(self.plain[value])
            else:
                known.append((self.plain[value], adjoint))
        for leaf, output in enumerate(gradient):
            if isinstance(output, int) and output > self.last:
                of.setdefault(output, []).append(self.inputs[leaf])
            else:
                known.append((self.inputs[leaf], output))
        self.equations.append(Equation(symbol(self._loss, bar=True), (number(1),)))
        for name, adjoint in known:  # numbers, or values that are known from the way forward
            right = self._operand(adjoint).array
            self.equations.append(Equation(symbol(name, bar=True), (right,)))
        for index in range(self.last + 1, len(self.graph.nodes)):
            if index not in self.all_uses:
                continue
            formula = self._spell(index)
            if index in of:
                self._adjoints(index, of[index], formula)
            elif self._is_shared(index, formula):
                self._name(index, self._numbered("G"))
                self._equation(index, formula)
            else:
                self.inline[index] = formula

    def _adjoints(self, index: int, names: Sequence[str], formula: Formula) -> None:
        """One node may be the adjoint of several values: a sum passes its own on."""
        first, *others = names
        self._name(index, first, bar=True)
        self._equation(index, formula)
        for other in others:
            left = symbol(other, bar=True)
            self.equations.append(Equation(left, (self.names[index],)))
            self.nodes[left.plain] = index

    def _is_shared(self, index: int, formula: Formula) -> bool:
        if self.graph.nodes[index].function in SHAPES_ONLY and formula.binding >= Binding.POWER:
            return False
        return self.all_uses[index] > 1 or formula.width > LONGEST

    def _equation(self, index: int, formula: Formula) -> None:
        left = self.names[index]
        shape = self.graph.nodes[index].shape or ()
        self.equations.append(Equation(left, (formula,), " x ".join(map(str, shape))))
        self.nodes[left.plain] = index

    def _spell(self, index: int) -> Formula:
        node = self.graph.nodes[index]
        assert node.function is not None
        operands = [self._operand(argument) for argument in node.arguments]
        return spell_call(node.function, operands, node.options, node.shape, self.sizes)

    def _operand(self, argument: Argument) -> Operand:
        if isinstance(argument, int):
            formula = self.names.get(argument) or self.inline[argument]
            return Operand(formula, self.graph.nodes[argument].shape or ())
        value = argument.value
        if value is None:
            return Operand(Formula("\\cdot", "·"), ())
        array = np.asarray(value)
        if array.dtype.kind in "biuf" and array.size and (array == array.flat[0]).all():
            one = array.flat[0]
            exact = self.sizes.spell(one if array.dtype.kind == "f" else float(one))
            return Operand(exact, array.shape, uniform=True)
        known = self.constants.setdefault(id(value), symbol(f"C{len(self.constants) + 1}"))
        return Operand(known, array.shape)
