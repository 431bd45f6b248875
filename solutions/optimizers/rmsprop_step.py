"""An average of squares forgets what was long ago; its root comes later, and eps stands outside it."""

import torch
from _shared import FAR_ABOVE, OPTIMISERS, squares_and_gradients

from grader import (
    EPSILONS,
    Exercise,
    alternative,
    arguments,
    batch,
    case,
    domain,
    driver,
    first_attempt,
    misconception,
    reference,
)

exercise = Exercise(
    points=2,
    book="sec_rmsprop",
    forbid=OPTIMISERS,
    forbid_reason="The step is the exercise: write the update yourself.",
    parts={"arguments unchanged": "mutation"},
)


@driver
def after_each_step(rmsprop_step, w, s, gradients, lr, alpha=None, eps=None):
    """A step for each of the gradients, each from where the last one has ended. Settings of None are not given."""
    settings = {name: x for name, x in (("alpha", alpha), ("eps", eps)) if x is not None}
    states, unchanged = {}, True

    def same(x, y):
        """Also where a step has made numbers that are none."""
        return torch.equal(x.nan_to_num(), y.nan_to_num())

    for number, g in enumerate(gradients, 1):
        given = (w, s, g)
        before = [x.clone() for x in given]
        w, s = (new.clone() for new in rmsprop_step(w, s, g, lr, **settings))
        unchanged = unchanged and all(map(same, given, before)) and not any(x.requires_grad for x in given)
        states |= {f"w after step {number}": w.clone(), f"s after step {number}": s.clone()}
    return states | {"arguments unchanged": unchanged}


@reference
def rmsprop_step(w, s, g, lr, alpha=0.9, eps=1e-8):
    total = alpha * s + (1 - alpha) * g * g
    return w - lr * g / (total.sqrt() + eps), total


@alternative
def with_fused_operations(w, s, g, lr, alpha=0.9, eps=1e-8):
    total = torch.lerp(s, g.square(), 1 - alpha)
    return torch.addcdiv(w, g, total.sqrt().add(eps), value=-lr), total


@alternative
def copies_moved_in_place(w, s, g, lr, alpha=0.9, eps=1e-8):
    total = s.clone().mul_(alpha)
    total.addcmul_(g, g, value=1 - alpha)
    new = w.clone()
    new -= (lr / (total**0.5 + eps)) * g
    return new, total


@alternative
def by_the_length_of_two(w, s, g, lr, alpha=0.9, eps=1e-8):
    a, b = alpha**0.5 * s.sqrt(), (1 - alpha) ** 0.5 * g
    return w - lr * (g / (torch.hypot(a, b) + eps)), alpha * s + (1 - alpha) * torch.pow(g, 2)


@alternative
def moved_towards_the_square(w, s, g, lr, alpha=0.9, eps=1e-8):
    new = s + (1 - alpha) * (g**2 - s)
    return w - (lr / (new.sqrt() + eps)) * g, new


SINGLE = ("float32",)
"""Where gradients are far above eps, single precision does not tell where it stands."""


@case(dtypes=SINGLE)
def one_step(draw):
    return arguments(*squares_and_gradients(draw, 1, 5), 0.1, alpha=0.6)


@case(dtypes=SINGLE, weight=2)
def three_steps(draw):
    """Each starts from the state that the one before has left."""
    return arguments(*squares_and_gradients(draw, 3, 2, 3), 0.3, alpha=0.7)


@case(dtypes=SINGLE)
def the_first_steps(draw):
    """From nothing the first step has one length for all parameters; alpha is left out."""
    w, s, gradients = squares_and_gradients(draw, 3, 3, 3)
    return w, 0 * s, [FAR_ABOVE * g for g in gradients], 0.2


@case(dtypes=SINGLE)
def one_gradient_again_and_again(draw):
    w, s, (g,) = squares_and_gradients(draw, 1, 4)
    return w, 0 * s, [FAR_ABOVE * g] * 4, 0.5


@case(dtypes=SINGLE)
def parameters_of_different_steepness(draw):
    """One is a thousand times as steep as the other, and both move alike."""
    w, s, gradients = squares_and_gradients(draw, 2, 3)
    scale = FAR_ABOVE * draw.tensor([1000.0, 1.0, 30.0])
    return w, 0 * s, [g * scale for g in gradients], 0.1


@case(dtypes=SINGLE)
def a_matrix_that_lies_transposed(draw):
    w, s, gradients = squares_and_gradients(draw, 2, 2, 4)
    return w.T, FAR_ABOVE**2 * s.T, [FAR_ABOVE * g.T for g in gradients], 0.4


