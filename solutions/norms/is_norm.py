"""Three properties, and for each of them a function that has the other two: none may be left out."""

import itertools
import math

import torch

from grader import Exercise, alternative, arguments, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    points=3,
    book="sec_linear-algebra",
    parts={"samples unchanged": "mutation"},
    equivalent={
        "f(x - y)": "f(-y) is f(y) by then",
        "(length > 0) <": "f(0) > 0 is not homogeneous either",
        "length != 0": "f < 0 violates the triangle inequality",
        "about(abs(a) * length": "nearness is mutual",
    },
)


@driver
def verdicts(is_norm, functions, first_samples, zero_after_each_sample=False):
    """Every function is tried on the rows given, two coordinate vectors, and the difference of these.

    All are one function with other numbers, so nothing but its values tells a norm from the others:

        f(x) = (scale * ||w * x||_p) ** power + offset     entries below 0 count `below_zero` times; or the sum of w * x
    """

    def function(w, p, power=1.0, below_zero=1.0, scale=1.0, offset=0.0, at_zero=0.0, only_a_sum=False):
        def f(x):
            entries = w * x
            if only_a_sum:
                return entries.sum()
            if below_zero != 1:
                entries = torch.nn.functional.leaky_relu(entries, -below_zero)
            value = scale * torch.linalg.vector_norm(entries, p)
            if power != 1:
                value = value**power
            if at_zero and not x.any():
                return value + at_zero
            return value + offset if offset else value

        return f

    def formula(w, p, power=1.0, below_zero=1.0, scale=1.0, offset=0.0, at_zero=0.0, only_a_sum=False):
        text = f"({scale:.3g} L{p:.3g}(w x)) ** {power:.3g}" if power != 1 else f"{scale:.3g} L{p:.3g}(w x)"
        text += f" + {offset:.3g}" if offset else ""
        text += f", at zero {at_zero:.3g}" if at_zero else ""
        text += f", entries below 0 counted {below_zero:.3g} times" if below_zero != 1 else ""
        return "sum(w x)" if only_a_sum else text

    X = first_samples
    unit = torch.eye(X.shape[1], dtype=X.dtype, device=X.device)[:2]
    samples = torch.cat([X, unit, unit[:1] - unit[-1:]])
    if zero_after_each_sample:
        samples = torch.stack([samples, 0 * samples], 1).flatten(0, 1)
    answers = {}
    for number, candidate in enumerate(functions, 1):
        given = samples.clone()
        xs = list(given)
        answers[f"accepted, f(x) being {formula(**candidate)} (number {number})"] = is_norm(function(**candidate), xs)
        same = torch.equal(given, samples) and len(xs) == len(samples) and not any(x.requires_grad for x in xs)
        answers["samples unchanged"] = answers.get("samples unchanged", True) and same
    return answers


FACTORS = (-3, -1, 0, 0.5)
TOLERANCE = 1e-4


@reference
def is_norm(f, xs):
    """That f is never negative follows: 0 = f(x - x) <= f(x) + f(-x) = 2 f(x)."""
    for x in xs:
        length = float(f(x))
        if (length > 0) != bool(x.any()):
            return False
        if not all(about(float(f(a * x)), abs(a) * length) for a in FACTORS):
            return False
        if not all(float(f(x + y)) <= (1 + TOLERANCE) * (length + float(f(y))) for y in xs):
            return False
    return True


def about(a, b):
    return math.isclose(a, b, rel_tol=TOLERANCE)


@alternative
def a_wider_tolerance(f, xs):
    F = [float(f(x)) for x in xs]
    for i, x in enumerate(xs):
        if F[i] < 0 or (F[i] == 0 and bool((x != 0).any())):
            return False
        if any(abs(float(f(k * x)) - abs(k) * F[i]) > 1e-3 * abs(k) * F[i] for k in (-1, 0, -4, 0.25)):
            return False
        if any(float(f(x + xs[j])) > F[i] + F[j] + 1e-3 * (F[i] + F[j]) for j in range(len(xs))):
            return False
    return True


@alternative
def three_functions(f, xs):
    return definite(f, xs) and homogeneous(f, xs) and triangular(f, xs)


@alternative
def compared_as_tensors(f, xs):
    X = torch.stack(xs)
    F = torch.stack([f(x) for x in xs])
    if (F < 0).any() or not torch.equal(F == 0, (X == 0).all(1)):
        return False
    scaled = torch.stack([f(-2.5 * x) for x in xs])
    sums = torch.stack([torch.stack([f(x + y) for y in xs]) for x in xs])
    bound = F[:, None] + F
    return torch.allclose(scaled, 2.5 * F, rtol=1e-4) and not (sums > bound + 1e-4 * bound).any()


