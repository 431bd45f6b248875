"""Two bent lines do what no straight one can. Any weights that keep the margin are right, so outputs are judged."""

import torch

from grader import Exercise, alternative, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_mlp",
    parts={"dtype of the weights": "type"},
    global_random=True,
    equivalent={"torch.tensor([[2.0], [-5.0]])": "all weights that keep the margin are right"},
    weights={"value": 2},
)


@driver
def outputs(xor_weights, X):
    """What the network says to each row of X: above 0.5, below -0.5, or in between."""
    weights = dict(zip(("W1", "b1", "W2", "b2"), xor_weights(), strict=True))
    h = weights["W1"].shape[-1]
    right = {"W1": (2, h), "b1": (h,), "W2": (h, 1), "b2": (1,)}
    said = ["(2, h)", "(h,)", "(h, 1)", "(1,)"]
    shapes = {name: tuple(weight.shape) for name, weight in weights.items()}
    answer = {
        f"shape of {name}": word if shapes[name] == right[name] else str(shapes[name])
        for name, word in zip(right, said, strict=True)
    }
    answer["1 to 4 hidden units"] = 1 <= h <= 4
    answer["dtype of the weights"] = ", ".join(sorted({str(weight.dtype) for weight in weights.values()}))
    if shapes == right:
        W1, b1, W2, b2 = (weight.detach().to(X.device, torch.float32) for weight in weights.values())
        outputs = torch.relu(X.float() @ W1 + b1) @ W2 + b2
        said = [
            "above 0.5" if o > 0.5 else "below -0.5" if o < -0.5 else "in between" for o in outputs.flatten().tolist()
        ]
        answer |= {
            f"output for row {row}, {tuple(x)}": word
            for row, (x, word) in enumerate(zip(X.tolist(), said, strict=True))
        }
    return answer


@reference
def xor_weights():
    """The second unit counts only when both bits are set, and then it takes back more than both have given."""
    W1 = torch.tensor([[1.0, 1.0], [1.0, 1.0]])
    return W1, torch.tensor([0.0, -1.0]), torch.tensor([[2.0], [-4.0]]), torch.tensor([-1.0])


@alternative
def one_unit_for_each_difference():
    W1 = torch.tensor([[1.0, -1.0], [-1.0, 1.0]])
    return W1, torch.zeros(2), torch.full((2, 1), 2.0), torch.full((1,), -1.0)


@alternative
def a_unit_for_each_corner():
    """A unit for each corner, which is open there alone."""
    corners = torch.cartesian_prod(torch.arange(2.0), torch.arange(2.0))
    W1 = (2 * corners - 1).T
    return W1, 1 - corners.sum(1), torch.tensor([-1.0, 1.0, 1.0, -1.0]).reshape(4, 1), torch.zeros(1)


@alternative
def fitted_by_least_squares():
    X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    W1, b1 = torch.ones(2, 3), torch.tensor([0.0, -1.0, 5.0])
    H = torch.cat([torch.relu(X @ W1 + b1), torch.ones(4, 1)], 1)
    solution = torch.linalg.pinv(H) @ torch.tensor([[-1.0], [1.0], [1.0], [-1.0]])
    return W1, b1, solution[:3], solution[3]


@alternative
def from_a_layer():
    first, last = torch.nn.Linear(2, 3), torch.nn.Linear(3, 1)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
        first.bias.copy_(torch.tensor([0.0, 0.0, -1.0]))
        last.weight.copy_(torch.tensor([[10.0, 10.0, -20.0]]))
        last.bias.fill_(-5.0)
    return first.weight.T, first.bias, last.weight.T, last.bias


CORNERS = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])


@case
def all_four_corners(draw):
    return CORNERS[draw.permutation(4)]


@case
def many_examples_in_any_order(draw):
    return CORNERS[draw.permutation(12) % 4]


@case
def bits_that_differ_among_equal_ones(draw):
    return CORNERS[[0, 1, 3]][draw.permutation(3)]


@case
def the_other_difference_among_equal_bits(draw):
    return CORNERS[[0, 2, 3]][draw.permutation(3)]


@domain(outside={"a row alone": "a network that always says the same would be right"})
def any_examples(draw):
    more = CORNERS[draw.integers(draw.size(), high=4)]
    X = torch.cat([CORNERS, more])
    return X[draw.permutation(len(X))]


def units(W1, b1, W2, b2):
    return torch.tensor(W1), torch.tensor(b1), torch.tensor(W2)[:, None], torch.tensor([b2])


SUM, TWICE = [[1.0, 1.0], [1.0, 1.0]], [0.0, -1.0]
"""Both units see x1 + x2; the second one sees what is above 1."""