@case(weight=2)
def a_large_eps(draw):
    """Gradients are smaller than eps, so it shows where it stands."""
    w, s, gradients = squares_and_gradients(draw, 2, 4)
    return arguments(w, 0 * s, [0.01 * g for g in gradients], 2.0, alpha=0.5, eps=0.1)


@case(dtypes=("float64",))
def eps_left_out(draw):
    """Double precision shows 1e-8 beside the root."""
    w, s, gradients = squares_and_gradients(draw, 2, 4)
    return w, 1e-4 * s, [0.01 * g for g in gradients], 2.0


@case(aspect="edge", weight=2)
def gradients_that_have_been_zero_all_along(draw):
    """0 / (0 + eps) is 0."""
    w, _, gradients = squares_and_gradients(draw, 2, 4)
    some_are_zero = draw.tensor([0.0, 1.0, 0.0, 1.0])
    return w, draw.full(4, value=0.0), [g * some_are_zero for g in gradients], 0.1


@case(aspect="edge", dtypes=SINGLE)
def nothing_is_kept(draw):
    """alpha = 0: each step is as long as the rate."""
    return arguments(*squares_and_gradients(draw, 2, 3), 0.2, alpha=0.0)


@case(aspect="edge", dtypes=SINGLE)
def everything_is_kept(draw):
    """alpha = 1: the state stays as it is."""
    return arguments(*squares_and_gradients(draw, 2, 3), 0.02, alpha=1.0)


@case(aspect="edge", dtypes=SINGLE)
def a_rate_of_zero(draw):
    """The state goes on all the same."""
    return *squares_and_gradients(draw, 2, 3), 0.0


@case(aspect="edge", dtypes=SINGLE)
def a_single_number(draw):
    return *squares_and_gradients(draw, 2), 0.25


@domain(
    dtypes=("float64", "float32"),
    outside={
        "half precision": "1e-8 is zero there, and the stub has float32 and float64",
        "inf, huge, tiny": "squares overflow or vanish",
    },
)
def any_steps(draw):
    w = draw.any(axes=(0, 4), without="inf huge tiny")
    s = draw.uniform(*w.shape, low=0.5, high=3)
    alpha = draw.pick(draw.left_out, 0, 0.0, 1, 0.5, 0.95, draw.number(0.3, 1))
    if alpha == 0 or draw.pick(True, False, False):
        s = 0 * s  # s + (1 - alpha) (g^2 - s) is honest, and loses a small g^2 beside s
    gradients = [draw.like(w, without="inf huge tiny apart") for _ in range(draw.integer(1, 4))]
    if alpha == 0:
        gradients = gradients[:1]
    lr, eps = draw.pick(0, 0.0, 1, draw.number(0, 1)), draw.pick(draw.left_out, draw.left_out, 1e-6, 0.01)
    return arguments(w, s, gradients, lr, alpha=alpha, eps=eps)


@batch
def more_parameters(draw, n):
    return *squares_and_gradients(draw, 2, n), 0.1


