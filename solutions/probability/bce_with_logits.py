"""Two classes are one logit, and the loss of a sure and wrong model is that logit: finite, with a slope."""

import torch

from grader import (
    EPSILONS,
    Exercise,
    alternative,
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
    gradients=("z",),
    forbid=(
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "bceloss",
        "bcewithlogitsloss",
        "soft_margin_loss",
        "multilabel_soft_margin_loss",
    ),
    forbid_reason="The loss is the exercise: build it from exponentials and logarithms.",
    weights={"stability": 3, "gradient": 1},
    equivalent={"logaddexp(z, torch.zeros_like(z))": "a sum has no order"},
    book="sec_softmax",
)


@reference
def bce_with_logits(z, y):
    return (torch.logaddexp(torch.zeros_like(z), z) - z * y).mean()


@alternative
def softplus_less_the_logit(z, y):
    return (torch.nn.functional.softplus(z) - y * z).mean()


@alternative
def logarithms_of_both_sigmoids(z, y):
    log_one, log_zero = torch.nn.functional.logsigmoid(z), torch.nn.functional.logsigmoid(-z)
    return -(torch.einsum("i,i->", y, log_one) + torch.einsum("i,i->", 1 - y, log_zero)) / len(z)


@alternative
def softmax_of_two_scores(z, y):
    log_p = torch.stack([torch.zeros_like(z), z], dim=1).log_softmax(1)
    return -(torch.stack([1 - y, y], 1) * log_p).sum() / z.numel()


@alternative
def two_kinks_that_cancel(z, y):
    """At zero they do not cancel for autograd, so no gradient is asked for there."""
    return (z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))).mean()


@case
def everyday_logits(draw):
    return draw.normal(5), draw.tensor([0.0, 1.0, 1.0, 0.0, 1.0])


@case
def everyday_logits_of_an_even_number(draw):
    return 2 * draw.normal(8), draw.tensor([1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0])


@case(weight=3)
def soft_labels(draw):
    return draw.normal(4), draw.tensor([0.1, 0.9, 0.5, 0.3])


@case
def every_second_logit(draw):
    return draw.every_second(2 * draw.normal(6)), draw.every_second(draw.uniform(6))


@case(aspect="edge", gradients=False)
def all_logits_zero(draw):
    """What an untrained network says; its loss is log 2."""
    return draw.full(4, value=0.0), draw.tensor([1.0, 0.0, 0.25, 1.0])


@case(aspect="edge")
def one_example_of_class_1(draw):
    return draw.normal(1) - 1, draw.tensor([1.0])


@case(aspect="edge")
def one_example_of_class_0(draw):
    return draw.normal(1) + 1, draw.tensor([0.0])


@case(aspect="stability")
def sure_of_class_1_and_wrong(draw):
    return draw.tensor([1000.0, 200.0]) * draw.uniform(2, low=0.9), draw.tensor([0.0, 0.0])


@case(aspect="stability")
def sure_of_class_0_and_wrong(draw):
    return draw.tensor([-1000.0, -200.0]) * draw.uniform(2, low=0.9), draw.tensor([1.0, 1.0])


@case(aspect="stability")
def sure_and_right_beside_a_wrong_one(draw):
    """0 times infinity hides in the term that does not count."""
    return torch.cat([draw.tensor([1000.0, -1000.0]), -6 - 3 * draw.uniform(1)]), draw.tensor([1.0, 0.0, 1.0])


@case(aspect="stability")
def sure_of_what_is_open(draw):
    return draw.tensor([500.0, -200.0, 120.0]) * draw.uniform(3, low=0.9), draw.tensor([0.5, 0.25, 0.75])


@case(aspect="stability", dtypes=("float64",))
def rather_sure_and_wrong(draw):
    """Up to here a sigmoid of float32, or a bound of 1e-7, would do."""
    return draw.tensor([18.5, -19.0, 17.0]) * draw.uniform(3, low=0.98), draw.tensor([0.0, 1.0, 0.0])


@case(aspect="edge", dtypes=("bfloat16", "float16"), gradients=False)
def half_precision(draw):
    return draw.tensor([2.0, -1.0, 0.5, -3.0]), draw.tensor([1.0, 1.0, 0.0, 0.5])