def definite(f, xs):
    return all(f(x) > 0 if x.any() else f(x) == 0 for x in xs)


def homogeneous(f, xs, factors=(-2, -1, 0.3)):
    return all(about(float(f(a * x)), abs(a) * length) for x in xs for length in [float(f(x))] for a in factors)


def triangular(f, xs):
    lengths = [f(x) for x in xs]
    return all(
        f(x + y) <= (1 + TOLERANCE) * (one + other)
        for x, one in zip(xs, lengths, strict=True)
        for y, other in zip(xs, lengths, strict=True)
    )


def number(draw, low, high):
    return float(draw.uniform(low=low, high=high))


def a_norm(draw, d):
    p = (1.0, 2.0, 3.0, math.inf, number(draw, 1, 4))[draw.integer(0, 5)]
    return {"w": draw.uniform(d, low=0.5, high=2), "p": p, "scale": number(draw, 0.3, 3)}


def candidates(draw, d, *spoilt, of=a_norm):
    """Beside each norm stands what differs from it in one property; and one more of either kind.

    They come in random order, but never a norm and another in turn: whoever does not look is wrong in every case.
    """
    chosen = []
    for spoil in (*spoilt, spoilt[0])[:2]:
        norm = of(draw, d)
        chosen += [(True, norm), (False, norm | spoil(draw, norm))]
    norm, more = of(draw, d), draw.integer(0, 2)
    chosen.append((True, norm) if more else (False, norm | spoilt[-1](draw, norm)))
    while True:
        mixed = [chosen[place] for place in draw.permutation(len(chosen)).tolist()]
        if any(one[0] == other[0] for one, other in itertools.pairwise(mixed)):
            return [candidate for _, candidate in mixed]


def too_fast(draw, norm):
    return {"power": number(draw, 1.1, 2)}


def too_slow(draw, norm):
    return {"power": number(draw, 0.4, 0.9)}


def negative(draw, norm):
    return {"scale": -norm["scale"]}


def a_sum(draw, norm):
    return {"only_a_sum": True}


def lopsided(draw, norm):
    return {"below_zero": (number(draw, 0.3, 0.9), number(draw, 1.1, 3))[draw.integer(0, 2)]}


def blind(draw, norm):
    """It does not see one of the first two coordinates."""
    w = norm["w"].clone()
    w[draw.integer(0, 2)] = 0
    return {"w": w}


def zero_everywhere(draw, norm):
    return {"scale": 0.0}


def with_detours(draw, norm):
    return {"p": number(draw, 0.4, 0.9)}


def not_zero_at_zero(draw, norm):
    return {"offset": number(draw, 0.5, 1)}


def not_zero_at_zero_alone(draw, norm):
    """Elsewhere it is a norm."""
    return {"at_zero": number(draw, 0.5, 1)}


def tiny(draw, d):
    """Next to its values any fixed tolerance is large."""
    return a_norm(draw, d) | {"scale": number(draw, 1, 9) * 10.0 ** -draw.integer(10, 13)}


def additive(draw, d):
    return a_norm(draw, d) | {"p": 1.0}


def nearly_a_unit_vector(draw):
    """The third one, which is no sample: with any of the others it shows a detour that is shorter."""
    return draw.tensor([[0.01, 0.01, 1.0]]) * (1 - 2 * draw.integers(1, 3, high=2)) * draw.uniform(1, 3, low=1, high=2)


SINGLE = ("float32",)


@case(weight=3, dtypes=SINGLE)
def growing_too_fast_or_with_an_offset(draw):
    return candidates(draw, 3, too_fast, not_zero_at_zero), draw.normal(1, 3)


@case(weight=2, dtypes=SINGLE)
def growing_too_slowly(draw):
    return candidates(draw, 3, too_slow), draw.normal(1, 3)


@case(dtypes=SINGLE)
def values_below_zero(draw):
    return candidates(draw, 3, negative, a_sum), -draw.uniform(1, 3, low=1, high=2)


@case(dtypes=("float64",))
def back_is_longer_than_forth(draw):
    """Positive factors cannot tell."""
    return candidates(draw, 3, lopsided), draw.normal(1, 3)


@case(weight=2, dtypes=SINGLE)
def lost_dimensions(draw):
    """All is well but for vectors of length zero that are not zero."""
    return candidates(draw, 4, blind, zero_everywhere), draw.normal(1, 4)


@case(weight=2, dtypes=SINGLE)
def detours_that_are_shorter(draw):
    return candidates(draw, 3, with_detours), nearly_a_unit_vector(draw)


@case(aspect="edge", dtypes=SINGLE)
def zero_among_the_samples(draw):
    return candidates(draw, 3, not_zero_at_zero_alone, not_zero_at_zero), draw.full(1, 3, value=0.0)


