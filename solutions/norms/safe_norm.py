"""At the kink automatic differentiation says 0 * inf = NaN; whoever means 0 must keep zero away from the root."""

import torch
from _shared import NORMS

from grader import EPSILONS, Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=3,
    book="sec_linear-algebra",
    gradients=True,
    forbid=NORMS,
    forbid_reason="A norm is the exercise: build it from abs, powers, sums and roots.",
    weights={"gradient": 3},
    equivalent={
        "square != 0": "a sum of squares is never negative",
        "square, torch.zeros_like(square))": "whatever comes back from that root, NaN too, the first where stops it",
    },
)


@reference
def safe_norm(x):
    square = (x * x).sum()
    safe = torch.where(square > 0, square, torch.ones_like(square))
    return torch.where(square > 0, safe.sqrt(), torch.zeros_like(square))


@alternative
def a_function_with_its_own_backward(x):
    return LengthWithSubgradient.apply(x)


class LengthWithSubgradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        length = (x * x).sum().sqrt()
        ctx.save_for_backward(x, length)
        return length

    @staticmethod
    def backward(ctx, gradient):
        x, length = ctx.saved_tensors
        return gradient * (x / length if length > 0 else torch.zeros_like(x))


@alternative
def no_root_at_zero(x):
    """The square itself is 0 there, and so is its gradient."""
    square = x @ x
    return square.sqrt() if square > 0 else square


@alternative
def only_entries_that_are_not_zero(x):
    return x[x != 0].square().sum().sqrt()


@alternative
def scaled_by_the_largest_magnitude(x):
    largest = x.abs().max() if len(x) else x.sum()
    return largest * (x / largest).square().sum().sqrt() if largest > 0 else largest


@alternative
def masked_twice(x):
    square = torch.einsum("i,i", x, x)
    return square.masked_fill(square == 0, 1).sqrt().masked_fill(square == 0, 0)


@case
def an_everyday_vector(draw):
    return draw.normal(5)


@case
def every_second_entry_of_a_longer_vector(draw):
    return draw.every_second(draw.normal(4))


@case
def one_entry_is_zero(draw):
    """The gradient of that entry is 0; zero is the whole vector only if all are."""
    return draw.normal(4) * draw.tensor([1.0, 0.0, 1.0, 1.0])


@case
def two_entries_that_cancel(draw):
    """Their sum is 0, and their norm is not."""
    return draw.uniform(1, low=1, high=2) * draw.tensor([1.0, -1.0])


@case(aspect="edge")
def one_negative_entry(draw):
    return -draw.uniform(1, low=2, high=3)


@case(aspect="edge", weight=5)
def all_zero(draw):
    return draw.full(4, value=0.0)


@case(aspect="edge", weight=3)
def one_zero(draw):
    return draw.full(1, value=0.0)


@case(aspect="edge", gradients=False)
def no_entries(draw):
    return draw.normal(0)


@case(aspect="stability")
def near_zero(draw):
    """An epsilon would show."""
    return 1e-7 * (2 + draw.uniform(3))


@case(aspect="edge", dtypes=("bfloat16",))
def half_precision(draw):
    return draw.normal(5)


@domain(outside={"huge, tiny, inf": "squares neither overflow nor underflow"})
def any_vector(draw):
    return draw.any(axes=(1, 1), without="inf tiny huge")


@misconception(
    "At zero the square root has an infinite slope, and the backward pass multiplies it by 0, which is NaN. A "
    "torch.where after the root mends the value only, for the NaN still arises behind it.",
    "Let the root see no zero: safe = torch.where(square > 0, square, 1.0) before it, and torch.where(square > 0, "
    "safe.sqrt(), 0.0) after it.",
    keeps="right but for the gradient at zero",
)
def root_of_zero(x):
    square = (x * x).sum()
    return torch.where(square > 0, square.sqrt(), torch.zeros_like(square))


@misconception(
    "x.sum() == 0 holds for vectors such as (1, -1), too: their entries cancel, and their norm is not 0.",
    "Ask whether all entries are zero: not x.any(); or ask whether the sum of the squares is 0.",
    keeps="right unless the entries cancel",
)
def zero_by_its_sum(x):
    return safe_norm(x) if x.sum() != 0 else 0 * x.sum()


@misconception(
    "The small number under the root moves the value, and near zero it is all that is left.",
    "Leave it out, and choose with torch.where what the root gets to see.",
    also=EPSILONS,
)
def epsilon_under_the_root(x, *, eps=1e-12):
    return ((x * x).sum() + eps).sqrt()


@misconception(
    "At zero your answer is the root of the lower bound, a small number. It is to be exactly 0.",
    "Bring it back to 0 there: torch.where(square > 0, root, 0.0).",
    keeps="the gradient is right, and the value but for zero",
)
def bounded_from_below(x):
    return (x * x).sum().clamp(min=1e-24).sqrt()


@misconception(
    "You add magnitudes, which is the 1-norm, and its gradient is sign(x).",
    "Square the entries, add, and take the root.",
)
def magnitudes_added(x):
    return x.abs().sum()


@misconception(
    "The square root is missing. The sum of squares is smooth everywhere, but its gradient is 2 x, not x / y.",
    "Take the root of the sum, and keep it away from zero.",
    chance="half precision hides it where the length is near one",
)
def root_missing(x):
    return (x * x).sum()


@misconception(
    "The value is cut off from x, so autograd finds the gradient 0 everywhere, and nothing learns.",
    "Leave out detach() and torch.no_grad(), and treat the zero vector alone in a special way.",
)
def detached(x):
    return (x * x).sum().sqrt().detach() + 0 * x.sum()


@misconception(
    "At zero the gradient of your answer is not 0. It may be a subgradient, but it is not the one that the task "
    "asks for.",
    "Return something there whose gradient is 0, such as the sum of the squares: (x * x).sum().",
    keeps="right but for the gradient at zero",
)
def another_subgradient(x):
    return safe_norm(x) if x.any() else x[:1].sum()


@misconception(
    "At zero you return a constant that does not hang on x, so backward() raises an error there: there is no graph "
    "to go back through.",
    "Return something there that is made of x and has gradient 0, such as the sum of the squares: (x * x).sum().",
)
def constant_at_zero(x):
    return safe_norm(x) if x.any() else torch.zeros((), dtype=x.dtype, device=x.device)


@misconception(
    "Each zero entry is replaced by a small number, which moves the value.",
    "Only the sum of squares must not be zero, and only inside the root: torch.where(square > 0, square, 1.0).sqrt().",
    keeps="right where no entry is zero",
    also=EPSILONS,
)
def zeros_replaced_by_a_small_number(x, *, eps=1e-6):
    return torch.where(x == 0, torch.full_like(x, eps), x).square().sum().sqrt()


@misconception(
    "The result is always float32, whatever the dtype of x is. This rounds float64 numbers.",
    "Leave the dtype to the operations: no float(), and no new tensor without dtype=x.dtype.",
)
def forced_to_float32(x):
    return safe_norm(x.float())


@first_attempt("zero_by_its_sum", "another_subgradient")
def the_sum_where_it_is_zero(x):
    if x.sum() == 0:
        return x.sum()
    return (x**2).sum().sqrt()


@first_attempt("zero_by_its_sum", "constant_at_zero")
def a_constant_where_the_sum_is_zero(x):
    if x.sum() == 0:
        return torch.zeros((), dtype=x.dtype, device=x.device)
    return (x**2).sum().sqrt()
