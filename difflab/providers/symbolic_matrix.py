"""Provider ``symbolic:matrix``: matrix calculus with SymPy's derivatives, as straight-line NumPy.

The function is recorded once, as NumPy calls on whole arrays. SymPy differentiates what works entry
by entry, adjoints of matrix calculus carry the structure, and what comes out is a program that a
careful person would have written by hand (Laue, Mitterreiter, Giesen 2018). No expression swells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from difflab.errors import TracingError
from difflab.providers.protocol import Loss, Preparation, Stopwatch
from difflab.providers.replay import check_contexts, straight_program
from difflab.signature import Signature
from difflab.tree import Nest

if TYPE_CHECKING:
    from difflab.emission import Replay
    from difflab.symbolic.matrix import Adjoints
    from difflab.symbolic.paper.matrices import Backprop

QUIET = ("under", "divide")
"""What slopes may do without a word: underflow, and be infinite, as that of sqrt at 0."""

INSTEAD = 'np.where, np.maximum or difflab.relu; or method="autodiff:compiled", which follows both'


@dataclass(frozen=True)
class SymbolicMatrix:
    """SymPy's derivatives on whole arrays.

    Examples
    --------
    >>> import numpy as np
    >>> w, x = np.array([0.5, -0.5]), np.arange(6.0).reshape(3, 2)
    >>> prepared = SymbolicMatrix().prepare(lambda w, x: np.sum(np.tanh(x @ w)), w, x)
    >>> print(prepared.source)
    def value_and_gradient(workspace, w, x):
        # the function
        v3 = np.tanh(x @ w)  # [3]
        v4 = np.add.reduce(v3, axis=None)
        return v4, reverse_sweep(x, v3)
    <BLANKLINE>
    <BLANKLINE>
    @np.errstate(under="ignore", divide="ignore")
    def reverse_sweep(x, v3):
        g1 = x.T @ (1 - np.square(v3))  # [2]
        return g1
    <BLANKLINE>
    """

    @property
    def name(self) -> str:
        """The spec."""
        return "symbolic:matrix"

    def unavailable(self) -> None:
        """Always available: SymPy is required."""
        return None

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> PreparedMatrix:
        """Record, derive, emit and compile; see `GradientProvider`.

        Raises
        ------
        TracingError
            When the function decides by values, or is not the same program at every call.
        MissingRuleError
            When a NumPy call has no matrix rule, or no meaning in SymPy.
        NonScalarLossError
            When the function returns anything but one real number.
        DataError
            When a context is not numeric.
        """
        watch = Stopwatch()
        with watch.phase("import"):
            from difflab.symbolic import matrix
        signature = Signature.of(params, *contexts)
        check_contexts(contexts, "SymPy")
        with watch.phase("trace"):
            loss = straight_program(f, params, *contexts, instead=INSTEAD)
        adjoints: matrix.Adjoints = {}
        replay = _replay(f, matrix.noting(f, adjoints), signature)
        path = replay.prepare(params, *contexts, phase=_named(watch))
        sizes = {
            "loss nodes": loss.operations,
            "loss evaluations": 1,
            "recordings": replay.recordings,
        }
        if path is not None:
            counts = matrix.count(path.graph)
            sizes |= {
                "nodes": counts.calls,
                "emitted nodes": path.program.calls,
                "matrix products": counts.matrix_products,
                "flops": counts.flops,
                "source characters": len(path.program.source),
                "workspace bytes": path.program.workspace.nbytes,
            }
        preparation = Preparation(self.name, watch.seconds, sizes, replay.source)
        return PreparedMatrix(f, replay, preparation, adjoints)


@dataclass(frozen=True, slots=True)
class PreparedMatrix:
    """A gradient by matrix calculus as a `PreparedGradient`.

    Attributes
    ----------
    f : callable
        The loss.
    replay : Replay
        Its program.
    preparation : Preparation
        How it was made.
    adjoints : dict
        What is the adjoint of what in the recorded program.
    """

    f: Loss
    replay: Replay
    preparation: Preparation
    adjoints: Adjoints = field(default_factory=dict, repr=False)
    value_and_gradient: Callable[..., tuple[Any, Nest]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value_and_gradient", self.replay.__call__)

    @property
    def signature(self) -> Signature:
        """What it was prepared for."""
        return self.replay.signature

    @property
    def source(self) -> str:
        """The emitted program."""
        return self.replay.source

    @property
    def equations(self) -> Backprop:
        """The recorded program as equations in matrices, written when it is asked for.

        Raises
        ------
        TracingError
            When it was prepared inside another recording, and holds no program.
        """
        from difflab.symbolic.paper import matrices, names

        if not self.replay.paths:
            raise TracingError(
                "there is no program to write down",
                "it was prepared while another function was being recorded",
                "prepare it outside",
            )
        graph = self.replay.paths[0].graph
        return matrices.backprop(
            graph, self.adjoints, names.input_names(self.f, self.signature, graph)
        )

    @property
    def latex(self) -> str:
        """The equations in LaTeX: the function, a blank line, the adjoints; see `equations`.

        Examples
        --------
        >>> import numpy as np
        >>> prepared = SymbolicMatrix().prepare(lambda w, x: np.sum(x @ w), np.ones(2), np.eye(2))
        >>> print(prepared.latex)
        \\begin{align*}
          z_{1} &= X \\, w && \\text{2} \\\\
          L &= \\sum_{i} z_{1}
        \\end{align*}
        <BLANKLINE>
        \\begin{align*}
          \\bar{L} &= 1 \\\\
          \\bar{z}_{1} &= \\mathbf{1} \\\\
          \\bar{w} &= {X}^{\\top} \\, \\mathbf{1} && \\text{2}
        \\end{align*}
        """
        from difflab.symbolic.paper.document import aligned

        written = self.equations
        return f"{aligned(written.forward)}\n\n{aligned(written.backward)}"

    def hessian_vector_product(self) -> Callable[..., Nest]:
        """Differentiate the gradient's program again, along a vector.

        Returns
        -------
        callable
            ``product(params, vector, *contexts)``: the Hessian times a vector, both in the nest of
            the parameters. It compiles itself when it is first called.

        Examples
        --------
        >>> import numpy as np
        >>> prepared = SymbolicMatrix().prepare(lambda x: np.sum(x**3), np.ones(2))
        >>> prepared.hessian_vector_product()(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
        array([6., 0.])
        """
        from difflab.symbolic import matrix

        product = matrix.hessian_vector_product(self.f)
        known: dict[Signature, Replay] = {}

        def along(params: Nest, vector: Nest, *contexts: Any) -> Nest:
            self.signature.check(params, *contexts)
            signature = Signature.of(params, vector, *contexts)
            if signature not in known:
                known[signature] = _replay(product, product, signature)
            return known[signature](params, vector, *contexts)[1]

        return along


def _replay(f: Loss, both: Callable[..., Any], signature: Signature) -> Replay:
    from difflab.emission import Replay

    return Replay(f, signature, both, both, both, _refuse_decisions, quiet=QUIET)


def _named(watch: Stopwatch) -> Any:
    names = {"record": "derive", "emit": "emit", "check": "check"}
    return lambda name: watch.phase(names[name])


def _refuse_decisions(decisions: Sequence[Any]) -> None:
    if decisions:
        raise TracingError(
            "the function decides by the values of its arguments",
            f"at {decisions[0].line}; a formula has one branch",
            INSTEAD,
        )