@case(aspect="edge", dtypes=SINGLE)
def one_dimension(draw):
    """The difference of the only coordinate vector and itself is zero."""
    return candidates(draw, 1, too_fast, a_sum), -draw.uniform(1, 1, low=1, high=2)


@case(aspect="edge", weight=2, dtypes=SINGLE)
def the_last_samples_tell(draw):
    """The first ones are zero, and with zero every triangle is flat."""
    return candidates(draw, 2, with_detours, lopsided), draw.full(2, 2, value=0.0)


@case(aspect="edge", dtypes=SINGLE)
def detours_between_samples_far_apart(draw):
    """Next to each sample stands zero."""
    return arguments(candidates(draw, 3, with_detours), draw.normal(0, 3), zero_after_each_sample=True)


@case(aspect="stability", dtypes=SINGLE)
def tiny_values(draw):
    return candidates(draw, 3, too_fast, with_detours, of=tiny), nearly_a_unit_vector(draw)


@case(aspect="stability")
def triangles_without_a_detour(draw):
    """For positive vectors L1 is additive, and rounding decides which side is longer."""
    return candidates(draw, 3, too_fast, of=additive), draw.uniform(2, 3)


@case(aspect="stability", dtypes=SINGLE)
def large_samples(draw):
    """In float32 their rounding errors are larger than the other samples."""
    return candidates(draw, 3, too_fast, with_detours, of=additive), 1e9 * draw.uniform(2, 3)


@domain(
    dtypes=("float64", "float32"),
    outside={
        "half precision": "its rounding is above the tolerance",
        "inf, huge, tiny, apart": "powers overflow or vanish",
    },
)
def any_samples(draw):
    d = draw.integer(2, 4)
    spoilt = draw.pick(too_fast, too_slow, negative, a_sum, lopsided, blind, with_detours, not_zero_at_zero)
    X = draw.any(draw.size(most=2), d, without="inf huge tiny apart")
    return arguments(candidates(draw, d, spoilt), X, zero_after_each_sample=draw.flag())


@misconception(
    "Doubling the argument is one of many tests, and a comparison with == does not survive rounding.",
    "Also test negative factors, the triangle inequality, and that f is 0 for x = 0 alone; allow a relative error "
    "of 1e-4.",
    chance="rounding spares the double of some numbers",
)
def doubled_only(f, xs):
    return all(float(f(2 * x)) == 2 * float(f(x)) for x in xs)


@misconception(
    "Being non-negative is not enough: the square of the Euclidean length is non-negative as well, and is no norm.",
    "Also test homogeneity, the triangle inequality, and that f is 0 for x = 0 alone.",
)
def non_negative_only(f, xs):
    return all(float(f(x)) >= 0 for x in xs)


@misconception(
    "Homogeneity is one property of three. |sum of x| has it, and so has the formula of L0.5, and neither is a norm.",
    "Also test the triangle inequality for every pair, and that f is 0 for x = 0 alone.",
)
def homogeneous_only(f, xs):
    return homogeneous(f, xs)


@misconception(
    "With positive factors only, and without a look at the sign of f, the sum of all entries passes for a norm.",
    "Compare f(a x) with |a| f(x), for negative a too, and require f(x) to be positive unless x is zero.",
)
def sum_for_a_norm(f, xs):
    return homogeneous(f, xs, factors=(2, 3)) and all(
        float(f(x + y)) <= float(f(x)) + float(f(y)) + TOLERANCE * (abs(float(f(x))) + abs(float(f(y))))
        for x in xs
        for y in xs
    )


@misconception(
    "The triangle inequality is not tested, or not between different samples: the formula of Lp with a p below 1 "
    "passes all the rest.",
    "Compare f(x + y) with f(x) + f(y) for every pair of samples.",
    keeps="two properties of three are tested",
)
def without_the_triangle_inequality(f, xs):
    return definite(f, xs) and homogeneous(f, xs)


@misconception(
    "A function that does not see all of its argument passes: |sum of x| is 0 at (1, -1).",
    "Return False if f(x) is 0 for an x that is not zero.",
    keeps="two properties of three are tested",
)
def without_definiteness(f, xs):
    return homogeneous(f, xs) and triangular(f, xs) and all(f(x) >= 0 for x in xs)


@misconception(
    "Homogeneity is not tested: a function that counts entries other than zero passes all the rest.",
    "Compare f(a x) with |a| f(x) for every sample and a few factors a.",
)
def without_homogeneity(f, xs):
    return definite(f, xs) and triangular(f, xs)


@misconception(
    "Positive factors cannot notice a function that measures back and forth differently, so that f(-x) is not f(x).",
    "Use negative factors, too.",
    keeps="right unless f(-x) and f(x) differ",
)
def positive_factors_only(f, xs):
    return definite(f, xs) and triangular(f, xs) and homogeneous(f, xs, factors=(0.5, 2, 3))


