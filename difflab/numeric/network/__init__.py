"""Gradients of networks by differences, without evaluating the whole network for every coordinate.

`forward` evaluates once and keeps every layer; `moves` follows the move of one unit up to the loss;
`changes` are losses in delta form. `layered` is the difference quotient of every parameter, `node`
that of every unit with the chain rule for the linear part, `batched` a stack of whole networks.
`penalty` adds the quotients of a penalty.
`blocks` chooses steps by a ladder, `given_step` refuses those that are lost, `kinks` counts
stencils across a kink, and `gradient` joins them to a recipe with error bars. `elementwise` and
`promise` find out what must not be followed: activations that mix numbers, losses that contradict
themselves.
"""
