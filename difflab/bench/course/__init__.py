"""The benchmark of training: whole loops of the course's tasks beside the same loops in PyTorch.

`loops` are the two loops, ours and PyTorch's; `measure` runs them in turn, `page` lays out what was
measured and holds it against the targets.
"""
