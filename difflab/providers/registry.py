"""The registry: from a spec such as ``"symbolic:cse"`` to a provider.

Built-in providers are named here and imported only when asked for. Others register through the
entry-point group ``difflab.providers``: the entry's name is the spec, and it loads a provider or a
callable without arguments that makes one. A plug-in that fails to import shows up as unavailable,
with its reason, and breaks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from difflab.errors import ProviderUnavailableError, UsageError, unknown_name
from difflab.providers.checked import Checked
from difflab.providers.protocol import GradientProvider, Loss, PreparedGradient
from difflab.providers.spec import KINDS, check_kinds, check_options, split
from difflab.tree import Nest

ENTRY_POINT_GROUP = "difflab.providers"


@dataclass(frozen=True, slots=True)
class _Builtin:
    module: str
    attribute: str
    options: tuple[tuple[str, Any], ...] = ()
    summary: str = ""

    @property
    def maker(self) -> Any:
        """The provider's class."""
        return getattr(import_module(f"difflab.providers.{self.module}"), self.attribute)

    @property
    def open_options(self) -> dict[str, str]:
        """Options that the name leaves open, and their types."""
        if not is_dataclass(self.maker):
            return {}
        plain = {each.name: str(each.type) for each in fields(self.maker)}
        fixed = dict(self.options)
        return {n: kind for n, kind in plain.items() if n not in fixed and _is_writable(kind)}

    def make(self, name: str, more: Mapping[str, Any]) -> GradientProvider:
        """Make the provider, with further options."""
        check_options(name, list(more), list(self.open_options))
        check_kinds(name, more, self.open_options)
        return self.maker(**dict(self.options), **more)


def _fd(scheme: str, summary: str, *evaluator: str) -> _Builtin:
    options = (("scheme", scheme), *(("evaluator", each) for each in evaluator))
    return _Builtin("finite_difference", "FiniteDifference", options, summary)


def _directions(method: str, summary: str, *kind: str) -> _Builtin:
    options = (("method", method), *(("kind", each) for each in kind))
    return _Builtin("random_directions", "RandomDirections", options, summary)


def _symbolic(form: str, summary: str) -> _Builtin:
    return _Builtin("symbolic", "Symbolic", (("form", form),), summary)


def _control(kind: str, summary: str) -> _Builtin:
    return _Builtin("controls", "Control", (("kind", kind),), summary)


BUILTIN: dict[str, _Builtin] = {
    "autodiff": _Builtin("autodiff", "Autodiff", (), "reverse mode on the tape"),
    "autodiff:compiled": _Builtin(
        "compiled", "CompiledAutodiff", (), "reverse mode, recorded once, straight-line NumPy"
    ),
    "finite-difference:forward": _fd("forward", "one-sided quotients, first order in the step"),
    "finite-difference:central": _fd("central", "central quotients, second order in the step"),
    "complex-step": _Builtin("complex_step", "ComplexStep", (), "P + 1 losses, no subtraction"),
    "symbolic:expanded": _symbolic("expanded", "SymPy's derivative as it is, nothing shared"),
    "symbolic:cse": _symbolic("cse", "SymPy's derivative, common subexpressions shared"),
    "symbolic:staged": _symbolic("staged", "reverse chain rule, a name for every operation"),
    "symbolic:matrix": _Builtin(
        "symbolic_matrix", "SymbolicMatrix", (), "matrix calculus with SymPy's derivatives"
    ),
    "torch": _Builtin("torch", "Torch", (), "PyTorch autograd, the outside reference"),
    "jax": _Builtin("jax", "Jax", (), "JAX, compiled by XLA, another outside reference"),
    "control:zeros": _control("zeros", "wrong on purpose: a gradient of zeros"),
    "control:flipped-sign": _control("flipped-sign", "wrong on purpose: the sign flipped"),
    "control:noise": _control("noise", "wrong on purpose: 0.1 % noise on every entry"),
}
"""Built-in providers by spec; those that `names` lists.

Differences have more: ``finite-difference:SCHEME`` takes every scheme, such as central-6, and
``finite-difference:SCHEME:EVALUATOR`` every evaluator, such as loop or node.
"""

ESTIMATORS: dict[str, _Builtin] = {
    "spsa": _directions("spsa", "2 losses along each of K random directions"),
    "forward-gradient": _directions(
        "forward-gradient", "a forward sweep along each of K Gaussian directions"
    ),
    "forward-gradient:rademacher": _directions(
        "forward-gradient", "the same, directions of +1 and -1", "rademacher"
    ),
    "forward-gradient:orthonormal": _directions(
        "forward-gradient", "the same, orthonormal directions; K = P is the gradient", "orthonormal"
    ),
}
"""Noisy estimates of a gradient by spec, right on average only; comparisons leave them out."""

