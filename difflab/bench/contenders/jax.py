"""JAX, compiled by XLA: ``jax.jit(jax.value_and_grad(loss))``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from difflab.bench.cases import Functions, Problem, network
from difflab.bench.contenders.protocol import Call, missing

ONE_THREAD = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
"""Environment for XLA on one thread; has to be set before JAX is imported."""


@dataclass(frozen=True)
class JaxJit:
    """The gradient as one XLA program; compiled by the first call, whose time says so.

    Inputs are made JAX arrays beforehand. Chosen in JAX's favour, both measured on 4-16-16-3:
    programs run in the calling thread instead of being handed to another (38 to 26 us), and the
    value alone is waited for (55 to 300 us for the tree of gradients): all results of one program
    are ready together.
    """

    @property
    def name(self) -> str:
        """Heads its column."""
        return "JAX jit"

    def unavailable(self) -> str | None:
        """Whether JAX is installed."""
        return missing("jax", "bench")

    def make(self, problem: Problem) -> Call:
        """Convert the inputs; settings of JAX hold for the whole process."""
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)  # float32 inputs stay float32 all the same
        jax.config.update("jax_cpu_enable_async_dispatch", False)
        both = jax.jit(jax.value_and_grad(network(problem.case, *_functions())))
        params = [(jnp.asarray(w), jnp.asarray(b)) for w, b in problem.params]
        x, y = jnp.asarray(problem.x), jnp.asarray(problem.y)

        def call() -> tuple[Any, list[tuple[Any, Any]]]:
            value, gradient = both(params, x, y)
            value.block_until_ready()
            return value, gradient

        return call


def _functions() -> tuple[Functions, Functions]:
    import jax
    import jax.numpy as jnp

    activations = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu}
    heads = {
        "squared error": lambda z, y: jnp.mean((z - y) ** 2),
        "sigmoid, squared error": lambda z, y: jnp.mean((jax.nn.sigmoid(z) - y) ** 2),
        "softmax cross-entropy": lambda z, y: -jnp.mean(jnp.sum(y * jax.nn.log_softmax(z), axis=1)),
    }
    return activations, heads
