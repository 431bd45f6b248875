"""1 - sigma(z) cancels where the sigmoid saturates, sigma(-z) is the same number and does not."""

import torch
from _shared import AUTOGRAD, BACKWARD, BY_HAND

from grader import Exercise, alternative, case, domain, first_attempt, misconception, picture, reference

exercise = Exercise(
    book="sec_mlp",
    points=2,
    forbid=(*AUTOGRAD, *BACKWARD, "sigmoid_backward", "log_sigmoid_backward", "tanh_backward"),
    forbid_reason="The derivatives are the exercise: work them out on paper, and program them without autograd.",
    weights={"stability": 4},
    shares=BY_HAND,
)


@reference
def sigmoid_backward(dY, Z):
    e = torch.exp(-Z.abs())
    return dY * e / (1 + e) ** 2


@alternative
def both_sides_of_the_sigmoid(dY, Z):
    return dY * torch.sigmoid(Z) * torch.sigmoid(-Z)


@alternative
def in_double_precision(dY, Z):
    e = torch.exp(-Z.double().abs())
    return (dY.double() * (e / (1 + 2 * e + e * e))).to(dY.dtype)


@alternative
def hyperbolic_cosine(dY, Z):
    return dY / (2 * torch.cosh(Z / 2)) ** 2


@alternative
def sum_of_logarithms(dY, Z):
    log_sigmoid = torch.nn.functional.logsigmoid
    return dY * (log_sigmoid(Z) + log_sigmoid(-Z)).exp()


@alternative
def each_side_by_its_own_formula(dY, Z):
    s = torch.where(Z > 0, 1 / (1 + torch.exp(-Z.clamp(min=0))), torch.sigmoid(Z))
    rest = torch.where(Z > 0, torch.sigmoid(-Z), 1 - s)
    return dY * s * rest


@case
def around_zero(draw):
    return draw.normal(4, 5), draw.normal(4, 5)


@case
def three_axes_in_another_order(draw):
    return draw.normal(3, 2, 4).transpose(0, 2), 2 * draw.normal(4, 2, 3)


@case(aspect="stability")
def shoulders(draw):
    return draw.normal(6), draw.uniform(6, low=8, high=14) * draw.tensor([1.0, -1.0, 1.0, 1.0, -1.0, 1.0])


@case(aspect="stability")
def the_right_tail(draw):
    """All entries lie in the tail: the largest sets how close is close enough."""
    return draw.normal(6), draw.uniform(6, low=20, high=30)


@case(aspect="stability")
def the_left_tail(draw):
    return draw.normal(6), draw.uniform(6, low=-30, high=-20)


@case(aspect="stability")
def so_far_left_that_squares_overflow(draw):
    """exp(-z) still fits into float32, its square does not."""
    return draw.normal(6), draw.uniform(6, low=-60, high=-46)


@case(aspect="stability")
def ten_thousand_on_either_side(draw):
    return draw.normal(5), draw.tensor([1e4, -1e4, 0.5, 100.0, -1000.0])


@case(aspect="edge")
def a_single_number_at_the_steepest_point(draw):
    """At 0 the derivative is 1/4."""
    return draw.uniform(low=1, high=2), draw.tensor(0.0)


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return draw.uniform(4, 3, low=1, high=2), draw.uniform(4, 3, low=1, high=4) * draw.tensor([1.0, -1.0, 1.0])


@domain(outside={"inf": "inf times 0 is not a number", "huge": "Z ends at ten thousand"})
def any_input(draw):
    Z = draw.any(axes=(0, 4), without="inf huge").clamp(-1e4, 1e4)
    return draw.like(Z, without="inf huge tiny"), Z


@picture("curve", x="z", y="derivative of the sigmoid")
def a_small_hill(draw):
    """The derivative of the sigmoid is 1/4 at most, and vanishes where the sigmoid saturates."""
    z = torch.linspace(-8, 8, 129)
    return z, (torch.ones_like(z), z)


@misconception(
    "1 - s cancels where the sigmoid saturates: at z = 20 in float32 s is exactly 1, and you return 0 instead of "
    "2e-9. The curve is symmetric, and a small s keeps its digits where 1 - s has lost them.",
    "1 - sigma(z) is sigma(-z), which does not cancel: dY * sigmoid(Z) * sigmoid(-Z).",
)
def one_minus_s(dY, Z):
    s = torch.sigmoid(Z)
    return dY * s * (1 - s)


@misconception(
    "In either tail tanh is 1 or -1 up to rounding, so 1 - tanh^2 cancels, and its digits are lost. Look for a "
    "form without a difference.",
    "Use a product: dY * torch.sigmoid(Z) * torch.sigmoid(-Z).",
)
def one_minus_a_squared_tanh(dY, Z):
    return dY * (1 - torch.tanh(Z / 2) ** 2) / 4


