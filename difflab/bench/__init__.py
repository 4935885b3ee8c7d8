"""Benchmarks: what a gradient costs beside what a good engineer writes by hand, and beside others.

`cases` are the functions, `contenders` the ways to differentiate them, `measure` times one case,
`process` gives every case a fresh process, `suite` runs all of them, `targets` and `table` read
the result.
"""
