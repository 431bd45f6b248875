"""`check("softmax.cross_entropy")`: a student checks a function in the notebook in which it stands.

The function is looked up where `check` is called, and asked in the same process: torch is loaded there already. The key
lies beside the notebook. nbgrader is not needed; where it is, `nbgrader validate` runs the same cells.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from io import TextIOBase
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from grader.course.course import unknown
from grader.grading.exercise import judged
from grader.grading.repairs import StudentCode, with_repair_first
from grader.grading.selection import unknown_target
from grader.intake.notebook import Notebook, notebook_of
from grader.kits.student import find_keys, key_name, load_keys
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.model.question import Answer, Failed, Question
from grader.model.result import ExerciseResult
from grader.report.exercise_terminal import exercise_lines
from grader.report.notebook_html import to_table, to_text
from grader.report.wording import word_of
from grader.runner.respond import respond

VALIDATING = "NBGRADER_VALIDATING"
"""The variable by which nbgrader tells a notebook that it is validated."""
NOTEBOOK = "notebook"
"""The module that all cells are taken for, where a function's calls are looked up."""
WITHOUT_WALLS = (
    "Checked in this kernel. Where it is graded, files, threads, other processes and the network are refused."
)


class CheckFailed(AssertionError):
    """Something is not right yet. A notebook shows one line of it: the table says the rest.

    details: what `nbgrader validate` shows beside it, which shows no table.
    """

    def __init__(self, summary: str, details: str = "") -> None:
        super().__init__(summary)
        self.details = details

    def _render_traceback_(self) -> list[str]:
        return [*filter(None, [self.details]), f"{type(self).__name__}: {self}"]


def check(target: str | Callable[..., object] | None = None) -> None:
    """Checks an exercise (the function, "cross_entropy" or "softmax.cross_entropy") or all of a topic ("softmax").

    Without a target, every exercise whose function is defined where this is called. They are taken as they stand there.
    Shows the result, and raises `CheckFailed` where something is not right, and `UsageError` where there is no such
    exercise.
    """
    check_in(sys._getframe(1).f_globals, target)


