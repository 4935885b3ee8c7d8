"""Derivatives of the course's functions, and of any that a user types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from difflab.errors import UsageError
from difflab.studies.derivation.result import Derivation

if TYPE_CHECKING:
    from difflab.symbolic.paper.elementary import Partial
    from difflab.symbolic.paper.formula import Equation
    from difflab.symbolic.paper.page import Section
    from difflab.symbolic.paper.rewritten import Derivative

PROVEN = "SymPy simplified the difference of first and last form to 0: they are equal."


def derive_function(name: str, overrides: Sequence[str] = ()) -> Derivation:
    """Derive a function of `FUNCTIONS` from its definition.

    Raises
    ------
    UsageError
        When settings are given: functions have none.

    Examples
    --------
    >>> derive_function("sigmoid").numbers
    {'proven': 1.0}
    """
    if overrides:
        raise UsageError(
            f"{name} has no setting {overrides[0].partition('=')[0]!r}",
            "settings belong to tasks, and this is a function",
            f"difflab derive {name}",
        )
    sections, proven = FUNCTIONS[name]()
    title = f"{name} and its derivative"
    return Derivation(title, tuple(sections), {"proven": float(proven)})


Sections = tuple[list["Section"], bool]


def _activation(name: str) -> Callable[[], Sections]:
    def derive() -> Sections:
        from difflab.symbolic.paper.elementary import A, activation

        found = activation(name)
        return [_one_variable(name, found, str(A)), _program(found, A)], found.proven

    return derive


def _binary() -> Sections:
    from difflab.symbolic.paper.elementary import binary_cross_entropy

    found = binary_cross_entropy()
    section = _one_variable("Binary cross-entropy of the logit z and the target y", found, "L")
    return [section], found.proven


def _one_variable(title: str, found: Derivative, output: str) -> Section:
    """Definition, derivative as found, stable, and through the value."""
    from difflab.symbolic.paper.combine import derivative
    from difflab.symbolic.paper.expressions import formula
    from difflab.symbolic.paper.formula import Equation, symbol
    from difflab.symbolic.paper.page import Section
    from difflab.symbolic.rewriting import stabilised

    value = [found.function]
    stable = stabilised(found.function)
    if stable != found.function:
        value.append(stable)
    forms = list(dict.fromkeys((found.raw, found.stable, found.through)))
    equations = (
        Equation(symbol(output), tuple(map(formula, value))),
        Equation(derivative(output, str(found.by)), tuple(map(formula, forms))),
    )
    before = (
        "The first form of the derivative is SymPy's own, from the definition; the next stays "
        "finite where exp overflows; the last, where there is another, uses known values.",
    )
    return Section(title, before, equations, (_verdict(found, output),))


def _verdict(found: Derivative, output: str) -> str:
    if found.proven:
        return PROVEN
    import sympy as sp

    from difflab.symbolic.paper.rewritten import largest_difference

    apart = largest_difference(found, sp.Symbol(output, real=True))
    return (
        "SymPy could not simplify the difference of the forms to 0. At 200 points of [-4, 4] they "
        f"are apart by at most {apart:.1e}."
    )


def _program(found: Derivative, output: Any) -> Section:
    from difflab.symbolic.paper.page import Section
    from difflab.symbolic.paper.rewritten import numpy_source

    before = (
        "Value and derivative as NumPy, entry by entry. Names without np. are functions of "
        "difflab.functions or difflab.symbolic.kinks.",
    )
    return Section("As a program", before, code=numpy_source(found, output))


def _softmax() -> Sections:
    from difflab.symbolic.paper import elementary
    from difflab.symbolic.paper.expressions import formula
    from difflab.symbolic.paper.formula import Equation, symbol
    from difflab.symbolic.paper.page import Section

    values = _with_sum(elementary.probabilities())
    equations = (
        Equation(symbol("S"), (formula(elementary.exponentials()),)),
        *(Equation(symbol(f"p{k}"), (formula(p),)) for k, p in enumerate(values, start=1)),
    )
    partials = elementary.softmax()
    proven = all(partial.proven for partial in partials)
    after = (
        "So the matrix of all derivatives is diag(p) - p p'. " + (PROVEN if proven else _UNPROVEN),
    )
    sections = [
        Section("Softmax of three logits", (), equations),
        Section("Its derivatives", (_SYMMETRY,), _partials(partials), after),
    ]
    return sections, proven


_SYMMETRY = (
    "Each as SymPy finds it, then through the probabilities. What holds for three classes holds "
    "for any number of them, by symmetry."
)
_UNPROVEN = "SymPy could not simplify every difference of the forms to 0."


def _softmax_cross_entropy() -> Sections:
    from difflab.symbolic.paper import elementary
    from difflab.symbolic.paper.combine import total
    from difflab.symbolic.paper.expressions import formula
    from difflab.symbolic.paper.formula import Equation, number, symbol
    from difflab.symbolic.paper.page import Section

    whole = Equation(symbol("S"), (formula(elementary.exponentials()),))
    loss = Equation(symbol("L"), tuple(map(formula, _with_sum([elementary.softmax_loss()]))))
    ones = Equation(total(*map(formula, elementary.targets())), (number(1),), "targets")
    partials = elementary.softmax_cross_entropy()
    proven = all(partial.proven for partial in partials)
    after = ("Probability minus target. " + (PROVEN if proven else _UNPROVEN),)
    sections = [
        Section("Softmax cross-entropy of three logits", (), (whole, loss, ones)),
        Section("Its derivatives by the logits", (_SYMMETRY,), _partials(partials), after),
    ]
    return sections, proven


def _partials(partials: Sequence[Partial]) -> tuple[Equation, ...]:
    from difflab.symbolic.paper.combine import derivative
    from difflab.symbolic.paper.expressions import formula
    from difflab.symbolic.paper.formula import Equation

    raw = _with_sum([partial.raw for partial in partials])
    return tuple(
        Equation(derivative(p.of, p.by), (formula(r), formula(p.written)))
        for p, r in zip(partials, raw)
    )


def _with_sum(expressions: Sequence[Any]) -> list[Any]:
    """With S for the sum of all exponentials."""
    import sympy as sp

    from difflab.symbolic.paper.elementary import exponentials

    name = sp.Symbol("S", positive=True)
    return [expression.subs(exponentials(), name) for expression in expressions]


def _cross_entropy() -> Sections:
    binary, of_two = _binary()
    several, of_many = _softmax_cross_entropy()
    return [*binary, *several], of_two and of_many


FUNCTIONS: Mapping[str, Callable[[], Sections]] = MappingProxyType(
    {
        "sigmoid": _activation("sigmoid"),
        "tanh": _activation("tanh"),
        "softplus": _activation("softplus"),
        "softmax": _softmax,
        "cross-entropy": _cross_entropy,
        "binary-cross-entropy": _binary,
        "softmax-cross-entropy": _softmax_cross_entropy,
    }
)
"""What can be derived by name."""


def derive_expression(text: str) -> Derivation:
    """Derive a function that the user types, such as an activation of their own.

    Parameters
    ----------
    text : str
        Read by a whitelist (`difflab.symbolic.whitelist`), never evaluated as Python.

    Raises
    ------
    UsageError
        For what the whitelist does not know, and for an expression without a variable.

    Examples
    --------
    >>> print(derive_expression("z/(1 + exp(-z))").sections[-1].code)
    def value_and_slope(z):
        y = z*sigmoid(z)
        return y, y*sigmoid(-z) + sigmoid(z)
    """
    import sympy as sp

    from difflab.symbolic.paper.rewritten import differentiate
    from difflab.symbolic.whitelist import read

    formula = read(text)
    if not formula.names:
        raise UsageError(
            f"the expression {text!r} has no variable",
            "a derivative is taken by something",
            '--expr "z/(1 + exp(-z))"',
        )
    expression = formula.sympy()
    output = sp.Symbol(
        next(n for n in ("y", "a", "f", "value") if n not in formula.names), real=True
    )
    sections, proven = [], True
    for name in formula.names:
        found = differentiate(expression, sp.Symbol(name, real=True), output)
        proven = proven and found.proven
        sections += [_one_variable(f"Derivative by {name}", found, str(output))]
        sections += [_program(found, output)]
    return Derivation(f"{text} and its derivative", tuple(sections), {"proven": float(proven)})
