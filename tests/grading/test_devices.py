"""Keys on other devices and of one dtype: what is asked, how near is near enough, what is said, what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType

import pytest
import torch

from grader.course.page_loader import load_page
from grader.grading.exercise import judged, told_apart
from grader.judging.findings import findings, passes
from grader.keymaking.expected import asker
from grader.keymaking.keymaker import make_exercise_key
from grader.model.errors import PageError, UsageError
from grader.model.fact import Fact
from grader.model.keys.key import DEVICE, AnswerKey, ExerciseKey
from grader.model.keys.key_variants import device_of, exercise_on_device, in_float64, of_dtype, on_device
from grader.model.question import Answer, Question, Returned
from grader.model.result import ExerciseResult, Verdict
from grader.model.tolerance import DEVICE_FACTOR
from grader.model.value import Array, leaves
from grader.report.explanation import explanation, full_explanation
from grader.runner.module import LoadedModule, load
from grader.runner.respond import respond
from grader.sandbox.device import resolved
from tests.helpers.course import page, page_ids, sampled_ids
from tests.helpers.keys import exercise_key

CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
ID = "softmax.cross_entropy"

HARD_CODED = """
import torch


def cross_entropy(logits, y):
    rows = torch.arange(len(y))
    one_hot = torch.zeros(logits.shape, dtype=logits.dtype)
    one_hot[rows, y] = 1
    Z = logits - logits.amax(1, keepdim=True)
    return -(one_hot * (Z - Z.exp().sum(1, keepdim=True).log())).sum() / len(y)
"""
OVERFLOWING = """
def cross_entropy(logits, y):
    return -(logits.exp() / logits.exp().sum(1, keepdim=True)).log().gather(1, y[:, None]).mean()
"""
WRONG_EVERYWHERE = """
def cross_entropy(logits, y):
    return logits.sum() * 0
"""


def key() -> ExerciseKey:
    return exercise_key(ID)


def answers(source: str, exercise: ExerciseKey) -> tuple[Answer, ...]:
    module = load(source, "softmax")
    assert isinstance(module, LoadedModule)
    return tuple(respond(module.namespace, question) for question in exercise.questions)


def result(source: str, exercise: ExerciseKey) -> ExerciseResult:
    return judged(exercise, source, answers(source, exercise))


def test_a_few_cases_are_asked_on_the_simulated_device() -> None:
    """Two or three of each exercise that has anything to move, in one dtype."""
    moved = [entry for entry in key().entries if entry.purpose == "device"]
    assert 2 <= len(moved) <= 3
    assert {entry.question.device for entry in moved} == {"sim"}
    assert {entry.dtype for entry in moved} == {"float32"}
    assert all(entry.shown for entry in moved)


def test_a_hard_coded_device_costs_the_check_and_nothing_else() -> None:
    """A tenth of the exercise; the sentence says the line and the repair."""
    seen = result(HARD_CODED, key())
    (failed,) = [check for check in seen.checks if check.verdict is not Verdict.PASSED]
    assert (failed.name, failed.aspect, failed.device) == (DEVICE, "device", "sim")
    assert "on a simulated GPU" in explanation(failed)
    assert (
        "line 7: torch.zeros(logits.shape, dtype=logits.dtype) is on the CPU; create it with device=logits.device"
        in explanation(failed)
    )
    assert 0.88 < seen.points / seen.max_points < 0.95


def test_no_mistake_counts_twice() -> None:
    """Where the case is wrong on the CPU nothing is said of the device; where the first one is, nothing at all."""
    said = [each for each in findings(key(), answers(WRONG_EVERYWHERE, key())) if each.check == DEVICE]
    assert said == []
    (check,) = [each for each in result(WRONG_EVERYWHERE, key()).checks if each.name == DEVICE]
    assert check.verdict is not Verdict.PASSED
    assert explanation(check) == "not asked on another device: the first case is wrong on the CPU already"


def test_other_mistakes_leave_the_check_alone() -> None:
    """An overflow is no device bug."""
    verdicts = {check.name: check.verdict for check in result(OVERFLOWING, key()).checks}
    assert verdicts[DEVICE] is Verdict.PASSED
    assert verdicts["sure_and_wrong"] is Verdict.WRONG


def test_a_reference_that_stays_on_the_cpu_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With the line that has to change."""
    path = tmp_path_factory.mktemp("page") / "f.py"
    path.write_text(
        "import torch\nfrom grader import *\n\n@reference\ndef f(x):\n    return x + torch.ones(3, dtype=x.dtype)\n\n"
        "@case\ndef some(draw):\n    return draw.normal(3)\n"
    )
    with pytest.raises(PageError, match=r"line 6: torch\.ones\(3, dtype=x\.dtype\) is on the CPU"):
        make_exercise_key(load_page(path, "topic"), 1)


