"""A user's own derivative for a user's own function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from difflab.autodiff.recorded import as_array, run
from difflab.autodiff.rules import Rule, fit
from difflab.autodiff.step import Layout, Step
from difflab.errors import MissingRuleError, ShapeError, TracingError, UsageError
from difflab.trace import TracedArray
from difflab.tree import flatten, unflatten

UserRule = Callable[..., Any]


class custom_derivative:
    """A function with a derivative of its own; what happens inside it is not recorded.

    For functions whose derivative is known better than their code tells: an iteration that has
    converged (the implicit function theorem), a formula that is stable where its derivative by the
    chain rule is not, a call that NumPy dispatch cannot follow.

    One rule is enough for both modes: the other is its transpose, found by differentiating the
    rule, which is linear. Higher derivatives come from differentiating the rule again. For both, a
    rule is written in plain NumPy; one that is not serves its own mode, to first order.

    Parameters
    ----------
    f : callable
        Arguments and results are arrays and nests of arrays; arguments may also be anything that
        is not differentiated. Arrays are passed by position.
    vjp : callable, optional
        See `defvjp`.
    jvp : callable, optional
        See `defjvp`.

    Raises
    ------
    MissingRuleError
        When it is differentiated and no rule was given, or the one given cannot be transposed.
    TracingError
        When ``f`` uses an array that is being differentiated without taking it as an argument.

    Examples
    --------
    A square root by Newton's method. The loop runs until it has converged, on plain arrays; the
    derivative follows from z**2 = a, so 2 z dz = da:

    >>> @custom_derivative
    ... def root(a):
    ...     z = 1.0 + a
    ...     while np.any(abs(z * z - a) > 1e-12 * a):
    ...         z = (z + a / z) / 2
    ...     return z
    >>> @root.defvjp
    ... def _(cotangent, z, a):
    ...     return cotangent / (2 * z)
    >>> from difflab.autodiff import grad, jvp
    >>> round(float(grad(root)(4.0)), 6), round(float(grad(grad(root))(4.0)), 6)
    (0.25, -0.03125)
    >>> round(float(jvp(root, 4.0, 1.0)[1]), 6)
    0.25
    """

    def __init__(
        self, f: Callable[..., Any], vjp: UserRule | None = None, jvp: UserRule | None = None
    ) -> None:
        functools.update_wrapper(self, f)
        self._name = getattr(f, "__name__", "f")
        self._step = Step(f, f"custom_derivative({self._name})", self._rule)
        self._vjp = vjp
        self._jvp = jvp

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if any(type(leaf) is TracedArray for leaf in flatten(kwargs)[0]):
            raise UsageError(
                f"{self._name} was given an array to differentiate by keyword",
                "its derivative rule takes arrays by position",
                f"{self._name}(x, y) instead of {self._name}(x, y=y)",
            )
        return self._step.apply(args, kwargs)

    def __repr__(self) -> str:
        return f"<custom_derivative {self._name}>"

    def defvjp(self, rule: UserRule) -> UserRule:
        """Set the pullback: ``rule(cotangent, value, *args, **kwargs) -> cotangents``.

        Returns ``rule``, so that this serves as a decorator. The rule returns one cotangent per
        argument, in the nest and shapes of that argument: itself for a single argument, a tuple
        for several; None where there is none. It is linear in ``cotangent``.
        """
        self._vjp = rule
        return rule

    def defjvp(self, rule: UserRule) -> UserRule:
        """Set the pushforward: ``rule(tangents, value, *args, **kwargs) -> tangent``.

        Returns ``rule``, so that this serves as a decorator. The rule takes one tangent per
        argument: itself for a single argument, a tuple for several; None for what is no array. It
        returns a tangent in the nest and shapes of ``value``, and is linear in ``tangents``.
        """
        self._jvp = rule
        return rule

    def _rule(self, step: Step) -> Rule:
        def vjp(g: Any, out: Any, *operands: Any, layout: Layout) -> Sequence[Any]:
            cotangents = _filled(layout.untie(g), layout.untie(out))
            if self._vjp is not None:
                return self._pull(cotangents, out, operands, layout)

            def push(tangents: Sequence[Any]) -> list[Any]:
                return self._push(tangents, out, operands, layout)

            return self._transposed("reverse", push, operands, cotangents)

        def jvp(t: Sequence[Any], out: Any, *operands: Any, layout: Layout) -> Any:
            tangents = _filled(t, operands)
            if self._jvp is not None:
                return layout.tie(self._push(tangents, out, operands, layout))

            def pull(cotangents: Sequence[Any]) -> list[Any]:
                return _filled(self._pull(cotangents, out, operands, layout), operands)

            return layout.tie(self._transposed("forward", pull, layout.untie(out), tangents))

        return Rule(step, "general", (vjp,), (jvp,), joint=True)

    def _pull(
        self, cotangents: Sequence[Any], out: Any, operands: Sequence[Any], layout: Layout
    ) -> list[Any]:
        """The user's pullback, from and to flat arrays; None for zero."""
        assert self._vjp is not None
        args, kwargs = layout.call(operands)
        value = unflatten(layout.results, layout.untie(out))
        found = self._vjp(unflatten(layout.results, cotangents), value, *args, **kwargs)
        per_argument = (found,) if len(args) == 1 else found
        if not isinstance(per_argument, tuple) or len(per_argument) != len(args):
            raise ShapeError(
                f"the rule of {self._name} returned {_describe(found)}",
                f"{self._name} took {len(args)} arguments, and each has a cotangent",
                "a tuple with a cotangent, or None, per argument",
            )
        parts: list[Any] = [None] * len(operands)
        for cotangent, places in zip(per_argument, layout.beside(range(len(operands)))):
            if cotangent is None:
                continue
            slots, structure = flatten(places)
            leaves, given = flatten(cotangent)
            if given != structure:
                raise self._misfit("cotangent", str(given), "the argument", str(structure))
            for slot, leaf in zip(slots, leaves):
                if slot is not None and leaf is not None:
                    parts[slot] = self._fitting("cotangent", leaf, operands[slot])
        return parts

    def _push(
        self, tangents: Sequence[Any], out: Any, operands: Sequence[Any], layout: Layout
    ) -> list[Any]:
        """The user's pushforward, from and to flat arrays."""
        assert self._jvp is not None
        args, kwargs = layout.call(operands)
        moving = layout.beside(tangents)
        results = layout.untie(out)
        value = unflatten(layout.results, results)
        found = self._jvp(moving[0] if len(args) == 1 else moving, value, *args, **kwargs)
        leaves, given = flatten(found)
        if given != layout.results:
            raise self._misfit("tangent", str(given), "the value", str(layout.results))
        return [self._fitting("tangent", leaf, like) for leaf, like in zip(leaves, results)]

    def _transposed(
        self,
        mode: str,
        linear: Callable[[Sequence[Any]], list[Any]],
        inputs: Sequence[Any],
        cotangents: Sequence[Any],
    ) -> list[Any]:
        """Apply the transpose of a linear map, which is its pullback at any point.

        Of ``inputs`` only shapes and dtypes matter; those that are no floats get zeros.
        """
        have, missing = ("defjvp", "defvjp") if mode == "reverse" else ("defvjp", "defjvp")
        if (self._jvp if mode == "reverse" else self._vjp) is None:
            raise MissingRuleError(
                f"{self._name} is differentiated, and has no derivative rule",
                "custom_derivative was given neither a vjp nor a jvp",
                f"@{self._name}.defvjp above a function (cotangent, value, *arguments)",
            )
        slots = [k for k, x in enumerate(inputs) if x.dtype.kind == "f"]

        def of_floats(directions: Sequence[Any]) -> list[Any]:
            known = dict(zip(slots, directions))
            return linear(_filled([known.get(k) for k in range(len(inputs))], inputs))

        try:
            recorded = run(of_floats, [np.ones_like(inputs[slot]) for slot in slots])
            known = dict(zip(slots, recorded.pull(cotangents)))
            return _filled([known.get(k) for k in range(len(inputs))], inputs)
        except TracingError as error:
            raise MissingRuleError(
                f"{self._name} is differentiated in {mode} mode, and only {have} gives its rule",
                f"that rule is not plain NumPy, and cannot be transposed: {error.what}",
                f"@{self._name}.{missing} for {mode} mode",
            ) from error

    def _fitting(self, kind: str, found: Any, like: Any) -> Any:
        """A tangent of an array's shape; a cotangent may be of a shape that it broadcasts to."""
        found, shape = as_array(found), np.shape(like)
        try:
            broadcast = np.broadcast_shapes(found.shape, shape)
        except ValueError:
            broadcast = ()
        if found.shape != shape and (kind == "tangent" or found.shape != broadcast):
            raise self._misfit(kind, f"shape {found.shape}", "its array", f"shape {shape}")
        return fit(found, shape)

    def _misfit(self, kind: str, have: str, of: str, want: str) -> ShapeError:
        return ShapeError(
            f"the rule of {self._name} returned a {kind} of {have}",
            f"{of} has {want}, and the two must agree",
            f"np.zeros_like of {of} is a {kind} that fits",
        )


def _filled(directions: Sequence[Any], arrays: Sequence[Any]) -> list[Any]:
    """Replace None by zeros: a user's rule takes arrays."""
    return [np.zeros_like(x)[()] if d is None else d for d, x in zip(directions, arrays)]


def _describe(found: Any) -> str:
    return f"a tuple of {len(found)}" if isinstance(found, tuple) else type(found).__name__
