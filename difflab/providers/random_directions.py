"""Providers ``spsa`` and ``forward-gradient``: noisy gradients from a few random directions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import numpy as np

from difflab.autodiff.recorded import run
from difflab.errors import UsageError, unknown_name
from difflab.numeric.choose import is_size
from difflab.numeric.difference import in_the_form_of
from difflab.numeric.directional import Slope, displacement, value_and_slope
from difflab.numeric.directions import (
    check_directions,
    draw,
    estimate,
    expected_cosine,
    stream,
)
from difflab.numeric.loss import check_repeatable, guarded, read_only
from difflab.numeric.steps import unit_roundoff
from difflab.providers.protocol import Loss, Preparation, Prepared, Stopwatch
from difflab.signature import Signature
from difflab.tree import Nest, ravel, size, unflatten, unravel_like

METHODS = ("spsa", "forward-gradient")
DEFAULT_KINDS = {"spsa": "rademacher", "forward-gradient": "gaussian"}


@dataclass(frozen=True, repr=False)
class RandomDirections:
    """An estimate of the gradient from K random directions, fresh at every call.

    The n-th call of a prepared gradient draws the n-th set of directions of its seed: a training
    run is repeatable, two calls at one point are not alike. Preparing again starts anew. Unbiased,
    up to the error of the slopes, and right on average only: as a rule K is far below P, and the
    cosine to the gradient far below 1.

    Parameters
    ----------
    method : {"spsa", "forward-gradient"}
        Where slopes come from. Simultaneous perturbation (Spall 1992) takes central differences of
        the loss, and no more than its values; the forward gradient (Baydin et al. 2022) takes
        forward-mode derivatives, which are exact, of a loss that can be traced.
    kind : {"gaussian", "rademacher", "orthonormal"} or None
        Of directions; None is "rademacher" for spsa, the only one it takes, and "gaussian" for the
        forward gradient.
    directions : int
        K. Orthonormal ones: at most P, and P of them give the gradient itself.
    seed : int
        From 0 to 2^128 - 1.
    step : float or None
        For spsa, how far to go along a direction, absolute; None for a distance that fits.

    Raises
    ------
    UnknownNameError
        For another method or kind.
    UsageError
        For K below 1, a seed or step out of range, or options that do not fit the method.

    Notes
    -----
    SPSA divides by the entries of a direction, so these must stay away from 0 (finite inverse
    moments, Spall's condition): Rademacher ones do, Gaussian ones do not.

    Examples
    --------
    >>> provider = RandomDirections("forward-gradient", "orthonormal", directions=2)
    >>> prepared = provider.prepare(lambda w: np.sum(w**3), np.ones(2))
    >>> np.round(prepared.value_and_gradient(np.array([1.0, 2.0]))[1], 12)
    array([ 3., 12.])
    >>> provider = RandomDirections("spsa", directions=8)
    >>> provider.prepare(lambda w: w @ w, np.ones(100)).preparation.notes[:2]
    ('8 rademacher directions, seed 0, fresh at every call', 'expected cosine to the gradient 0.27')
    """

    method: Literal["spsa", "forward-gradient"] = "spsa"
    kind: Literal["gaussian", "rademacher", "orthonormal"] | None = None
    directions: int = 1
    seed: int = 0
    step: float | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise unknown_name("method", self.method, METHODS, "difflab providers")
        # the number of parameters is known only at preparation
        parameters = self.directions if isinstance(self.directions, int) else 1
        check_directions(self.drawn, parameters, self.directions)
        if self.method == "spsa" and self.drawn != "rademacher":
            raise UsageError(
                f"spsa with {self.drawn} directions",
                "it divides by the entries of a direction, and those may come arbitrarily close to "
                "0 (Spall 1992)",
                f'RandomDirections("forward-gradient", {self.drawn!r}), or no kind',
            )
        seed = self.seed
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**128:
            raise UsageError(
                f"seed {seed!r} is no seed",
                "it is the key of a counter-based generator",
                "a whole number from 0 on",
            )
        self._check_step()

    def _check_step(self) -> None:
        if self.step is None:
            return
        if self.method == "forward-gradient":
            raise UsageError(
                f"step={self.step!r} for the forward gradient",
                "forward mode takes no step",
                'RandomDirections("spsa", step=...), or no step',
            )
        if not is_size(self.step):
            raise UsageError(
                f"step {self.step!r} is no step",
                "it is the distance along a direction",
                "a positive number such as 1e-5, or None for a step that fits",
            )

    def __repr__(self) -> str:
        given = {"kind": self.kind, "directions": self.directions, "seed": self.seed}
        usual = {"kind": None, "directions": 1, "seed": 0}
        options = "".join(f", {k}={v!r}" for k, v in given.items() if v != usual[k])
        step = "" if self.step is None else f", step={self.step!r}"
        return f"RandomDirections({self.method!r}{options}{step})"

    @property
    def drawn(self) -> str:
        """The kind of directions."""
        return self.kind or DEFAULT_KINDS[self.method]

    @property
    def name(self) -> str:
        """The spec."""
        usual = self.drawn == DEFAULT_KINDS[self.method]
        return self.method if usual else f"{self.method}:{self.drawn}"

    def unavailable(self) -> None:
        """Always available."""
        return None

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> Prepared:
        """Check the loss, and say how good the estimates will be; see `GradientProvider`.

        Raises
        ------
        ParameterTypeError, NonScalarLossError
        UsageError
            When two calls with the same parameters disagree, the loss changes its arguments in
            place, or there are more orthonormal directions than parameters.
        TracingError, MissingRuleError
            When forward mode cannot follow the loss.
        """
        signature = Signature.of(params, *contexts)
        parameters = size(params)
        check_directions(self.drawn, parameters, self.directions)
        watch = Stopwatch()
        loss, views = guarded(f, contexts), read_only(params)
        with watch.phase("call twice"):
            precision = np.asarray(check_repeatable(lambda: loss(views))).dtype
        if self.method == "forward-gradient":
            with watch.phase("record"):
                run(f, params, *contexts)  # what cannot be traced is refused here, not at a call
        calls = count()

        def begin_at(before: int) -> None:
            nonlocal calls
            calls = count(before)

        def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
            directions = draw(
                self.drawn, parameters, self.directions, stream(self.seed, next(calls))
            )
            nest = unflatten(signature.params, leaves)
            if self.method == "spsa":
                value, slope = value_and_slope(
                    f, nest, *contexts, precision=precision, step=self.step
                )
            else:
                value, slope = _by_forward_mode(f, nest, *contexts)
            found = estimate(slope, directions)
            parts = zip(leaves, unravel_like(found, leaves))
            return value, [in_the_form_of(leaf, part) for leaf, part in parts]

        sizes = {"loss evaluations": 1, "directions": self.directions}
        notes: tuple[str, ...] = (
            f"{self.directions} {self.drawn} direction{'s' * (self.directions > 1)}, seed "
            f"{self.seed}, fresh at every call",
            "expected cosine to the gradient "
            f"{expected_cosine(self.drawn, parameters, self.directions):.2g}",
        )
        if self.method == "spsa":
            sizes["loss evaluations"] += 2 * self.directions
            dtypes = [dtype for _, dtype in signature.param_types]
            x = ravel(signature.check(params, *contexts))
            distance = displacement(x, max([*dtypes, precision], key=unit_roundoff), self.step)
            notes += (f"distance {distance:.3g} along each direction",)
        else:
            sizes["forward sweeps"] = self.directions
        return Prepared(
            signature,
            Preparation(self.name, watch.seconds, sizes, notes=notes),
            evaluate,
            begin_at=begin_at,
        )


def _by_forward_mode(f: Loss, params: Nest, *contexts: Any) -> tuple[Any, Slope]:
    """Return the loss and the function that pushes a direction through its tape."""
    recorded = run(f, params, *contexts)

    def slope(v: np.ndarray) -> float:
        cut = zip(unravel_like(v, recorded.leaves), recorded.leaves)
        tangents = [part.astype(np.asarray(leaf).dtype)[()] for part, leaf in cut]
        return float(recorded.push(tangents)[0])

    return recorded.value, slope
