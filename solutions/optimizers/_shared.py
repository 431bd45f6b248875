"""What the pages of this topic have in common: forbidden names, and arguments of optimizers that adapt their rates."""

OPTIMISERS = ("optim", "SGD")
FAR_ABOVE = 100.0
"""Times this, gradients are so far above any small eps that it shows on no seed."""


def squares_and_gradients(draw, steps, *shape):
    """w, s, and a gradient for each step, none of them near zero."""
    gradients = [draw.uniform(*shape, low=0.5, high=2) * draw.normal(*shape).sign() for _ in range(steps)]
    return draw.normal(*shape), draw.uniform(*shape, low=0.5, high=3), gradients
