"""A run of an optimizer that holds the loop itself: the ledger is written from inside of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from difflab.nn.batches import Batch
from difflab.nn.gradients import Gradients
from difflab.nn.hessian_products import HessianProduct, hessian_vector_product
from difflab.nn.history import Step
from difflab.nn.ledger import Ledger, norms
from difflab.nn.optimizers import WholeBatch
from difflab.nn.optimizers.whole_batch import Problem
from difflab.tree import Nest

OnRow = Callable[[Step, Nest], bool]
"""``on_row(row, params)`` after every iteration; returning True ends the run."""


def minimise(
    rule: WholeBatch, gradients: Gradients, ledger: Ledger, params: Nest, on_row: OnRow
) -> None:
    """Let a whole-batch optimizer take its own steps, and write a row for each.

    Parameters
    ----------
    rule : WholeBatch
    gradients : Gradients
        Of the objective; its provider's own Hessian-vector product is used where one is asked for.
    ledger : Ledger
        Knows the samples, and how many iterations there may be.
    params : nest
        Where to start.
    on_row : callable
    """
    x, y = ledger.judge.x, ledger.judge.y
    prepared = gradients.prepared(params, x, y)
    evaluations = prepared.preparation.sizes.get("loss evaluations", 1)
    products: list[HessianProduct] = []  # made when it is asked for, which L-BFGS never does
    before: list[tuple[float, Nest]] = []  # value and gradient where the iteration started
    calls = 0
    mark = time.perf_counter()

    def value_and_gradient(params: Nest) -> tuple[Any, Nest]:
        nonlocal calls
        start = time.perf_counter()
        found = prepared.value_and_gradient(params, x, y)
        ledger.provider_seconds += time.perf_counter() - start
        ledger.loss_evaluations += evaluations
        calls += 1
        if not before:
            before.append((float(found[0]), found[1]))
        return found

    def product(params: Nest, tangent: Nest) -> Nest:
        if not products:
            made = hessian_vector_product(gradients.provider, gradients.objective, prepared)
            products.append(made)
        return products[0](params, tangent, x, y)

    def on_step(params: Nest, value: float, gradient: Nest) -> bool:
        nonlocal mark
        ledger.seconds += time.perf_counter() - mark
        (loss, slope), before[0] = before[0], (float(value), gradient)
        everything = Batch(len(ledger.rows) + 1, slice(None), len(x))
        ends = on_row(ledger.note(everything, loss, norms(slope), params, calls), params)
        mark = time.perf_counter()
        return ends

    rule.minimise(Problem(value_and_gradient, product), params, ledger.total, on_step)
