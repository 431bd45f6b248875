"""Each point from the one before, each in memory of its own: a path, not the same place written down many times."""

import torch
from _shared import OPTIMISERS

from grader import Exercise, alternative, case, domain, driver, first_attempt, misconception, picture, reference

exercise = Exercise(
    points=1,
    book="sec_gd",
    forbid=OPTIMISERS,
    forbid_reason="The steps are the exercise: update x yourself.",
    parts={"x0 unchanged": "mutation"},
)


@reference
def gd_path(grad, x0, lr, steps):
    path = [x0]
    for _ in range(steps):
        x = path[-1]
        path.append(x - lr * grad(x))
    return torch.stack(path)


@alternative
def clones_of_one_point(grad, x0, lr, steps):
    x = x0.clone()
    path = [x.clone()]
    for _ in range(steps):
        x -= lr * grad(x)
        path.append(x.clone())
    return torch.vstack(path)


@alternative
def written_into_a_table(grad, x0, lr, steps):
    path = torch.empty(steps + 1, len(x0), dtype=x0.dtype, device=x0.device)
    path[0] = x0
    for k in range(steps):
        path[k + 1] = path[k] - lr * grad(path[k])
    return path


@alternative
def recursively(grad, x0, lr, steps):
    if steps == 0:
        return x0.clone()[None]
    path = recursively(grad, x0, lr, steps - 1)
    return torch.cat([path, torch.add(path[-1:], grad(path[-1])[None], alpha=-lr)])


@driver
def of_a_formula(gd_path, gradient, x0, lr, steps):
    """The gradient is given as a formula, and x0 looked at again in the end."""
    grad = {
        "2 * x": lambda x: 2 * x,
        "x": lambda x: x,
        "x ** 3": lambda x: x**3,
        "[0.2 * x[0], 4 * x[1]]": lambda x: torch.stack([0.2 * x[0], 4 * x[1]]),
        "x - x.roll(1)": lambda x: x - x.roll(1),
        "[x[0], x[0] + 2 * x[1]]": lambda x: torch.stack([x[0], x[0] + 2 * x[1]]),
    }[gradient]
    before, recorded = x0.clone(), x0.requires_grad
    path = gd_path(grad, x0, lr, steps)
    return {"path": path, "x0 unchanged": torch.equal(x0, before) and x0.requires_grad == recorded}


def away_from_zero(draw, *shape):
    return draw.uniform(*shape, low=0.5, high=1.5)


@case
def a_round_bowl(draw):
    return "2 * x", draw.normal(3), 0.15, 5


@case
def a_long_valley_with_zigzag(draw):
    """The rate suits the flat direction and is nearly too large for the steep one."""
    return "[0.2 * x[0], 4 * x[1]]", draw.tensor([-5, -2]) * away_from_zero(draw, 2), 0.4, 6


@case
def a_quartic(draw):
    return "x ** 3", away_from_zero(draw, 2), 0.05, 4


@case
def as_many_points_as_coordinates(draw):
    """A transposed answer has the right shape."""
    return "x - x.roll(1)", draw.normal(4), 0.3, 3


@case
def every_second_number_of_a_longer_vector(draw):
    return "x - x.roll(1)", draw.every_second(draw.normal(5)), 0.2, 2


@case
def the_gradient_is_the_point_itself(draw):
    """grad returns its very argument: whoever changes the gradient in place moves the point."""
    return "x", draw.normal(3), 0.3, 4


@case
def a_rate_that_diverges(draw):
    """Each step is a thousand times as long as the last, and none of them is cut."""
    return "2 * x", away_from_zero(draw, 2), 500.5, 6


@case(dtypes=("float64",))
def steps_that_hardly_move(draw):
    """They are steps nevertheless, and each of them is recorded."""
    return "x ** 3", away_from_zero(draw, 2), 1e-6, 5


@case(dtypes=("float64",))
def a_path_that_leaves_the_numbers(draw):
    """What is no longer finite is recorded as well."""
    return "2 * x", away_from_zero(draw, 2), 1e200, 5


@case(aspect="edge", weight=0.5)
def no_steps(draw):
    return "x", draw.normal(2), 0.1, 0


@case(aspect="edge")
def one_step_in_one_dimension(draw):
    return "x ** 3", away_from_zero(draw, 1), 0.1, 1


@domain(outside={"inf, huge, tiny, apart, far, large": "powers overflow, vanish or cancel"})
def any_path(draw):
    gradient = draw.pick("2 * x", "x", "x ** 3", "[0.2 * x[0], 4 * x[1]]", "x - x.roll(1)", "[x[0], x[0] + 2 * x[1]]")
    d = 2 if gradient.startswith("[") else draw.size(least=1)
    x0 = draw.any(d, without="inf huge tiny apart far large")
    return gradient, x0, draw.number(0, 0.4), draw.size()


