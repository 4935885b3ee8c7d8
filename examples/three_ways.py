"""The lecture's simplest network, differentiated three ways and by hand.

    python examples/three_ways.py

One sample, four parameters: n = sigmoid(w1 x + b1), m = sigmoid(w2 n + b2), L = (y - m)^2.
"""

import numpy as np

import difflab as dl


def loss(params, x, y):
    """Return L for the parameters (w1, b1, w2, b2)."""
    w1, b1, w2, b2 = params
    n = dl.sigmoid(w1 * x + b1)
    m = dl.sigmoid(w2 * n + b2)
    return (y - m) ** 2


def by_hand(params, x, y):
    """Return the chain rule, factor by factor."""
    w1, b1, w2, b2 = params
    n = dl.sigmoid(w1 * x + b1)
    m = dl.sigmoid(w2 * n + b2)
    dz2 = -2 * (y - m) * m * (1 - m)
    dz1 = dz2 * w2 * n * (1 - n)
    return dz1 * x, dz1, dz2 * n, dz2


def main():
    """Print the gradients, the program that SymPy's derivative became, and the comparison."""
    params, x, y = (0.8, -0.2, -1.1, 0.3), 0.5, 1.0
    print(f"{'':26}" + "".join(f"{name:>19}" for name in ("dL/dw1", "dL/db1", "dL/dw2", "dL/db2")))
    print(f"{'by hand':26}" + "".join(f"{g:19.15f}" for g in by_hand(params, x, y)))
    for method in ("symbolic:cse", "finite-difference:central", "complex-step", "autodiff"):
        gradient = dl.grad(loss, method)(params, x, y)
        print(f"{method:26}" + "".join(f"{float(g):19.15f}" for g in gradient))

    prepared = dl.value_and_grad(loss, "symbolic:cse").prepared(params, x, y)
    print("\nwhat SymPy's derivative became:\n")
    print(prepared.preparation.source)
    print(dl.compare(loss, params, x, y))
    np.testing.assert_allclose(dl.grad(loss)(params, x, y), by_hand(params, x, y), rtol=1e-14)


if __name__ == "__main__":
    main()