ALIASES: dict[str, str] = {
    "finite-difference": "finite-difference:central",
    "symbolic": "symbolic:matrix",
}
"""Short specs."""


def _is_writable(annotation: str) -> bool:
    without_literals = re.sub("'[^']*'", "", annotation)
    return set(re.findall(r"\w+", without_literals)) <= set(KINDS)


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """Stands for a plug-in that could not be loaded."""

    name: str
    reason: str

    def unavailable(self) -> str:
        """Why it cannot run."""
        return self.reason

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> PreparedGradient:  # noqa: ARG002
        """Raise `ProviderUnavailableError`."""
        raise ProviderUnavailableError(
            f"provider {self.name!r} cannot run", self.reason, "difflab providers lists the others"
        )


def _plugins() -> dict[str, Callable[[], Any]]:
    found = entry_points(group=ENTRY_POINT_GROUP)
    return {entry.name: entry.load for entry in found if entry.name not in BUILTIN | ESTIMATORS}


def _load_plugin(name: str, load: Callable[[], Any]) -> GradientProvider:
    try:
        loaded = load()
        provider = loaded if hasattr(loaded, "prepare") and not isinstance(loaded, type) else None
        provider = loaded() if provider is None else provider
        if not isinstance(provider, GradientProvider):
            return BrokenPlugin(name, f"{provider!r} lacks name, unavailable() or prepare()")
        return provider
    except Exception as error:  # whatever a plug-in raises is its reason, not our failure
        return BrokenPlugin(name, f"{type(error).__name__}: {error}")


def names() -> list[str]:
    """Specs of all providers, built-in ones first, plug-ins after them.

    Examples
    --------
    >>> "autodiff" in names()
    True
    """
    return [*BUILTIN, *sorted(_plugins())]


def summary(name: str) -> str:
    """One line about a provider; for plug-ins where it came from."""
    known = BUILTIN | ESTIMATORS
    return known[name].summary if name in known else "plug-in"


def estimators() -> list[str]:
    """Specs of providers that estimate a gradient from random directions."""
    return list(ESTIMATORS)


def options(name: str) -> list[str]:
    """Options that may follow a name, beside ``check``; none for plug-ins.

    Examples
    --------
    >>> options("spsa")
    ['kind', 'directions', 'seed', 'step']
    """
    known = BUILTIN | ESTIMATORS
    return list(known[name].open_options) if name in known else []


def find(spec: str | GradientProvider) -> GradientProvider:
    """Return the provider for a spec, whether it can run here or not.

    Parameters
    ----------
    spec : str or GradientProvider
        A name, maybe with options: ``"spsa,directions=64"``. ``check=OTHER`` is an option of all:
        it compares with another provider when a gradient is prepared.

    Raises
    ------
    UnknownNameError
        For another name, or option, with the nearest.
    UsageError
        For something that is neither a name nor a provider.

    Examples
    --------
    >>> find("finite-difference")
    FiniteDifference(scheme='central')
    >>> find("finite-difference:central-4,evaluator=node")
    FiniteDifference(scheme='central-4', evaluator='node')
    """
    if not isinstance(spec, str):
        if isinstance(spec, type) or not isinstance(spec, GradientProvider):
            raise UsageError(
                f"{spec!r} is no provider",
                "it has no name, unavailable() and prepare()",
                'a spec such as "autodiff", or an object such as FiniteDifference("central")',
            )
        return spec
    name, more = split(spec)
    name = ALIASES.get(name, name)
    # differences take the option themselves
    check = None if name.startswith("finite-difference:") else more.pop("check", None)
    provider = _named(name, more)
    return provider if check is None else Checked(provider, find(check))


def _named(name: str, more: Mapping[str, Any]) -> GradientProvider:
    known = BUILTIN | ESTIMATORS
    if name in known:
        return known[name].make(name, more)
    if name.startswith("finite-difference:"):  # any scheme, and any evaluator after it
        _, scheme, *evaluator = name.split(":", 2)
        return _fd(scheme, "", *evaluator).make(name, more)
    plugins = _plugins()
    if name in plugins:
        check_options(name, list(more), [])
        return _load_plugin(name, plugins[name])
    raise unknown_name("provider", name, [*known, *plugins, *ALIASES], "difflab providers")


def get(spec: str | GradientProvider) -> GradientProvider:
    """Return the provider for a spec, ready to run.

    Raises
    ------
    UnknownNameError
        When there is none of that name.
    ProviderUnavailableError
        When it cannot run here, with the reason.

    Examples
    --------
    >>> get("autodiff").name
    'autodiff'
    """
    provider = find(spec)
    reason = provider.unavailable()
    if reason is not None:
        raise ProviderUnavailableError(
            f"provider {provider.name!r} cannot run here",
            reason,
            "`difflab providers` lists what can",
        )
    return provider
