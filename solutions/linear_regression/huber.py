"""A parabola that goes on as its own tangent: both branches are chosen, never multiplied by a mask."""

import torch

from grader import (
    Exercise,
    alternative,
    arguments,
    batch,
    case,
    domain,
    first_attempt,
    misconception,
    picture,
    reference,
)

exercise = Exercise(
    points=2,
    forbid=("huber_loss", "smooth_l1_loss", "backward", "grad", "vjp", "jacobian", "jacrev", "jacfwd"),
    forbid_reason="The loss and its derivative are the exercise: program both branches yourself.",
    weights={"stability": 3},
    book="sec_linear_concise",
    equivalent={"a < delta": "both branches agree at delta", "r < delta": "both branches agree at delta"},
)


@reference
def huber(r, delta=1.0):
    a = r.abs()
    return torch.where(a <= delta, r * r / 2, delta * (a - delta / 2)), r.clamp(-delta, delta)


@alternative
def what_is_beyond_delta(r, delta=1.0):
    a = r.abs()
    q = a.clamp(max=delta)
    return q * q / 2 + delta * (a - q), torch.sign(r) * q


@alternative
def written_into_the_square(r, delta=1.0):
    loss, slope = r.square().mul(0.5), r.clone()
    far = r.abs() > delta
    loss[far] = delta * r[far].abs() - delta**2 / 2
    slope[far] = delta * r[far].sign()
    return loss, slope


@alternative
def three_pieces(r, delta=1.0):
    right, left = r > delta, r < -delta
    d = torch.full_like(r, delta)
    loss = torch.where(right, d * (r - d / 2), torch.where(left, d * (-r - d / 2), 0.5 * r**2))
    return [loss, torch.where(right, d, torch.where(left, -d, r))]


@alternative
def slope_times_residual(r, delta=1.0):
    """With the slope g the loss is g (r - g / 2), on both branches."""
    g = torch.minimum(torch.maximum(r, torch.full_like(r, -delta)), torch.full_like(r, delta))
    return g * (r - g / 2), g


@case
def residuals_on_both_sides_of_one(draw):
    return 2 * draw.normal(8) + draw.tensor([0.0, 0.0, 0.0, 0.0, 3.0, -3.0, 4.0, -5.0])


@case
def a_small_delta(draw):
    return draw.tensor([0.2, -0.3, 0.4, -1.0, 2.0, -3.0]) * draw.uniform(6, low=0.9, high=1.1), 0.5


@case
def a_large_delta_and_a_matrix(draw):
    signs = draw.tensor([[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]])
    return arguments(signs * draw.tensor([[0.7, 1.4, 2.0], [3.0, 4.0, 9.0]]) * draw.uniform(2, 3, low=0.9), delta=2.5)


@case
def a_square_matrix_not_contiguous(draw):
    return (4 * draw.normal(3, 3)).T, 1.5


@case
def every_second_of_many_residuals(draw):
    return draw.every_second(3 * draw.normal(2, 2, 4)), 0.75


@case
def a_whole_number_as_delta(draw):
    return draw.tensor([-1.5, 5.0, -7.0, 2.0, -4.5, 0.8]) * draw.uniform(6, low=0.9, high=1.1), 3


@case(aspect="edge")
def zero_and_exactly_delta(draw):
    """Both branches say the same at delta; at zero the derivative is 0."""
    return draw.tensor([0.0, 1.0, -1.0, 2.0, -2.0])


@case(aspect="edge")
def one_residual_without_axes(draw):
    return -draw.uniform(low=2.0, high=3.0), 0.5


@case(aspect="edge")
def no_residuals(draw):
    return draw.normal(0, 3)


@case(aspect="edge")
def infinite_residuals(draw):
    return draw.tensor([torch.inf, -torch.inf, 0.5, -3.0]), 2.0


@case(aspect="stability", dtypes=("float32",))
def squares_that_overflow(draw):
    return draw.tensor([1e20, -1e20, 0.25]) * draw.uniform(3, low=0.5, high=2)


@case(aspect="stability")
def one_huge_residual_beside_small_ones(draw):
    return draw.tensor([1e200, -3e-3, 0.8, -20.0]).clamp(max=1e25) * draw.uniform(4, low=0.5, high=1), 0.5


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return draw.tensor([0.5, -0.25, 3.0, -8.0, 300.0]), 2.0


@domain(outside={"tiny": "squares do not underflow"})
def any_residuals(draw):
    delta = draw.pick(draw.left_out, 1, 1.0, 2, 0.5, draw.uniform(low=0.1, high=5).item(), 40.0)
    return draw.any(axes=(0, 4), without="tiny"), delta


