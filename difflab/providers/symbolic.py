"""Providers ``symbolic:expanded``, ``symbolic:cse`` and ``symbolic:staged``: formulas in scalars.

SymPy derives, NumPy evaluates. *Expanded* differentiates the loss as one expression by every
parameter, *cse* shares afterwards what repeats, *staged* names every operation and applies the
chain rule from the end to the beginning. An objective that knows the loss of one sample
(`difflab.objective.SampleMean`) is derived for that sample and evaluated over batches of any size;
of any other function every entry of every context is a symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from difflab.errors import MissingRuleError, ShapeError, unknown_name
from difflab.objective import SampleMean, reduction_of
from difflab.providers.protocol import Loss, Preparation, Prepared, Stopwatch
from difflab.providers.replay import check_contexts, confirm, straight_program
from difflab.scalars import require_calls
from difflab.signature import Signature
from difflab.trace import Program
from difflab.tree import Nest, flatten, map_leaves

if TYPE_CHECKING:
    from difflab.symbolic import Assignments

FORMS = ("expanded", "cse", "staged")


@dataclass(frozen=True)
class Symbolic:
    """SymPy's derivative of a loss, written down operation by operation.

    Parameters
    ----------
    form : str
        ``"expanded"`` evaluates the derivatives of the whole loss as they are, ``"cse"`` shares
        what repeats, ``"staged"`` derives every operation of the loss on its own.
    budget : int or None
        Largest predicted gradient, in operations; by default 200,000 for ``"expanded"``, 500,000
        before sharing for ``"cse"``, 200,000 with the loss for ``"staged"``: some seconds of
        preparation.

    Raises
    ------
    UnknownNameError
        For another form.

    Examples
    --------
    >>> prepared = Symbolic("cse").prepare(lambda w: np.exp(w[0] * w[1]), np.array([0.0, 2.0]))
    >>> prepared.value_and_gradient(np.array([0.0, 2.0]))
    (np.float64(1.0), array([2., 0.]))
    >>> print(prepared.preparation.source)
    def value_and_gradient(parameters, contexts):
        [p0, p1] = parameters
        t0 = np.exp(p0*p1)
        return [
            t0,
            p1*t0,
            p0*t0,
        ]
    """

    form: str = "cse"
    budget: int | None = None

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise unknown_name("symbolic form", self.form, FORMS, "difflab providers")

    @property
    def name(self) -> str:
        """The spec."""
        return f"symbolic:{self.form}"

    def unavailable(self) -> None:
        """Always available: SymPy is required."""
        return None

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> Prepared:
        """Derive, emit and compile; see `GradientProvider`.

        Raises
        ------
        SymbolicBudgetError
            When the gradient would exceed the budget; found out before anything is derived.
        TracingError
            When the function decides by values, or the expression has another value.
        MissingRuleError
            When a NumPy call cannot be expressed in SymPy, or a derivative not in NumPy.
        NonScalarLossError
            When the function returns anything but one real number.
        DataError
            When a context is not numeric.
        ShapeError
            When the contexts of a mean over samples differ in the number of samples.
        """
        signature = Signature.of(params, *contexts)
        check_contexts(contexts, "SymPy")
        watch = Stopwatch()
        with watch.phase("import"):
            from difflab import symbolic as engine

        per_sample = isinstance(f, SampleMean) and _have_samples(contexts)
        summed = per_sample and reduction_of(f) == "sum"
        with watch.phase("trace"):
            program = _trace(f, params, contexts, per_sample)
        _require_calls(program)
        derived = (self._staged if self.form == "staged" else self._whole)(program, watch)
        source = derived.source
        with watch.phase("compile"):
            compiled = engine.compile_source(source)

        over = engine.evaluate_mean if per_sample else engine.evaluate_whole
        if summed:
            over = engine.evaluate_sum

        def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
            return over(compiled, leaves, flatten(contexts)[0])

        with watch.phase("check"):
            confirm(evaluate(flatten(params)[0], contexts)[0], f, params, contexts)
        sizes = derived.sizes | {"source characters": len(source), "loss evaluations": 1}
        note = _NOTE_SAMPLE if per_sample else _NOTE_WHOLE
        return Prepared(
            signature.for_any_batch() if per_sample else signature,
            Preparation(self.name, watch.seconds, sizes, source, (note,)),
            evaluate,
            derived.latex,
        )

    def _whole(self, program: Program, watch: Stopwatch) -> _Derived:
        """Differentiate the loss as one expression."""
        from difflab import symbolic as engine

        loss, parameters, data, predicted = self._loss_within_budget(program, watch)
        with watch.phase("derive"):
            derivatives = engine.derive(loss, parameters)
        shared = engine.Assignments((), (loss, *derivatives))
        if self.form == "cse":
            with watch.phase("share"):
                shared = engine.share(shared.results)
        with watch.phase("emit"):
            source = engine.write_source(shared, parameters, data)
        count = engine.Counter()
        sizes = {
            "loss operations": count.tree(loss),
            "predicted operations": predicted,
            "expanded operations": sum(count.tree(derivative) for derivative in derivatives),
            "distinct operations": count.dag(derivatives),
            "emitted operations": shared.operations,
        }
        return _Derived(source, sizes, lambda: _on_paper(shared, parameters))

    def _loss_within_budget(
        self, program: Program, watch: Stopwatch
    ) -> tuple[Any, list[Any], list[Any], int]:
        """Build the loss if its gradient may be derived: expression, symbols, predicted size."""
        from difflab import symbolic as engine

        budget = engine.BUDGETS[self.form] if self.budget is None else self.budget
        with watch.phase("predict"):
            rough = engine.from_shapes(program)
            engine.refuse_beyond(budget, rough, self.form, margin=engine.ROUGH)
            predicted = engine.predict(program)
            engine.refuse_deeper(predicted.loss_depth or 0)
            engine.refuse_beyond(budget, predicted, self.form)
        with watch.phase("build loss"):
            arrays, parameters, data = engine.input_symbols(program)
            loss = engine.scalar_loss(program, arrays)
        return loss, parameters, data, predicted.gradient_tree

    def _staged(self, program: Program, watch: Stopwatch) -> _Derived:
        """Differentiate stage by stage."""
        with watch.phase("import"):
            from difflab import symbolic as engine
            from difflab.symbolic import staged

        budget = staged.BUDGET if self.budget is None else self.budget
        with watch.phase("predict"):
            rough = engine.from_shapes(program)
            predicted = staged.predicted_operations(program, rough)
            staged.refuse_longer(budget, predicted, rough, margin=staged.ROUGH)
        with watch.phase("build loss"):
            arrays, parameters, data = engine.input_symbols(program)
            stages, loss = staged.from_program(program, arrays)
        with watch.phase("fuse"):
            stages, loss = staged.fuse(stages, loss)
        with watch.phase("derive"):
            inputs = [stages.input(symbol) for symbol in parameters]
            gradient = staged.reverse(stages, loss, inputs)
        with watch.phase("emit"):
            alone = staged.emit(stages, [loss])
            emitted = staged.emit(stages, [loss, *gradient.derivatives], gradient.adjoints)
            staged.refuse_longer(budget, emitted.operations, rough)
            source = emitted.function(parameters, data)
        sizes = {
            "loss operations": alone.operations,
            "predicted operations": predicted,
            "emitted operations": emitted.operations,
            "stages": emitted.stages,
            "transcendental calls": emitted.transcendental,
        }
        results = [loss, *gradient.derivatives]
        return _Derived(
            source, sizes, lambda: _on_paper(staged.assignments(stages, results), parameters)
        )


class _Derived(NamedTuple):
    """What a derivation leaves: the program, its sizes, and how to write the formula down."""

    source: str
    sizes: dict[str, int]
    latex: Callable[[], str]


def _on_paper(shared: Assignments, parameters: Sequence[Any]) -> str:
    from difflab.symbolic.paper.assignments import assignments_latex

    return assignments_latex(shared, parameters)


def _require_calls(program: Program) -> None:
    """Refuse a call without meaning in scalars; name the form that has one, if there is one."""
    from difflab.symbolic import SYMPY, matrix

    try:
        require_calls(program, SYMPY)
    except MissingRuleError as refusal:
        if not all(matrix.has_adjoint(e.function) for e in program.entries if e.function):
            raise
        instead = f'method="symbolic:matrix", which keeps arrays whole; {refusal.instead}'
        raise MissingRuleError(refusal.what, refusal.why, instead) from None


_NOTE_SAMPLE = "derived for one sample, evaluated over batches of any size"
_NOTE_WHOLE = "derived for all entries of all contexts at once"


def _have_samples(contexts: tuple[Any, ...]) -> bool:
    leaves = flatten(contexts)[0]
    return bool(leaves) and all(np.ndim(leaf) > 0 for leaf in leaves)


def _trace(f: Loss, params: Nest, contexts: tuple[Any, ...], per_sample: bool) -> Program:
    """Trace the loss, or the loss of one sample."""
    if per_sample:
        _check_samples(contexts)
        contexts = map_leaves(lambda leaf: np.ones(np.shape(leaf)[1:], leaf.dtype), contexts)
        if reduction_of(f) == "sum":
            contexts = (*contexts, np.ones(()))  # the share of one sample
        f = f.sample_loss  # type: ignore[attr-defined]
    return straight_program(f, params, *contexts, instead=_NO_BRANCH)


_NO_BRANCH = 'np.maximum, np.abs or difflab.relu; or method="autodiff", which records every call'


def _check_samples(contexts: tuple[Any, ...]) -> None:
    samples = [len(leaf) for leaf in flatten(contexts)[0]]
    if len(set(samples)) > 1:
        raise ShapeError(
            f"the contexts have {', '.join(map(str, samples))} samples",
            "the loss is a mean over samples, and every context holds them along its first axis",
            "as many samples in each: x[:n], y[:n]",
        )
