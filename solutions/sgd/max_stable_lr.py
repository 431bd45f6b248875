"""Along an eigenvector a step multiplies the error by 1 - lr * eigenvalue: the steepest direction sets the limit."""

import torch

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_gd",
    equivalent={"return 2 / torch.linalg.eigvalsh(A).max()": "a tensor of shape () may stand for a number"},
)


@reference
def max_stable_lr(A):
    return 2 / torch.linalg.eigvalsh(A).max().item()


@alternative
def in_double_precision(A):
    return 2.0 / float(torch.linalg.eigvalsh(A.double())[-1])


@alternative
def by_the_spectral_norm(A):
    return float(2 / torch.linalg.matrix_norm(A, ord=2))


@alternative
def by_the_first_singular_value(A):
    return (2 / torch.linalg.svdvals(A)[0]).item()


@alternative
def not_knowing_that_it_is_symmetric(A):
    return 2 / torch.linalg.eigvals(A).real.max().item()


@alternative
def by_repeated_squaring(A):
    """The largest eigenvalue takes over; its eigenvector is what any vector turns into."""
    B = A.double()
    for _ in range(50):
        B = B @ B
        B = B / B.norm()
    v = B @ torch.linspace(1, 2, len(A), dtype=B.dtype, device=B.device)
    return 2 * float(v @ v) / float(v @ A.double() @ v)


def bowl(draw, *curvatures):
    """A bowl with these curvatures along random axes; no axis is one of the coordinates."""
    d = len(curvatures)
    while True:
        Q, _ = torch.linalg.qr(draw.normal(d, d))
        A = Q @ torch.diag(draw.tensor(curvatures)) @ Q.T
        if d == 1 or A.diagonal().max() < 0.9 * max(curvatures):
            return (A + A.T) / 2


@case
def steep_along_one_coordinate(draw):
    return torch.diag(draw.tensor([0.2, 4]) * draw.uniform(2, low=0.8, high=1.2))


@case
def steep_across_the_coordinates(draw):
    steep = draw.uniform(low=2.5, high=3.5).item()
    return bowl(draw, steep, 1)


@case
def steepest_where_coordinates_disagree(draw):
    """The steepest direction is (1, -1): a power iteration that starts from ones never finds it."""
    along, across = draw.uniform(low=2, high=3), draw.uniform(low=0.5, high=1)
    return along * torch.eye(2, dtype=torch.float64) - across * (1 - torch.eye(2, dtype=torch.float64))


@case
def four_curvatures(draw):
    return bowl(draw, *draw.uniform(4, low=1, high=2).mul(draw.tensor([1, 2, 4, 8])).tolist())


@case
def the_steepest_coordinate_in_the_middle(draw):
    return torch.diag(draw.tensor([1, 5, 2]) * draw.uniform(3, low=0.9, high=1.1))


@case
def every_second_column_of_a_wider_matrix(draw):
    return draw.every_second(bowl(draw, 6, draw.uniform(low=2, high=3).item(), 1))


@case(aspect="edge")
def one_dimension(draw):
    return draw.uniform(1, 1, low=2.5, high=3.5)


@case(aspect="edge")
def equally_steep_everywhere(draw):
    return torch.eye(3, dtype=torch.float64) * draw.uniform(low=1.2, high=1.8)


@case(aspect="stability")
def nearly_flat_in_some_directions(draw):
    return bowl(draw, draw.uniform(low=400, high=600).item(), 300, 0.1, 0.02)


@case(aspect="stability")
def nearly_flat_in_all_directions(draw):
    return bowl(draw, 3e-6, draw.uniform(low=1e-6, high=2e-6).item())


def spectrum(A):
    return torch.linalg.eigvalsh(A)