def test_a_page_may_say_that_it_cannot_be_asked_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With a share of nothing there is no check, no question, and no refusal."""
    path = tmp_path_factory.mktemp("page") / "f.py"
    path.write_text(
        'import torch\nfrom grader import *\n\nexercise = Exercise(shares={"any_device": 0})\n\n'
        "@reference\ndef f(x):\n    return x + torch.ones(3, dtype=x.dtype)\n\n"
        "@case\ndef some(draw):\n    return draw.normal(3)\n"
    )
    made = make_exercise_key(load_page(path, "topic"), 1)
    assert {entry.purpose for entry in made.entries} == {"value"}
    assert DEVICE not in {check.name for check in made.checks}


def test_on_a_device_every_question_is_asked_there() -> None:
    """And budgets are as much wider as the table says; on the way back they are what they were."""
    there = exercise_on_device(key(), "cuda:1")
    assert {entry.question.device for entry in there.entries} == {"cuda:1"}
    assert device_of(there) == "cuda:1"
    pairs = [
        (mine.budget, other.budget)
        for a, b in zip(key().entries, there.entries, strict=True)
        for mine, other in zip(a.expected, b.expected, strict=True)
    ]
    assert any(budget for budget, _ in pairs)
    assert all(wider == (None if budget is None else DEVICE_FACTOR["cuda"] * budget) for budget, wider in pairs)
    assert exercise_on_device(there, "cpu") == key()


def test_a_course_may_allow_tf32() -> None:
    """Then float32 on a GPU may be as far off as products of ten bits make it; nothing else changes, and not for good."""
    whole = AnswerKey("d2l", "", 1, (key(),), tf32=True)
    (there,) = on_device(whole, "cuda:1").exercises
    assert {entry.question.device for entry in there.entries} == {"cuda:1+tf32"}
    factors: dict[str | None, set[float]] = {}
    for mine, other in zip(key().entries, there.entries, strict=True):
        for a, b in zip(mine.expected, other.expected, strict=True):
            if a.budget and b.budget:
                factors.setdefault(a.dtype, set()).add(b.budget / a.budget)
    assert factors.pop("float32") == {4 * 2.0**13}
    assert set().union(*factors.values()) == {4.0}
    assert exercise_on_device(there, "cpu") == key()
    assert {entry.question.device for entry in on_device(whole, "sim").exercises[0].entries} == {"sim"}


def test_what_fails_elsewhere_is_told_apart() -> None:
    """Right on the CPU: the device. Wrong there too: the mathematics."""
    there = exercise_on_device(key(), "sim")
    for source, says in ((HARD_CODED, "On the CPU it is right"), (WRONG_EVERYWHERE, "On the CPU it is wrong too")):
        seen = told_apart(result(source, there), result(source, key()))
        (check,) = [each for each in seen.checks if each.name == "everyday_scores"]
        assert says in explanation(check)


SINGLE_ONLY = """
import torch


