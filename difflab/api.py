"""The convenience functions: ``grad``, ``value_and_grad`` and ``compare``, with a method by name.

They prepare on first use and again when the signature of a call changes, and count how often.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from difflab import providers
from difflab.accuracy import GradientError, gradient_error
from difflab.clock import duration
from difflab.errors import DifflabError, PreparationMismatchError
from difflab.providers import GradientProvider, Loss, PreparedGradient
from difflab.signature import Signature
from difflab.tree import Nest, size


@dataclass
class ValueAndGradient:
    """A function ``(params, *contexts) -> (value, gradient)`` that prepares itself when needed.

    Attributes
    ----------
    f : callable
        The loss.
    provider : GradientProvider
        How it is differentiated.
    preparations : int
        How often it was prepared: once per signature met.
    """

    f: Loss
    provider: GradientProvider
    preparations: int = 0
    _prepared: dict[Signature, PreparedGradient] = field(default_factory=dict, repr=False)
    _last: PreparedGradient | None = field(default=None, repr=False)

    def prepared(self, params: Nest, *contexts: Any) -> PreparedGradient:
        """Return the gradient prepared for this call's signature, preparing it if necessary."""
        signature = Signature.of(params, *contexts)
        known = self._prepared.get(signature) or self._covering(signature)
        if known is None:
            known = self.provider.prepare(self.f, params, *contexts)
            self.preparations += 1
        self._prepared[signature] = known
        return known

    def _covering(self, signature: Signature) -> PreparedGradient | None:
        """Find a gradient that was prepared for batches of any size."""
        for known in self._prepared.values():
            made_for = getattr(known, "signature", None)
            if isinstance(made_for, Signature) and made_for.covers(signature):
                return known
        return None

    def __call__(self, params: Nest, *contexts: Any) -> tuple[Any, Nest]:
        if self._last is not None:
            try:
                return self._last.value_and_gradient(params, *contexts)
            except PreparationMismatchError:
                pass
        self._last = self.prepared(params, *contexts)
        return self._last.value_and_gradient(params, *contexts)


def value_and_grad(f: Loss, method: str | GradientProvider = "autodiff") -> ValueAndGradient:
    """Return a function that gives ``f``'s value and gradient by the method named.

    Parameters
    ----------
    f : callable
        ``f(params, *contexts)`` returns one real number; plain NumPy inside. ``params`` is any nest
        of lists, tuples and dicts of float arrays.
    method : str or GradientProvider
        A spec such as ``"autodiff"``, ``"finite-difference:central"``, ``"symbolic:cse"``, or a
        provider object with options.

    Returns
    -------
    callable
        ``(params, *contexts) -> (value, gradient)``.

    Raises
    ------
    UnknownNameError
        When there is no such provider.
    ProviderUnavailableError
        When it cannot run here.

    Examples
    --------
    >>> import numpy as np
    >>> both = value_and_grad(lambda w: np.sum(w**2), "complex-step")
    >>> value, gradient = both(np.array([1.0, 2.0]))
    >>> gradient
    array([2., 4.])
    """
    return ValueAndGradient(f, providers.get(method))


def grad(f: Loss, method: str | GradientProvider = "autodiff") -> Callable[..., Nest]:
    """Return a function that gives the gradient of ``f``; see `value_and_grad`.

    Examples
    --------
    >>> import numpy as np
    >>> grad(np.sin)(0.0)
    np.float64(1.0)
    >>> grad(grad(np.sin))(np.pi / 2)
    np.float64(-1.0)
    """
    both = value_and_grad(f, method)

    def gradient(params: Nest, *contexts: Any) -> Nest:
        return both(params, *contexts)[1]

    return gradient


@dataclass(frozen=True, slots=True)
class ComparedProvider:
    """One row of `Comparison`: a provider's gradient at one point, or why there is none.

    Attributes
    ----------
    provider : str
        Its spec.
    error : GradientError or None
        Against the reference provider.
    seconds : float
        Shortest time of one value and gradient.
    cost_ratio : float
        That time over the shortest time of the plain function.
    preparation_seconds : float
        Time of one preparation.
    reason : str
        Why the row is empty; "" where it is not.
    """

    provider: str
    error: GradientError | None = None
    seconds: float = float("nan")
    cost_ratio: float = float("nan")
    preparation_seconds: float = float("nan")
    reason: str = ""


