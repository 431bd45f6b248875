"""Gradients vanish by multiplication; and a derivative in the tail is small, but it is not nothing."""

import math

import torch
from _shared import AUTOGRAD

from grader import Exercise, alternative, case, domain, first_attempt, misconception, picture, reference

exercise = Exercise(
    points=2,
    book="sec_numerical_stability",
    forbid=(*AUTOGRAD, "sigmoid_backward", "tanh_backward", "log_sigmoid_backward"),
    forbid_reason="The derivatives are the exercise: work them out on paper, and program them without autograd.",
    weights={"stability": 3},
)


@reference
def depth_gradient(zs, act):
    return math.prod((DERIVATIVES[act](z) for z in zs), start=1.0)


def of_sigmoid(z):
    e = math.exp(-abs(z))
    return e / (1 + e) ** 2


DERIVATIVES = {"sigmoid": of_sigmoid, "tanh": lambda z: 4 * of_sigmoid(2 * z), "relu": lambda z: float(z > 0)}


@alternative
def on_a_tensor(zs, act):
    z = torch.tensor(zs, dtype=torch.float64)
    if act == "relu":
        return float((z > 0).double().prod())
    if act == "tanh":
        return float((4 * torch.sigmoid(2 * z) * torch.sigmoid(-2 * z)).prod())
    return float((torch.sigmoid(z) * torch.sigmoid(-z)).prod())


@alternative
def recursively(zs, act):
    if len(zs) == 0:
        return 1.0
    *before, z = zs
    if act == "relu":
        here = 1.0 if z > 0 else 0.0
    else:
        x = -2 * abs(z) if act == "tanh" else -abs(z)
        here = math.exp(x) / (1 + math.exp(x)) / (1 + math.exp(x)) * (4 if act == "tanh" else 1)
    return here * recursively(before, act)


@alternative
def sum_of_logarithms(zs, act):
    if act == "relu":
        return float(all(z > 0 for z in zs))
    scale, start = (2, math.log(4)) if act == "tanh" else (1, 0)
    logs = [start - scale * abs(z) - 2 * math.log1p(math.exp(-scale * abs(z))) for z in zs]
    return math.exp(math.fsum(logs))


@alternative
def by_the_hyperbolic_cosine(zs, act):
    p = 1.0
    for z in zs:
        if act == "relu":
            p *= 1 if z > 0 else 0
        else:
            half = z if act == "tanh" else z / 2
            c = 1 / math.cosh(half) if abs(half) < 500 else 0.0
            p *= c * c / (1 if act == "tanh" else 4)
    return p


def inputs(draw, n, low=0.3, high=2.0):
    """n numbers whose signs come in turn."""
    return [(-1) ** i * z for i, z in enumerate(draw.uniform(n, low=low, high=high).tolist())]


@case
def three_sigmoids(draw):
    return inputs(draw, 3), "sigmoid"


@case
def two_tanhs(draw):
    return inputs(draw, 2, high=1.2), "tanh"


@case(weight=4)
def relus_that_are_all_open(draw):
    return draw.uniform(3, low=1.5, high=3).tolist(), "relu"


@case(weight=4)
def a_dead_relu_among_open_ones(draw):
    """Neither the first nor the last: every layer counts."""
    z = draw.uniform(4, low=1.5, high=3).tolist()
    z[draw.integer(1, 3)] *= -1
    return z, "relu"


@case
def ten_sigmoids_at_their_steepest(draw):
    """At 0 each lets a quarter through; beside them stands one that is drawn."""
    return [0.0] * 10 + inputs(draw, 1), "sigmoid"


@case
def tanhs_at_zero(draw):
    """At 0 they let everything through."""
    return [0.0, 0.0, *inputs(draw, 1)], "tanh"


@case
def a_single_tanh(draw):
    return inputs(draw, 1), "tanh"


@case(aspect="edge", weight=2)
def relus_at_the_kink(draw):
    return [draw.uniform(low=1, high=2).item(), 0.0], "relu"


@case(aspect="edge")
def no_sigmoids(draw):
    return [], "sigmoid"


@case(aspect="edge")
def no_tanhs(draw):
    return [], "tanh"


@case(aspect="edge")
def no_relus(draw):
    return [], "relu"


@case(aspect="stability")
def the_right_tail_of_a_sigmoid(draw):
    """sigma(40) is 1 in float64, and its difference from 1 is lost."""
    return [draw.uniform(low=38, high=45).item()], "sigmoid"


