"""A column minus a row is a matrix, in silence: the labels get the shape of the predictions first."""

import torch

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, picture, reference

exercise = Exercise(
    points=1,
    gradients=True,
    forbid=("mse_loss", "huber_loss", "smooth_l1_loss"),
    forbid_reason="The loss is the exercise: subtract, square and halve.",
    book="sec_linear_scratch",
)


@reference
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


@alternative
def viewed_and_halved(y_hat, y):
    return 0.5 * (y_hat - y.view_as(y_hat)).square()


@alternative
def by_einsum(y_hat, y):
    r = torch.flatten(y_hat) - torch.flatten(y)
    return torch.einsum("i,i->i", r, r).div(2).reshape(y_hat.shape)


@alternative
def an_axis_more_or_less(y_hat, y):
    if y.dim() < y_hat.dim():
        y = y[:, None]
    elif y.dim() > y_hat.dim():
        y = y[:, 0]
    r = y - y_hat
    return torch.mul(r, r / 2)


@alternative
def through_a_column_of_pairs(y_hat, y):
    pairs = torch.stack([y_hat.reshape(-1), y.reshape(-1)])
    return pairs.diff(dim=0).pow(2).mul(0.5).reshape(y_hat.size())


def apart(draw, n):
    """Predictions and labels. No two are nearly alike, so even an expanded square is right to almost all digits."""
    y_hat = draw.normal(n)
    return y_hat, y_hat + (-1) ** torch.arange(n) * draw.uniform(n, low=0.5, high=2)


@case
def a_column_and_a_vector(draw):
    y_hat, y = apart(draw, 4)
    return y_hat[:, None], y


@case
def two_vectors(draw):
    return apart(draw, 5)


@case
def a_vector_and_a_column(draw):
    y_hat, y = apart(draw, 3)
    return y_hat, y[:, None]


@case
def two_columns(draw):
    y_hat, y = apart(draw, 4)
    return y_hat[:, None], y[:, None]


@case
def every_second_number_of_longer_tensors(draw):
    y_hat, y = apart(draw, 5)
    return torch.stack([y_hat, draw.normal(5)], 1)[:, :1], draw.every_second(y)


@case(aspect="edge")
def one_example(draw):
    """Whoever removes axes of size 1 is left without any."""
    y_hat, y = apart(draw, 1)
    return y_hat[:, None], y


@case(aspect="edge")
def one_example_in_vectors(draw):
    return apart(draw, 1)


@case(aspect="edge", gradients=False)
def no_examples(draw):
    return draw.normal(0, 1), draw.normal(0)


@case(aspect="stability", dtypes=("float64",))
def predictions_far_from_zero_and_near_the_labels(draw):
    """The difference of squares loses what is asked for."""
    near = 1e5 * (1 + draw.uniform(4))
    return near[:, None], near + draw.tensor([0.5, -0.25, 1.5, -2.0]) * draw.uniform(4, low=0.5)


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return draw.normal(4, 1), 3 + draw.normal(4)


@domain(outside={"huge, tiny, inf": "squares neither overflow nor underflow"})
def any_predictions(draw):
    n = draw.size()
    y_hat = draw.any(*draw.pick((n,), (n, 1)), without="inf huge tiny")
    return y_hat, draw.any(*draw.pick((n,), (n, 1)), without="inf huge tiny")


@batch
def more_examples(draw, n):
    return draw.normal(n, 1), draw.normal(n)


@picture("curve", x="prediction", y="loss")
def around_a_label(draw):
    """The loss is zero at the label, and four times as large at twice the distance."""
    y_hat = torch.linspace(-3, 5, 81)
    return y_hat, (y_hat, torch.ones_like(y_hat))


@misconception(
    "A column minus a row is a matrix: (n, 1) and (n,) broadcast to all n × n differences, each prediction against "
    "each label, and no error tells you. Both need one shape before you subtract.",
    "(y_hat - y.reshape(y_hat.shape)) ** 2 / 2",
)
def every_prediction_against_every_label(y_hat, y):
    return (y_hat - y) ** 2 / 2


@misconception(
    "You return one number, the mean over the examples. Here each example has a loss of its own; whoever trains "
    "averages later, and must know over how many.",
    "Leave mean() out: return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2 as it is.",
)
def averaged(y_hat, y):
    return squared_loss(y_hat, y).mean()


@misconception(
    "You return one number, the sum over the examples. Here each example has a loss of its own; sums and means come "
    "later.",
    "Leave sum() out: return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2 as it is.",
)
def summed(y_hat, y):
    return squared_loss(y_hat, y).sum()


@misconception(
    "The factor 1/2 is missing, so losses come out twice as large. The book's squared loss has it, to cancel the 2 "
    "of the derivative; torch's own mean squared error has none.",
    "Divide the square by 2.",
)
def half_forgotten(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2


@misconception(
    "You halve the difference before you square it, so its square is a quarter. The 1/2 stands outside of the square.",
    "Square first, then divide by 2: r ** 2 / 2.",
)
def half_squared(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) / 2) ** 2


