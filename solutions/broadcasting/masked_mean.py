"""A mask is a comparison of shapes (t,) and (n, 1); and it has to select, for NaN times 0 is NaN."""

import math

import torch

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=3, book="sec_ndarray",
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


@misconception(
    "The mean runs over all t steps, so what stands in the padding is counted in.",
    "torch.arange(t) < lengths[:, None] says which steps are valid. Let only these into the sum, and divide by "
    "their number.",
)
def padding_counted(X, lengths):
    return X.mean(1)


@misconception(
    "You add up all t steps, the padding too. That is right only where the padding holds nothing but zeros.",
    "Put zeros there first: torch.where(mask[..., None], X, 0).sum(1), with mask = torch.arange(t) < lengths[:, None].",
)
def padding_taken_for_zeros(X, lengths):
    return X.sum(1) / lengths.clamp(min=1)[:, None]


@misconception(
    "You divide by t, the steps of the longest sequence, however long a sequence is.",
    "Divide the sum of each sequence by its own length: lengths.clamp(min=1)[:, None].",
)
def divided_by_all_steps(X, lengths):
    return torch.where(valid(X, lengths)[..., None], X, 0).sum(1) / X.shape[1]


@misconception(
    "You divide by the number of valid steps in the whole batch. Each sequence has a length of its own.",
    "Divide by lengths.clamp(min=1)[:, None], one number for each sequence.",
)
def divided_by_the_total_length(X, lengths):
    return torch.where(valid(X, lengths)[..., None], X, 0).sum(1) / lengths.sum()


@misconception(
    "The mask lets one step too many in. Valid are the steps 0, 1, …, length - 1.",
    "Compare with <, not with <=.",
)
def one_step_too_many(X, lengths):
    mask = torch.arange(X.shape[1], device=X.device) <= lengths[:, None]
    return torch.where(mask[..., None], X, 0).sum(1) / lengths.clamp(min=1)[:, None]


@misconception(
    "Your mask has shape (n, t) and is aligned with the last two axes of X, steps and features. That is an error, "
    "or steps are mistaken for features.",
    "Give the mask a trailing axis, mask[:, :, None], so that its shape is (n, t, 1).",
)
def mask_without_a_feature_axis(X, lengths):
    return torch.where(valid(X, lengths), X, 0).sum(1) / lengths.clamp(min=1)[:, None]


@misconception(
    "The mask has steps in its rows and sequences in its columns, (t, n), and X has them the other way round. "
    "Unless n and t agree that is an error; if they do, each sequence gets the mask of others.",
    "Give lengths the new axis, not arange: torch.arange(t) < lengths[:, None] has shape (n, t).",
)
def mask_transposed(X, lengths):
    mask = torch.arange(X.shape[1], device=X.device)[:, None] < lengths
    return torch.where(mask[..., None], X, 0).sum(1) / lengths.clamp(min=1)[:, None]


@misconception(
    "0 times NaN is NaN, and so is 0 times infinity: multiplying by the mask does not remove such padding.",
    "Select with torch.where(mask[..., None], X, 0), or with masked_fill.",
    keeps="right as long as the padding holds ordinary numbers",
)
def multiplied_by_the_mask(X, lengths):
    return (X * valid(X, lengths)[..., None]).sum(1) / lengths.clamp(min=1)[:, None]


@misconception(
    "The length of an empty sequence is 0, and you divide by it: 0 / 0 is NaN. Its mean is to be 0.",
    "Divide by at least 1: lengths.clamp(min=1).",
    keeps="right for every sequence that is not empty",
)
def zero_over_zero(X, lengths):
    return torch.where(valid(X, lengths)[..., None], X, 0).sum(1) / lengths[:, None]


@misconception(
    "For an empty sequence X / lengths is infinite or NaN before torch.where puts a 0 in its place. That hides it "
    "from the value only: the gradient flows back through the quotient, where 0 times infinity is NaN.",
    "Divide by lengths.clamp(min=1), so that no quotient is ever infinite.",
    keeps="right but for the gradient of an empty sequence",
)
def divided_before_the_selection(X, lengths):
    return torch.where(valid(X, lengths)[..., None], X / lengths[:, None, None], 0).sum(1)


@misconception(
    "The padding is erased in X, which is the caller's tensor: after your function the original numbers are lost.",
    "Make a new tensor with torch.where(mask[..., None], X, 0), or masked_fill without an underscore.",
    keeps="every returned number is right",
)
def padding_erased_in_place(X, lengths):
    X[~valid(X, lengths)] = 0
    return X.sum(1) / lengths.clamp(min=1)[:, None]


@misconception(
    "Python goes from sequence to sequence, so the number of operations grows with the number of sequences. One "
    "mask for the whole batch and one sum over the steps do the same.",
    "Build the mask torch.arange(t) < lengths[:, None] of shape (n, t), and sum torch.where(mask[..., None], X, 0) "
    "over axis 1.",
    keeps="every number is right",
)
def one_sequence_at_a_time(X, lengths):
    means = [x[:length].sum(0) / max(length, 1) for x, length in zip(X, lengths.tolist(), strict=True)]
    return torch.stack(means) if means else X.sum(1)


@first_attempt("multiplied_by_the_mask", "zero_over_zero")
def products_over_lengths(X, lengths):
    mask = torch.arange(X.shape[1], device=X.device) < lengths[:, None]
    return (X * mask.unsqueeze(2)).sum(1) / lengths.unsqueeze(1)


@first_attempt("padding_taken_for_zeros", "zero_over_zero")
def sums_over_lengths(X, lengths):
    return X.sum(1) / lengths[:, None]


@first_attempt("one_sequence_at_a_time", "zero_over_zero")
def means_in_a_loop(X, lengths):
    return torch.stack([X[i, : lengths[i]].mean(0) for i in range(len(X))])
