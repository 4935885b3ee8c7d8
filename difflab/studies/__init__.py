"""Studies: pure functions from settings to lists of measurements.

`accuracy`, `cost`, `convergence`, `swell` and `truncation` each have one function ``measure``;
`problem` makes what they measure, `truth` knows the right answer.
"""
