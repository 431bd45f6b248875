"""What a key does not tell of a page: whether its reference is precise and answers in the kind that its stub promises,
whether its cases draw by the seed, whether it says what it is about.

The truth is the reference's, so nothing else notices where it is imprecise itself: a cast to float32 in its first line,
one branch that returns an int.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from grader.course.course import Topic
from grader.course.page import Case, Page
from grader.course.places import place_of
from grader.doctor.from_stub import ARRAYS, TENSORS
from grader.doctor.records import Problem
from grader.keymaking.expected import asker
from grader.keymaking.questions import asked_dtypes, drawn_arguments, question_of, recast
from grader.model.leaves import Sheet, kind, numbers, sheet
from grader.model.question import Question, Returned
from grader.model.tolerance import ROUNDING
from grader.model.value import leaves
from grader.report.error_due_in_words import with_article
from grader.runner.respond import seed_everything

EXACT = "float64"
KINDS = {
    **dict.fromkeys(TENSORS, "tensor"),
    **dict.fromkeys(ARRAYS[2:], "numpy.ndarray"),
    "float": "float",
    "int": "int",
    "bool": "bool",
}


def examine_references(topic: Topic, pages: Sequence[Page]) -> tuple[Problem, ...]:
    """Problems of a topic's references, each case asked once, in float64 where it has floating arguments."""
    tree = ast.parse(topic.path.read_text(encoding="utf-8"))
    returns = {node.name: node.returns for node in tree.body if isinstance(node, ast.FunctionDef)}
    return tuple(problem for page in pages for problem in _problems(page, returns.get(page.name)))


def _problems(page: Page, promised: ast.expr | None) -> Iterator[Problem]:
    said: dict[str, str] = {}
    if not page.about:
        yield Problem(place_of(page.path, 1), "the page has no docstring.", "Say what the exercise is about.")
    if not page.has_options:
        yield Problem(page.where(), "the page does not say what it is worth.", "Write exercise = Exercise(points=1).")
    for case in page.cases:
        yield from _drawn_anew(page, case)
    for case in page.cases:
        if case.raises is not None:
            continue
        question = _question(page, case)
        with _Casts(page.path) as casts:
            answer = asker(page, page.reference)(question)
        if not isinstance(answer, Returned):
            continue  # its key says so
        if page.exercise.arrays == "numpy" and _is_exact(question) and _forgets_digits(page, question, answer):
            what = (
                f"case {case.name}: the reference forgets digits when asked in float64: it casts to something coarser."
            )
            yield Problem(page.where(), what, "Compute in the dtype of the arguments.")
            return
        if casts.seen and _is_exact(question):
            name, dtype, line = casts.seen
            what = f"case {case.name}: the reference casts to {dtype} ({name}) when asked in float64."
            where = f"{place_of(page.path, line)}: {page.id}"
            yield Problem(where, what, "Compute in the dtype of the arguments.")
            return
        if promised is not None and not page.driver:
            said |= {path: what for path, what in _other_kinds(question, answer, promised) if path not in said}
    for path, what in said.items():
        yield Problem(page.where(), f"{path} is {what}.", "Let the reference return what the stub promises.")


def _question(page: Page, case: Case) -> Question:
    drawn = drawn_arguments(case.draw, page, case, 1)
    dtypes = asked_dtypes(page, case, drawn)
    return question_of(page, case, 1, drawn, EXACT if EXACT in dtypes else dtypes[0], ())


def _is_exact(question: Question) -> bool:
    dtypes = {leaf.dtype for _, leaf in leaves(question.named) if getattr(leaf, "dtype", None) in ROUNDING}
    return dtypes == {EXACT}


BELOW_FLOAT32, ABOVE_FLOAT32 = 1e-11, 1e-4


def _forgets_digits(page: Page, question: Question, answer: Returned) -> bool:
    """Whether arguments that differ by less than float32 can tell are all one to a reference, and others are not.

    NumPy has no hook that shows the cast itself.
    """
    own = sheet(question, answer)
    return not _share_changed(page, question, own, BELOW_FLOAT32) and (
        _share_changed(page, question, own, ABOVE_FLOAT32) > 1 / 2
    )