@case(aspect="stability")
def both_tails_of_tanh(draw):
    return [draw.uniform(low=18, high=21).item(), -draw.uniform(low=18, high=21).item()], "tanh"


@case(aspect="stability")
def far_out_on_the_left(draw):
    """exp(800) overflows; the derivative is 0 to all digits, and a relu would be shut."""
    return [-draw.uniform(low=750, high=990).item(), 0.5], "sigmoid"


@case(aspect="stability")
def far_out_on_the_right(draw):
    return [draw.uniform(low=750, high=990).item()], "tanh"


@case(aspect="stability")
def so_many_layers_that_little_is_left(draw):
    return inputs(draw, 20, low=1.0, high=3.0), "sigmoid"


@domain(outside={"products below 1e-30": "they are judged in float32, which does not reach as far"})
def any_depth(draw):
    act, far = draw.pick("sigmoid", "tanh", "relu"), draw.pick(0, 0, 0, 30, 900)
    if far:
        zs = [draw.pick(-1, 1) * (far + draw.uniform(low=0, high=5).item()), *[0.0] * draw.integer(0, 2)]
    else:
        zs = [draw.pick(0.0, *draw.uniform(4, low=-3, high=3).tolist()) for _ in range(draw.integer(0, 6))]
    if draw.pick(True, False):
        zs = [abs(z) for z in zs]
    return zs, act


def product(zs, derivative):
    return math.prod((derivative(z) for z in zs), start=1.0)


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else 1 - 1 / (1 + math.exp(z))


def all_of(act, sigmoid, tanh, relu):
    return {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}[act]


@picture("curve", x="layers", y="gradient")
def layer_upon_layer(draw):
    """Derivatives below 1 multiply to nothing within a few layers; ReLU's open gates let everything through."""
    depths = range(1, 16)
    return depths, {act: [([0.5] * depth, act) for depth in depths] for act in ("sigmoid", "tanh", "relu")}


@misconception(
    "exp of a large number is more than a float can hold, and Python raises an OverflowError. The derivative is the "
    "same at z and at -z.",
    "Take e = math.exp(-abs(z)), which never exceeds 1, and e / (1 + e) ** 2.",
    keeps="right until an exponential overflows",
)
def overflowing(zs, act):
    def of_sigmoid(z):
        return math.exp(z) / (1 + math.exp(z)) ** 2

    return product(zs, all_of(act, of_sigmoid, lambda z: 4 * of_sigmoid(2 * z), DERIVATIVES["relu"]))


@misconception(
    "1 - s cancels: at z = 40 the sigmoid is 1 in every digit that a float has, and you say 0. The same happens to 1 "
    "- tanh².",
    "Write the derivative without a difference: with e = exp(-|z|) it is e / (1 + e) ** 2.",
)
def one_minus_s(zs, act):
    return product(
        zs,
        all_of(act, lambda z: sigmoid(z) * (1 - sigmoid(z)), lambda z: 1 - math.tanh(z) ** 2, DERIVATIVES["relu"]),
    )


@misconception(
    "The derivatives are added. Along one path the chain rule multiplies.",
    "Start from 1.0, and multiply: p *= derivative.",
)
def added(zs, act):
    return math.fsum(DERIVATIVES[act](z) for z in zs)


@misconception(
    "You multiply what the activation functions say, not how steep they are.",
    "Multiply the derivatives: for a sigmoid s that is sigma(z) sigma(-z).",
)
def values_for_derivatives(zs, act):
    return product(zs, all_of(act, sigmoid, math.tanh, lambda z: max(z, 0.0)))


@misconception(
    "Every layer counts with the largest slope that its activation function has. That is the bound, reached only at z"
    " = 0.",
    "Compute the derivative at each z.",
)
def the_bound(zs, act):
    return product(zs, all_of(act, lambda z: 0.25, lambda z: 1.0, DERIVATIVES["relu"]))


@misconception(
    "tanh is treated like a sigmoid: y (1 - y) is the derivative of the latter. That of tanh is 1 - y².",
    "tanh'(z) is 4 sigma'(2 z).",
)
def tanh_as_a_sigmoid(zs, act):
    return product(zs, all_of(act, of_sigmoid, of_sigmoid, DERIVATIVES["relu"]))


