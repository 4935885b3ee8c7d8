"""`difflab.derivative`: one number, its error bar, and what there is to say about both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from difflab.errors import UsageError, unknown_name
from difflab.numeric.complex_step import STEP
from difflab.numeric.ladder.arguments import Question, question
from difflab.numeric.ladder.automatic import ladder_derivative
from difflab.numeric.ladder.fixed import stencil_derivative
from difflab.numeric.ladder.imaginary import complex_step_derivative
from difflab.numeric.ladder.result import Derivative, nothing
from difflab.numeric.plug_in import plug_in_step
from difflab.numeric.resolution import spacing
from difflab.numeric.stencils import SCHEMES, named_stencil

METHODS = ("auto", "complex-step", "plug-in", *SCHEMES)
"""Names of methods; every name that `difflab.numeric.named_stencil` knows is one, too."""

LARGEST_COMPLEX_STEP = 1e-8
"""From here on its square would show."""


def derivative(
    f: Callable[..., Any],
    x: Any,
    method: str = "auto",
    *,
    n: int = 1,
    step: Any = None,
    relstep: Any = None,
    absstep: Any = None,
    scale: Any = None,
    bounds: Any = None,
    noise: Any = None,
    args: Any = (),
) -> Derivative:
    """Differentiate a function of one number, with an error bar that covers the truth.

    Parameters
    ----------
    f : callable
        ``f(x, *args)``, of one float, or elementwise on arrays. It is called with all points at
        once where that gives the same values as single calls, and in a loop where not.
    x : float or array of floats, any shape
    method : str
        ``"auto"``, the ladder of steps; ``"complex-step"``; ``"plug-in"``, central differences
        with an estimated best step; or a stencil: ``"forward"``, ``"central-6"`` and so on.
    n : int
        Order of the derivative, 1 to 4.
    step : float or array
        Absolute step h, for methods other than ``"auto"``, taken as it is; theory's when None.
    relstep, absstep : float or array
        For stencils: h = max(relstep \\|x\\|, absstep), rounded down to a power of two. Without
        absstep, relstep counts from max(\\|x\\|, scale) on, with scale 1 when None.
    scale : float or array
        Length over which f varies, and largest step of the ladder; max(1, \\|x\\|) when None.
    bounds : (low, high)
        f is never called outside; None for an open end. Stencils move to the side where they fit.
    noise : float or array
        Absolute error of one value of f; estimated when None.
    args : tuple
        Further arguments of f.

    Returns
    -------
    Derivative
        Value, error, flags and more; see there. `difflab.numeric.ladder.Flag` explains the flags.

    Raises
    ------
    ParameterTypeError
        For integers or complex numbers as x.
    NonFiniteError
        For an x that is not finite, or where f(x) is not.
    NonScalarLossError
        When f does not return one real number for one number.
    UsageError
        When f is not deterministic, and for arguments that make no sense.
    MissingRuleError
        When f cannot take the complex step.

    Notes
    -----
    ``"auto"`` takes differences at some 30 steps, from |x|/2 to 16 units in the last place, in
    about 65 values of f. Neville's scheme extrapolates them, Ridders' (1982) differences bound
    the truncation error, and residuals of the ladder bound the noise (in the manner of Moré and
    Wild 2011). The most precise entry that agrees with at least 90 % of all entries at smaller
    steps wins; without this rule, aliasing does. One-sided ladders stand in at the edges of the
    domain and show kinks. Where two scales show two slopes, some 800 further values decide
    whether the finer one is the teeth of rounding. Balancing truncation with noise goes back to
    Gill, Murray, Saunders and Wright (1983), "Computing forward-difference intervals for numerical
    optimization", SIAM J. Sci. Stat. Comput. 4.

    Examples
    --------
    >>> import numpy as np
    >>> found = derivative(np.sin, 1.0)
    >>> bool(abs(found.value - np.cos(1.0)) <= found.error < 1e-12)
    True
    >>> kink = derivative(np.abs, 0.0)
    >>> kink.flags.words, kink.left, kink.right
    ('kink', np.float64(-1.0), np.float64(1.0))
    >>> derivative(np.exp, np.zeros((2, 3)), n=2).value.shape
    (2, 3)
    """
    asked = question(f, x, n, step, relstep, absstep, scale, bounds, noise, args)
    if asked.x.size == 0:
        return nothing(asked.x, str(method))
    if method == "auto":
        if asked.sized:
            raise UsageError(
                'method="auto" takes no step',
                "it uses a whole ladder of them",
                'scale= for the largest step of the ladder, or method="central"',
            )
        return ladder_derivative(asked)
    if method == "complex-step":
        _check_tiny(asked)
        return complex_step_derivative(asked)
    if method == "plug-in":
        return _plug_in(asked)
    if not isinstance(method, str) or method.split("-")[0] not in SCHEMES:
        raise unknown_name("method", method, METHODS, "difflab.numeric.ladder.METHODS")
    return stencil_derivative(asked, method)


def _check_tiny(asked: Question) -> None:
    if asked.relstep is not None or asked.absstep is not None:
        raise UsageError(
            "the complex step takes neither relstep nor absstep",
            "it subtracts nothing: its step is tiny, whatever the size of x",
            f"no step at all, or step={STEP:g}",
        )
    if asked.step is not None and not np.all(asked.step < LARGEST_COMPLEX_STEP):
        raise UsageError(
            f"step {np.max(asked.step):g} is no complex step",
            "it must be tiny: nothing is subtracted, and the error is of the order of h^2",
            f"a number such as {STEP:g}",
        )


def _plug_in(asked: Question) -> Derivative:
    if asked.x.shape != () or asked.args or asked.sized:
        raise UsageError(
            'method="plug-in" estimates one step at one point',
            "it takes a single float as x, and neither args nor steps",
            'method="auto", which takes arrays',
        )
    known = None if np.isnan(asked.noise) else float(asked.noise)
    at: Any = asked.x[()]  # keeps its float type

    def within(x: Any) -> Any:
        return asked.f(x) if asked.low <= x <= asked.high else np.nan

    chosen = plug_in_step(
        within,
        at,
        named_stencil("central", asked.n),
        noise=known or None,
        scale=None if asked.typical is None else float(asked.typical),
    )
    if np.isfinite(chosen.step):  # not at the very edge of the bounds or of the domain
        least = 4 * float(spacing(at))  # half of it must still move x
        asked = replace(asked, absstep=np.asarray(max(chosen.step, least)), typical=None)
    found = stencil_derivative(asked, "central")
    return replace(found, method="plug-in", evaluations=found.evaluations + chosen.evaluations)
