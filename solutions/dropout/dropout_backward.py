"""Given its mask, dropout is a multiplication by constants, so the gradient is multiplied by the same ones."""

import torch
from _shared import READY_MADE

from grader import Exercise, alternative, batch, case, domain, misconception, reference

exercise = Exercise(
    book="sec_dropout",
    points=1,
    forbid=(*READY_MADE, "native_dropout_backward", "backward", "grad", "vjp"),
    forbid_reason="The backward pass is the exercise: work out what the mask does to a gradient.",
    equivalent={"p >= 1": "p above 1 is never given"},
)


@reference
def dropout_backward(dY, mask, p):
    if p == 1:
        return torch.zeros_like(dY)
    return dY * mask / (1 - p)


@alternative
def where_kept(dY, mask, p):
    scale = 0.0 if p == 1 else 1 / (1 - p)
    return torch.where(mask, dY * scale, torch.zeros_like(dY))


@alternative
def only_the_survivors(dY, mask, p):
    dX = torch.zeros_like(dY)
    dX[mask] = dY[mask] / (1 - p)
    return dX


@alternative
def filled_with_zeros(dY, mask, p):
    return (dY / (1 - p if p < 1 else 1)).masked_fill(~mask, 0)


def coins(draw, *shape, p):
    return draw.uniform(*shape) >= p


@case
def three_in_ten_dropped(draw):
    return draw.normal(6, 7), coins(draw, 6, 7, p=0.3), 0.3


@case
def eight_in_ten_dropped(draw):
    return draw.normal(8, 8), coins(draw, 8, 8, p=0.8), 0.8


@case
def three_axes_in_another_order(draw):
    """A third is dropped and not p of them."""
    return draw.normal(4, 3, 5).transpose(0, 2), draw.permutation(60).reshape(5, 3, 4) >= 20, 0.4


@case
def a_mask_with_more_luck_than_p(draw):
    """The factor comes from p, not from the share that happened to survive."""
    return draw.normal(3, 4), torch.ones(3, 4, dtype=torch.bool), 0.5


@case(aspect="edge")
def nearly_everything_was_dropped(draw):
    """The few that are left stand for ten thousand each."""
    return draw.normal(5, 6), draw.permutation(30).reshape(5, 6) >= 20, 0.9999


@case(aspect="edge")
def nothing_was_dropped(draw):
    return draw.normal(4, 5), torch.ones(4, 5, dtype=torch.bool), 0.0


@case(aspect="edge")
def everything_was_dropped(draw):
    return draw.normal(4, 5), torch.zeros(4, 5, dtype=torch.bool), 1.0


@case(aspect="edge")
def an_empty_batch(draw):
    return draw.normal(0, 3), torch.ones(0, 3, dtype=torch.bool), 0.5


@case(aspect="edge", dtypes=("bfloat16",))
def half_precision(draw):
    return draw.normal(6, 7), draw.permutation(42).reshape(6, 7) >= 21, 0.5


@domain(outside={"inf": "inf times 0 is not a number"})
def any_mask(draw):
    dY = draw.any(axes=(0, 4), without="inf")
    return dY, draw.mask(*dY.shape), draw.pick(draw.number(0, 1), draw.number(0, 1), 1e-7, 1 - 1e-7)


@batch
def more_examples(draw, n):
    return draw.normal(n, 3), draw.uniform(n, 3) > 0.5, 0.5


@misconception(
    "The forward pass divides by 1 - p, a constant factor. By the chain rule the gradient gets the same factor.",
    "Multiply the gradient by mask / (1 - p).",
)
def factor_forgotten(dY, mask, p):
    return dY * mask


@misconception(
    "You drop the gradient with new coins. The entries that were off in the forward pass had no say in the loss, "
    "and those are the ones without a gradient.",
    "Use the argument mask: dY * mask / (1 - p).",
)
def a_new_mask(dY, mask, p):
    return dY * (torch.rand(dY.shape, device=dY.device) >= p) / (1 - p) if p < 1 else torch.zeros_like(dY)


@misconception(
    "You change dY itself, which the caller still needs.",
    "Make a new tensor: dY * mask, not dY *= mask or dY.mul_(mask).",
    keeps="the answer is right",
)
def multiplied_in_place(dY, mask, p):
    return dY.mul_(mask).div_(1 - p) if p < 1 else dY.zero_()


@misconception(
    "At p = 1 you divide zero by zero, which is NaN. Everything was dropped there, so no gradient comes back.",
    "Return torch.zeros_like(dY) for p = 1 before you divide.",
    keeps="right but for p = 1",
)
def zero_over_zero_at_one(dY, mask, p):
    return dY * mask / (1 - p)


@misconception(
    "You divide by the probability of dropping. The forward pass divided by that of keeping.",
    "Multiply the gradient by mask / (1 - p).",
)
def divided_by_the_drop_probability(dY, mask, p):
    return dY * mask / p if p > 0 else dY * mask


@misconception(
    "True in the mask means kept. You let the gradient through where the entry was dropped.",
    "Multiply by mask itself, not by ~mask.",
)
def mask_inverted(dY, mask, p):
    return dY * ~mask / (1 - p) if p < 1 else torch.zeros_like(dY)


@misconception(
    "The mask is missing. An entry that was dropped had no say in the loss, so its gradient is zero.",
    "Multiply by mask: dY * mask / (1 - p).",
)
def mask_forgotten(dY, mask, p):
    return dY / (1 - p) if p < 1 else torch.zeros_like(dY)


@misconception(
    "You divide by the share that happened to survive. The forward pass divided by 1 - p, whatever the coins said.",
    "Use p: dY * mask / (1 - p).",
)
def divided_by_the_observed_share(dY, mask, p):
    return dY * mask / mask.to(dY.dtype).mean().clamp(min=1e-6)


@misconception(
    "A float32 mask turns half precision into float32, for the product has the wider dtype of the two.",
    "Leave the mask bool, or bring it to the dtype of dY with mask.to(dY.dtype).",
    keeps="right in float32 and float64",
)
def a_float32_mask(dY, mask, p):
    return dY * mask.float() / (1 - p) if p < 1 else torch.zeros_like(dY)


@misconception(
    "You multiply by 1 - p where the forward pass divided by it. Going back does not undo a factor: a derivative "
    "repeats it.",
    "Divide as the forward pass did: dY * mask / (1 - p).",
)
def multiplied_by_the_keep_probability(dY, mask, p):
    return dY * mask * (1 - p)