@misconception(
    "Your derivative of tanh is 1 - tanh(z). The value of tanh has to be squared in it: at 0 both are 1, and "
    "nowhere else.",
    "tanh'(z) is 1 - tanh(z) ** 2; where that cancels, 4 sigma'(2 z) does not.",
)
def tanh_not_squared(zs, act):
    return product(zs, all_of(act, of_sigmoid, lambda z: 1 - math.tanh(z), DERIVATIVES["relu"]))


@misconception(
    "The factor in the derivative of tanh is missing or too small: tanh(z) = 2 sigma(2z) - 1, and the chain rule "
    "brings two more in.",
    "tanh'(z) is 4 sigma'(2 z); at 0 it is 1.",
)
def factor_missing_in_tanh(zs, act):
    return product(zs, all_of(act, of_sigmoid, lambda z: 2 * of_sigmoid(2 * z), DERIVATIVES["relu"]))


@misconception(
    "Your derivative expects the output of the sigmoid, and zs are its inputs.",
    "Compute the output first, or use e / (1 + e) ** 2 with e = exp(-|z|).",
)
def inputs_taken_for_outputs(zs, act):
    return product(zs, all_of(act, lambda z: z * (1 - z), lambda z: 1 - z * z, DERIVATIVES["relu"]))


@misconception(
    "The derivative of relu is 1 where it is open, not z: the value has nothing to do with it.",
    "Multiply by float(z > 0).",
    keeps="right for the other two, and for units that are shut",
)
def relu_by_its_value(zs, act):
    return product(zs, all_of(act, DERIVATIVES["sigmoid"], DERIVATIVES["tanh"], lambda z: max(z, 0.0)))


@misconception(
    "A ReLU that is shut is passed over. It lets nothing through, and a factor of 0 ends the whole product.",
    "Multiply by 0.0 where z is not positive.",
    keeps="right for the other two, and as long as all units are open",
)
def dead_units_skipped(zs, act):
    return product(zs, DERIVATIVES[act]) if act != "relu" else 1.0


@misconception(
    "At z = 0 your relu is open. By convention its derivative there is 0.",
    "Compare with > and not with >=.",
    keeps="right wherever relu has a derivative",
)
def open_at_the_kink(zs, act):
    return product(zs, lambda z: float(z >= 0)) if act == "relu" else depth_gradient(zs, act)


@misconception(
    "Without layers you say 0, or nothing at all. Nothing is lost where there is no layer, and an empty product is 1.",
    "Start from 1.0.",
    keeps="right as long as there are layers",
)
def nothing_without_layers(zs, act):
    return depth_gradient(zs, act) if zs else 0.0


@misconception(
    "Only the last layer counts. A gradient meets every layer on its way back.",
    "Multiply inside the loop: p *= derivative, and not p = derivative.",
)
def last_layer_only(zs, act):
    return DERIVATIVES[act](zs[-1]) if zs else 1.0


@misconception(
    "That is one slope for each layer. The question is what their product is.",
    "return math.prod(…)",
)
def not_multiplied(zs, act):
    return [DERIVATIVES[act](z) for z in zs]


@misconception(
    "The inputs were cut off, so all layers that are far out have the same slope.",
    "exp(-|z|) needs no limit: it goes to 0 by itself.",
)
def clamped(zs, act):
    return depth_gradient([min(max(z, -15.0), 15.0) for z in zs], act)


@first_attempt("added", "values_for_derivatives")
def sum_of_values(zs, act):
    return math.fsum(all_of(act, sigmoid, math.tanh, lambda z: max(z, 0.0))(z) for z in zs)


@first_attempt("one_minus_s", "overflowing")
def by_the_textbook(zs, act):
    p = 1.0
    for z in zs:
        a = 1 / (1 + math.exp(-z)) if act == "sigmoid" else math.tanh(z)
        p *= a * (1 - a) if act == "sigmoid" else 1 - a * a if act == "tanh" else float(z > 0)
    return p


@first_attempt("tanh_not_squared", "one_minus_s", "overflowing")
def by_the_textbook_without_a_square(zs, act):
    p = 1.0
    for z in zs:
        a = 1 / (1 + math.exp(-z)) if act == "sigmoid" else math.tanh(z)
        p *= a * (1 - a) if act == "sigmoid" else 1 - a if act == "tanh" else float(z > 0)
    return p


@first_attempt("tanh_as_a_sigmoid", "relu_by_its_value")
def one_formula_for_all(zs, act):
    return product(zs, of_sigmoid) if act != "relu" else product(zs, lambda z: max(z, 0.0))
