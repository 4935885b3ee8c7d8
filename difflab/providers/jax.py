"""Provider ``jax``: the same loss through JAX, compiled, as another reference from outside.

The function is traced once; its NumPy calls are then replayed with the function of the same name in
``jax.numpy``, differentiated by JAX and compiled by XLA. None of our derivative rules take part.
"""

from __future__ import annotations

import importlib.util
import operator
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.errors import ProviderUnavailableError
from difflab.providers.protocol import Loss, Preparation, Prepared, Stopwatch
from difflab.providers.replay import (
    check_contexts,
    confirm,
    no_counterpart,
    plain_array,
    replayer,
    straight_program,
)
from difflab.signature import Signature
from difflab.trace import fill_holes, name_of
from difflab.tree import Nest, flatten

Call = Callable[..., Any]


@dataclass(frozen=True)
class Jax:
    """JAX's reverse mode on the traced function, compiled; needs the extra ``jax``.

    Arithmetic is done in the precision of the arguments: 64-bit types are enabled for our calls
    alone. JAX's own conventions hold at kinks; where they differ from `difflab.conventions` (the
    norm of a zero vector), this provider shows it.

    Examples
    --------
    >>> repr(Jax())
    'Jax()'
    """

    @property
    def name(self) -> str:
        """The spec."""
        return "jax"

    def unavailable(self) -> str | None:
        """Whether JAX is installed; does not import it."""
        if importlib.util.find_spec("jax") is None:
            return "JAX is not installed: pip install 'difflab[jax]'"
        return None

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> Prepared:
        """Trace, translate and compile; see `GradientProvider`.

        Raises
        ------
        TracingError
            When the function decides by values, or the replay gives another value.
        MissingRuleError
            When a NumPy call has no counterpart in JAX.
        NonScalarLossError
            When the function returns anything but one real number.
        DataError
            When a context is not numeric.
        """
        signature = Signature.of(params, *contexts)
        check_contexts(contexts, "JAX")
        watch = Stopwatch()
        with watch.phase("import"):
            try:
                import jax
            except ImportError as error:
                raise ProviderUnavailableError(
                    "provider 'jax' cannot run here", str(error), "pip install 'difflab[jax]'"
                ) from error
        with watch.phase("trace"):
            program = straight_program(f, params, *contexts)
        with watch.phase("translate"):
            for entry in program.entries:
                if entry.function is not None:
                    translation(entry.function)

        call = replayer(translation, "JAX")

        def loss(leaves: list[Any], data: list[Any]) -> Any:
            return program.run([*leaves, *data], call)

        compiled = jax.jit(jax.value_and_grad(loss))

        def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
            inputs = [plain_array(leaf) for leaf in leaves]
            data = [plain_array(leaf) for leaf in flatten(contexts)[0]]
            with _double_precision():
                value, gradient = compiled(inputs, data)
            return np.asarray(value)[()], [
                np.array(g, dtype=np.asarray(leaf).dtype)[() if np.ndim(leaf) == 0 else ...]
                for g, leaf in zip(gradient, leaves)
            ]

        with watch.phase("compile"):
            value, _ = evaluate(flatten(params)[0], contexts)
        with watch.phase("check"):
            confirm(value, f, params, contexts)
        sizes = {"tape entries": program.operations, "loss evaluations": 1}
        return Prepared(signature, Preparation(self.name, watch.seconds, sizes), evaluate)


def _double_precision() -> AbstractContextManager[Any]:
    """64-bit types, for as long as the context lasts."""
    import jax

    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax.experimental import enable_x64  # where it was before JAX 0.8

    return enable_x64()


@cache
def translation(function: Call) -> Call:
    """Return the JAX function with the meaning of a NumPy function or primitive.

    Raises
    ------
    MissingRuleError
        When there is none.
    """
    import jax.numpy as jnp

    exceptions = _exceptions()
    if function in exceptions:
        return exceptions[function]
    if name_of(function).startswith("difflab."):  # the name may be that of another function
        raise no_counterpart(function, "JAX")
    home = jnp.linalg if function is np.linalg.norm else jnp
    found = getattr(home, function.__name__, None)
    if not callable(found):  # jnp.fft is a module
        raise no_counterpart(function, "JAX")
    return found


@cache
def _exceptions() -> dict[Call, Call]:
    """Calls whose JAX function has another name, or takes its operands in another form."""
    import jax
    import jax.numpy as jnp

    def getitem(x: Any, *arrays: Any, index: Any) -> Any:
        filled = fill_holes(index, (x, *arrays))
        parts = filled if isinstance(filled, tuple) else (filled,)
        return x[tuple(np.asarray(part) if isinstance(part, list) else part for part in parts)]

    return {
        np.concatenate: lambda *xs, axis=0: jnp.concatenate(xs, axis=axis),
        np.stack: lambda *xs, axis=0: jnp.stack(xs, axis=axis),
        np.einsum: lambda *xs, subscripts: jnp.einsum(subscripts, *xs),
        np.astype: lambda x, dtype: jnp.astype(x, dtype),
        np.tensordot: lambda x, y, axes=2: jnp.tensordot(
            x, y, int(axes) if np.ndim(axes) == 0 else axes
        ),
        operator.getitem: getitem,
        own.sigmoid: jax.nn.sigmoid,
        own.relu: jax.nn.relu,
        own.leaky_relu: lambda x: jnp.where(x <= 0, own.LEAK * x, x),
        own.gelu: lambda x: jax.nn.gelu(x, approximate=False),
        own.normal_cdf: jax.scipy.special.ndtr,
        own.softplus: jax.nn.softplus,
        own.logsumexp: jax.nn.logsumexp,
        own.log_softmax: jax.nn.log_softmax,
        own.softmax: jax.nn.softmax,
        own.binary_cross_entropy: lambda z, y: jax.nn.softplus(z) - z * y,
        own.softmax_cross_entropy: lambda z, y, axis=-1: (
            -jnp.sum(y * jax.nn.log_softmax(z, axis=axis), axis=axis)
        ),
    }