@domain(outside={"inf": "all logits are finite"})
def any_logits(draw):
    n = draw.size(least=1)
    z = draw.any(n, without="inf" if draw.precision != "float16" else "inf huge large apart")
    kind = draw.pick("classes", "soft", "ones", "zeros", "halves")
    y = {
        "classes": draw.integers(n, high=2).double(),
        "soft": draw.uniform(n),
        "ones": torch.ones(n, dtype=torch.float64),
        "zeros": torch.zeros(n, dtype=torch.float64),
        "halves": torch.full((n,), 0.5, dtype=torch.float64),
    }[kind]
    between = (z.abs() > 15) & (z.abs() < 45)  # torch's softplus is rough there
    loss = float((z.clamp(min=0) - z * y + (-z.abs()).exp().log1p()).mean())
    size = float((z.clamp(min=0) + (z * y).abs()).mean())
    draw.require(not between.any() and loss > 1e-3 and loss > 1e-3 * size)  # less is all rounding
    draw.value_only(bool((z == 0).any()))
    return z, draw.laid_out(y)


@batch
def more_examples(draw, n):
    return draw.normal(n), draw.full(n, value=0.75)


def sigmoid_loss(s, y):
    return -(y * s.log() + (1 - y) * (1 - s).log()).mean()


@picture("curve", x="logit", y="loss")
def of_both_labels(draw):
    """A sure and wrong model pays its logit, and goes on paying where a sigmoid is 1 already."""
    z = torch.linspace(-60, 60, 61)
    return z, {f"label {y:.0f}": [(each[None], torch.tensor([y])) for each in z] for y in (0.0, 1.0)}


@misconception(
    "The sigmoid of a large logit rounds to 1, so log(1 - s) is -inf, and where the label says that it does not "
    "count, 0 times inf is nan. Never form the probability.",
    "(z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))).mean()",
)
def logarithm_of_the_sigmoid(z, y):
    return sigmoid_loss(torch.sigmoid(z), y)


@misconception(
    "The bound keeps the logarithm finite, and with it the loss: a model that is sure and wrong never pays more than "
    "16, and gets no gradient to change its mind.",
    "(z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))).mean()",
    also=EPSILONS,
)
def sigmoid_clamped(z, y, *, eps=1e-7):
    return sigmoid_loss(torch.sigmoid(z).clamp(eps, 1 - eps), y)


@misconception(
    "The epsilon inside the logarithm bounds the loss: a model that is sure and wrong pays no more than minus its "
    "logarithm.",
    "(z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))).mean()",
    also=EPSILONS,
)
def epsilon_inside_the_logarithm(z, y, *, eps=1e-8):
    s = torch.sigmoid(z)
    return -(y * (s + eps).log() + (1 - y) * (1 - s + eps).log()).mean()


@misconception(
    "torch's ready-made loss stops logarithms at -100, and so do you: a logit of 1000 pays 100 only, without any "
    "gradient.",
    "(z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))).mean()",
)
def logarithms_stopped_at_minus_100(z, y):
    s = torch.sigmoid(z)
    return -(y * s.log().clamp(min=-100) + (1 - y) * (1 - s).log().clamp(min=-100)).mean()


@misconception(
    "exp overflows for a large logit, and the loss is inf although the true one is about z. Only exponentials of "
    "negative numbers are safe.",
    "z.clamp(min=0) + torch.log1p(torch.exp(-z.abs())) in place of log(1 + exp(z))",
)
def exponential_overflows(z, y):
    return (torch.log1p(torch.exp(z)) - y * z).mean()


@misconception(
    "exp(-z) overflows for a very negative logit. Only exponentials of -|z| are safe.",
    "z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))",
)
def exponential_of_minus_z_overflows(z, y):
    return ((1 - y) * z + torch.log1p(torch.exp(-z))).mean()


@misconception(
    "torch.where computes both branches. Where exp overflows in the one that is not chosen, the value does not show "
    "it, but the gradient does: 0 times inf is nan.",
    "Let no branch overflow: torch.log1p(torch.exp(-z.abs())) is right for both signs.",
    keeps="every value is right, and gradients of ordinary logits",
)
def overflow_in_the_other_branch(z, y):
    small, large = torch.log1p(torch.exp(z)), z + torch.log1p(torch.exp(-z))
    return (torch.where(z > 0, large, small) - z * y).mean()


@misconception(
    "You clamp the logits, so a model that is sure and wrong pays for a smaller one, and has gradient 0 there.",
    "Leave z as it is; only exponentials need care.",
    also=(10, 20, 50, 80, 88, 100),
)
def logits_clamped(z, y, *, bound=30):
    return bce_with_logits(z.clamp(-bound, bound), y)


@misconception(
    "You sum over the examples. The loss is their mean: divide by n.",
    "Put mean() in place of sum().",
)
def summed(z, y):
    return bce_with_logits(z, y) * len(z)