@misconception(
    "You take absolute differences. They grow in proportion to the error and have a kink at zero; the squared loss "
    "grows with its square.",
    "Square the differences instead: r ** 2 / 2.",
)
def absolute_differences(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)).abs() / 2


@misconception(
    "You square predictions and labels first and then subtract. The square of a difference is something else, and "
    "never negative.",
    "Subtract first: (y_hat - y.reshape(y_hat.shape)) ** 2 / 2",
)
def difference_of_squares(y_hat, y):
    return (y_hat**2 - y.reshape(y_hat.shape) ** 2) / 2


@misconception(
    "You expand the square. Far from zero three huge numbers cancel then, and of a small difference no digit is left.",
    "Subtract first: (y_hat - y.reshape(y_hat.shape)) ** 2 / 2",
    keeps="right near zero",
)
def square_expanded(y_hat, y):
    y = y.reshape(y_hat.shape)
    return y_hat**2 / 2 - y_hat * y + y**2 / 2


@misconception(
    "You divide by the number of examples, although nothing was summed. The 1/n belongs to the mean over a minibatch, "
    "which is taken elsewhere.",
    "Divide by 2 only.",
)
def divided_by_n(y_hat, y):
    return squared_loss(y_hat, y) / max(len(y_hat), 1)


@misconception(
    "You flatten both arguments, so a column of predictions gets a vector of losses. The answer has the shape of "
    "y_hat.",
    "Reshape y alone: y.reshape(y_hat.shape)",
)
def flattened(y_hat, y):
    return (y_hat.reshape(-1) - y.reshape(-1)) ** 2 / 2


@misconception(
    "squeeze() removes every axis of size 1: that of a column, and that of a single example as well. The answer has "
    "the shape of y_hat.",
    "Reshape y alone: y.reshape(y_hat.shape)",
)
def squeezed(y_hat, y):
    return (y_hat.squeeze() - y.squeeze()) ** 2 / 2


@misconception(
    "You give the predictions the shape of the labels; it has to be the other way round, for the losses have the "
    "shape of y_hat.",
    "Reshape y: y.reshape(y_hat.shape)",
)
def shaped_like_the_labels(y_hat, y):
    return (y_hat.reshape(y.shape) - y) ** 2 / 2


@misconception(
    "You make a column of both, whatever they were. That is right for predictions of shape (n, 1); where y_hat is a "
    "vector, so are the losses.",
    "Take the shape from y_hat: y.reshape(y_hat.shape)",
)
def always_a_column(y_hat, y):
    return (y_hat.reshape(-1, 1) - y.reshape(-1, 1)) ** 2 / 2


@misconception(
    "You detach y, so no gradient flows back into it. Where one network learns from another, labels are computed, too.",
    "Leave detach() out.",
    keeps="the values are right, and half of the gradients",
)
def labels_detached(y_hat, y):
    return squared_loss(y_hat, y.detach())


@misconception(
    "Subtraction with -= writes into the caller's predictions. They are lost, and whoever needs them next finds "
    "residuals instead.",
    "Make a new tensor: r = y_hat - y.reshape(y_hat.shape)",
    keeps="the answer is right",
)
def predictions_overwritten(y_hat, y):
    y_hat -= y.reshape(y_hat.shape)
    return y_hat**2 / 2


@misconception(
    "The answer is forced to float32, which rounds float64 and widens half precision. The losses have the dtype of "
    "y_hat.",
    "Leave the dtype to the operations: no .float().",
)
def forced_to_float32(y_hat, y):
    return squared_loss(y_hat.float(), y.float())


@misconception(
    "Python goes from example to example, so the work grows with n. Tensors subtract and square all entries at once.",
    "(y_hat - y.reshape(y_hat.shape)) ** 2 / 2",
    keeps="every number is right",
)
def one_example_at_a_time(y_hat, y):
    return torch.cat([squared_loss(p, t) for p, t in zip(y_hat.split(1), y.split(1), strict=True)])


@first_attempt("every_prediction_against_every_label", "half_forgotten")
def a_plain_square(y_hat, y):
    return (y_hat - y) ** 2


@first_attempt("every_prediction_against_every_label", "averaged")
def the_loss_of_a_scratch_model(y_hat, y):
    return ((y_hat - y) ** 2 / 2).mean()


@first_attempt("averaged", "half_forgotten")
def what_mse_loss_computes(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)).pow(2).mean()


@first_attempt("half_forgotten", "flattened")
def squares_of_vectors(y_hat, y):
    return (y_hat.flatten() - y.flatten()) ** 2


@first_attempt("absolute_differences", "every_prediction_against_every_label")
def distances_of_all_pairs(y_hat, y):
    return (y_hat - y).abs() / 2
