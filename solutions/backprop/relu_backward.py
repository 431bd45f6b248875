"""The gate that was open on the way forward is open on the way back, whatever the gradient looks like."""

import math

import torch
from _shared import AUTOGRAD, BACKWARD, BY_HAND

from grader import Exercise, alternative, batch, case, domain, misconception, reference

exercise = Exercise(
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


@misconception("The gate hangs on the input of the forward pass, not on the sign of the gradient. Ask whether Z > 0.")
def gate_of_the_gradient(dY, Z):
    return dY * (dY > 0)


@misconception("A gradient that passed the gate may be negative; you rectify it as well. Multiply dY by Z > 0 alone.")
def gradient_rectified_as_well(dY, Z):
    return dY.clamp(min=0) * (Z > 0)


@misconception("The derivative of relu is 1 where Z > 0, not Z itself. Use Z only to decide, not as a factor.")
def multiplied_by_the_output(dY, Z):
    return dY * Z.clamp(min=0)


@misconception("This is the derivative of relu alone. Multiply it by dY, as the chain rule says.")
def upstream_gradient_forgotten(dY, Z):
    return (Z > 0).to(dY.dtype)


@misconception("relu is flat where Z is negative, so nothing comes back from there. Let dY through where Z > 0.")
def gate_inverted(dY, Z):
    return dY * (Z < 0)


@misconception("The sign of Z is -1 for negative Z, but relu is flat there: its derivative is 0. Multiply by Z > 0.")
def sign_for_a_step(dY, Z):
    return dY * Z.sign()


@misconception(
    "At Z = 0 you let the gradient through. By convention the derivative there is 0: compare with >, not >=.",
    keeps="right wherever relu has a derivative",
)
def open_at_zero(dY, Z):
    return dY * (Z >= 0)


@misconception(
    "At Z = 0 you return half of the gradient. By convention the derivative there is 0.",
    keeps="right wherever relu has a derivative",
)
def half_open_at_zero(dY, Z):
    return dY * (Z.sign() + 1) / 2


@misconception(
    "You write zeros into dY itself, which the caller still needs. Make a new tensor: dY * (Z > 0).",
    keeps="the answer is right",
)
def zeroed_in_place(dY, Z):
    dY[Z <= 0] = 0
    return dY


@misconception(
    "A float32 mask turns half precision into float32. Leave the mask bool, or bring it to the dtype of dY.",
    keeps="right in float32 and float64",
)
def a_float32_mask(dY, Z):
    return dY * (Z > 0).float()


@misconception(
    "The numbers are right, but Python goes from example to example, so the work grows with n. "
    "Compare and multiply whole tensors.",
    keeps="every number is right",
)
def one_example_at_a_time(dY, Z):
    dZ = torch.zeros_like(dY)
    for i in range(len(Z)):
        dZ[i] = dY[i] * (Z[i] > 0)
    return dZ


@misconception(
    "Automatic differentiation is what you are to replace here. Work the derivatives out on paper and program them."
)
def by_autograd(dY, Z):
    Z = Z.clone().requires_grad_()
    Z.relu().backward(dY)
    return Z.grad
