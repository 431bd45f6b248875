"""The same pull on every weight, and no further than to 0: the zeros are exact, unlike those of a subgradient step."""

import torch

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_weight_decay",
    forbid=("optim",),
    forbid_reason="The step is the exercise: write the update yourself.",
)


@reference
def l1_prox_step(w, g, lr, lam):
    v = w - lr * g
    return v.sign() * (v.abs() - lr * lam).clamp(min=0)


@alternative
def ready_made(w, g, lr, lam):
    return torch.nn.functional.softshrink(w - lr * g, lr * lam)


@alternative
def two_rectifiers(w, g, lr, lam):
    v = torch.sub(w, g, alpha=lr)
    c = lr * lam
    return torch.relu(v - c) - torch.relu(-v - c)


@alternative
def what_a_clamp_takes_away(w, g, lr, lam):
    v = w - lr * g
    return v - v.clamp(-lr * lam, lr * lam)


@alternative
def three_cases(w, g, lr, lam):
    v, c = w - lr * g, lr * lam
    return torch.where(v > c, v - c, torch.where(v < -c, v + c, torch.zeros_like(v)))


@alternative
def a_share_of_what_is_there(w, g, lr, lam):
    v = w - lr * g
    share = 1 - lr * lam / v.abs().clamp(min=torch.finfo(v.dtype).tiny)
    return v * share.clamp(min=0)


def some(draw, *shape):
    """w and g such that some entries of v are large, and others small; the large ones have both signs on every seed."""
    signs = draw.normal(*shape).sign()
    signs.view(-1)[2] = -signs.view(-1)[0]
    w = draw.uniform(*shape, low=2, high=4) * signs
    small = torch.arange(w.numel()).reshape(shape) % 3 == 1
    return torch.where(small, 0.01 * w, w), torch.where(small, 0.01, 1.0) * draw.uniform(*shape, low=-2, high=2)


@case
def large_and_small_weights(draw):
    return *some(draw, 8), 0.1, 0.9


@case
def a_matrix(draw):
    return *some(draw, 3, 5), 0.2, 1.5


@case
def a_square_matrix_that_lies_transposed(draw):
    w, g = some(draw, 4, 4)
    return w.T, g.T, 0.5, 0.4


@case
def only_the_penalty(draw):
    """Without a gradient every large weight moves by the same amount."""
    w, g = some(draw, 9)
    return w, 0 * g, 0.3, 0.7


@case
def all_weights_are_small(draw):
    """Nothing is left, and 0 is meant to be exactly 0."""
    return 0.01 * draw.normal(6), 0.01 * draw.normal(6), 0.1, 1.0


@case(weight=2)
def the_gradient_carries_weights_across_zero(draw):
    """The sign that counts is that of the moved weight."""
    w = draw.uniform(6, low=0.3, high=0.6) * draw.tensor([1.0, -1.0] * 3)
    return w, 8 * w.sign() * draw.uniform(6, low=1, high=2), 0.25, 0.6


@case
def a_strong_penalty(draw):
    w, g = some(draw, 2, 4)
    return 10 * w, g, 0.5, 4.0


@case(aspect="edge")
def no_penalty(draw):
    return *some(draw, 5), 0.1, 0.0


@case(aspect="edge")
def a_rate_of_zero(draw):
    return *some(draw, 5), 0.0, 0.5


@case(aspect="edge")
def weights_that_are_zero_already(draw):
    """The penalty holds them there against a small gradient."""
    return draw.tensor([0.0, 0.0, 3.0, -3.0]), draw.normal(4) * draw.tensor([0.1, 0.1, 1.0, 1.0]), 0.1, 1.0


@case(aspect="edge")
def a_single_number(draw):
    return 2 + draw.uniform(), draw.normal(), 0.2, 0.5


@case(aspect="edge")
def nothing_at_all(draw):
    return draw.normal(0, 2), draw.normal(0, 2), 0.2, 0.5


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return *some(draw, 7), 0.25, 1.0


@domain(outside={"inf, huge, tiny": "products overflow, vanish or are no numbers"})
def any_step(draw):
    w = draw.any(axes=(0, 4), without="inf huge tiny")
    g = draw.like(w, without="inf huge tiny")
    return w, g, draw.pick(0, 0.0, 1, draw.number(0, 1)), draw.pick(0, 0.0, 1, draw.number(0, 1), 0.01)


@misconception(
    "The subgradient step jumps to and fro across 0 and never ends there. A weight that the pull would carry past 0 "
    "must be exactly 0.",
    "Take the step on the loss first, and then shrink magnitudes: (v.abs() - lr * lam).clamp(min=0).",
)
def subgradient_step(w, g, lr, lam):
    return w - lr * (g + lam * w.sign())


