"""The report's cards in order: one module each, a pure function from the tidy table to a `Card`."""

from difflab.report.card import CardMaker
from difflab.report.cards import (
    convergence,
    correctness,
    cost,
    health,
    matrices,
    methods,
    optimizers,
    paper,
    predictions,
    preparation,
    saturation,
    simplified,
    swell,
    tasks,
    tower,
    truncation,
    verdict,
)

CARDS: tuple[tuple[str, str, CardMaker], ...] = (
    ("verdict", "Verdict", verdict.card),
    ("correctness", "Who is right", correctness.card),
    ("truncation", "Truncation against rounding", truncation.card),
    ("swell", "Expression swell", swell.card),
    ("tower", "Swell, taken away in four steps", tower.card),
    ("predictions", "Predicted beside actual", predictions.card),
    ("simplified", "Simplified to death", simplified.card),
    ("saturation", "Where exponentials overflow", saturation.card),
    ("matrices", "SymPy's own matrices", matrices.card),
    ("paper", "The derivation, and its program", paper.card),
    ("cost", "What a gradient costs", cost.card),
    ("preparation", "What preparation costs", preparation.card),
    ("convergence", "Training with each gradient", convergence.card),
    ("optimizers", "Training with each optimizer", optimizers.card),
    ("tasks", "The course's tasks", tasks.card),
    ("health", "Health of these measurements", health.card),
    ("methods", "Methods", methods.card),
)
"""Key, title and maker of every card; the environment follows them."""