@picture("path", x="x[0]", y="x[1]", part="['path']", surface=lambda x, y: 0.1 * x**2 + 2 * y**2)
def down_a_long_valley(draw):
    """The rate is nearly too large for the steep direction, and small for the flat one: a zigzag."""
    return "[0.2 * x[0], 4 * x[1]]", torch.tensor([-5.0, -2.0]), 0.4, 14


@misconception(
    "All rows show the last point, for your list holds one tensor many times, and every step changes it.",
    "Store a copy, path.append(x.clone()), or make a new tensor in each step: x = x - lr * grad(x).",
)
def one_tensor_many_times(grad, x0, lr, steps):
    x = x0.clone()
    path = [x]
    for _ in range(steps):
        x -= lr * grad(x)
        path.append(x)
    return torch.stack(path)


@misconception(
    "The start is missing: the path has steps + 1 points, and x0 is the first.",
    "Begin with path = [x0].",
)
def start_missing(grad, x0, lr, steps):
    return gd_path(grad, x0, lr, steps)[1:]


@misconception(
    "The last point is missing: `steps` steps lead to steps + 1 points.",
    "Append each point after its step, the last one too.",
)
def end_missing(grad, x0, lr, steps):
    return gd_path(grad, x0, lr, steps)[:-1]


@misconception(
    "You walk uphill. The gradient points to where the function grows.",
    "Subtract it: x - lr * grad(x).",
)
def uphill(grad, x0, lr, steps):
    return gd_path(grad, x0, -lr, steps)


@misconception(
    "You go straight on with the gradient of the start. At the next point the slope is another one.",
    "Ask grad again at each point: x = x - lr * grad(x), inside the loop.",
)
def gradient_of_the_start(grad, x0, lr, steps):
    g = grad(x0)
    return torch.stack([x0 - k * lr * g for k in range(steps + 1)])


@misconception(
    "Each step leaves from x0 again. It has to leave from the point before.",
    "Go on from where you are: x = x - lr * grad(x).",
)
def always_from_the_start(grad, x0, lr, steps):
    path = [x0]
    for _ in range(steps):
        path.append(x0 - lr * grad(path[-1]))
    return torch.stack(path)


@misconception(
    "Your steps are the gradients themselves: the learning rate is missing.",
    "A step is lr * grad(x).",
)
def without_the_rate(grad, x0, lr, steps):
    return gd_path(grad, x0, 1.0, steps)


@misconception(
    "You return only where the path ends. All its points are asked for.",
    "Keep all points in a list, and stack them as rows: torch.stack(points).",
)
def only_the_end(grad, x0, lr, steps):
    return gd_path(grad, x0, lr, steps)[-1]


@misconception(
    "The points are the columns of your answer. They are to be its rows.",
    "Stack them along axis 0: torch.stack(points).",
)
def points_in_columns(grad, x0, lr, steps):
    return gd_path(grad, x0, lr, steps).T


@misconception(
    "You return a list of points, and one tensor is asked for.",
    "Stack them as rows: torch.stack(points).",
)
def not_stacked(grad, x0, lr, steps):
    return list(gd_path(grad, x0, lr, steps))


@misconception(
    "Every step has length lr, whatever the slope is, because the gradient is normalised.",
    "Multiply the gradient by lr, and do not divide by its norm.",
)
def unit_steps(grad, x0, lr, steps):
    return gd_path(lambda x: grad(x) / grad(x).norm(), x0, lr, steps)


@misconception(
    "The caller's x0 has walked along: x = x0 is no copy, and -= writes into it.",
    "Start from x0.clone(), or make a new tensor in each step: x = x - lr * grad(x).",
    keeps="the path is right",
)
def start_moved(grad, x0, lr, steps):
    x, path = x0, [x0.clone()]
    for _ in range(steps):
        x -= lr * grad(x)
        path.append(x.clone())
    return torch.stack(path)


@misconception(
    "You scale in place what grad returned, and that need not be yours: it may be the point itself.",
    "Make a new tensor: lr * grad(x).",
    keeps="right wherever grad returns a tensor of its own",
)
def gradient_scaled_in_place(grad, x0, lr, steps):
    path = [x0.clone()]
    for _ in range(steps):
        x = path[-1]
        path.append(x - grad(x).mul_(lr))
    return torch.stack(path)


@first_attempt("one_tensor_many_times", "start_moved")
def the_start_itself_many_times(grad, x0, lr, steps):
    path = [x0]
    for _ in range(steps):
        x0 -= lr * grad(x0)
        path.append(x0)
    return torch.stack(path)


@first_attempt("start_missing", "one_tensor_many_times")
def one_tensor_after_each_step(grad, x0, lr, steps):
    x, path = x0.clone(), []
    for _ in range(steps):
        x -= lr * grad(x)
        path.append(x)
    return torch.stack(path)