@misconception(
    "The square root is missing: the step is divided by an average of squares, so that large gradients make small "
    "steps.",
    "lr * g / (s.sqrt() + eps)",
)
def root_missing(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = alpha * s + (1 - alpha) * g * g
    return w - lr * g / (u + eps), u


@misconception(
    "The step is divided by the old average, which does not know of the present gradient. From nothing that is a huge"
    " step.",
    "Update s first, and use the new average.",
)
def old_average(w, s, g, lr, alpha=0.9, eps=1e-8):
    return w - lr * g / (s.sqrt() + eps), alpha * s + (1 - alpha) * g * g


@misconception(
    "A gradient that has been zero all along gives 0/0, which is NaN.",
    "Add eps to the root: s.sqrt() + eps.",
    keeps="right wherever gradients are not zero, up to eps",
)
def without_eps(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = alpha * s + (1 - alpha) * g * g
    return w - lr * g / u.sqrt(), u


@misconception(
    "eps is added under the root, as in the book. Here it stands outside, where it weighs less: under the root 1e-8 "
    "becomes 1e-4.",
    "s.sqrt() + eps",
    keeps="right wherever gradients are far above eps",
)
def eps_inside_the_root(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = alpha * s + (1 - alpha) * g * g
    return w - lr * g / (u + eps).sqrt(), u


@misconception(
    "eps is a constant of your own; the argument is ignored.",
    "Use eps as it is given.",
    keeps="right wherever gradients are far above eps",
    also=EPSILONS,
)
def an_eps_of_its_own(w, s, g, lr, alpha=0.9, eps=1e-8, *, own=1e-6):
    u = alpha * s + (1 - alpha) * g * g
    return w - lr * g / (u.sqrt() + own), u


@misconception(
    "Gradients are averaged without their squares, so those of both signs cancel.",
    "s = alpha * s + (1 - alpha) * g ** 2",
)
def gradients_not_squared(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = alpha * s + (1 - alpha) * g
    return w - lr * g / (u.abs().sqrt() + eps), u


@misconception(
    "The squares of all parameters are added up. Each has its own average, entry by entry.",
    "s = alpha * s + (1 - alpha) * g * g, without a sum or a norm.",
)
def one_average_for_all(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = alpha * s + (1 - alpha) * g.square().sum()
    return w - lr * g / (u.sqrt() + eps), u


@misconception(
    "That is AdaGrad, which adds up all squares and forgets none. RMSProp averages them.",
    "s = alpha * s + (1 - alpha) * g * g",
)
def never_forgetting(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = s + g * g
    return w - lr * g / (u.sqrt() + eps), u


@misconception(
    "The two weights are exchanged: alpha is how much of the old average is kept.",
    "s = alpha * s + (1 - alpha) * g * g",
)
def weights_exchanged(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = (1 - alpha) * s + alpha * g * g
    return w - lr * g / (u.sqrt() + eps), u


@misconception(
    "The new square counts in full, so the average grows to many times the squares that it is made of.",
    "Multiply g * g by (1 - alpha).",
)
def new_square_in_full(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = alpha * s + g * g
    return w - lr * g / (u.sqrt() + eps), u


@misconception(
    "The factor is inside the square, so (1 - alpha) itself is squared.",
    "(1 - alpha) * g ** 2, and not ((1 - alpha) * g) ** 2.",
)
def factor_squared(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = alpha * s + ((1 - alpha) * g) ** 2
    return w - lr * g / (u.sqrt() + eps), u


@misconception(
    "alpha is a constant of your own; the argument is ignored.",
    "Use alpha as it is given.",
    keeps="right for the usual alpha",
)
def an_alpha_of_its_own(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = 0.9 * s + 0.1 * g * g
    return w - lr * g / (u.sqrt() + eps), u


@misconception(
    "You average the roots, as if the state were a length. It is an average of squares, and the root comes afterwards.",
    "s = alpha * s + (1 - alpha) * g * g, and then s.sqrt().",
)
def roots_averaged(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = alpha * s + (1 - alpha) * g.abs()
    return w - lr * g / (u + eps), u


@misconception(
    "You walk uphill: the gradient points to where the loss grows.",
    "w - lr * g / (s.sqrt() + eps)",
)
def uphill(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = alpha * s + (1 - alpha) * g * g
    return w + lr * g / (u.sqrt() + eps), u


@misconception(
    "The root comes back as the state. Squares are what is averaged, so the next step starts from the wrong state.",
    "Return s itself, the average of the squares.",
)
def root_for_a_state(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = alpha * s + (1 - alpha) * g * g
    return w - lr * g / (u.sqrt() + eps), u.sqrt()


@misconception(
    "The old average comes back as the state, so the next step starts from the wrong one.",
    "Return the new s.",
)
def old_state_returned(w, s, g, lr, alpha=0.9, eps=1e-8):
    return rmsprop_step(w, s, g, lr, alpha, eps)[0], s


@misconception(
    "The order is wrong: first the parameters, then the state.",
    "return w, s",
)
def order_reversed(w, s, g, lr, alpha=0.9, eps=1e-8):
    return rmsprop_step(w, s, g, lr, alpha, eps)[::-1]


@misconception(
    "You change the caller's state in place: s *= alpha writes into it.",
    "Make a new tensor: s = alpha * s + (1 - alpha) * g * g.",
    keeps="every number is right",
)
def in_place(w, s, g, lr, alpha=0.9, eps=1e-8):
    s *= alpha
    s += (1 - alpha) * g * g
    return w - lr * g / (s.sqrt() + eps), s


@first_attempt("gradients_not_squared", "old_average")
def average_of_gradients(w, s, g, lr, alpha=0.9, eps=1e-8):
    return w - lr * g / (s.abs().sqrt() + eps), alpha * s + (1 - alpha) * g


@first_attempt("without_eps", "root_for_a_state")
def state_as_a_length(w, s, g, lr, alpha=0.9, eps=1e-8):
    length = (alpha * s + (1 - alpha) * g * g).sqrt()
    return w - lr * g / length, length


@first_attempt("weights_exchanged", "new_square_in_full")
def old_average_scaled_down(w, s, g, lr, alpha=0.9, eps=1e-8):
    u = (1 - alpha) * s + g * g
    return w - lr * g / (u.sqrt() + eps), u
