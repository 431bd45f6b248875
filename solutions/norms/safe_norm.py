"""At the kink automatic differentiation says 0 * inf = NaN; whoever means 0 must keep zero away from the root."""

import torch
from _shared import NORMS

from grader import Exercise, alternative, case, domain, misconception, reference

exercise = Exercise(
    points=3,
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
    "At zero the root has infinite slope, and backward multiplies it by 0, which is NaN; where() after the root hides "
    "that from the value only. Let the root see no zero: put a 1 in its place before, and a 0 in the result after.",
    keeps="right but for the gradient at zero",
)
def root_of_zero(x):
    square = (x * x).sum()
    return torch.where(square > 0, square.sqrt(), torch.zeros_like(square))


@misconception(
    "The epsilon under the root moves the value, and near zero it is all that is left. Leave it out, and choose with "
    "where what the root gets to see."
)
def epsilon_under_the_root(x):
    return ((x * x).sum() + 1e-12).sqrt()


@misconception(
    "At zero your answer is the root of the lower bound, not 0. Bring it back to exactly 0 there with where.",
    keeps="the gradient is right, and the value but for zero",
)
def bounded_from_below(x):
    return (x * x).sum().clamp(min=1e-24).sqrt()


@misconception("That is the 1-norm, and its gradient is sign(x). Square the entries, add, and take the root.")
def magnitudes_added(x):
    return x.abs().sum()


@misconception(
    "The square root is missing. The square is smooth everywhere, but its gradient is 2 x, not x / y.",
    chance="half precision hides it where the length is near one",
)
def root_missing(x):
    return (x * x).sum()


@misconception(
    "The value is detached from x, so its gradient is 0 everywhere and nothing learns. Leave detach() out, and treat "
    "zero alone in a special way."
)
def detached(x):
    return (x * x).sum().sqrt().detach() + 0 * x.sum()


@misconception(
    "At zero your gradient is 1 in the first entry: a subgradient, but not the one asked for. Return 0 there.",
    keeps="right but for the gradient at zero",
)
def another_subgradient(x):
    return safe_norm(x) if x.any() else x[:1].sum()


@misconception(
    "A zero entry is replaced by a small number in each place, which moves the value. "
    "Only the sum of squares must not be zero, and only inside the root.",
    keeps="right where no entry is zero",
)
def zeros_replaced_by_a_small_number(x):
    return torch.where(x == 0, torch.full_like(x, 1e-6), x).square().sum().sqrt()


@misconception("The answer is forced to float32, which rounds float64. Leave the dtype to the operations.")
def forced_to_float32(x):
    return safe_norm(x.float())
