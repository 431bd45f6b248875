"""Mean, median and midrange are what three losses make of the same data."""

import torch

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(points=1, book="sec_linear_regression")


@reference
def best_constant(x, loss):
    if loss == "squared":
        return x.mean()
    if loss == "absolute":
        ordered = x.sort().values
        return (ordered[(len(x) - 1) // 2] + ordered[len(x) // 2]) / 2
    if loss == "largest":
        return (x.min() + x.max()) / 2
    raise ValueError(f"there is no loss {loss!r}")


@alternative
def by_quantiles(x, loss):
    if loss == "largest":
        return torch.quantile(x, torch.tensor([0.0, 1.0], dtype=x.dtype, device=x.device)).mean()
    if loss not in ("squared", "absolute"):
        raise ValueError(loss)
    return x.sum() / x.numel() if loss == "squared" else x.quantile(0.5)


@alternative
def medians_from_both_sides(x, loss):
    """torch's median is the lower one; that of -x is the upper one of x, with a minus."""
    formulas = {
        "squared": lambda: torch.einsum("i->", x) / len(x),
        "absolute": lambda: torch.stack([x.median(), -(-x).median()]).mean(),
        "largest": lambda: torch.lerp(x.amin(), x.amax(), 0.5),
    }
    if loss not in formulas:
        raise ValueError(f"unknown: {loss}")
    return formulas[loss]()


@alternative
def by_kth_values(x, loss):
    n = x.shape[0]
    match loss:
        case "squared":
            return torch.dot(x, torch.ones_like(x)).div(n)
        case "absolute":
            return 0.5 * (x.kthvalue((n + 1) // 2).values + x.kthvalue(n // 2 + 1).values)
        case "largest":
            return 0.5 * x.kthvalue(1).values + 0.5 * x.kthvalue(n).values
    raise ValueError("no such loss")


def data(draw, n):
    """Numbers that are far enough from each other, in random order, and not around zero."""
    return (2 + torch.arange(n) + draw.uniform(n, low=0.1, high=0.6))[draw.permutation(n)]


@case
def squares_and_an_outlier(draw):
    return torch.cat([data(draw, 4), draw.tensor([93.0])]), "squared"


@case
def absolute_values_and_an_outlier(draw):
    return torch.cat([draw.tensor([93.0]), data(draw, 6)]), "absolute"


@case
def an_even_number_of_absolute_values(draw):
    """Everything between the two in the middle is as good; their mean is asked for."""
    return data(draw, 6) ** 2, "absolute"


@case
def the_largest_deviation_and_an_outlier(draw):
    return torch.cat([data(draw, 3), draw.tensor([93.0]), data(draw, 2)]), "largest"


@case
def negative_numbers(draw):
    return -data(draw, 5), "largest"


@case
def absolute_values_of_negative_numbers(draw):
    return -(data(draw, 4) ** 2), "absolute"


@case
def every_second_number(draw):
    return draw.every_second(data(draw, 5) ** 2), "absolute"


@case
def every_second_square(draw):
    return draw.every_second(data(draw, 4) ** 2), "squared"


@case(aspect="edge")
def one_number(draw):
    return data(draw, 1), "absolute"


@case(aspect="edge")
def two_numbers(draw):
    return draw.tensor([1.0, 7.0]) * draw.uniform(2, low=0.5), "absolute"


@case(aspect="edge")
def equal_numbers(draw):
    return draw.tensor([3.0, 5.0, 3.0, 3.0, 8.0, 3.0]), "absolute"


@case(raises="ValueError")
def no_such_loss(draw):
    return data(draw, 3), "squares"


@case(raises="ValueError")
def a_loss_of_the_next_chapter(draw):
    return data(draw, 3), "logistic"


@domain(dtypes=("float64", "float32"), outside={"inf": "all numbers are finite", "apart": "one number decides alone"})
def any_numbers(draw):
    x = draw.any(axes=(1, 1), least=1, without="inf apart")
    loss = draw.pick("squared", "absolute", "largest")
    known = loss if draw.pick(True, True, True, False) else draw.pick("", "Squared", "huber")
    draw.raises("ValueError", known != loss)
    ordered = x.sort().values
    middle = (ordered[(len(x) - 1) // 2] + ordered[len(x) // 2]) / 2
    b = {"squared": x.mean(), "absolute": middle, "largest": (x.max() + x.min()) / 2}[loss]
    draw.require(b.abs() > 0.005 * x.abs().max() or not x.any())  # less is all rounding
    return x, known


@misconception(
    "The square root of a sum of squares is the loss itself, not where it is smallest. Set its derivative to zero: "
    "the deviations sum to 0.",
    '"squared": x.mean()',
    keeps="right for the other two losses",
)
def the_loss_itself(x, loss):
    if loss == "squared":
        return x.square().sum().sqrt()
    return best_constant(x, loss)


@misconception(
    "You return the mean whatever the loss is. Only for squares do the deviations sum to 0 at the minimum; each loss "
    "has another derivative.",
    '"absolute": as many points on each side, the median; "largest": the middle between both ends.',
)
def always_the_mean(x, loss):
    best_constant(x, loss)
    return x.mean()


@misconception(
    "Mean and median are exchanged. The median is where as many points lie to the left as to the right, which makes "
    "the derivative of the absolute loss 0.",
    '"squared": mean; "absolute": median',
)
def mean_and_median_exchanged(x, loss):
    other = {"squared": "absolute", "absolute": "squared"}
    return best_constant(x, other.get(loss, loss))


@misconception(
    "torch.median returns the lower of the two numbers in the middle. That is a minimiser, too, but the task asks for "
    "the middle of all minimisers.",
    "Sort, and take the mean of the two in the middle; or x.quantile(0.5).",
    keeps="right for the other two losses",
)
def lower_median(x, loss):
    return x.median() if loss == "absolute" else best_constant(x, loss)


@misconception(
    "You return the upper of the two numbers in the middle. That is a minimiser, too, but the task asks for the "
    "middle of all minimisers.",
    "(ordered[(n - 1) // 2] + ordered[n // 2]) / 2",
    keeps="right for the other two losses",
)
def upper_median(x, loss):
    return x.sort().values[len(x) // 2] if loss == "absolute" else best_constant(x, loss)


@misconception(
    "The median is the number in the middle of the *sorted* data. You take what happens to stand in the middle.",
    "ordered = x.sort().values",
    keeps="right for the other two losses",
    chance="by luck the middle ones stand in the middle",
)
def middle_without_sorting(x, loss):
    if loss != "absolute":
        return best_constant(x, loss)
    return (x[(len(x) - 1) // 2] + x[len(x) // 2]) / 2


@misconception(
    "You always take the mean of two numbers from the middle. Of an odd count one number stands in the middle, and "
    "it alone is the median.",
    "(ordered[(n - 1) // 2] + ordered[n // 2]) / 2 is right for both: of an odd count the two are one.",
    keeps="right for the other two losses, and for even counts",
)
def two_in_the_middle_of_an_odd_count(x, loss):
    if loss != "absolute":
        return best_constant(x, loss)
    ordered, n = x.sort().values, len(x)
    return (ordered[n // 2 - 1] + ordered[n // 2]) / 2


@misconception(
    "The two in the middle are one place off: with counting from 0 they stand at (n - 1) // 2 and n // 2.",
    "(ordered[(n - 1) // 2] + ordered[n // 2]) / 2",
)
def one_place_off(x, loss):
    if loss != "absolute":
        return best_constant(x, loss)
    ordered, n = x.sort().values, len(x)
    return (ordered[n // 2] + ordered[min(n // 2 + 1, n - 1)]) / 2


@misconception(
    "You return the largest number. The largest *deviation* is smallest where both ends are equally far away.",
    '"largest": (x.min() + x.max()) / 2',
    keeps="right for the other two losses",
)
def the_largest_number(x, loss):
    return x.max() if loss == "largest" else best_constant(x, loss)


@misconception(
    "You return half of the range, which is the smallest value of that loss. Where it is reached is asked for: in the "
    "middle between both ends.",
    '"largest": (x.min() + x.max()) / 2',
    keeps="right for the other two losses",
)
def half_of_the_range(x, loss):
    return (x.max() - x.min()) / 2 if loss == "largest" else best_constant(x, loss)


@misconception(
    "You sort magnitudes: signs are lost. A constant between -5 and -3 is negative.",
    "Sort x itself, and take its ends.",
    keeps="right for positive numbers",
)
def magnitudes(x, loss):
    return best_constant(x.abs(), loss)


@misconception(
    "You search on a grid, or among the data themselves. The minimiser of squares, or of the largest deviation, is "
    "none of them in general.",
    "Set the derivative to zero, and compute.",
)
def nearest_of_the_data(x, loss):
    b = best_constant(x, loss)
    return x[(x - b).abs().argmin()]


@misconception(
    "An unknown loss passes for one of the three. The stub promises a ValueError.",
    'raise ValueError(f"there is no loss {loss!r}")',
    keeps="the numbers are right",
)
def unknown_losses_accepted(x, loss):
    return best_constant(x, loss if loss in ("squared", "absolute") else "largest")


@misconception(
    "You answer with a Python float. The task asks for a tensor of shape ().",
    "Leave out float() and .item().",
    keeps="the numbers are right",
)
def a_python_float(x, loss):
    return float(best_constant(x, loss))


@misconception(
    "sort and max along an axis return pairs or keep the axis: your answer has shape (1,). Its shape is ().",
    "Index with a number, not with a slice.",
)
def an_axis_of_size_one(x, loss):
    return best_constant(x, loss)[None]


@misconception(
    "The answer is forced to float32, which rounds float64.",
    "Leave the dtype to the operations: no .float().",
    keeps="the numbers are right to seven digits",
)
def forced_to_float32(x, loss):
    return best_constant(x.float(), loss)


@first_attempt("mean_and_median_exchanged", "lower_median")
def exchanged_with_torch_median(x, loss):
    if loss == "squared":
        return x.median()
    return x.mean() if loss == "absolute" else best_constant(x, loss)


@first_attempt("the_largest_number", "lower_median")
def ready_made_functions(x, loss):
    return {"squared": x.mean(), "absolute": x.median(), "largest": x.max()}[loss]


@first_attempt("half_of_the_range", "upper_median", "unknown_losses_accepted")
def range_and_upper_middle(x, loss):
    if loss == "squared":
        return x.mean()
    return x.sort().values[len(x) // 2] if loss == "absolute" else (x.max() - x.min()) / 2
