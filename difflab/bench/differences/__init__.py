"""Finite differences of networks, benchmarked: every evaluator beside the loop and other libraries.

The unit is one forward pass, the plain NumPy loss; every error is one against reverse mode in
float64. `rivals` are the ways to differentiate, `measure` checks and times them on a case,
`targets` and `page` read the result.
"""
