"""A slope that all examples share collects the gradient of all of them; each channel has its own."""

import torch
from _shared import AUTOGRAD

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, picture, reference

exercise = Exercise(
    points=2,
    book="sec_mlp",
    forbid=(*AUTOGRAD, "prelu"),
    forbid_reason="The derivatives are the exercise: work them out on paper, and program them without autograd.",
    shares={"allowed_functions": 0.75},
)


@reference
def prelu_grads(dY, Z, a):
    up = Z > 0
    return torch.where(up, dY, dY * a), torch.where(up, torch.zeros_like(Z), dY * Z).sum(0)


@alternative
def by_masks(dY, Z, a):
    m = (Z > 0).to(Z.dtype)
    return dY * (m + (1 - m) * a), torch.einsum("nd,nd->d", dY, Z.clamp(max=0))


@alternative
def written_where_negative(dY, Z, a):
    slopes = torch.ones_like(Z)
    at = (Z <= 0).nonzero(as_tuple=True)
    slopes[at] = a[at[1]]
    lost = torch.zeros_like(Z)
    lost[at] = (dY * Z)[at]
    return slopes.mul(dY), torch.ones(len(Z), dtype=Z.dtype, device=Z.device) @ lost


@alternative
def channel_by_channel(dY, Z, a):
    dZ, da = [], []
    for j in range(len(a)):
        g, z = dY[:, j], Z[:, j]
        dZ.append(g.where(z > 0, a[j] * g))
        da.append(g.dot(z.minimum(torch.zeros_like(z))))
    return torch.stack(dZ, 1), torch.stack(da)


@alternative
def filled_masks(dY, Z, a):
    down = torch.le(Z, 0)
    return dY.masked_fill(down, 0) + (dY * a[None]).masked_fill(~down, 0), -(dY * (-Z).relu()).sum(dim=0)