@misconception(
    "Your network computes OR: (1, 1) belongs with (0, 0), and nothing takes back what two bits give.",
    "Let a second unit see x1 + x2 - 1, and give it a negative weight of twice the size.",
)
def logical_or():
    return units([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], [2.0, 2.0], -1.0)


@misconception(
    "Your network computes AND: it says yes to (1, 1) alone. Exclusive or says yes where exactly one bit is set.",
    "Add a unit that sees x1 + x2, and subtract twice the one that sees both.",
)
def logical_and():
    return units(SUM, TWICE, [0.0, 2.0], -1.0)


@misconception(
    "Your network computes XNOR: it is high where the bits are equal.",
    "Turn the signs of W2 and b2 round.",
)
def signs_reversed():
    W1, b1, W2, b2 = xor_weights()
    return W1, b1, -W2, -b2


@misconception(
    "Your network computes NAND: it says yes to (0, 0) as well.",
    "A network that is to say no to (0, 0) needs a negative b2 where no unit is open.",
)
def not_both():
    return units(SUM, TWICE, [0.0, -2.0], 1.0)


@misconception(
    "Outputs of 1 and 0 are the textbook's answer. Here the network has to be below -0.5 where the bits are equal.",
    "Double W2, and let b2 be -1: then 1 and 0 become 1 and -1.",
)
def outputs_one_and_zero():
    return units(SUM, TWICE, [1.0, -2.0], 0.0)


@misconception(
    "The margin is too small: outputs lie between -0.5 and 0.5, where the network has decided nothing.",
    "Multiply W2 and b2 by 4: the decision stays, and the margin grows.",
)
def margin_too_small():
    return units(SUM, TWICE, [0.5, -1.0], -0.25)


@misconception(
    "These weights are meant for units that jump from 0 to 1. A ReLU goes on growing: at (1, 1) it passes on 1.5, and"
    " not 1.",
    "Compute H for all four inputs by hand first, and choose W2 from it.",
)
def meant_for_steps():
    return units(SUM, [-0.5, -1.5], [2.0, -2.0], -1.0)


@misconception(
    "Your weights make a linear function: no unit is ever shut, so relu changes nothing, and no straight line "
    "separates these four points.",
    "Let one unit see x1 + x2 - 1: it is shut unless both bits are set.",
)
def no_unit_is_ever_shut():
    return units(SUM, [1.0, 0.0], [2.0, -1.0], -1.0)


@misconception(
    "Only one of the two differences says yes: (0, 1) and (1, 0) are answered differently.",
    "Add a second unit with the signs of W1 turned round.",
)
def one_difference_only():
    return units([[1.0], [-1.0]], [0.0], [2.0], -1.0)


@misconception(
    "The weights of a layer stand in columns here: X W1, with W1 of shape (2, h). Yours are made for W1 transposed, "
    "as torch.nn.Linear keeps them.",
    "Return W1.T and W2.T.",
)
def as_a_linear_layer_keeps_them():
    W1, b1, W2, b2 = a_unit_for_each_corner()
    return W1.T, b1, W2.T, b2


@misconception(
    "W2 or b2 has too few axes. The output layer is a layer like any other: its weights are a matrix of one column.",
    "Give W2 the shape (h, 1), and b2 the shape (1,).",
)
def output_without_an_axis():
    W1, b1, W2, b2 = xor_weights()
    return W1, b1, W2[:, 0], b2[0]


@misconception(
    "The biases of the hidden layer form a column. They belong to the units, that is to the columns of X W1.",
    "Give b1 the shape (h,).",
)
def bias_as_a_column():
    W1, b1, W2, b2 = xor_weights()
    return W1, b1[:, None], W2, b2


@misconception(
    "Your hidden layer has more than four units, and the task allows four at most.",
    "Two units are enough: one for x1 + x2, and one for x1 + x2 - 1.",
)
def too_many_units():
    W1, b1, W2, b2 = xor_weights()
    return W1.repeat(1, 4), b1.repeat(4), W2.repeat(4, 1) / 4, b2


@misconception(
    "Your weights have dtype float64. Networks are kept in float32.",
    "Write torch.tensor([[1.0, 1.0], …]) without a dtype, or call .float().",
    keeps="the outputs are right",
)
def in_double_precision():
    return tuple(each.double() for each in xor_weights())


@misconception(
    "The order is wrong: first the two of the hidden layer, then the two of the output layer.",
    "return W1, b1, W2, b2",
)
def weights_before_biases():
    W1, b1, W2, b2 = xor_weights()
    return W1, W2, b1, b2


@first_attempt("outputs_one_and_zero", "logical_or")
def or_with_zero_and_one():
    return units([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], [1.0, 1.0], 0.0)


@first_attempt("outputs_one_and_zero", "in_double_precision")
def textbook_weights_from_another_library():
    return tuple(each.double() for each in outputs_one_and_zero())
