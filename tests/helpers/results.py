"""Classes that exist on paper only. `python -m tests.helpers.results FOLDER [STUDENTS]` writes the reports of one."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

from grader.model.earlier_result import told
from grader.model.result import CheckResult, ClassResults, ExerciseResult, Hint, SubmissionResult, Verdict

TOPICS = {
    "broadcasting": "outer_sum center pairwise_sq_dist broadcast_shape unbroadcast masked_mean normalize_channels",
    "softmax": "softmax logsumexp log_softmax cross_entropy cross_entropy_grad smooth_labels soft_cross_entropy vjp",
    "dropout": "dropout dropout_layer vanilla_dropout dropout_backward dropout_moments mlp_dropout dropconnect",
    "norms": "lp_norm frobenius axis_norm normalize_rows safe_norm is_norm clip_by_global_norm",
    "autograd": "grad_at grad_nonscalar jacobian detached_cube control_flow two_grads hvp",
    "sgd": "sgd_ data_iter linreg_epoch gd_path max_stable_lr combine_grads train_linreg",
    "backprop": "linear_backward relu_backward sigmoid_backward mlp_grads reverse_mode sequential_backward grad_check",
}
TITLES = {
    "broadcasting": "Broadcasting (广播机制)",
    "softmax": "Softmax and cross-entropy (softmax 与交叉熵)",
    "dropout": "Dropout (暂退法)",
    "norms": "Norms (范数)",
    "autograd": "Automatic differentiation (自动微分)",
    "sgd": "Stochastic gradient descent (随机梯度下降)",
    "backprop": "Backpropagation (反向传播)",
}
CASES = (
    ("everyday_numbers", "value", True),
    ("as_many_rows_as_columns", "value", True),
    ("a_large_row_beside_a_small_one", "stability", True),
    ("one_empty_axis", "edge", True),
    ("three_axes_in_half_precision", "edge", False),
    ("gradients", "gradient", True),
    ("type", "type", True),
    ("no_mutation", "mutation", True),
)
MISTAKES = {
    "overflowing": "exp overflows on large scores. Subtract each row's maximum first: a common shift changes nothing.",
    "wrong_axis": "The sum runs along the wrong axis. `dim` says which entries belong together.",
    "keepdim_forgotten": "Without keepdim the sum lines up with the columns, in silence when the matrix is square.",
    "detached": "No gradient can flow through .detach() or .item(). Stay with tensors until the end.",
}
DETAIL = "softmax(tensor([[1000.31, 999.12, …], …]), 1)\nrow 0: expected 0.7668 got nan   (4 of 8 values differ)"
DETAILS = {
    "gradient": "softmax(tensor([[0.31, 1.12], …]), 1)\ngradient[0]: row 1: expected -0.0212 got 0",
    "type": "expected a float32 tensor, got float64",
    "mutation": "X has changed: row 0 was 0.31, is -0.62",
}
HIDDEN_DETAIL = "the answer is wrong"
NAMES = (
    "Ada Lovelace", "王小明", "Émilie du Châtelet", "li-wei", "=cmd()|' /C calc'!A0", "O'Brien, \"Pat\"",
    "<script>alert(1)</script>", "Grace Hopper", "amara.okafor", "نور الهدى", "Nguyễn Thị Minh Khai", "s1234567",
)  # fmt: skip


def check(name: str = "everyday_numbers", verdict: Verdict = Verdict.PASSED, **changes: Any) -> CheckResult:
    """detail, full_detail: sentences, as facts that tell them."""
    facts = {fact: told(changes.pop(old, "")) for fact, old in (("fact", "detail"), ("full_fact", "full_detail"))}
    given: dict[str, Any] = {"aspect": "value", "weight": 1.0, "shown": True, **facts, **changes}
    return CheckResult(name=name, verdict=verdict, **given)


def exercise(id: str = "softmax.softmax", verdict: Verdict = Verdict.PASSED, **changes: Any) -> ExerciseResult:
    """note: a sentence, as a fact that tells it."""
    points = 2.0 if verdict is Verdict.PASSED else 0.0
    if isinstance(changes.get("note"), str):
        changes["note"] = told(changes["note"])
    given: dict[str, Any] = {"points": points, "max_points": 2.0, "checks": (check(verdict=verdict),), **changes}
    return ExerciseResult(id=id, verdict=verdict, **given)


def submission(student: str = "ada", *exercises: ExerciseResult, **changes: Any) -> SubmissionResult:
    given: dict[str, Any] = {"status": "graded", **changes}
    return SubmissionResult(student=student, exercises=exercises, **given)


def a_class(*submissions: SubmissionResult, **changes: Any) -> ClassResults:
    given: dict[str, Any] = {
        "course": "d2l",
        "title": "Dive into Deep Learning",
        "device": "cpu",
        "sandbox": ("namespaces", "landlock", "seccomp"),
        "versions": {"d2l-grader": "0.1.0", "python": "3.11.9", "torch": "2.13.0"},
        "seconds": 12.5,
        **changes,
    }
    return ClassResults(submissions=submissions, **given)


def overflowing() -> ExerciseResult:
    """The mistake of the brief: three cases right, one overflows."""
    large = check("a_large_row_beside_a_small_one", Verdict.WRONG, aspect="stability", detail=DETAIL)
    checks = (check(), check("as_many_rows_as_columns"), large, check("a_tall_matrix"))
    return exercise(
        verdict=Verdict.WRONG, points=1.5, checks=checks, hints=(Hint("overflowing", MISTAKES["overflowing"]),)
    )


def demo(students: int = 12, topics: int = 3, seed: int = 7) -> ClassResults:
    """A class as it might be: good and weak students, a few accidents, and names that bite."""
    rng = random.Random(seed)
    names = [*NAMES, *(f"student {number:04}" for number in range(len(NAMES), students))][:students]
    ids = [f"{topic}.{name}" for topic in list(TOPICS)[:topics] for name in TOPICS[topic].split()]
    return a_class(
        *(_demo_student(name, number, ids, rng) for number, name in enumerate(names)), seconds=0.04 * students
    )


def _demo_student(name: str, number: int, ids: list[str], rng: random.Random) -> SubmissionResult:
    if number % 40 == 8:
        return submission(
            name, status="not_graded", reason="softmax.py cannot be read: it is 104 MB, the limit is 1 MB"
        )
    if number % 30 == 11:
        return submission(name, status="absent", reason="in the roster, but no folder bears this name")
    skill = min(1.0, rng.betavariate(4, 1.6))
    given_up_after = len(ids) if rng.random() < 0.7 else rng.randrange(3, len(ids))
    done = [_demo_exercise(id, place, skill, place >= given_up_after, rng) for place, id in enumerate(ids)]
    return submission(name, *done, seconds=0.4 + 2 * rng.random() ** 4)


def _demo_exercise(id: str, place: int, skill: float, given_up: bool, rng: random.Random) -> ExerciseResult:
    most = float(1 + place % 3)
    if given_up:
        lost = tuple(check(n, Verdict.MISSING, aspect=a, shown=s) for n, a, s in CASES)
        return exercise(id, Verdict.MISSING, max_points=most, checks=lost)
    if rng.random() < skill:
        return exercise(
            id, points=most, max_points=most, checks=tuple(check(n, aspect=a, shown=s) for n, a, s in CASES)
        )
    verdict = rng.choices(
        (Verdict.WRONG, Verdict.RAISED, Verdict.TIMED_OUT, Verdict.DIED, Verdict.OUT_OF_MEMORY), (50, 12, 2, 1, 1)
    )[0]
    lost_from = rng.choice((0, 2, 2, 3, 4))
    checks = tuple(
        check(
            n,
            Verdict.PASSED if i < lost_from else verdict,
            aspect=a,
            shown=s,
            detail="" if i < lost_from else _demo_detail(id, a, s),
        )
        for i, (n, a, s) in enumerate(CASES)
    )
    turn = place + rng.choices((0, 1, 2), (6, 2, 1))[0]
    mistake = list(MISTAKES)[turn % len(MISTAKES)] if verdict is Verdict.WRONG and rng.random() < 0.8 else None
    return exercise(
        id, verdict, points=most * lost_from / len(CASES), max_points=most, checks=checks,
        hints=(Hint(mistake, MISTAKES[mistake]),) if mistake else (), certain=rng.random() < 0.8,
    )  # fmt: skip


def _demo_detail(id: str, aspect: str, shown: bool) -> str:
    told = DETAILS.get(aspect, DETAIL).replace("softmax(", f"{id.partition('.')[2]}(")
    return told if shown else HIDDEN_DETAIL


def main(folder: Path, students: int = 12, topics: int = 3) -> None:
    from grader.report.files import make_writable, write_reports
    from grader.report.statistics import figures

    results = demo(students, topics)
    make_writable(folder)
    write_reports(results, figures(results), folder, TITLES)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:4]))
