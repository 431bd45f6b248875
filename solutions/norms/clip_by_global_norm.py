"""One length for all, and one scale: the direction of the whole gradient survives."""

import torch
from _shared import NORMS, lp_norm

from grader import EPSILONS, Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book=("sec_rnn-scratch", "sec_rnn_scratch"),
    forbid=NORMS,
    forbid_reason="A norm is the exercise: build it from abs, powers, sums and roots.",
    needs=("lp_norm",),
)


@reference
def clip_by_global_norm(ts, c):
    norm = torch.stack([t.square().sum() for t in ts]).sum().sqrt()
    scale = c / norm if norm > c else 1
    return [t * scale for t in ts], norm


@alternative
def scale_chosen_by_where(ts, c):
    n = torch.stack([x.square().sum() for x in ts]).sum().sqrt()
    s = torch.where(n > c, c / n.clamp(min=torch.finfo(n.dtype).tiny), torch.ones_like(n))
    return [x * s for x in ts], n


@alternative
def squares_summed_by_python(ts, c):
    n = sum((x**2).sum() for x in ts) ** 0.5
    return ([x * (c / n) for x in ts] if n > c else [x.clone() for x in ts]), n


@alternative
def one_long_vector(ts, c):
    v = torch.cat([t.flatten() for t in ts])
    n = (v @ v).sqrt()
    v = v * c / n if n > c else v
    return [part.reshape(t.shape) for part, t in zip(v.split([t.numel() for t in ts]), ts, strict=True)], n


@alternative
def norm_of_norms(ts, c):
    n = lp_norm(torch.stack([lp_norm(t, 2) for t in ts]), 2)
    return ([t / n * c for t in ts] if n > c else ts), n


@case
def two_tensors_too_long(draw):
    return [1 + draw.uniform(3), 1 + draw.uniform(2, 2)], 1.0


@case(weight=2)
def short_enough(draw):
    return [draw.normal(3), draw.normal(2, 2)], 100.0


@case
def one_tensor(draw):
    return [2 + draw.uniform(5)], 0.5


@case
def each_one_short_enough_but_not_all_together(draw):
    return [draw.uniform(2, 2, low=0.5, high=0.9) for _ in range(4)], 2.0


@case
def a_long_tensor_beside_short_ones(draw):
    """Weights with a large gradient, biases with a small one; a scalar."""
    return [20 * draw.normal(5, 4).T, draw.normal(4), draw.normal()], 3.0


@case(aspect="edge")
def all_zero(draw):
    return [draw.full(3, value=0.0), draw.full(2, 1, value=0.0)], 1.0


@case(aspect="edge")
def nothing_allowed(draw):
    """c = 0 shortens everything to nothing, and the norm is that before."""
    return [draw.normal(3), draw.normal(2)], 0.0


@case(aspect="edge")
def nothing_allowed_and_nothing_there(draw):
    return [draw.full(2, value=0.0), draw.full(1, value=0.0)], 0.0


@case(aspect="edge")
def an_empty_tensor_among_others(draw):
    return [draw.normal(0, 3), 2 + draw.uniform(4)], 2


@case(aspect="edge", dtypes=("bfloat16",))
def half_precision(draw):
    return [2 + draw.uniform(2, 2) for _ in range(5)], 1.0


def total(ts):
    return torch.stack([t.square().sum() for t in ts]).sum().sqrt()


@domain(outside={"huge, tiny, inf": "squares neither overflow nor underflow"})
def any_tensors(draw):
    ts = [draw.any(axes=(0, 3), without="inf tiny huge") for _ in range(draw.integer(1, 5))]
    return ts, draw.pick(0, 0.0, 1, draw.uniform(low=0.1, high=0.9).item(), draw.uniform(low=2, high=9).item(), 1e9)


@misconception(
    "Every tensor is clipped by its own norm, so each has another scale, and the gradient as a whole points elsewhere.",
    "Compute one norm over all tensors, and multiply all of them by one scale.",
)
def each_on_its_own(ts, c):
    return [clip_by_global_norm([t], c)[0][0] for t in ts], total(ts)


@misconception(
    "Everything is scaled to length c, also what is short enough: it is stretched, and zeros become 0 / 0.",
    "Scale only if norm > c; otherwise the scale is 1.",
    keeps="right where clipping is due",
)
def always_scaled(ts, c):
    n = total(ts)
    return [t * c / n for t in ts], n


@misconception(
    "The comparison is the wrong way round: short tensors are stretched to length c, and long ones stay as they are.",
    "Scale by c / norm if norm > c; otherwise the scale is 1.",
)
def comparison_reversed(ts, c):
    n = total(ts)
    return ([t * (c / n) for t in ts] if n < c else [t.clone() for t in ts]), n


