"""The chain rule with two paths: multiply along each, add over both, and evaluate everything where it is."""

from _shared import AUTOGRAD, BY_HAND

from grader import Exercise, alternative, arguments, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_calculus",
    dtypes=("float64",),
    forbid=AUTOGRAD,
    forbid_reason=BY_HAND,
    parts={"a float": "type"},
    equivalent={"dy * dk_dy": "a product has no order"},
)


@driver
def of_polynomials(total_derivative, terms_of_g, terms_of_h, terms_of_k, s):
    """Each function is a sum of terms: what a term is -> its factor. All of them work on floats.

    s comes as a tensor, so that its digits count, and is handed on as a float.
    """
    import math

    def curve(terms):
        a, b, c, d = (terms.get(term, 0.0) for term in ("1", "s", "s ** 2", "sin(s)"))

        def value(s):
            return a + b * s + c * s * s + d * math.sin(s)

        def slope(s):
            return b + 2 * c * s + d * math.cos(s)

        return value, slope

    a, b, c, d, e = (terms_of_k.get(term, 0.0) for term in ("x", "y", "x * y", "x ** 2", "y ** 3"))

    def k(x, y):
        return a * x + b * y + c * x * y + d * x * x + e * y**3

    def dk(x, y):
        return a + c * y + 2 * d * x, b + c * x + 3 * e * y * y

    (g, dg), (h, dh) = curve(terms_of_g), curve(terms_of_h)
    answer = total_derivative(k, g, h, dk, dg, dh, float(s))
    return {"dz/ds": answer, "a float": type(answer) is float}


@reference
def total_derivative(k, g, h, dk, dg, dh, s):
    dk_dx, dk_dy = dk(g(s), h(s))
    return dk_dx * dg(s) + dk_dy * dh(s)


@alternative
def sum_of_products(k, g, h, dk, dg, dh, s):
    return float(sum(outer * inner for outer, inner in zip(dk(g(s), h(s)), (dg(s), dh(s)), strict=True)))


@alternative
def path_by_path(k, g, h, dk, dg, dh, s):
    total = 0.0
    for path, inner in enumerate([dg, dh]):
        total += dk(g(s), h(s))[path] * inner(s)
    return total


@alternative
def a_product_of_matrices(k, g, h, dk, dg, dh, s):
    import torch

    row = torch.tensor([dk(g(s), h(s))], dtype=torch.float64)
    column = torch.tensor([[dg(s)], [dh(s)]], dtype=torch.float64)
    return (row @ column).item()


OF_S = ("1", "s", "s ** 2", "sin(s)")
OF_X_AND_Y = ("x", "y", "x * y", "x ** 2", "y ** 3")


def terms(draw, *names):
    """Each with a factor between 0.5 and 1.5, of any sign."""
    return {name: (1.0 if draw.integer(0, 2) else -1.0) * number(draw, 0.5, 1.5) for name in names}


def number(draw, low, high):
    return float(draw.uniform(low=low, high=high))


@case
def a_product(draw):
    """z = x y."""
    return (
        {"1": 0.3, "s ** 2": number(draw, 1, 2)},
        {"sin(s)": 1.0},
        {"x * y": 1.0},
        draw.uniform(low=0.3, high=1),
    )


@case
def all_terms(draw):
    return terms(draw, *OF_S), terms(draw, *OF_S), terms(draw, *OF_X_AND_Y), draw.uniform(low=0.5, high=1.5)


@case
def at_a_negative_point(draw):
    return terms(draw, *OF_S), terms(draw, *OF_S), terms(draw, *OF_X_AND_Y), draw.uniform(low=-1.5, high=-0.5)


@case
def a_sum(draw):
    """z = a x + b y: both paths, with nothing to evaluate in between."""
    return terms(draw, *OF_S), terms(draw, *OF_S), terms(draw, "x", "y"), draw.uniform(low=0.5, high=1.5)


@case
def both_paths_alike(draw):
    inner = terms(draw, *OF_S)
    return inner, inner, terms(draw, *OF_X_AND_Y), draw.uniform(low=0.5, high=1)


@case(aspect="edge")
def a_path_that_stands_still(draw):
    """h is constant, and its value still matters."""
    return terms(draw, *OF_S), {"1": number(draw, 2, 3)}, terms(draw, *OF_X_AND_Y), draw.uniform(low=0.5, high=1)


@case(aspect="edge")
def at_zero(draw):
    return terms(draw, *OF_S), terms(draw, *OF_S), terms(draw, *OF_X_AND_Y), draw.tensor(0.0)


@domain(dtypes=("float64",), outside={"whole numbers": "they are floats here, s and all values"})
def any_curves(draw):
    def some(names):
        return {name: draw.pick(0.0, 0.75, -0.75, 1.25, -1.5) for name in names}

    return arguments(some(OF_S), some(OF_S), some(OF_X_AND_Y), s=draw.tensor(float(draw.number(-2, 2))))