def check_in(namespace: Mapping[str, Any], target: str | Callable[..., object] | None = None) -> None:
    """Checks what stands in a namespace, as `check` does."""
    wanted = _defined(namespace) if target is None else _wanted(target)
    notebook = _notebook(namespace)
    with _undisturbed():
        results = _results(wanted, namespace, notebook)
    _show(results)
    failed = [result for result in results if not result.passed]
    if failed:
        said = to_text(failed) if os.environ.get(VALIDATING) else ""
        raise CheckFailed("; ".join(f"{each.function}: {word_of(each)}" for each in failed), said)


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext grader`: a cell that begins with `%%check softmax.softmax` is run, and the exercise checked."""

    def run_and_check(line: str, cell: str) -> None:
        if shell.run_cell(cell).success:
            check_in(shell.user_ns, line.strip() or None)

    shell.register_magic_function(run_and_check, "cell", "check")


def _defined(namespace: Mapping[str, Any]) -> tuple[ExerciseKey, ...]:
    """The exercises whose functions are there."""
    here = tuple(each for each in key_of_notebook("TOPIC").exercises if callable(namespace.get(each.function)))
    if not here:
        raise UsageError("No exercise is defined here yet. Run the cell of one first, or name it.")
    return here


def exercise_named(target: str | Callable[..., object]) -> ExerciseKey:
    """The one exercise that is meant. Raises `UsageError` where several are."""
    wanted = _wanted(target)
    if len(wanted) > 1:
        raise UsageError(f"Name one exercise: {', '.join(each.id for each in wanted)}.")
    return wanted[0]


def _wanted(target: str | Callable[..., object]) -> tuple[ExerciseKey, ...]:
    name = target if isinstance(target, str) else getattr(target, "__name__", str(target))
    topic, _, function = name.partition(".")
    key = key_of_notebook(topic)
    if not function and (topic not in key.topics or not isinstance(target, str)):
        named = tuple(each for each in key.exercises if each.function == topic)
        if named:
            return named[:1]
    if topic not in key.topics:
        raise UsageError(unknown_target(key, topic, not function))
    of_topic = [each for each in key.exercises if each.topic == topic]
    found = [each for each in of_topic if each.function == function or not function]
    if not found:
        raise UsageError(unknown(f"exercise in {topic}", function, [each.function for each in of_topic]))
    return tuple(found)


def key_of_notebook(topic: str) -> AnswerKey:
    """The key beside the notebook, or the built-in one."""
    files = find_keys(Path.cwd())
    if not files:
        name = key_name(topic)
        raise UsageError(f"There is no answer key ({name}) in {Path.cwd()}. Put your course's beside the notebook.")
    return _loaded(tuple((path, path.stat().st_mtime_ns) for path in files))


@cache
def _loaded(files: tuple[tuple[Path, int], ...]) -> AnswerKey:
    return load_keys(path for path, _ in files)


def _notebook(namespace: Mapping[str, Any]) -> Notebook:
    """The cells run so far, for a look at what they call; outside a notebook, the file."""
    cells = namespace.get("In")
    if isinstance(cells, list):
        return notebook_of(cell for cell in cells if isinstance(cell, str))
    file = namespace.get("__file__")
    path = Path(file) if isinstance(file, str) else None
    return notebook_of([path.read_text(encoding="utf-8")] if path and path.is_file() else [])


def _results(wanted: Sequence[ExerciseKey], namespace: Mapping[str, Any], notebook: Notebook) -> list[ExerciseResult]:
    """The results, each with what to repair first; for that, what a failed function calls is asked too."""
    known = {key.id: _result(key, namespace, notebook) for key in wanted}
    every = key_of_notebook("TOPIC").exercises
    exercises = {(NOTEBOOK, key.function): key.id for key in (*every, *wanted) if key.function in namespace}
    code = StudentCode({NOTEBOOK: notebook.text}, exercises, {NOTEBOOK: notebook})
    called = {id for key in wanted if not known[key.id].passed for id in code.calls(key.id)}
    known |= {key.id: _result(key, namespace, notebook) for key in every if key.id in called - known.keys()}
    failed = [key.id for key in every if key.id in known and known[key.id].is_wrong]
    return [with_repair_first(known[key.id], code, failed) for key in wanted]


def _result(key: ExerciseKey, namespace: Mapping[str, Any], notebook: Notebook) -> ExerciseResult:
    return judged(key, notebook.text, _asked(namespace, key, key.questions), notebook)


def answers_in(namespace: Mapping[str, Any], key: ExerciseKey, questions: Sequence[Question]) -> list[Answer]:
    """What the function of a namespace answers, with prints and generators as if nothing had been asked."""
    with _undisturbed():
        return _asked(namespace, key, questions)


def _asked(namespace: Mapping[str, Any], key: ExerciseKey, questions: Sequence[Question]) -> list[Answer]:
    function = namespace.get(key.function)
    return [_answer({key.function: function, "__file__": _file_of(function)}, each) for each in questions]


def _answer(namespace: Mapping[str, Any], question: Question) -> Answer:
    answer = respond(namespace, question)
    if isinstance(answer, Failed) and "KeyboardInterrupt" in answer.error:
        raise KeyboardInterrupt  # the student's: it ends the check, not one question
    return answer


def _file_of(function: Any) -> str:
    """The cell that a function, or a class by its methods, was written in."""
    parts = (function, *vars(function).values()) if isinstance(function, type) else (function,)
    codes = (getattr(part, "__code__", None) for part in parts)
    return next((code.co_filename for code in codes if code is not None), "")


class _Nowhere(TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Prints go nowhere, and the student's generators go on as if nothing had been checked."""
    torch_state, numpy_state, python_state = torch.get_rng_state(), np.random.get_state(), random.getstate()
    trace = sys.gettrace()
    try:
        with redirect_stdout(_Nowhere()), redirect_stderr(_Nowhere()):
            yield
    finally:
        torch.set_rng_state(torch_state)
        np.random.set_state(numpy_state)
        random.setstate(python_state)
        sys.settrace(trace)


def _show(results: Sequence[ExerciseResult]) -> None:
    display = notebook_display()
    if display:
        table = f'{to_table(results)}<div style="opacity:.7">{WITHOUT_WALLS}</div>'
        display({"text/html": table, "text/plain": f"{to_text(results)}\n{WITHOUT_WALLS}"}, raw=True)
        return
    console = Console(highlight=False)
    for result in results:
        for line in exercise_lines(result, width=console.width, window=True):
            console.print(line, soft_wrap=True)
    console.print(f"[dim]{WITHOUT_WALLS}[/dim]", soft_wrap=True)


def notebook_display() -> Callable[..., Any] | None:
    """IPython's display, where this runs in a kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(sys.modules.get("IPython.display"), "display", None) if shell else None