@dataclass(frozen=True)
class Comparison:
    """What `compare` returns; prints as a table.

    Attributes
    ----------
    rows : tuple of ComparedProvider
        One per provider.
    reference : str
        The provider that errors are measured against.
    parameters : int
        P, the number of scalars in the parameters.
    function_seconds : float
        Shortest time of the plain function.
    """

    rows: tuple[ComparedProvider, ...]
    reference: str
    parameters: int
    function_seconds: float

    def __str__(self) -> str:
        header = ("provider", "rel. error", "worst entry", "time", "x loss", "preparation")
        cells = [header]
        for row in self.rows:
            if row.error is None:
                cells.append((row.provider, row.reason, "", "", "", ""))
                continue
            is_reference = row.provider == self.reference
            cells.append(
                (
                    row.provider,
                    "reference" if is_reference else f"{row.error.relative_l2:.1e}",
                    "" if is_reference else row.error.worst_entry,
                    duration(row.seconds),
                    f"{row.cost_ratio:.1f}",
                    duration(row.preparation_seconds),
                )
            )
        full = [line for line in cells if line[2:] != ("",) * 4]
        widths = [max(len(line[i]) for line in full) for i in range(len(header))]
        widths[0] = max(len(line[0]) for line in cells)
        lines = ["  ".join(c.ljust(w) for c, w in zip(line, widths)).rstrip() for line in cells]
        return "\n".join(
            [
                f"{self.parameters} parameters; the loss takes {duration(self.function_seconds)}",
                *lines,
            ]
        )

    __repr__ = __str__

    def to_frame(self) -> Any:
        """Return the rows as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(
            {
                "provider": row.provider,
                "relative_l2": row.error.relative_l2 if row.error else float("nan"),
                "worst_entry": row.error.worst_entry if row.error else "",
                "seconds": row.seconds,
                "cost_ratio": row.cost_ratio,
                "preparation_seconds": row.preparation_seconds,
                "reason": row.reason,
            }
            for row in self.rows
        )


def compare(
    f: Loss,
    params: Nest,
    *contexts: Any,
    methods: str | Sequence[str | GradientProvider] | None = None,
    reference: str | GradientProvider = "autodiff",
) -> Comparison:
    """Differentiate one function in every way there is, and compare error and cost.

    Timings are the shortest of a few calls in this process: good for an impression, while
    ``difflab report`` measures carefully. A provider that cannot run, or refuses, gets a row with
    its reason.

    Parameters
    ----------
    f, params, contexts
        As for `value_and_grad`.
    methods : spec, or sequence of specs or providers
        Which to compare; all but the controls by default.
    reference : spec or provider
        What the others are measured against.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> import numpy as np
    >>> table = compare(lambda w: np.sum(w**3), np.arange(3.0), methods=["complex-step"])
    >>> table.rows[-1].error.relative_l2 < 1e-14
    True
    """
    standard = providers.get(reference)
    if isinstance(methods, str):
        methods = [methods]
    if methods is None:
        methods = [name for name in providers.names() if not name.startswith("control:")]
    prepared = standard.prepare(f, params, *contexts)
    _, truth = prepared.value_and_gradient(params, *contexts)
    function_seconds = _shortest(lambda: f(params, *contexts))
    chosen = [providers.find(method) for method in methods]
    if standard.name not in [provider.name for provider in chosen]:
        chosen.insert(0, standard)
    rows = tuple(
        _row(provider, f, params, contexts, truth, function_seconds) for provider in chosen
    )
    return Comparison(rows, standard.name, size(params), function_seconds)


def _row(
    provider: GradientProvider,
    f: Loss,
    params: Nest,
    contexts: tuple[Any, ...],
    truth: Nest,
    function_seconds: float,
) -> ComparedProvider:
    reason = provider.unavailable()
    if reason is not None:
        return ComparedProvider(provider.name, reason=reason)
    try:
        start = time.perf_counter()
        prepared = provider.prepare(f, params, *contexts)
        preparation_seconds = time.perf_counter() - start
        _, gradient = prepared.value_and_gradient(params, *contexts)
    except DifflabError as error:
        return ComparedProvider(provider.name, reason=error.what)
    except Exception as error:  # one provider's failure leaves the others comparable
        return ComparedProvider(provider.name, reason=f"{type(error).__name__}: {error}")
    seconds = _shortest(lambda: prepared.value_and_gradient(params, *contexts))
    return ComparedProvider(
        provider.name,
        gradient_error(gradient, truth),
        seconds,
        seconds / function_seconds,
        preparation_seconds,
    )


def _shortest(call: Callable[[], Any], at_least: int = 5, budget: float = 0.05) -> float:
    """Shortest of at least ``at_least`` calls, or fewer when one alone exceeds the budget."""
    best, spent, count = float("inf"), 0.0, 0
    while (count < at_least and spent < 20 * budget) or spent < budget:
        start = time.perf_counter()
        call()
        seconds = time.perf_counter() - start
        best, spent, count = min(best, seconds), spent + seconds, count + 1
    return best