def of_all_signs(draw, n, d):
    """dY and Z of both signs, far from zero; in each column as many of Z are negative as not."""
    dY, Z = draw.uniform(2, n, d, low=0.5, high=2)
    rows, columns = torch.arange(n)[:, None], torch.arange(d)
    return dY * (1 - 2 * ((rows // 2 + columns) % 2)), Z * (1 - 2 * ((rows + columns) % 2))


def slopes(draw, d):
    """Above 1 and below 1 in turn."""
    return 1 + draw.uniform(d, low=0.1, high=0.6) * (1 - 2 * (torch.arange(d) % 2))


@case
def more_examples_than_channels(draw):
    return *of_all_signs(draw, 6, 3), slopes(draw, 3)


@case
def as_many_channels_as_examples(draw):
    """Slopes for rows fit as well as slopes for columns."""
    return *of_all_signs(draw, 4, 4), slopes(draw, 4)


@case
def slopes_of_both_signs(draw):
    return *of_all_signs(draw, 4, 3), draw.tensor([-1.5, 0.5, 2.0]) * draw.uniform(3, low=0.8, high=1.2)


@case
def transposed(draw):
    dY, Z = of_all_signs(draw, 5, 2)
    return dY.T, Z.T, slopes(draw, 5)


@case
def relu_and_leaky_relu(draw):
    """The slopes 0 and 0.01; the gradient with respect to the slope 0 is not 0."""
    return *of_all_signs(draw, 5, 2), draw.tensor([0.0, 0.01])


@case(aspect="edge")
def exact_zeros(draw):
    """The kink belongs to the negative side; one of the zeros has a minus."""
    Z = draw.tensor([[0.0, -2.0], [-0.0, 1.0], [3.0, 0.0]])
    return draw.uniform(3, 2, low=1, high=2), Z, slopes(draw, 2)


@case(aspect="edge")
def one_example(draw):
    return *of_all_signs(draw, 1, 4), slopes(draw, 4)


@case(aspect="edge")
def one_channel(draw):
    return *of_all_signs(draw, 4, 1), slopes(draw, 1)


@case(aspect="edge")
def no_examples(draw):
    """The sum over nothing is 0, for each channel."""
    return draw.normal(0, 3), draw.normal(0, 3), slopes(draw, 3)


@case(aspect="stability")
def very_large_and_very_small_inputs(draw):
    dY, Z = of_all_signs(draw, 4, 3)
    return dY, Z * draw.tensor([1e15, 1.0, 1e-15]), slopes(draw, 3)


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return *of_all_signs(draw, 4, 2), slopes(draw, 2)


@domain(outside={"inf, huge, tiny": "products overflow, vanish or are no numbers"})
def any_slopes(draw):
    dY = draw.any(draw.size(), draw.size(least=1), without="inf huge tiny")
    without = "inf huge tiny"
    return dY, draw.like(dY, without=without), draw.any(dY.shape[1], without=without)


@batch
def more_examples(draw, n):
    return draw.normal(n, 3), draw.normal(n, 3), slopes(draw, 3)


def dz(dY, Z, a):
    return prelu_grads(dY, Z, a)[0]


def da(dY, Z, a):
    return prelu_grads(dY, Z, a)[1]


@picture("curve", x="z", y="derivative", part="[0]")
def three_slopes(draw):
    """With a gradient of 1 from above: the slope that is learnt below zero, 1 above."""
    z = torch.linspace(-3, 3, 120)[:, None]
    return z[:, 0], {f"a = {a}": (torch.ones_like(z), z, torch.tensor([a])) for a in (0.0, 0.25, -0.5)}


@misconception(
    "da comes back with an entry for every example. All examples share one slope for each channel, so the "
    "contributions of all of them add up in it.",
    "Sum over the batch: (dY * Z) on the negative side, .sum(0).",
)
def not_summed(dY, Z, a):
    return dz(dY, Z, a), torch.where(Z > 0, 0 * Z, dY * Z)


@misconception(
    "The slopes were summed over the channels, one number for each example. A slope belongs to a channel, and "
    "collects from all examples.",
    "Sum along axis 0: .sum(0).",
)
def summed_over_channels(dY, Z, a):
    return dz(dY, Z, a), torch.where(Z > 0, 0 * Z, dY * Z).sum(1)


@misconception(
    "One slope for the whole layer is what your da is for. Here each channel has its own.",
    "Sum over the batch alone: .sum(0) instead of .sum().",
)
def one_slope_for_all(dY, Z, a):
    return dz(dY, Z, a), torch.where(Z > 0, 0 * Z, dY * Z).sum()


@misconception(
    "da is divided by the number of examples. If the loss is a mean, dY knows already.",
    "Take the sum over the batch, not the mean: .sum(0).",
)
def averaged(dY, Z, a):
    return dz(dY, Z, a), da(dY, Z, a) / max(len(Z), 1)


@misconception(
    "On the negative side nothing comes through, as in a plain ReLU. The slope there is a, so the gradient is scaled "
    "by it.",
    "torch.where(Z > 0, dY, dY * a)",
)
def plain_relu(dY, Z, a):
    return dY * (Z > 0), da(dY, Z, a)


@misconception(
    "The slope scales the gradient everywhere. On the positive side the function is z itself, and its slope is 1.",
    "torch.where(Z > 0, dY, dY * a)",
)
def slope_on_both_sides(dY, Z, a):
    return dY * a, da(dY, Z, a)


@misconception(
    "Slope and gate are exchanged: a scales the positive side, and the negative one passes unchanged.",
    "torch.where(Z > 0, dY, dY * a)",
)
def sides_exchanged(dY, Z, a):
    return torch.where(Z > 0, dY * a, dY), da(dY, Z, a)


@misconception(
    "da collects from all examples. Where Z is positive, the output does not depend on the slope at all.",
    "Zero the positive side before you sum: (dY * Z.clamp(max=0)).sum(0).",
)
def positive_side_included(dY, Z, a):
    return dz(dY, Z, a), (dY * Z).sum(0)


@misconception(
    "da lacks the upstream gradient: you add up the derivatives of Y alone. The chain rule multiplies each by dY.",
    "(dY * Z.clamp(max=0)).sum(0)",
)
def upstream_gradient_missing_in_da(dY, Z, a):
    return dz(dY, Z, a), Z.clamp(max=0).sum(0)


@misconception(
    "dZ is the derivative of the activation function alone, 1 or a. The chain rule multiplies it by dY.",
    "torch.where(Z > 0, dY, dY * a)",
)
def upstream_gradient_missing_in_dz(dY, Z, a):
    return dz(torch.ones_like(dY), Z, a), da(dY, Z, a)


@misconception(
    "The derivative of a z with respect to a is z. You count how often the slope was used, without saying on what.",
    "Multiply by Z as well: (dY * Z.clamp(max=0)).sum(0).",
)
def input_missing_in_da(dY, Z, a):
    return dz(dY, Z, a), (dY * (Z <= 0)).sum(0)


@misconception(
    "da contains the slope itself. The derivative of a z with respect to a is z: a is gone.",
    "Leave a out of da: (dY * Z.clamp(max=0)).sum(0).",
)
def slope_left_in_da(dY, Z, a):
    return dz(dY, Z, a), da(dY, Z, a) * a


@misconception(
    "The sign of da is wrong: the magnitude of the input stands where the input should.",
    "Use Z itself, negative as it is: (dY * Z.clamp(max=0)).sum(0).",
)
def magnitude_of_the_input(dY, Z, a):
    return dz(dY, Z, a), -da(dY, Z, a)


@misconception(
    "The slopes are laid along the examples: example i gets a[i]. A slope belongs to a channel, that is to a column.",
    "Broadcasting already does it: dY * a, without a[:, None].",
)
def slopes_for_examples(dY, Z, a):
    return torch.where(Z > 0, dY, dY * a[:, None]), da(dY, Z, a)


@misconception(
    "All channels get the slope of the first one.",
    "Multiply by the whole vector: dY * a.",
    keeps="the slopes' own gradient is right",
)
def first_slope_for_all(dY, Z, a):
    return torch.where(Z > 0, dY, dY * a[0]), da(dY, Z, a)


@misconception(
    "Where Z is exactly 0 you let the whole gradient through. By the convention of the task the kink belongs to the "
    "negative side.",
    "Compare with > and not with >=.",
    keeps="right wherever there is a derivative",
)
def kink_on_the_positive_side(dY, Z, a):
    return torch.where(Z >= 0, dY, dY * a), da(dY, Z, a)


@misconception(
    "Where Z is exactly 0 nothing comes through. By the convention of the task the slope there is a.",
    "torch.where(Z > 0, dY, dY * a) covers every number.",
    keeps="right wherever there is a derivative",
)
def nothing_at_the_kink(dY, Z, a):
    return dY * (Z > 0) + dY * a * (Z < 0), da(dY, Z, a)


@misconception(
    "The maximum of z and a z is the function only for slopes below 1: for larger ones the two sides change places.",
    "Ask for the sign of Z, and for nothing else: Z > 0.",
)
def maximum_of_both_lines(dY, Z, a):
    up = a * Z < Z
    return torch.where(up, dY, dY * a), torch.where(up, 0 * Z, dY * Z).sum(0)


@misconception(
    "The order is wrong: first the gradient with respect to the input, then that with respect to the slopes.",
    "return dZ, da",
)
def order_reversed(dY, Z, a):
    return prelu_grads(dY, Z, a)[::-1]


@misconception(
    "You scale the caller's gradient in place: dY is another one afterwards.",
    "Make a new tensor with torch.where, instead of writing into dY.",
    keeps="both gradients are right",
)
def scaled_in_place(dY, Z, a):
    slope_gradient = da(dY, Z, a)
    dY *= torch.where(Z > 0, torch.ones_like(Z), a)
    return dY, slope_gradient


@misconception(
    "Python goes from example to example, so the work grows with n.",
    "Choose with torch.where for the whole matrix, and sum along axis 0.",
    keeps="every number is right",
)
def one_example_at_a_time(dY, Z, a):
    dZ, slope_gradient = torch.empty_like(dY), torch.zeros_like(a)
    for i in range(len(Z)):
        dZ[i] = torch.where(Z[i] > 0, dY[i], dY[i] * a)
        slope_gradient = slope_gradient + dY[i] * Z[i].clamp(max=0)
    return dZ, slope_gradient


@misconception(
    "Automatic differentiation is what you are to replace here.",
    "Work the two derivatives out on paper, case by case, and choose between them with torch.where.",
)
def by_autograd(dY, Z, a):
    Z, a = Z.clone().requires_grad_(), a.clone().requires_grad_()
    torch.where(Z > 0, Z, a * Z).backward(dY)
    return Z.grad, a.grad


@first_attempt("positive_side_included", "averaged")
def mean_over_everything(dY, Z, a):
    return torch.where(Z > 0, dY, a * dY), (dY * Z).sum(0) / max(len(Z), 1)


@first_attempt("upstream_gradient_missing_in_dz", "upstream_gradient_missing_in_da")
def derivatives_alone(dY, Z, a):
    return torch.where(Z > 0, torch.ones_like(Z), a.expand_as(Z)), Z.clamp(max=0).sum(0)


@first_attempt("plain_relu", "input_missing_in_da")
def counted(dY, Z, a):
    return dY * (Z > 0), (dY * (Z <= 0)).sum(0)
