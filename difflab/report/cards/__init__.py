"""The report's chapters and cards in order; a card is a pure function of the tidy table."""

from difflab.report.card import CardMaker
from difflab.report.cards import (
    classification,
    convergence,
    correctness,
    cost,
    errata,
    health,
    matrices,
    methods,
    optimizers,
    paper,
    predictions,
    preparation,
    questions,
    regression,
    saturation,
    simplified,
    slides,
    swell,
    tasks,
    tower,
    training,
    truncation,
    truncation_directions,
    truncation_kinks,
    truncation_layers,
    truncation_methods,
    verdict,
)

Entry = tuple[str, str, CardMaker]
"""Key, title and maker of a card."""

CHAPTERS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "In short",
        (
            ("verdict", "Verdict", verdict.card),
            ("correctness", "Who is right", correctness.card),
        ),
    ),
    (
        "Numerical differentiation",
        (
            ("truncation", "Truncation against rounding", truncation.card),
            ("truncation-methods", "What an evaluation buys", truncation_methods.card),
            ("truncation-layers", "The coordinates of a network", truncation_layers.card),
            ("truncation-kinks", "Stencils across kinks", truncation_kinks.card),
            ("truncation-directions", "Random directions", truncation_directions.card),
        ),
    ),
    (
        "Symbolic differentiation",
        (
            ("swell", "Expression swell", swell.card),
            ("tower", "Swell, taken away in four steps", tower.card),
            ("predictions", "Predicted beside actual", predictions.card),
            ("simplified", "Simplified to death", simplified.card),
            ("saturation", "Where exponentials overflow", saturation.card),
            ("matrices", "SymPy's own matrices", matrices.card),
            ("paper", "The derivation, and its program", paper.card),
        ),
    ),
    (
        "The price",
        (
            ("cost", "What a gradient costs", cost.card),
            ("preparation", "What preparation costs", preparation.card),
            ("convergence", "Training with each gradient", convergence.card),
        ),
    ),
    (
        "The course: regression",
        (
            ("tasks", "The course's tasks", tasks.card),
            ("simplest", "The simplest chain", regression.simplest),
            ("linear-regression", "Closed form against descent", regression.closed_form),
            ("linear-collapse", "Layers without nonlinearity", regression.collapse),
            ("sincos", "Fitting the sine", regression.fits),
            ("universal", "Wider and wider", regression.universal),
            ("sincos-100k", "100,000 points in batches", regression.many_points),
        ),
    ),
    (
        "The course: classification",
        (
            ("logistic", "Two moons", classification.boundaries),
            ("hinge", "The widest margin", classification.hinge),
            (
                "cross-entropy",
                "The derivative of cross-entropy",
                classification.cross_entropy,
            ),
            ("digits", "Handwritten digits", classification.digits),
            ("mnist", "MNIST", classification.mnist),
        ),
    ),
    (
        "The course: training",
        (
            ("optimizers", "Optimizers", optimizers.card),
            ("optimizers-elsewhere", "Same name, different algorithm", optimizers.elsewhere),
            ("local-optima", "Local optima", training.local_optima),
            ("overfitting", "Overfitting", training.overfitting),
            ("bias-variance", "Bias and variance", training.bias_variance),
            ("vanishing", "Vanishing gradients", training.vanishing),
            ("kinks", "Kinks", training.kinks),
        ),
    ),
    (
        "The lecture",
        (
            ("questions", "The lecture's questions", questions.card),
            ("slides", "The lecture, line by line", slides.card),
            ("errata", "Where the slides are wrong", errata.card),
        ),
    ),
    (
        "These measurements",
        (
            ("health", "Health of these measurements", health.card),
            ("methods", "Methods", methods.card),
        ),
    ),
)
"""Title and cards of every chapter; the environment follows the last card."""

CARDS: tuple[Entry, ...] = tuple(entry for _, entries in CHAPTERS for entry in entries)
"""All cards in order."""