@misconception(
    "You return one loss for each example. The task asks for their mean.",
    "Put .mean() at the end.",
)
def one_loss_per_example(z, y):
    return z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))


@misconception(
    "The sign is wrong: a logarithm of a probability is never positive, and a loss is never negative.",
    "Put a minus in front.",
)
def no_minus(z, y):
    return -bce_with_logits(z, y)


@misconception(
    "The classes are exchanged: s(z) is the probability of class 1, and y says how true class 1 is.",
    "z.clamp(min=0) - z * y + …, with y, not 1 - y",
)
def classes_exchanged(z, y):
    return bce_with_logits(z, 1 - y)


@misconception(
    "Only examples of class 1 have a loss: you leave out the second term, (1 - y) log(1 - s). A model that always "
    "says 1 would be perfect.",
    "Keep both terms: y log s + (1 - y) log(1 - s)",
)
def only_class_1(z, y):
    return (y * torch.nn.functional.softplus(-z)).mean()


@misconception(
    "You round the labels, or compare them with 0.5. A label of 0.9 is not the same as 1: both terms count, in "
    "proportion.",
    "Use y as it stands: z * y",
    keeps="right for hard labels",
)
def labels_rounded(z, y):
    return bce_with_logits(z, (y >= 0.5).to(y.dtype))


@misconception(
    "The sigmoid is applied twice: z is turned into a probability, and that is taken for a logit.",
    "Use z itself.",
)
def sigmoid_twice(z, y):
    return bce_with_logits(torch.sigmoid(z), y)


@misconception(
    "You take the two classes for scores z and -z, whose difference is 2 z. With z = o1 - o0 the scores are 0 and z.",
    "torch.stack([torch.zeros_like(z), z], 1)",
)
def scores_plus_and_minus_z(z, y):
    return bce_with_logits(2 * z, y)


@misconception(
    "That is the loss for labels of +1 and -1. Here they are 1 and 0.",
    "Use 2 * y - 1 for hard labels, or better z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs())).",
)
def labels_of_plus_and_minus_one(z, y):
    return torch.nn.functional.softplus(-y * z).mean()


@misconception(
    "That is half of the squared error of the probability. Its gradient vanishes where the model is sure and wrong.",
    "Take logarithms: -(y log s + (1 - y) log(1 - s))",
)
def squared_error(z, y):
    return (torch.sigmoid(z) - y).square().mean() / 2


@misconception(
    "The loss is detached from z, so nothing can be learnt from it.",
    "Leave out detach(), item() and no_grad().",
)
def detached(z, y):
    return bce_with_logits(z.detach(), y) + 0 * z.clamp(-1, 1).sum()


@misconception(
    "You answer with a Python float, from which no gradient flows back. The task asks for a tensor of shape ().",
    "Leave out float() and .item().",
)
def a_python_float(z, y):
    return float(bce_with_logits(z, y))


@misconception(
    "The answer is forced to float32, which rounds float64 and widens half precision. It has the dtype of z.",
    "Leave the dtype to the operations: no .float().",
)
def forced_to_float32(z, y):
    return bce_with_logits(z.float(), y.float())


@misconception(
    "Python goes from example to example, so the work grows with n.",
    "(z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))).mean()",
    keeps="every number is right",
)
def one_example_at_a_time(z, y):
    return sum(bce_with_logits(a, b) for a, b in zip(z.split(1), y.split(1), strict=True)) / len(z)


@first_attempt("logarithm_of_the_sigmoid", "summed")
def plain_and_summed(z, y):
    return sigmoid_loss(torch.sigmoid(z), y) * len(z)


@first_attempt("logarithm_of_the_sigmoid", "only_class_1")
def logarithm_of_the_sigmoid_for_class_1(z, y):
    return -(y * torch.sigmoid(z).log()).mean()


@first_attempt("logarithm_of_the_sigmoid", "no_minus")
def plain_without_a_minus(z, y):
    return -sigmoid_loss(1 / (1 + torch.exp(-z)), y)


@first_attempt("exponential_overflows", "summed")
def scores_and_a_sum(z, y):
    return (torch.log(1 + torch.exp(z)) - y * z).sum()


@first_attempt("sigmoid_clamped", "one_loss_per_example")
def clamped_without_a_mean(z, y):
    s = torch.sigmoid(z).clamp(1e-7, 1 - 1e-7)
    return -(y * s.log() + (1 - y) * (1 - s).log())
