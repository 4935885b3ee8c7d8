"""Derivations on paper: what the symbolic engine finds, as formulas for a terminal and in LaTeX.

`formula` and `combine` build formulas in both spellings, `page` and `document` lay them out.
`expressions` spells SymPy. `rewritten` proves that a derivative and its rewriting are equal,
`elementary` does so for the functions of the course, `chain_rule` takes a loss of numbers apart.
`calls` (with `operands`, `entrywise` and `structural`) spells NumPy calls, `matrices` a recorded
program as backpropagation, with the `names` of its inputs, and `normal_equations` sets a linear
gradient to zero. `assignments` writes the scalar forms.
"""
