"""From stages to flat source: one line per stage, counted as it is written.

What is used once, in a sum, is written inside it, and long sums take several lines. Nothing nests,
so the source of a chain of thousands of stages is no harder to parse than that of one. The text
depends on nothing but the stages: two runs write the same.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import sympy as sp

from difflab.symbolic.counting import TRANSCENDENTAL
from difflab.symbolic.source import NUMPY, spell
from difflab.symbolic.staged.graph import NEGATIVE, PRODUCT, Stages

TERMS = 32
"""Most terms of a sum in one line."""

_CALLS = frozenset(NUMPY.get(kind, kind.__name__) for kind in TRANSCENDENTAL)


@dataclass(frozen=True, slots=True)
class Emitted:
    """Lines of straight-line source.

    Attributes
    ----------
    lines : tuple of str
        Assignments, in order.
    results : tuple of str
        Expressions for what was asked for.
    operations : int
        Operators and calls as written; a sign is an operator.
    stages : int
        Distinct stages; a line holds one, or several where sums are written out.
    transcendental : int
        Calls of exponentials, logarithms, trigonometric functions and the like.
    """

    lines: tuple[str, ...]
    results: tuple[str, ...]
    operations: int
    stages: int
    transcendental: int

    def function(self, parameters: Sequence[sp.Symbol], contexts: Sequence[sp.Symbol]) -> str:
        """Write ``def value_and_gradient(parameters, contexts)`` that returns the results."""
        lines = ["def value_and_gradient(parameters, contexts):"]
        for symbols, source in ((parameters, "parameters"), (contexts, "contexts")):
            if symbols:
                lines.append(f"    [{', '.join(symbol.name for symbol in symbols)}] = {source}")
        lines += [f"    {line}" for line in self.lines]
        lines.append("    return [")
        lines += [f"        {result}," for result in self.results]
        lines.append("    ]")
        return "\n".join(lines)


class _Text(NamedTuple):
    source: str
    operations: int = 0


class Template(NamedTuple):
    """Source of a rule, with places as fields of ``str.format``."""

    source: str
    operations: int
    transcendental: int
    is_sum: bool


@lru_cache(maxsize=4096)
def template(rule: sp.Expr) -> Template:
    """Spell a rule, and count what is written.

    Examples
    --------
    >>> from difflab.symbolic.staged.graph import place
    >>> template(place(0) * (1 - place(0)) * sp.exp(place(1)))
    Template(source='{0}*(1 - {0})*np.exp({1})', operations=4, transcendental=1, is_sum=False)
    """
    source = spell(rule)
    tree = ast.parse(source.replace("{", "v").replace("}", ""), mode="eval").body
    nodes = list(ast.walk(tree))
    is_sum = isinstance(tree, ast.BinOp) and isinstance(tree.op, (ast.Add, ast.Sub))
    return Template(
        source, sum(map(_is_operation, nodes)), sum(map(_is_transcendental, nodes)), is_sum
    )


def _is_operation(node: ast.AST) -> bool:
    """Whether a node computes something; the sign of a number is part of it."""
    if isinstance(node, ast.UnaryOp):
        return not isinstance(node.operand, ast.Constant)
    return isinstance(node, (ast.BinOp, ast.Call))


def _is_transcendental(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Pow) and not isinstance(node.right, ast.Constant)
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
    return name in _CALLS


def emit(
    stages: Stages,
    results: Sequence[int],
    adjoints: Mapping[int, int] | None = None,
    inline: bool = True,
) -> Emitted:
    """Write the stages that some results need.

    Parameters
    ----------
    stages : Stages
    results : sequence of int
    adjoints : mapping of int to int, optional
        From stages to their adjoints; the adjoint of ``t3`` is named ``g3``.
    inline : bool
        Write inside a sum what is used nowhere else; without it every stage has its own line.

    Examples
    --------
    >>> from difflab.symbolic.staged.build import from_expression
    >>> x, y = sp.symbols("x y")
    >>> stages = Stages()
    >>> emitted = emit(stages, [from_expression((x * y + 1) * sp.exp(x * y), stages)])
    >>> emitted.lines, emitted.results, emitted.operations
    (('t0 = x*y', 't1 = 1 + t0', 't2 = np.exp(t0)'), ('t1*t2',), 4)
    """
    uses = _Uses.of(stages, results, inline)
    return _Writer(stages, uses, _names(stages, uses, adjoints or {})).write(results)


@dataclass(slots=True)
class _Uses:
    """Which stages are needed, and which are written inside the one that uses them."""

    needed: list[bool]
    inside: set[int]

    @staticmethod
    def of(stages: Stages, results: Sequence[int], inline: bool) -> _Uses:
        entries = stages.entries
        needed = [False] * len(entries)
        uses = [0] * len(entries)
        for at in results:
            needed[at] = True
            uses[at] += 1
        hosts: dict[int, int] = {}
        for at in range(len(entries) - 1, -1, -1):
            if needed[at]:
                for operand in entries[at].operands:
                    needed[operand] = True
                    uses[operand] += 1
                    hosts[operand] = at
        if not inline:
            return _Uses(needed, set())
        return _Uses(
            needed,
            {
                at
                for at, stage in enumerate(entries)
                if uses[at] == 1 and stage.operands and _fits(stages, at, hosts.get(at))
            },
        )


def _fits(stages: Stages, at: int, host: int | None) -> bool:
    """Whether a stage may be written inside its only host; None is the list of results."""
    rule = stages.entries[at].rule
    if host is None:
        return rule is not None
    outer = stages.entries[host]
    if outer.rule == NEGATIVE:
        return rule == PRODUCT
    if outer.rule is not None:
        return False
    if rule is None:
        return outer.operands[0] == at
    return not template(rule).is_sum


@dataclass(slots=True)
class _Writer:
    stages: Stages
    uses: _Uses
    names: Mapping[int, str]
    texts: dict[int, _Text] = field(default_factory=dict)
    open_sums: dict[int, list[_Text]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    operations: int = 0
    transcendental: int = 0

    def write(self, results: Sequence[int]) -> Emitted:
        count = 0
        for at, (rule, operands) in enumerate(self.stages.entries):
            if not self.uses.needed[at]:
                continue
            count += bool(operands)
            if rule is None:
                self._sum(at, operands)
            elif not operands:
                source = spell(rule)
                self.texts[at] = _Text(source, int(_starts_with_sign(source)))
            else:
                text = self._spelled(rule, operands)
                self.texts[at] = text if at in self.uses.inside else self._assigned(at, text)
        written = [self.texts[at] for at in results]
        self.operations += sum(text.operations for text in written)
        return Emitted(
            tuple(self.lines),
            tuple(text.source for text in written),
            self.operations,
            count,
            self.transcendental,
        )

    def _assigned(self, at: int, text: _Text) -> _Text:
        self.lines.append(f"{self.names[at]} = {text.source}")
        self.operations += text.operations
        return _Text(self.names[at])

    def _spelled(self, rule: sp.Expr, operands: Sequence[int]) -> _Text:
        form = template(rule)
        self.transcendental += form.transcendental
        operations = form.operations
        sources = []
        for position, operand in enumerate(operands):
            source, inner = self.texts[operand]
            operations += inner
            leads = rule == PRODUCT and position == 0
            sources.append(f"({source})" if source.startswith("-") and not leads else source)
        if rule == NEGATIVE and sources[0][0].isdigit():
            operations -= 1  # the sign becomes part of the number
        return _Text(form.source.format(*sources), operations)

    def _sum(self, at: int, operands: Sequence[int]) -> None:
        first, *rest = operands
        terms = self.open_sums.pop(first, None) or [self.texts[first]]
        terms += [self.texts[operand] for operand in rest]
        if at in self.uses.inside:
            self.open_sums[at] = terms
            return
        text = self._assigned(at, _joined(terms[:TERMS]))
        for start in range(TERMS, len(terms), TERMS):
            text = self._assigned(at, _joined([text, *terms[start : start + TERMS]]))
        self.texts[at] = text


def _joined(terms: Sequence[_Text]) -> _Text:
    """Write a sum; a sign in front of a term becomes a subtraction."""
    pieces, operations = [terms[0].source], terms[0].operations
    for source, count in terms[1:]:
        pieces.append(f" - {source[1:]}" if source.startswith("-") else f" + {source}")
        operations += count if _starts_with_sign(source) else count + 1
    return _Text("".join(pieces), operations)


def _starts_with_sign(source: str) -> bool:
    """Whether a text starts with a sign that is an operation."""
    return source.startswith("-") and not source[1].isdigit()


def _names(stages: Stages, uses: _Uses, adjoints: Mapping[int, int]) -> dict[int, str]:
    """Number what has a line; the adjoint of a stage has the stage's number."""
    last = max(adjoints, default=0)
    adjoint_of: dict[int, int] = {}
    for at, adjoint in adjoints.items():
        if adjoint > last:  # others are stages of the function itself
            adjoint_of.setdefault(adjoint, at)
    names: dict[int, str] = {}
    count = 0
    for at, stage in enumerate(stages.entries):
        if not uses.needed[at] or at in uses.inside:
            continue
        if not stage.operands:
            names[at] = str(stage.rule)
        elif adjoint_of.get(at) in names:
            names[at] = "g" + names[adjoint_of[at]].removeprefix("t")
        else:
            names[at] = f"t{count}"
            count += 1
    return names