@batch
def more_residuals(draw, n):
    return draw.normal(n, 3), 0.5


def two_branches(r, delta, near, far, slope_near, slope_far):
    """Value and derivative from their branches, the latter for positive and negative residuals."""
    inside = r.abs() <= delta
    return torch.where(inside, near, far), torch.where(inside, slope_near, slope_far)


@picture("curve", x="residual", y="loss", part="[0]")
def the_loss(draw):
    """Near zero a parabola, far away a straight line: an outlier counts, and does not rule."""
    r = torch.linspace(-4, 4, 161)
    return r, {f"delta = {delta}": (r, delta) for delta in (0.5, 1.0, 2.0)}


@picture("curve", x="residual", y="derivative", part="[1]")
def its_derivative(draw):
    """The pull on the parameters grows with the residual up to delta, and no further."""
    r = torch.linspace(-4, 4, 161)
    return r, {f"delta = {delta}": (r, delta) for delta in (0.5, 1.0, 2.0)}


@misconception(
    "The constant of the straight line is 1/2 for delta = 1 only. For any other delta the two branches no longer meet.",
    "The line is delta * (a - delta / 2), with a = r.abs().",
)
def offset_of_delta_one(r, delta=1.0):
    a = r.abs()
    return two_branches(r, delta, r * r / 2, a - 0.5, r, delta * r.sign())


@misconception(
    "You subtract delta / 2 from delta |r|; the brackets are missing. The line touches the parabola at delta, so the "
    "constant is delta squared over two.",
    "delta * (a - delta / 2), with a = r.abs()",
)
def brackets_missing(r, delta=1.0):
    return torch.where(r.abs() <= delta, r * r / 2, delta * r.abs() - delta / 2), r.clamp(-delta, delta)


@misconception(
    "Your line has no constant, so the loss jumps up where the parabola ends. Value and slope meet at delta.",
    "The line is delta * (a - delta / 2), with a = r.abs().",
)
def loss_that_jumps(r, delta=1.0):
    return torch.where(r.abs() <= delta, r * r / 2, delta * r.abs()), r.clamp(-delta, delta)


@misconception(
    "Both results come out twice as large: the 1/2 of the squared loss is missing, and the line is adapted to that.",
    "Halve both results: r * r / 2 near zero, delta * (a - delta / 2) beyond.",
)
def everything_twice(r, delta=1.0):
    loss, slope = huber(r, delta)
    return 2 * loss, 2 * slope


@misconception(
    "Near zero the 1/2 is missing: the parabola is r^2 there, has slope 2 r, and does not meet the line.",
    "r * r / 2, with the derivative r",
)
def half_forgotten_near_zero(r, delta=1.0):
    return two_branches(r, delta, r * r, delta * (r.abs() - delta / 2), 2 * r, delta * r.sign())


@misconception(
    "Beyond delta your derivative is always positive. The loss falls while a negative residual grows towards zero: "
    "the slope has the sign of r.",
    "r.clamp(-delta, delta)",
)
def slope_without_sign(r, delta=1.0):
    loss, _ = huber(r, delta)
    return loss, torch.where(r.abs() <= delta, r, torch.full_like(r, delta))


@misconception(
    "Beyond delta your derivative is 1 or -1, the slope of |r|. The line is delta times as steep.",
    "delta * r.sign() beyond delta; in one word, r.clamp(-delta, delta)",
)
def slope_of_the_absolute_value(r, delta=1.0):
    loss, _ = huber(r, delta)
    return loss, torch.where(r.abs() <= delta, r, r.sign())


@misconception(
    "Beyond delta your derivative is 0, as if the loss were cut off there. It goes on growing, with slope delta.",
    "r.clamp(-delta, delta)",
)
def no_slope_beyond_delta(r, delta=1.0):
    loss, _ = huber(r, delta)
    return loss, r.masked_fill(r.abs() > delta, 0)


@misconception(
    "You cut the squared loss off at delta, so wild labels have no say at all. The Huber loss goes on as a straight "
    "line.",
    "torch.where(a <= delta, r * r / 2, delta * (a - delta / 2)), with a = r.abs()",
)
def cut_off(r, delta=1.0):
    return (r * r / 2).clamp(max=delta**2 / 2), r.masked_fill(r.abs() > delta, 0)


@misconception(
    "Your derivative is r everywhere, that of the squared loss. Beyond delta the loss is a line, and its slope is "
    "bounded.",
    "r.clamp(-delta, delta)",
)
def slope_of_the_square(r, delta=1.0):
    return huber(r, delta)[0], r.clone()


