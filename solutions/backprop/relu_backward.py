"""The gate that was open on the way forward is open on the way back, whatever the gradient looks like."""

import math

import torch
from _shared import AUTOGRAD, BACKWARD, BY_HAND

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, picture, reference

exercise = Exercise(
    book="sec_mlp",
    points=1,
    forbid=(*AUTOGRAD, *BACKWARD, "threshold_backward"),
    forbid_reason="The derivatives are the exercise: work them out on paper, and program them without autograd.",
    shares=BY_HAND,
)


@reference
def relu_backward(dY, Z):
    return dY * (Z > 0)


@alternative
def where_open(dY, Z):
    return torch.where(Z > 0, dY, torch.zeros_like(dY))


@alternative
def zeroed_in_a_copy(dY, Z):
    dZ = dY.clone()
    dZ[Z <= 0] = 0
    return dZ


@alternative
def filled_with_zeros(dY, Z):
    return dY.masked_fill(Z.le(0), 0)


@alternative
def a_step_function(dY, Z):
    return dY * torch.heaviside(Z, torch.zeros((), dtype=Z.dtype, device=Z.device))


@alternative
def the_sign_of_the_output(dY, Z):
    return Z.relu().sign() * dY


def of_all_signs(draw, *shape):
    """dY and Z, nowhere near zero: each pair of signs comes in turn."""
    place = torch.arange(math.prod(shape)).reshape(shape)
    dY, Z = draw.uniform(2, *shape, low=0.5, high=2)
    return dY * (1 - 2 * (place % 2)), Z * (1 - 2 * (place // 2 % 2))


@case
def gradients_and_inputs_of_both_signs(draw):
    return of_all_signs(draw, 4, 5)


@case
def only_negative_gradients(draw):
    dY, Z = of_all_signs(draw, 3, 4)
    return -dY.abs(), Z


@case
def very_large_inputs(draw):
    """However large Z is, the derivative is 1."""
    dY, Z = of_all_signs(draw, 4, 4)
    return dY, 1e30 * Z


@case
def very_small_inputs(draw):
    """However small, it is above zero or below."""
    dY, Z = of_all_signs(draw, 5, 3)
    return dY, 1e-30 * Z


@case
def three_axes_in_another_order(draw):
    dY, Z = of_all_signs(draw, 4, 2, 3)
    return dY.permute(1, 2, 0).contiguous().permute(2, 0, 1), Z


@case(aspect="edge")
def exact_zeros(draw):
    """One of the zeros has a minus."""
    return draw.uniform(6, low=1, high=2), draw.tensor([-1.0, 0.0, -0.0, 1.0, 2.0, 0.0])


@case(aspect="edge")
def inputs_that_were_rectified_before(draw):
    """Half of Z is zero."""
    dY, Z = of_all_signs(draw, 5, 4)
    return dY, Z.clamp(min=0)


@case(aspect="edge")
def no_examples(draw):
    return draw.normal(0, 3), draw.normal(0, 3)


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return of_all_signs(draw, 4, 3)


@domain(outside={"inf in dY": "inf times 0 is not a number"})
def any_gate(draw):
    Z = draw.any(axes=(0, 4))
    return draw.like(Z, without="inf"), Z


@batch
def many_examples(draw, n):
    return draw.normal(n, 3), draw.normal(n, 3)


@batch
def many_columns(draw, n):
    return draw.normal(3, n), draw.normal(3, n)


@picture("curve", x="z", y="derivative of ReLU")
def an_open_and_a_closed_gate(draw):
    """With a gradient of 1 from above, what comes back is the derivative: 0 below zero, 1 above."""
    z = torch.linspace(-3, 3, 120)
    return z, (torch.ones_like(z), z)


@misconception(
    "Your gate depends on the sign of the gradient. What was let through on the way forward depends on the input "
    "Z, and so does the way back.",
    "Ask whether Z > 0: dY * (Z > 0).",
)
def gate_of_the_gradient(dY, Z):
    return dY * (dY > 0)


@misconception(
    "A gradient that passes the gate may be negative. You set negative gradients to zero as well.",
    "Multiply dY itself by the gate: dY * (Z > 0).",
)
def gradient_rectified_as_well(dY, Z):
    return dY.clamp(min=0) * (Z > 0)


@misconception(
    "You multiply by the output of relu. Its derivative is 1 where Z is positive, however large Z is.",
    "Use Z only to decide, not as a factor: dY * (Z > 0).",
)
def multiplied_by_the_output(dY, Z):
    return dY * Z.clamp(min=0)


@misconception(
    "Your answer does not depend on dY: it is the local derivative, what the layer does to its own input. The loss "
    "comes after it, and the chain rule multiplies the derivatives of all steps on the way.",
    "Multiply by dY: dY * (Z > 0).",
)
def upstream_gradient_forgotten(dY, Z):
    return (Z > 0).to(dY.dtype)


@misconception(
    "You let the gradient through where Z is negative. relu is flat there, so nothing comes back; and it comes "
    "back where Z is positive.",
    "Turn the comparison round: dY * (Z > 0).",
)
def gate_inverted(dY, Z):
    return dY * (Z < 0)


@misconception(
    "You multiply by the sign of Z, which is -1 where Z is negative. relu is flat there: its derivative is 0.",
    "Multiply by Z > 0 instead of Z.sign().",
)
def sign_for_a_step(dY, Z):
    return dY * Z.sign()


@misconception(
    "At exactly 0 you let the gradient through. relu has no derivative there, and by convention it is taken to be 0.",
    "Compare with >, not with >=: dY * (Z > 0).",
    keeps="right wherever relu has a derivative",
)
def open_at_zero(dY, Z):
    return dY * (Z >= 0)


@misconception(
    "At exactly 0 you return half of the gradient. relu has no derivative there, and by convention it is taken "
    "to be 0.",
    "Let through only what is strictly positive: dY * (Z > 0).",
    keeps="right wherever relu has a derivative",
)
def half_open_at_zero(dY, Z):
    return dY * (Z.sign() + 1) / 2


@misconception(
    "You write zeros into dY itself, which the caller still needs.",
    "Make a new tensor: dY * (Z > 0).",
    keeps="the answer is right",
)
def zeroed_in_place(dY, Z):
    dY[Z <= 0] = 0
    return dY


@misconception(
    "A float32 mask turns half precision into float32, for the product has the wider dtype of the two.",
    "Leave the mask bool, dY * (Z > 0), or bring it to the dtype of dY.",
    keeps="right in float32 and float64",
)
def a_float32_mask(dY, Z):
    return dY * (Z > 0).float()


@misconception(
    "Python goes from example to example, so the work in Python grows with n.",
    "Compare and multiply whole tensors: dY * (Z > 0).",
    keeps="every number is right",
)
def one_example_at_a_time(dY, Z):
    dZ = torch.zeros_like(dY)
    for i in range(len(Z)):
        dZ[i] = dY[i] * (Z[i] > 0)
    return dZ


@misconception(
    "Automatic differentiation worked your answer out, and doing that by hand is the exercise.",
    "Work the derivatives out on paper, with the chain rule, and program the formulas.",
)
def by_autograd(dY, Z):
    Z = Z.clone().requires_grad_()
    Z.relu().backward(dY)
    return Z.grad


@misconception(
    "An if needs one answer, yes or no, but Z > 0 is a tensor with an answer for each entry, and the truth of "
    "many answers is ambiguous.",
    "Decide entry by entry: dY * (Z > 0), or torch.where(Z > 0, dY, 0).",
)
def if_for_a_whole_tensor(dY, Z):
    return dY if Z > 0 else torch.zeros_like(dY)


@first_attempt("upstream_gradient_forgotten", "open_at_zero")
def the_local_derivative_open_at_zero(dY, Z):
    return (Z >= 0).to(dY.dtype)


@first_attempt("upstream_gradient_forgotten", "open_at_zero")
def ones_and_zeros(dY, Z):
    return torch.where(Z >= 0, 1.0, 0.0)


@first_attempt("open_at_zero", "zeroed_in_place")
def negative_entries_zeroed(dY, Z):
    dY[Z < 0] = 0
    return dY