@misconception(
    "The only factor is -1, so a function passes that does not grow with its argument, such as a count of entries.",
    "Use a few factors of different size, such as -2, 0.5 and 3.",
    keeps="all three properties are tested, one of them feebly",
)
def the_factor_minus_one_only(f, xs):
    return definite(f, xs) and triangular(f, xs) and homogeneous(f, xs, factors=(-1,))


@misconception(
    "A factor may be negative, and you compare f(a x) with a f(x). A length does not change its sign.",
    "Compare with |a| f(x): abs(a) * f(x).",
)
def factor_without_its_magnitude(f, xs):
    return (
        definite(f, xs)
        and triangular(f, xs)
        and all(about(float(f(a * x)), a * float(f(x))) for x in xs for a in (-2, 3))
    )


@misconception(
    "Numbers are compared exactly. Computers round, so true norms miss the equation by a little, and are refused.",
    "Allow for a relative error of 1e-4: abs(f(a * x) - abs(a) * f(x)) <= 1e-4 * abs(a) * f(x).",
    chance="rounding may spare the few samples of a case",
)
def rounding_not_allowed(f, xs):
    return (
        definite(f, xs) and triangular(f, xs) and all(f(a * x) == abs(a) * f(x) for x in xs for a in (-3, 0.1, 0.7, 7))
    )


@misconception(
    "In the triangle inequality rounding may carry the left side beyond the right one, as where x and y point the "
    "same way. A true norm is then refused.",
    "Allow for a relative error there, too: f(x + y) <= (1 + 1e-4) * (f(x) + f(y)).",
    keeps="right unless x and y point the same way",
    chance="elsewhere rounding goes one way or the other",
)
def rounding_not_allowed_in_triangles(f, xs):
    return definite(f, xs) and homogeneous(f, xs) and all(f(x + y) <= f(x) + f(y) for x in xs for y in xs)


@misconception(
    "A fixed tolerance is too small for long vectors, whose rounding errors are larger, so true norms are refused.",
    "Make it relative: 1e-4 * abs(a) * f(x).",
    keeps="right unless samples are large",
)
def absolute_tolerance(f, xs):
    return (
        definite(f, xs)
        and triangular(f, xs)
        and all(abs(float(f(a * x)) - abs(a) * float(f(x))) < 1e-3 for x in xs for a in (-3, 0.1, 0.7, 7))
    )


@misconception(
    "The zero vector may be among the samples. A norm is 0 there, and you refuse it for that.",
    "Require f(x) > 0 only for the samples that are not zero.",
    keeps="right unless zero is a sample",
)
def positive_at_zero(f, xs):
    return all(f(x) > 0 for x in xs) and homogeneous(f, xs) and triangular(f, xs)


@misconception(
    "Zero is left out of the samples. A function that is 1 there, and elsewhere a norm, passes: it is not homogeneous, "
    "for f(2 * 0) is not 2 f(0).",
    "Test every sample, and require f(x) == 0 where x is zero.",
    keeps="right unless zero is a sample",
)
def zero_left_out(f, xs):
    xs = [x for x in xs if x.any()]
    return definite(f, xs) and homogeneous(f, xs) and triangular(f, xs)


@misconception(
    "Only the first sample is tested. A return inside the loop ends the function after one turn.",
    "Return False inside the loop, where a test fails, and return True after the loop, one indentation less.",
    keeps="most functions give themselves away at the first sample",
)
def first_sample_only(f, xs):
    x = xs[0]
    one = float(f(x))
    return (
        definite(f, xs[:1])
        and homogeneous(f, xs[:1])
        and all(float(f(x + y)) <= (1 + TOLERANCE) * (one + float(f(y))) for y in xs)
    )


@misconception(
    "Your answers are reversed: True for functions that violate a property, False for norms.",
    "Put a not in front of what you return.",
)
def reversed_answer(f, xs):
    return not is_norm(f, xs)


@misconception(
    "The caller's samples are changed, for operators such as *= write into x.",
    "Compute a new vector: a * x.",
    keeps="every verdict is right",
)
def in_place(f, xs):
    verdict = is_norm(f, xs)
    for x in xs:
        x *= -2
    return verdict


@first_attempt("rounding_not_allowed", "rounding_not_allowed_in_triangles")
def every_property_compared_exactly(f, xs):
    for x in xs:
        if (f(x) == 0) != (not x.any()):
            return False
        for a in (-1, 2, 3, 0.1):
            if f(a * x) != abs(a) * f(x):
                return False
        for y in xs:
            if f(x + y) > f(x) + f(y):
                return False
    return True