@misconception(
    "Magnitudes shrink by lam, whatever the learning rate. The penalty is part of the loss, and moves by lr * lam.",
    "(v.abs() - lr * lam).clamp(min=0)",
)
def threshold_without_the_rate(w, g, lr, lam):
    v = w - lr * g
    return v.sign() * (v.abs() - lam).clamp(min=0)


@misconception(
    "Small weights become 0, but the large ones keep their size. The penalty pulls at them as well, by lr * lam.",
    "Subtract it: v.sign() * (v.abs() - lr * lam).clamp(min=0).",
)
def large_weights_not_shrunk(w, g, lr, lam):
    v = w - lr * g
    return torch.where(v.abs() > lr * lam, v, torch.zeros_like(v))


@misconception(
    "That is the L2 penalty: each weight shrinks by a share of itself, and none becomes 0.",
    "Subtract the same amount, lr * lam, from every magnitude.",
)
def a_share_as_with_l2(w, g, lr, lam):
    return (1 - lr * lam) * (w - lr * g)


@misconception(
    "Weights near 0 come out on the other side of it: the magnitude became negative.",
    "Stop at 0: (v.abs() - lr * lam).clamp(min=0).",
)
def not_stopped_at_zero(w, g, lr, lam):
    v = w - lr * g
    return v.sign() * (v.abs() - lr * lam)


@misconception(
    "All signs are lost: you return magnitudes.",
    "Multiply by v.sign().",
)
def signs_lost(w, g, lr, lam):
    return ((w - lr * g).abs() - lr * lam).clamp(min=0)


@misconception(
    "Negative weights become 0 whatever their size. They are pulled up towards 0 just as positive ones are pulled "
    "down.",
    "Shrink magnitudes, and give the sign back: v.sign() * (v.abs() - lr * lam).clamp(min=0).",
)
def negative_weights_lost(w, g, lr, lam):
    return (w - lr * g - lr * lam).clamp(min=0)


@misconception(
    "The weights are shrunk before the gradient moves them, so what is set to 0 leaves it at once.",
    "First v = w - lr * g, and then shrink v.",
)
def shrunk_before_the_step(w, g, lr, lam):
    return w.sign() * (w.abs() - lr * lam).clamp(min=0) - lr * g


@misconception(
    "The sign is taken from the old weight. The gradient may have carried it to the other side.",
    "Use v.sign(), where v = w - lr * g.",
    keeps="right unless a step crosses 0",
)
def sign_of_the_old_weight(w, g, lr, lam):
    return w.sign() * ((w - lr * g).abs() - lr * lam).clamp(min=0)


@misconception(
    "The gradient of the loss is missing: only the penalty moves your weights.",
    "Start from v = w - lr * g.",
)
def gradient_missing(w, g, lr, lam):
    return w.sign() * (w.abs() - lr * lam).clamp(min=0)


@misconception(
    "The gradient is not multiplied by the learning rate.",
    "v = w - lr * g",
)
def gradient_without_the_rate(w, g, lr, lam):
    return l1_prox_step(w - g, 0 * g, lr, lam)


@misconception(
    "The penalty counts by half. There is no 1/2 in lam ||w||_1.",
    "(v.abs() - lr * lam).clamp(min=0)",
)
def half_the_threshold(w, g, lr, lam):
    return l1_prox_step(w, g, lr, lam / 2) if lr == 0 else l1_prox_step(w - lr * g, 0 * g, lr, lam / 2)


@misconception(
    "The weights grow: they are pushed away from 0.",
    "Subtract lr * lam from the magnitudes, and stop at 0.",
)
def pushed_away(w, g, lr, lam):
    v = w - lr * g
    return v.sign() * (v.abs() + lr * lam)


@misconception(
    "You walk uphill: the gradient points to where the loss grows.",
    "v = w - lr * g",
)
def uphill(w, g, lr, lam):
    return l1_prox_step(w, -g, lr, lam)


@misconception(
    "You change the caller's weights in place, and they must stay as they are.",
    "Compute a new tensor, v = w - lr * g, and not w -= ….",
    keeps="every number is right",
)
def in_place(w, g, lr, lam):
    w -= lr * g
    w -= w.clamp(-lr * lam, lr * lam)
    return w


@first_attempt("threshold_without_the_rate", "large_weights_not_shrunk")
def hard_threshold(w, g, lr, lam):
    v = w - lr * g
    return torch.where(v.abs() > lam, v, torch.zeros_like(v))


@first_attempt("not_stopped_at_zero", "threshold_without_the_rate")
def moved_by_lam(w, g, lr, lam):
    v = w - lr * g
    return v - lam * v.sign()
