"""Three properties, and for each of them a function that has the other two: none may be left out."""

import math

from grader import Exercise, alternative, case, driver, misconception, reference

exercise = Exercise(points=3, parts={"samples unchanged": "mutation"})


@driver
def verdicts(is_norm, candidates, X):
    """Every candidate is tried on the rows of X, two coordinate vectors, their difference, and a vector of ones."""
    functions = {
        "L1": lambda x: x.abs().sum(),
        "L2": lambda x: x.square().sum().sqrt(),
        "L3": lambda x: (x.abs() ** 3).sum() ** (1 / 3),
        "maximum": lambda x: x.abs().max(),
        "3 L2": lambda x: 3 * x.square().sum().sqrt(),
        "L1 with weights": lambda x: x.abs().cumsum(0).sum(),
        "L2 squared": lambda x: x.square().sum(),
        "L2 plus one": lambda x: x.square().sum().sqrt() + 1,
        "-L2": lambda x: -x.square().sum().sqrt(),
        "L0": lambda x: (x != 0).sum().to(x.dtype),
        "L0.5": lambda x: x.abs().sqrt().sum() ** 2,
        "sum": lambda x: x.sum(),
        "|sum|": lambda x: x.sum().abs(),
        "largest entry": lambda x: x.max(),
        "largest difference": lambda x: x.max() - x.min(),
        "nothing": lambda x: 0 * x.sum(),
        "lopsided L1": lambda x: x.clamp(min=0).sum() + 2 * (-x).clamp(min=0).sum(),
    }
    unit = torch.eye(X.shape[1], dtype=X.dtype)[:2]
    samples = [*X, *unit, unit[0] - unit[-1], torch.ones_like(X[0])]
    given = [x.clone() for x in samples]
    answers = {name: is_norm(functions[name], [x.clone() for x in samples]) for name in candidates}
    return answers