@misconception(
    "You put Z into y (1 - y). That formula expects the output of the sigmoid, and Z is its input.",
    "Apply the sigmoid to Z first, and avoid the difference: dY * torch.sigmoid(Z) * torch.sigmoid(-Z).",
)
def input_taken_for_the_output(dY, Z):
    return dY * Z * (1 - Z)


@misconception(
    "The sigmoid is applied twice: Z is its input, and the sigmoid of the sigmoid of Z stands in your derivative.",
    "Apply it once, to Z and to -Z: dY * torch.sigmoid(Z) * torch.sigmoid(-Z).",
)
def sigmoid_twice(dY, Z):
    s = torch.sigmoid(Z)
    return dY * torch.sigmoid(s) * torch.sigmoid(-s)


@misconception(
    "Your answer does not depend on dY: it is the local derivative, what the layer does to its own input. The loss "
    "comes after it, and the chain rule multiplies the derivatives of all steps on the way.",
    "Multiply by dY: dY * torch.sigmoid(Z) * torch.sigmoid(-Z).",
)
def upstream_gradient_forgotten(dY, Z):
    return torch.sigmoid(Z) * torch.sigmoid(-Z)


@misconception(
    "The output of the sigmoid is only one factor of the derivative. There is a second one, which makes it small on "
    "the right as well.",
    "Multiply by the other factor, too: dY * torch.sigmoid(Z) * torch.sigmoid(-Z).",
)
def second_factor_forgotten(dY, Z):
    return dY * torch.sigmoid(Z)


@misconception(
    "1 - y^2 is the derivative of tanh. That of the sigmoid is y (1 - y).",
    "Write y (1 - y) without the difference: dY * torch.sigmoid(Z) * torch.sigmoid(-Z).",
)
def derivative_of_tanh(dY, Z):
    return dY * (1 - torch.sigmoid(Z)) * (1 + torch.sigmoid(Z))


@misconception(
    "exp(-z) overflows where z is very negative, or its square does, and inf / inf is NaN. The derivative is the "
    "same at z and at -z, so you are free to choose the side.",
    "Use exp(-|z|), which never exceeds 1: e = torch.exp(-Z.abs()); dY * e / (1 + e) ** 2.",
)
def overflowing_on_the_left(dY, Z):
    e = torch.exp(-Z)
    return dY * e / (1 + e) ** 2


@misconception(
    "Clamping Z stops the overflow, but beyond the limit every derivative is the same, and much too large. The "
    "true one falls on towards zero.",
    "Use exp(-|z|), which needs no limit: e = torch.exp(-Z.abs()); dY * e / (1 + e) ** 2.",
    also=(10, 20, 30, 50, 88, 100),
)
def clamped(dY, Z, *, bound=15):
    Z = Z.clamp(-bound, bound)
    return dY * torch.sigmoid(Z) * torch.sigmoid(-Z)


@misconception(
    "You compute in float64 and leave the answer there, but dZ is to have the dtype of dY.",
    "Bring the answer back in the end: .to(dY.dtype).",
    keeps="only the dtype is wrong",
)
def left_in_double_precision(dY, Z):
    return dY.double() * torch.sigmoid(Z.double()) * torch.sigmoid(-Z.double())


@misconception(
    "You write into the caller's gradient, which the caller still needs.",
    "Make a new tensor: dY * …, not dY *= …",
    keeps="the answer is right",
)
def multiplied_in_place(dY, Z):
    dY *= torch.sigmoid(Z) * torch.sigmoid(-Z)
    return dY


@misconception(
    "Automatic differentiation worked your answer out, and doing that by hand is the exercise.",
    "Work the derivatives out on paper, with the chain rule, and program the formulas.",
)
def by_autograd(dY, Z):
    Z = Z.clone().requires_grad_()
    torch.nn.functional.logsigmoid(Z).exp().backward(dY)
    return Z.grad


@misconception(
    "1 / 1 + exp(-Z) is read as (1 / 1) + exp(-Z), for a division comes before a sum. It is not a sigmoid: it is "
    "larger than 1.",
    "Put the sum in parentheses, 1 / (1 + exp(-Z)), or call torch.sigmoid(Z).",
)
def parentheses_missing(dY, Z):
    s = 1 / 1 + torch.exp(-Z)
    return dY * s * (1 - s)


@first_attempt("upstream_gradient_forgotten", "one_minus_s")
def the_formula_alone(dY, Z):
    s = torch.sigmoid(Z)
    return s * (1 - s)