@misconception(
    "You clip every entry on its own, which is clipping by value. That changes the direction.",
    "Multiply all tensors by one scale, c / norm, if norm > c.",
)
def clipped_by_value(ts, c):
    return [t.clamp(-c, c) for t in ts], total(ts)


@misconception(
    "The tensors come back as they were, even where their norm exceeds c.",
    "If norm > c, multiply every tensor by c / norm.",
)
def not_clipped(ts, c):
    return [t.clone() for t in ts], total(ts)


@misconception(
    "You add up the norms of the tensors. Lengths do not add up like that: the squares do.",
    "Add the squares of all entries of all tensors, and take the root once at the end.",
)
def norms_added(ts, c):
    return clipped_with(ts, c, sum(lp_norm(t, 2) for t in ts))


@misconception(
    "You compare the longest tensor with c, and not all of them together.",
    "Add the squares of all entries of all tensors, and take the root once at the end.",
)
def longest_tensor(ts, c):
    return clipped_with(ts, c, torch.stack([lp_norm(t, 2) for t in ts]).max())


@misconception(
    "The square root is missing, so the square of the norm is compared with c.",
    "Take the root of the sum of all squares.",
)
def root_missing(ts, c):
    return clipped_with(ts, c, total(ts) ** 2)


@misconception(
    "The mean over all entries gives the RMS, the size of a typical entry, and not the length.",
    "Sum the squares, and do not divide.",
)
def averaged(ts, c):
    return clipped_with(ts, c, total(ts) / sum(t.numel() for t in ts) ** 0.5)


@misconception(
    "The norm that you return is the one after clipping. The one before is asked for, because it tells whether "
    "gradients explode.",
    "Compute the norm once, before you scale, and return that.",
)
def norm_after_clipping(ts, c):
    clipped, n = clip_by_global_norm(ts, c)
    return clipped, n.clamp(max=c)


@misconception(
    "The small number in the denominator makes everything a little too short.",
    "Leave it out: where norm > c, the norm is positive.",
    also=EPSILONS,
)
def epsilon_in_the_denominator(ts, c, *, eps=1e-6):
    n = total(ts)
    return ([t * (c / (n + eps)) for t in ts] if n > c else [t.clone() for t in ts]), n


@misconception(
    "If c and all tensors are zero, c / norm is 0 / 0, and every entry NaN.",
    "Divide only if norm > c; otherwise the scale is 1.",
    keeps="right but for 0/0",
)
def smaller_of_one_and_zero_over_zero(ts, c):
    n = total(ts)
    scale = (c / n).clamp(max=1)
    return [t * scale for t in ts], n


@misconception(
    "Python refuses to divide by a norm of zero, and raises ZeroDivisionError.",
    "Divide only if norm > c; otherwise the scale is 1.",
    keeps="right but for a norm of zero",
)
def division_by_zero(ts, c):
    n = total(ts)
    scale = min(1.0, c / n.item())
    return [t * scale for t in ts], n


@misconception(
    "The two results are in the wrong order.",
    "Return first the list of tensors, then the norm.",
)
def order_reversed(ts, c):
    clipped, n = clip_by_global_norm(ts, c)
    return n, clipped


@misconception(
    "The tensors come back without the norm. The task asks for both.",
    "Return a pair: the list of tensors, and the norm, a tensor of shape ().",
)
def norm_not_returned(ts, c):
    return clip_by_global_norm(ts, c)[0]


@misconception(
    "The norm that you return is a Python number, which has no dtype and lies on no device.",
    "Return the tensor: leave out item() and float().",
    keeps="every number is right",
)
def norm_as_a_number(ts, c):
    clipped, n = clip_by_global_norm(ts, c)
    return clipped, n.item()


@misconception(
    "The tensors in ts are scaled in place, and they are the caller's. This is how the book does it, but here they "
    "stay as they are.",
    "Return new tensors: [t * scale for t in ts].",
    keeps="every returned number is right",
)
def in_place(ts, c):
    n = total(ts)
    for t in ts:
        t *= c / n if n > c else 1
    return ts, n


@first_attempt("each_on_its_own", "always_scaled")
def each_scaled_by_its_own_norm(ts, c):
    return [t * c / t.square().sum().sqrt() for t in ts], total(ts)


@first_attempt("in_place", "norm_not_returned")
def scaled_in_place_without_the_norm(ts, c):
    n = total(ts)
    if n > c:
        for t in ts:
            t *= c / n
    return ts


def clipped_with(ts, c, n):
    return ([t * (c / n) for t in ts] if n > c else [t.clone() for t in ts]), n