@domain(dtypes=("float64", "float32"), outside={"half precision": "the stub has float32 and float64"})
def any_bowl(draw):
    d, scale = draw.size(least=1), draw.pick(1.0, 1.0, 1e-6, 1e6)
    curvatures = draw.uniform(d, low=1, high=2) * 2.0 ** torch.arange(d)
    kind = draw.pick("any", "any", "along coordinates", "blind to ones")
    if kind == "along coordinates":
        A = torch.diag(curvatures[draw.permutation(d)])
    elif kind == "blind to ones":  # the steepest directions are at right angles to (1, …, 1)
        A = 3 * torch.eye(d, dtype=torch.float64) - draw.uniform(low=1, high=2) / d
    else:
        A = bowl(draw, *curvatures.tolist())
    A = scale * A
    return draw.pick(A, draw.every_second(A))


@misconception(
    "Up to 1/L, L the largest eigenvalue, every step goes down without overshooting. An overshoot converges, too, "
    "as long as it shrinks.",
    "Ask when |1 - lr * L| < 1: up to 2 / L.",
)
def largest_rate_without_overshooting(A):
    return 1 / spectrum(A).max().item()


@misconception(
    "You use the smallest eigenvalue, the flattest direction. The steepest one diverges first.",
    "Take the largest eigenvalue: torch.linalg.eigvalsh(A).max().",
)
def flattest_direction(A):
    return 2 / spectrum(A).min().item()


@misconception(
    "That is the rate with the fastest convergence. Gradient descent still converges somewhat beyond it.",
    "The bound is 2 / torch.linalg.eigvalsh(A).max().",
)
def fastest_rate(A):
    return 2 / (spectrum(A).max() + spectrum(A).min()).item()


@misconception(
    "The diagonal shows how steep the bowl is along the coordinates. It may be steeper across them.",
    "Use the eigenvalues: torch.linalg.eigvalsh(A).",
)
def steepest_coordinate(A):
    return 2 / A.diagonal().max().item()


@misconception(
    "The Frobenius norm is the root of the sum of the squares of all eigenvalues. It is larger than the largest "
    "one, so your bound is too small.",
    "Only the largest eigenvalue counts: torch.linalg.eigvalsh(A).max().",
)
def frobenius_norm(A):
    return 2 / A.square().sum().sqrt().item()


@misconception(
    "The trace is the sum of all eigenvalues, so your bound is too small. Only the largest one counts.",
    "Compute the eigenvalues: torch.linalg.eigvalsh(A).max().",
)
def trace(A):
    return 2 / A.trace().item()


@misconception(
    "The largest row sum only bounds the largest eigenvalue from above, so your answer is too small.",
    "Compute the eigenvalues: torch.linalg.eigvalsh(A).max().",
)
def row_sums(A):
    return 2 / A.abs().sum(1).max().item()


@misconception(
    "You take the mean of the eigenvalues. But each direction has to converge for itself, and the steepest one "
    "diverges first.",
    "Take the largest eigenvalue: torch.linalg.eigvalsh(A).max().",
)
def mean_curvature(A):
    return 2 / spectrum(A).mean().item()


@misconception(
    "That is the largest eigenvalue L itself. A step multiplies the error along its direction by 1 - lr * L.",
    "Find the rate where 1 - lr * L is -1: 2 / L.",
)
def the_eigenvalue_itself(A):
    return spectrum(A).max().item()


@misconception(
    "torch.linalg.eigvals returns complex numbers, for a matrix need not be symmetric, and complex numbers have no "
    "maximum.",
    "A is symmetric, so its eigenvalues are real: torch.linalg.eigvalsh(A).max().",
)
def complex_eigenvalues(A):
    return 2 / torch.linalg.eigvals(A).max().item()


@misconception(
    "You return 2 / eigenvalue for each direction. One rate serves all directions, so it is the smallest of these.",
    "Take the largest eigenvalue first: 2 / torch.linalg.eigvalsh(A).max().",
)
def a_rate_for_each_direction(A):
    return 2 / spectrum(A)


@first_attempt("steepest_coordinate", "largest_rate_without_overshooting")
def one_over_the_diagonal(A):
    return 1 / A.diagonal().max().item()


@first_attempt("trace", "largest_rate_without_overshooting")
def one_over_the_trace(A):
    return 1 / A.trace().item()