@misconception(
    "You evaluate the derivatives of k at (s, s). But k takes x and y, and at s these are g(s) and h(s).",
    "Compute x = g(s) and y = h(s) first, and call dk(x, y).",
)
def outer_derivative_at_s(k, g, h, dk, dg, dh, s):
    dk_dx, dk_dy = dk(s, s)
    return dk_dx * dg(s) + dk_dy * dh(s)


@misconception(
    "You multiply the two paths with each other. Along a path derivatives are multiplied, and paths are added.",
    "Add: dk/dx * dx/ds + dk/dy * dy/ds.",
)
def paths_multiplied(k, g, h, dk, dg, dh, s):
    dk_dx, dk_dy = dk(g(s), h(s))
    return dk_dx * dg(s) * dk_dy * dh(s)


@misconception(
    "You multiply by g(s) and h(s), which say where x and y are, not how fast they move.",
    "Multiply by their derivatives, dg(s) and dh(s).",
)
def values_for_slopes(k, g, h, dk, dg, dh, s):
    dk_dx, dk_dy = dk(g(s), h(s))
    return dk_dx * g(s) + dk_dy * h(s)


@misconception(
    "Only the path through x counts. When s moves, y moves as well.",
    "Add the second path: dk/dy * dh(s).",
)
def one_path_only(k, g, h, dk, dg, dh, s):
    return dk(g(s), h(s))[0] * dg(s)


@misconception(
    "The paths are mixed up: dk/dx is multiplied by how fast y moves.",
    "dk/dx belongs to dg(s), dk/dy to dh(s).",
)
def paths_crossed(k, g, h, dk, dg, dh, s):
    dk_dx, dk_dy = dk(g(s), h(s))
    return dk_dx * dh(s) + dk_dy * dg(s)


@misconception(
    "You evaluate the inner derivatives at x and y. They belong to g and h, which take s.",
    "Call dg(s) and dh(s).",
)
def inner_derivatives_at_x_and_y(k, g, h, dk, dg, dh, s):
    x, y = g(s), h(s)
    dk_dx, dk_dy = dk(x, y)
    return dk_dx * dg(x) + dk_dy * dh(y)


@misconception(
    "The derivatives of the outer function are added as they are. That would be right if x and y were both s.",
    "Multiply each by the speed of its own variable: dg(s), dh(s).",
)
def inner_derivatives_left_out(k, g, h, dk, dg, dh, s):
    return sum(dk(g(s), h(s)))


@misconception(
    "You add the inner derivatives and leave out the outer ones, as if z were x + y.",
    "Multiply dg(s) by dk/dx, and dh(s) by dk/dy.",
)
def outer_derivatives_left_out(k, g, h, dk, dg, dh, s):
    return dg(s) + dh(s)


@misconception(
    "The second path is subtracted. Both push z in the direction of their own sign.",
    "Add them.",
)
def paths_subtracted(k, g, h, dk, dg, dh, s):
    dk_dx, dk_dy = dk(g(s), h(s))
    return dk_dx * dg(s) - dk_dy * dh(s)


@misconception(
    "A difference quotient is an approximation, and the derivatives are at hand.",
    "Use dk, dg and dh, not k.",
    chance="where z is nearly a parabola in s, central differences are off by rounding only",
)
def differences(k, g, h, dk, dg, dh, s, step=1e-5):
    return (k(g(s + step), h(s + step)) - k(g(s - step), h(s - step))) / (2 * step)


@misconception(
    "That is the value of z, not how fast it changes.",
    "Use the derivatives dk, dg and dh.",
)
def value_of_z(k, g, h, dk, dg, dh, s):
    return k(g(s), h(s))


@misconception(
    "x and y have changed places in dk: it takes what g gives first.",
    "Call dk(g(s), h(s)).",
)
def arguments_swapped(k, g, h, dk, dg, dh, s):
    dk_dx, dk_dy = dk(h(s), g(s))
    return dk_dx * dg(s) + dk_dy * dh(s)


@misconception(
    "You take y for a function of x, h(g(s)), as in a chain. Here x and y are both functions of s.",
    "y is h(s), and its derivative dh(s).",
)
def one_behind_the_other(k, g, h, dk, dg, dh, s):
    x, dx = g(s), dg(s)
    dk_dx, dk_dy = dk(x, h(x))
    return dk_dx * dx + dk_dy * dh(x) * dx


@first_attempt("outer_derivative_at_s", "one_path_only")
def the_rule_for_one_path(k, g, h, dk, dg, dh, s):
    return dk(s, s)[0] * dg(s)


@first_attempt("outer_derivative_at_s", "paths_multiplied")
def all_derivatives_multiplied(k, g, h, dk, dg, dh, s):
    dk_dx, dk_dy = dk(s, s)
    return dk_dx * dg(s) * dk_dy * dh(s)