@misconception(
    "0 times inf is nan: where r * r overflows, the mask switches it off by multiplication, and the answer is nan. "
    "Choose between the branches, do not weigh them.",
    "torch.where(a <= delta, r * r / 2, delta * (a - delta / 2)), with a = r.abs()",
)
def branches_weighed_by_a_mask(r, delta=1.0):
    a = r.abs()
    m = (a <= delta).to(r.dtype)
    return m * 0.5 * r.square() + (1 - m) * delta * (a - 0.5 * delta), r.clamp(-delta, delta)


@misconception(
    "That is the book's exercise and smooth_l1_loss: everything divided by the threshold. Here the parabola is r^2 / "
    "2 whatever delta is.",
    "Multiply both results by delta.",
)
def divided_by_delta(r, delta=1.0):
    loss, slope = huber(r, delta)
    return loss / delta, slope / delta


@misconception(
    "You compare r itself with delta, so every negative residual, however large, counts as near zero. Compare its "
    "magnitude.",
    "torch.where(r.abs() <= delta, …)",
)
def negative_residuals_near_zero(r, delta=1.0):
    loss, slope = huber(r, delta)
    return torch.where(r > delta, loss, r * r / 2), torch.where(r > delta, slope, r)


@misconception(
    "The branches are exchanged: a straight line near zero, and the square for large residuals.",
    "torch.where(condition, first, second) takes the first where the condition holds: a <= delta, r * r / 2, the line.",
)
def branches_exchanged(r, delta=1.0):
    a = r.abs()
    return two_branches(r, delta, delta * (a - delta / 2), r * r / 2, delta * r.sign(), r)


@misconception(
    "That is the derivative with respect to the label. The residual is y_hat - y, and the loss grows with r on its "
    "positive side.",
    "r.clamp(-delta, delta), without a minus",
)
def derivative_by_the_label(r, delta=1.0):
    loss, slope = huber(r, delta)
    return loss, -slope


@misconception(
    "You always use delta = 1, whatever the argument says.",
    "Use delta in the comparison, in the line and in the slope.",
)
def delta_ignored(r, delta=1.0):
    return huber(r)


@misconception(
    "You average over the residuals. Every residual has a loss and a derivative of its own here.",
    "Leave mean() out.",
)
def averaged(r, delta=1.0):
    loss, slope = huber(r, delta)
    return loss.mean(), slope / max(r.numel(), 1)


@misconception(
    "Only the loss comes back. The task asks for a pair: the loss and its derivative.",
    "return loss, r.clamp(-delta, delta)",
)
def loss_alone(r, delta=1.0):
    return huber(r, delta)[0]


@misconception(
    "clamp_ changes the caller's residuals, and whoever looks at them next finds no large one any more.",
    "Without the underscore clamp makes a new tensor: r.clamp(-delta, delta)",
    keeps="the answer is right",
)
def residuals_clamped_in_place(r, delta=1.0):
    loss, _ = huber(r, delta)
    return loss, r.clamp_(-delta, delta)


@misconception(
    "The answer is forced to float32, which rounds float64 and widens half precision. Both results have the dtype of "
    "r.",
    "Leave the dtype to the operations: no .float().",
    keeps="the numbers are right to seven digits",
)
def forced_to_float32(r, delta=1.0):
    return huber(r.float(), delta)


@first_attempt("half_forgotten_near_zero", "slope_without_sign")
def a_plain_parabola_and_a_positive_slope(r, delta=1.0):
    a = r.abs()
    return two_branches(r, delta, r * r, delta * (a - delta / 2), 2 * r, torch.full_like(r, delta))


@first_attempt("offset_of_delta_one", "slope_of_the_absolute_value")
def as_if_delta_were_one(r, delta=1.0):
    return two_branches(r, delta, r**2 / 2, r.abs() - 0.5, r, r.sign())


@first_attempt("loss_that_jumps", "half_forgotten_near_zero")
def square_or_absolute_value(r, delta=1.0):
    return two_branches(r, delta, r * r, delta * r.abs(), 2 * r, delta * r.sign())


@first_attempt("brackets_missing", "no_slope_beyond_delta")
def a_loose_line_without_slope(r, delta=1.0):
    return torch.where(r.abs() <= delta, r * r / 2, delta * r.abs() - delta / 2), r.masked_fill(r.abs() > delta, 0)


@first_attempt("branches_weighed_by_a_mask", "slope_without_sign")
def weighed_with_a_positive_slope(r, delta=1.0):
    a = r.abs()
    m = (a <= delta).to(r.dtype)
    return m * 0.5 * r.square() + (1 - m) * delta * (a - 0.5 * delta), m * r + (1 - m) * delta
