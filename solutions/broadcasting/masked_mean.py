"""A mask is a comparison of shapes (t,) and (n, 1); and it has to select, for NaN times 0 is NaN."""

import math

import torch

from grader import Exercise, alternative, batch, case, domain, misconception, reference

exercise = Exercise(
    points=3,
    gradients=True,
    weights={"stability": 2},
    forbid=(
        "as_nested_tensor", "nested_tensor", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
        "pad_sequence", "unpad_sequence",
    ), forbid_reason="The masking is the exercise: build a mask, and divide a sum by a count.",
)  # fmt: skip


@reference
def masked_mean(X, lengths):
    total = torch.where(valid(X, lengths)[:, :, None], X, 0).sum(1)
    return total / lengths.clamp(min=1)[:, None]


def valid(X, lengths):
    return torch.arange(X.shape[1], device=X.device) < lengths[:, None]


@alternative
def padding_filled_with_zeros(X, lengths):
    steps = torch.arange(X.shape[1], device=X.device).expand(X.shape[:2])
    padding = steps >= lengths.unsqueeze(1)
    return X.masked_fill(padding.unsqueeze(-1), 0).sum(1) / lengths.clamp(min=1).unsqueeze(1).to(X.dtype)


@alternative
def weights_times_steps(X, lengths):
    mask = valid(X, lengths)
    weights = mask.to(X.dtype) / mask.sum(1, keepdim=True).clamp(min=1)
    return (weights[:, None, :] @ X.where(mask[..., None], 0))[:, 0]


@alternative
def last_of_the_running_sums(X, lengths):
    start = X.new_zeros(len(X), 1, X.shape[2])
    sums = torch.cat([start, X], dim=1).cumsum(1)
    total = sums.gather(1, lengths[:, None, None].expand(-1, 1, X.shape[2]))[:, 0]
    return total / lengths.clamp(min=1)[:, None]


@alternative
def summed_by_einsum(X, lengths):
    mask = valid(X, lengths)
    total = torch.einsum("ntd,nt->nd", X.masked_fill(~mask[..., None], 0), mask.to(X.dtype))
    return torch.where(lengths[:, None] > 0, total / lengths[:, None].clamp(min=1), 0)


@case
def sequences_of_different_lengths(draw):
    return draw.normal(3, 4, 2), torch.tensor([4, 2, 1])


@case
def as_many_sequences_as_steps_as_features(draw):
    """A mask along the wrong axes broadcasts in silence."""
    return draw.normal(3, 3, 3), torch.tensor([1, 3, 2])


@case
def nothing_is_padded(draw):
    return draw.normal(2, 3, 4), torch.tensor([3, 3])


@case
def time_before_batch_in_memory(draw):
    return draw.normal(4, 3, 2).transpose(0, 1), torch.tensor([3, 1, 4])


@case(aspect="edge")
def an_empty_sequence(draw):
    return draw.normal(3, 4, 2), torch.tensor([2, 0, 3])


@case(aspect="edge")
def a_single_step(draw):
    return draw.normal(2, 1, 2), torch.tensor([1, 0])


@case(aspect="edge", gradients=False)
def no_sequences(draw):
    return draw.normal(0, 3, 2), draw.integers(0, high=4)


@case(aspect="stability")
def nan_in_the_padding(draw):
    return padded(draw.normal(2, 4, 3), torch.tensor([2, 4]), math.nan)


@case(aspect="stability")
def inf_in_the_padding(draw):
    return padded(draw.normal(3, 4, 2), torch.tensor([3, 2, 1]), -math.inf)


@case(aspect="stability")
def nan_and_inf_among_the_valid_steps(draw):
    """What is broken there shows in the mean of its own sequence and feature, and nowhere else."""
    X, lengths = draw.normal(3, 4, 2), torch.tensor([4, 3, 2])
    X[0, 1, 0], X[1, 0, 1], X[1, 3, 0] = math.nan, math.inf, math.nan
    return X, lengths


def padded(X, lengths, rubbish):
    return torch.where(valid(X, lengths)[:, :, None], X, rubbish), lengths


@domain(outside={"huge": "a sum of such numbers may overflow"})
def any_lengths(draw):
    if draw.precision in ("float64", "float32") and draw.pick(True, *[False] * 9):
        return draw.full(2, 4096, 2, value=draw.pick(1, 2, 4)), torch.tensor([4096, 2048])  # exact, by any way to add
    X = draw.any(axes=(3, 3), without="inf huge")
    n, t, _ = X.shape
    lengths = draw.pick(draw.integers(n, high=t + 1), torch.full((n,), t), torch.zeros(n, dtype=torch.int64))
    rubbish = draw.pick(None, None, math.nan, math.inf)
    return padded(X, lengths, rubbish) if rubbish else (X, lengths)


@batch
def many_sequences(draw, n):
    return draw.normal(n, 4, 2), draw.integers(n, high=5)


@misconception("The padding is counted in. Compare torch.arange(t) with lengths[:, None] to see which steps are valid.")
def padding_counted(X, lengths):
    return X.mean(1)


@misconception(
    "The padding is gone from the sum, but mean still divides by t. Divide the sum by each sequence's own length."
)
def divided_by_all_steps(X, lengths):
    return torch.where(valid(X, lengths)[..., None], X, 0).sum(1) / X.shape[1]


@misconception(
    "You divide by the number of valid steps of the whole batch. Each sequence is divided by its own length."
)
def divided_by_the_total_length(X, lengths):
    return torch.where(valid(X, lengths)[..., None], X, 0).sum(1) / lengths.sum()


@misconception("One step too many: valid are 0, 1, …, length - 1. Compare with <, not with <=.")
def one_step_too_many(X, lengths):
    mask = torch.arange(X.shape[1], device=X.device) <= lengths[:, None]
    return torch.where(mask[..., None], X, 0).sum(1) / lengths.clamp(min=1)[:, None]


@misconception(
    "A mask of shape (n, t) is aligned with the last axes of X, (t, d): an error, or steps mistaken for features. "
    "Give it a trailing axis: (n, t, 1)."
)
def mask_without_a_feature_axis(X, lengths):
    return torch.where(valid(X, lengths), X, 0).sum(1) / lengths.clamp(min=1)[:, None]


@misconception(
    "0 times NaN is NaN, and so is 0 times inf: multiplying by the mask does not remove the padding. "
    "Select with torch.where or masked_fill.",
    keeps="right as long as the padding holds ordinary numbers",
)
def multiplied_by_the_mask(X, lengths):
    return (X * valid(X, lengths)[..., None]).sum(1) / lengths.clamp(min=1)[:, None]


@misconception(
    "An empty sequence comes out as 0 / 0 = NaN. Divide by at least 1, so that its mean is 0.",
    keeps="right for every sequence that is not empty",
)
def zero_over_zero(X, lengths):
    return torch.where(valid(X, lengths)[..., None], X, 0).sum(1) / lengths[:, None]


@misconception(
    "The padding is erased in the caller's tensor. Make a new one with torch.where or masked_fill.",
    keeps="every returned number is right",
)
def padding_erased_in_place(X, lengths):
    X[~valid(X, lengths)] = 0
    return X.sum(1) / lengths.clamp(min=1)[:, None]


@misconception(
    "The numbers are right, but Python goes from sequence to sequence, so the work grows with n. "
    "One mask for the whole batch and one sum over the steps will do.",
    keeps="every number is right",
)
def one_sequence_at_a_time(X, lengths):
    means = [x[:length].sum(0) / max(length, 1) for x, length in zip(X, lengths.tolist(), strict=True)]
    return torch.stack(means) if means else X.sum(1)
