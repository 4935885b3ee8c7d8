"""A program run on scalars of a field: NumPy carries the structure, the field the arithmetic.

Every array becomes a NumPy *object array* whose elements are scalars: SymPy expressions, or mpmath
numbers of many digits. Calls that work entry by entry go through the field's table of scalar
functions, calls that move or add entries run in NumPy itself, and the rest is spelled out in
`difflab.scalars.definitions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import TracingError
from difflab.scalars.definitions import (
    ARITHMETIC,
    CHOICES,
    DEFINITIONS,
    KINKS,
    STRUCTURAL,
    mask,
    options_of,
)
from difflab.scalars.field import Call, Field, as_array, missing, without_dtype
from difflab.scalars.ordering import COMPARISONS, KINDS, LOGIC, ORDERING
from difflab.trace import evaluate
from difflab.trace.program import Program


def run_on_scalars(program: Program, inputs: Sequence[np.ndarray], field: Field) -> Any:
    """Evaluate a program on scalars of a field.

    Parameters
    ----------
    program : Program
        What `difflab.trace.trace` returned.
    inputs : sequence of object arrays
        One per parameter leaf and context leaf, of the leaf's shape.
    field : Field
        The kind of scalar.

    Returns
    -------
    scalar, or object array where the program returns an array

    Raises
    ------
    TracingError
        When the function decides by values in Python; gives the line.
    MissingRuleError
        When a call cannot be expressed; names the NumPy call.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from difflab.trace import trace
    >>> program = trace(lambda w: np.sum(w / 3), np.ones(2))
    >>> exact = Field("fractions", {}, {}, Fraction)
    >>> run_on_scalars(program, [exact.array([1, 2])], exact)
    Fraction(1, 1)
    """
    if program.branches:
        raise TracingError(
            "the function decides by the values of its arguments",
            f"at {program.branches[0].line}; {field.name} follows no branch, values come later",
            'np.where(condition, x, y) or np.maximum(x, y); or method="autodiff"',
        )
    require_calls(program, field)

    def call(function: Call, operands: Sequence[Any], options: dict[str, Any]) -> Any:
        return call_on_scalars(function, operands, options, field)

    result = program.run(list(inputs), call)
    return result[()] if isinstance(result, np.ndarray) else result


def call_on_scalars(
    function: Call, operands: Sequence[Any], options: dict[str, Any], field: Field
) -> Any:
    """Evaluate one call of a tape on object arrays of scalars.

    Raises
    ------
    MissingRuleError
        When it cannot be expressed; names the NumPy call.

    Examples
    --------
    >>> from fractions import Fraction
    >>> exact = Field("fractions", {}, {}, Fraction)
    >>> call_on_scalars(np.square, [exact.array([3])], {}, exact)
    array([Fraction(9, 1)], dtype=object)
    """
    return _Caller(field).call(function, operands, options)


def require_calls(program: Program, field: Field) -> None:
    """Refuse a program with a call that a field has no definition of, before evaluating any.

    Raises
    ------
    MissingRuleError
        Names the first such NumPy call.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from difflab.errors import MissingRuleError
    >>> from difflab.trace import trace
    >>> program = trace(lambda w: np.linalg.inv(w)[0, 0], np.eye(2))
    >>> try:
    ...     require_calls(program, Field("fractions", {}, {}, Fraction))
    ... except MissingRuleError as error:
    ...     print(error.what)
    np.linalg.inv cannot be expressed in fractions
    """
    for entry in program.entries:
        if entry.function is not None:
            _require(entry.function, field)


def _require(function: Call, field: Field) -> None:
    if any(function in known for known in (field.functions, ARITHMETIC, DEFINITIONS, STRUCTURAL)):
        return
    if not any(function in known for known in (ORDERING, COMPARISONS, LOGIC, KINDS)):
        raise missing(function, field)
    if not field.ordered:
        why = "its result depends on values, and values come later"
        raise missing(
            function, field, why, KINKS if function in ORDERING else f"{KINKS}; {CHOICES}"
        )


@dataclass(frozen=True, slots=True)
class _Caller:
    """Evaluates single calls; a small object only so that definitions can call one another."""

    field: Field

    def call(self, function: Call, operands: Sequence[Any], options: dict[str, Any]) -> Any:
        """Evaluate a call as it stands on the tape."""
        field = self.field
        _require(function, field)
        if any(np.iscomplexobj(operand) for operand in operands):
            raise missing(function, field, "an operand is complex, and scalars are real numbers")
        scalar = field.functions.get(function) or ARITHMETIC.get(function)
        if scalar is not None:
            return self.map(scalar, *operands)
        if function in DEFINITIONS or function in ORDERING:
            return self._defined(function, operands, options)
        if function in COMPARISONS:
            return np.asarray(function(*(field.array(x) for x in operands)), dtype=bool)
        if function in LOGIC:
            return np.asarray(evaluate(function, [mask(self, x) for x in operands], options))
        if function in KINDS:
            return self.map(KINDS[function], *operands).astype(bool)
        arrays = [field.array(x) for x in operands]
        result = as_array(evaluate(function, arrays, without_dtype(function, field, options)))
        if any(array.size == 0 for array in arrays):  # sums and products of nothing are numbers
            return self.map(lambda x: field.constant(x) if isinstance(x, int) else x, result)
        return result

    def _defined(self, function: Call, operands: Sequence[Any], options: dict[str, Any]) -> Any:
        definition = DEFINITIONS.get(function) or ORDERING[function]
        options = without_dtype(function, self.field, options)
        ignored = options.keys() - options_of(definition)
        if ignored:
            raise missing(function, self.field, f"its option {min(ignored)}= has no definition")
        return definition(self, *operands, **options)

    def map(self, scalar: Call, *operands: Any) -> np.ndarray:
        """Apply a function of scalars entry by entry, with broadcasting."""
        arrays = [self.field.array(x) for x in operands]
        return as_array(np.frompyfunc(scalar, len(arrays), 1)(*arrays))

    def apply(self, function: Call, *operands: Any, **options: Any) -> Any:
        """Evaluate a call as a user would write it."""
        return self.call(function, operands, options)

    def reduce(self, scalars: Call, x: Any, axis: Any, keepdims: bool) -> np.ndarray:
        """Apply a function of a sequence of scalars along axes."""
        x = self.field.array(x)
        axes = tuple(range(x.ndim)) if axis is None else axis
        axes = tuple(a % x.ndim for a in (axes if isinstance(axes, tuple) else (axes,)))
        rest = tuple(a for a in range(x.ndim) if a not in axes)
        shape = tuple(x.shape[a] for a in rest)
        length = int(np.prod([x.shape[a] for a in axes]))
        lines = np.transpose(x, rest + axes).reshape((int(np.prod(shape)), length))
        out = np.empty(len(lines), dtype=object)
        out[:] = [scalars(line.tolist()) for line in lines]
        out = out.reshape(shape)
        return np.expand_dims(out, axes) if keepdims else out