def cross_entropy(logits, y):
    Z = logits.double() if logits.dtype == torch.float64 else logits.half().to(logits.dtype)
    Z = Z - Z.amax(1, keepdim=True)
    return -(Z - Z.exp().sum(1, keepdim=True).log()).gather(1, y[:, None]).mean()
"""
ASSERTS = """
import torch


def cross_entropy(logits, y):
    return torch.zeros(3)[y + 99]
"""


def on_the_cpu(source: str, exercise: ExerciseKey) -> tuple[ExerciseResult, ExerciseResult]:
    """What it comes to on the CPU, and there in float64."""
    return result(source, exercise_on_device(exercise, "cpu")), result(source, in_float64(exercise))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (HARD_CODED, "On the CPU it is right: the mathematics is fine, it is the device."),
        (
            SINGLE_ONLY,
            "On the CPU it is wrong too, but is right in float64: the mathematics is fine, it is the precision.",
        ),
        (WRONG_EVERYWHERE, "On the CPU it is wrong too, in float64 as well: it is the mathematics, not the device."),
    ],
)
def test_mathematics_precision_and_device_are_told_apart(source: str, says: str) -> None:
    """What fails on a device is asked again on the CPU, in its dtype and in float64."""
    seen = told_apart(result(source, exercise_on_device(key(), "sim")), *on_the_cpu(source, key()))
    (check,) = [each for each in seen.checks if each.name == "everyday_scores"]
    assert explanation(check).splitlines()[-1] == full_explanation(check).splitlines()[-1] == says


def test_the_cpu_says_what_a_device_cannot() -> None:
    """After a device-side assert CUDA knows no more than that there was one; the CPU names the index."""
    plain = result(ASSERTS, key())
    asserted = tuple(
        replace(each, fact=Fact("raised", error="AcceleratorError", text="CUDA error: device-side assert triggered"))
        for each in plain.checks
    )
    seen = told_apart(replace(plain, checks=asserted), *on_the_cpu(ASSERTS, key()))
    assert explanation(seen.checks[0]).splitlines()[-1] == (
        "On the CPU it fails too (raised IndexError: index 99 is out of bounds for dimension 0 with size 3 (line 6)), in "
        "float64 as well: it is the mathematics, not the device."
    )


def test_in_float64_a_case_is_asked_as_it_is_or_with_the_same_numbers() -> None:
    """Where a key has float64 questions they are asked; others are widened, arguments, truth and all."""
    whole = in_float64(key())
    assert {entry.dtype for entry in whole.entries} == {"float64"}
    assert [entry for entry in whole.entries if entry.case == "everyday_scores"] == [
        entry for entry in key().entries if entry.case == "everyday_scores" and entry.dtype == "float64"
    ]
    (narrow,) = of_dtype(AnswerKey("c", "C", 1, (key(),)), "bfloat16").exercises
    wide = in_float64(narrow)
    arrays = [
        leaf for entry in wide.entries for _, leaf in leaves(list(entry.question.args)) if isinstance(leaf, Array)
    ]
    assert {array.dtype for array in arrays} == {"float64", "int64"}
    right = tuple(map(asker(page(ID), page(ID).reference), wide.questions))
    assert passes(wide, right) == {check.name for check in wide.checks}


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_wider_arrays_hold_the_same_numbers(dtype: str) -> None:
    """With their layout, since honest code may ask for it."""
    numbers = torch.tensor([[1.5, -2.0, 3.25], [0.0, 5.0, 6.0]]).to(getattr(torch, dtype))
    data = numbers.view(torch.uint8).numpy().tobytes()
    for array in (Array(dtype, (2, 3), data), Array(dtype, (3, 2), data, (1, 3))):
        wide = array.wide()
        assert (wide.dtype, wide.shape, wide.strides) == ("float64", array.shape, array.strides)
        assert wide.numpy().tolist() == array.numpy().tolist()


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
def test_a_key_of_one_dtype_asks_in_no_other(dtype: str) -> None:
    """Checks about which nothing is asked any more are gone, so that a right answer still earns everything."""
    (narrow,) = of_dtype(AnswerKey("c", "C", 1, (key(),)), dtype).exercises
    cases = [entry for entry in narrow.entries if entry.purpose in ("value", "gradient")]
    assert {entry.dtype for entry in cases} <= {dtype, None}
    right = tuple(map(asker(page(ID), page(ID).reference), narrow.questions))
    assert passes(narrow, right) == {check.name for check in narrow.checks}


def test_a_dtype_in_which_nothing_is_asked_is_said_to_be_none() -> None:
    """With those that there are."""
    with pytest.raises(UsageError, match="bfloat16, float16, float32, float64"):
        of_dtype(AnswerKey("c", "C", 1, (key(),)), "complex64")


class Sees:
    """A sandbox without walls, whose child sees so many GPUs."""

    layers = ("process", "fair deadlines")

    def __init__(self, count: int) -> None:
        self._count = count

    def submission(self, sources: object) -> Sees:
        return self

    def ask(self, topic: str, questions: Sequence[Question]) -> tuple[Answer, ...]:
        return (Returned((self._count,)),)

    def __enter__(self) -> Sees:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


@pytest.mark.parametrize(
    ("device", "gpus", "found"),
    [("cpu", 0, "cpu"), ("sim", 0, "sim"), ("auto", 0, "cpu"), ("auto", 2, "cuda"), ("cuda", 1, "cuda"), ("cuda:1", 2, "cuda:1")],
)  # fmt: skip
def test_a_device_is_found(device: str, gpus: int, found: str) -> None:
    """auto is a GPU where there is one."""
    assert resolved(device, Sees(gpus)) == found  # type: ignore[arg-type]


@pytest.mark.parametrize(("device", "gpus"), [("cuda", 0), ("cuda:1", 1), ("cuda:7", 2)])
def test_a_device_that_is_not_there_is_said_to_be_missing(device: str, gpus: int) -> None:
    """Before anybody is graded."""
    with pytest.raises(UsageError, match=f"no {device} here"):
        resolved(device, Sees(gpus))  # type: ignore[arg-type]


@pytest.mark.parametrize("id", sampled_ids())
def test_references_and_alternatives_pass_on_the_simulated_device(id: str) -> None:
    """Every question of the key, gradients and every dtype included."""
    _all_pass(id, "sim")


@pytest.mark.cuda
@CUDA
@pytest.mark.parametrize("id", page_ids())
def test_references_and_alternatives_pass_on_a_gpu(id: str) -> None:
    """Every question of the key, gradients and every dtype included, within the budgets of a GPU."""
    _all_pass(id, "cuda")


def _all_pass(id: str, device: str) -> None:
    there = exercise_on_device(exercise_key(id), device)
    for function in (page(id).reference, *page(id).alternatives.values()):
        seen = findings(there, tuple(map(asker(page(id), function), there.questions)))
        assert [(each.entry.case, each.mismatch, each.failed) for each in seen if not each.passed] == [], (
            function.__name__
        )


@pytest.mark.cuda
@CUDA
@pytest.mark.parametrize("id", page_ids())
def test_misconceptions_are_caught_on_a_gpu(id: str) -> None:
    """Wider budgets let none of them through."""
    there = on_device(AnswerKey("c", "C", 1, (exercise_key(id),)), "cuda").exercises[0]
    for wrong in page(id).misconceptions:
        passed = passes(there, tuple(map(asker(page(id), wrong.function), there.questions)))
        assert len(passed) < len(there.checks), wrong.name


def test_the_check_weighs_a_tenth() -> None:
    """Of all cases together, as every check about the whole exercise weighs a share of them."""
    weights = {check.name: check.weight for check in key().checks}
    cases = sum(
        check.weight for check in key().checks if check.aspect in ("value", "edge", "stability", "gradient", "law")
    )
    assert weights[DEVICE] == pytest.approx(0.1 * cases)