def _share_changed(page: Page, question: Question, own: Sheet, step: float) -> float:
    """The share of the answer's floats that change when all arguments do, up or down by this share of themselves."""
    generator = torch.Generator().manual_seed(1)

    def moved(x: torch.Tensor) -> torch.Tensor:
        return x * (1 + step * (2.0 * torch.randint(0, 2, x.shape, generator=generator).double() - 1))

    answer = asker(page, page.reference)(recast(question, None, moved))
    seen = sheet(question, answer) if isinstance(answer, Returned) else {}
    pairs = [(numbers(own[path]), numbers(leaf)) for path, leaf in seen.items() if path in own]
    floats = [
        (a, b) for a, b in pairs if a is not None and b is not None and a.dtype.kind == "f" and a.shape == b.shape
    ]
    return sum(int((a != b).sum()) for a, b in floats) / max(1, sum(a.size for a, _ in floats))


def _other_kinds(question: Question, answer: Returned, promised: ast.expr) -> Iterator[tuple[str, str]]:
    """Leaves of another kind than the annotation says; what it does not say is left alone."""
    whole, kind_promised = answer.values[0], KINDS.get(ast.unparse(promised))
    if kind_promised and isinstance(whole, (list, tuple, dict)):
        yield "the answer", f"a {type(whole).__name__} where the stub promises {with_article(kind_promised)}"
    for path, leaf in sheet(question, answer).items():
        wanted = _promised_at(promised, path.removeprefix("value")) if path.startswith("value") else None
        if wanted and kind(leaf) != wanted:
            yield path, f"{with_article(kind(leaf))} where the stub promises {with_article(wanted)}"


def _promised_at(annotation: ast.expr, path: str) -> str | None:
    """What an annotation says of the leaf at a path: tuple[Tensor, float] of `[1]` says a float."""
    if not path:
        return KINDS.get(ast.unparse(annotation))
    if not isinstance(annotation, ast.Subscript):
        return None
    first, _, rest = path.removeprefix("[").partition("]")
    items: list[ast.expr] = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    name = ast.unparse(annotation.value)
    if name == "tuple" and first.isdigit() and not any(ast.unparse(item) == "..." for item in items):
        return _promised_at(items[int(first)], rest) if int(first) < len(items) else None
    return _promised_at(items[-1 if name == "dict" else 0], rest) if name in ("list", "dict", "tuple") else None


class _Casts(TorchDispatchMode):
    """Notes the first operator that makes of float64 numbers less exact ones: its name, their dtype, its line."""

    def __init__(self, path: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen: tuple[str, str, int | None] | None = None
        self._file = str(path)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # wrapping the method below would import torch._dynamo, which takes a second

    def _line(self) -> int | None:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename != self._file:
            frame = frame.f_back
        return frame.f_lineno if frame else None

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        result = func(*args, **(kwargs or {}))
        taken, made = _floating(args), _floating(result)
        if self.seen is None and taken and made:
            coarsest, finest = max(made, key=ROUNDING.__getitem__), min(taken, key=ROUNDING.__getitem__)
            if ROUNDING[coarsest] > ROUNDING[finest]:
                self.seen = func._schema.name.removeprefix("aten::"), coarsest, self._line()
        return result


def _drawn_anew(page: Page, case: Case) -> Iterator[Problem]:
    """A case whose arguments change with the global generators: its seed does not make them."""
    drawn = []
    for seed in (1, 2):
        seed_everything(seed)
        drawn.append(drawn_arguments(case.draw, page, case, 1))
    first, second = (question_of(page, case, 1, each, None, ()) for each in drawn)
    if first.named != second.named:
        what = f"case {case.name} draws from a global generator, so its numbers do not come from the seed."
        yield Problem(page.where(case.name), what, "Draw them with draw, as in draw.normal(3, 4).")


def _floating(values: Any) -> list[str]:
    found = (str(leaf.dtype).removeprefix("torch.") for _, leaf in leaves(values) if isinstance(leaf, torch.Tensor))
    return [dtype for dtype in found if dtype in ROUNDING]
