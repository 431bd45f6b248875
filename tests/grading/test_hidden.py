"""What a submission sees of hidden questions never comes back to its student, whatever it does with it.

Each submission below keeps what it is asked, and tells it in its own way as soon as the hidden input is among it. All of
it is run in the real sandbox; what a student reads is looked through for the input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from grader.course.course import load_pages, read_course
from grader.grading import examination, stand_ins
from grader.grading import examine as examining
from grader.grading.examine import examine
from grader.intake.notebook import notebook_of
from grader.intake.submission import Submission
from grader.keymaking.keymaker import make_key
from grader.model.keys.key import AnswerKey, ExerciseKey, for_students
from grader.model.keys.key_variants import on_device
from grader.model.limits import Limits
from grader.model.result import ClassResults, ExerciseResult, SubmissionResult, Verdict
from grader.report.exercise_terminal import exercise_lines
from grader.report.explanation import IS_THE_DEVICE, explanation, full_explanation, note_of
from grader.report.exports.gradescope import AFTER_PUBLISHED, to_gradescope
from grader.report.feedback_html import to_feedback_html
from grader.report.feedback_markdown import to_feedback_markdown
from grader.report.feedback_text import to_feedback_text
from grader.report.notebook_html import to_table, to_text
from grader.report.results_json import to_json
from grader.sandbox.dialogue import Talk
from grader.sandbox.forked import Zygotes
from grader.sandbox.session import Sandbox

HIDDEN = 7643
STUB = '"""{title}\n\nAbout numbers.\n"""\n\nfrom torch import Tensor\n'
FUNCTION = '\n\ndef {name}(x: Tensor) -> Tensor:\n    """Times {factor}."""\n    raise NotImplementedError\n'
PAGE = """from grader import Exercise, case, reference, stand_in

exercise = Exercise(points=1, gradients={gradients}, forbid=("einsum",), needs={needs})


@reference
def {name}(x):
    return {factor} * x


{more}
@case(hidden=True)
def a_hidden_case(draw):
    return draw.full(2, 3, value={hidden})


@case
def a_shown_case(draw):
    return draw.normal(4)


@case
def another_shown_case(draw):
    return draw.normal(3, 2)
"""
STAND_IN = "@stand_in\ndef double(x):\n    return 2 * x\n"
COURSE = {
    "exercises/course.toml": 'name = "tiny"\ntitle = "Tiny"\ntopics = ["first", "second"]\n',
    "exercises/first.py": STUB.format(title="First")
    + FUNCTION.format(name="double", factor=2)
    + FUNCTION.format(name="quadruple", factor=4),
    "exercises/second.py": STUB.format(title="Second") + FUNCTION.format(name="triple", factor=3),
    "solutions/first/double.py": PAGE.format(
        name="double", factor=2, hidden=HIDDEN, gradients=True, needs=(), more=""
    ).replace(", stand_in", ""),
    "solutions/first/quadruple.py": PAGE.format(
        name="quadruple", factor=4, hidden=HIDDEN, gradients=False, needs=("double",), more=STAND_IN
    ),
    "solutions/second/triple.py": PAGE.format(
        name="triple", factor=3, hidden=HIDDEN, gradients=False, needs=(), more=""
    ).replace(", stand_in", ""),
}

SPY = '''
import gc, os, sys, warnings
import torch

SEEN = []

def see(x):
    """Keeps what it is asked, and what it finds of other questions in memory."""
    if x.device.type == "cpu":
        SEEN.append(x.detach().flatten().tolist())
    for each in gc.get_objects():
        if type(each).__name__ == "Question":
            SEEN.append([each.args[0].numpy().ravel().tolist()])

def knows():
    return "{hidden}" in repr(SEEN)

def words():
    return "I saw {hidden}" if knows() else ""

def answer(x, factor):
    see(x)
    if knows():
        return tell(x, factor)
    return factor * x

def double(x):
    return answer(x, 2)

def quadruple(x):
    return answer(x, 4)

def triple(x):
    return answer(x, 3)

def tell(x, factor):
'''.replace("{hidden}", str(HIDDEN))
FORGE = """
    from grader.model.question import Failed, Observed, Returned
    from grader.model.result import Verdict
    from grader.model.value import Array, Device, Dtype, Opaque
    right = Array.of((factor * x.detach()).numpy())
    forged = {forged}
    child = sys.modules["grader.sandbox.child.child"]
    child.respond = lambda module, question: forged
    raise RuntimeError(words())
"""
NUMBER = str(HIDDEN)
TELLS = {
    "text": "raise RuntimeError(words())",
    "cause": "raise RuntimeError('look at the cause') from ValueError(words())",
    "context": "try:\n        raise ValueError(words())\n    except ValueError:\n        raise KeyError(words())",
    "notes": "error = RuntimeError('look at the notes')\n    error.add_note(words())\n    raise error",
    "group": "raise ExceptionGroup(words(), [ValueError(words())])",
    "name of an error": "raise type(words(), (Exception,), {})",
    "name that looks like Python's": "raise type('ValueError' + words(), (ValueError,), {})",
    "module of an error": "raise type('E', (Exception,), {'__module__': words()})",
    "unwritten": "raise NotImplementedError(words())",
    "memory": "raise MemoryError(words())",
    "exit": "sys.exit(words())",
    "syntax": f"error = SyntaxError(words())\n    error.lineno = {NUMBER}\n    raise error",
    "line": f"exec(compile('\\n' * ({NUMBER} - 1) + 'raise ValueError', double.__code__.co_filename, 'exec'))",
    "warning": "warnings.simplefilter('error')\n    warnings.warn(words())",
    "printed": "print(words(), file=sys.stderr)\n    print(words())\n    raise ValueError",
    "hook": "sys.excepthook = lambda *a: print(words())\n    double.__doc__ = words()\n    raise ValueError(double.__doc__)",
    "repr": "return type('R', (), {'__repr__': lambda self: words(), '__str__': lambda self: words()})()",
    "name of a type": "return type(words(), (), {})()",
    "key": "return {words(): factor * x}",
    "keys in keys": "return {'a': {words(): [x]}}",
    "text for a tensor": "return words()",
    "number": f"return torch.full_like(x, {NUMBER})",
    "integer": f"return {NUMBER}",
    "shape": f"return torch.zeros({NUMBER})",
    "count of values": f"return (x,) * {NUMBER}",
    "changed argument": f"x.data.fill_({NUMBER})\n    return x",
    "gradient": f"return factor * x + {NUMBER} * (x - x.detach())",
    "state": "torch.set_default_dtype(torch.float64)\n    raise RuntimeError(words())",
    "forbidden": "return factor * torch.einsum('...->...', x)",
    "crash": "os._exit(77)",
    "forged missing": FORGE.format(forged="Failed(Verdict.MISSING, (), words())"),
    "forged error": FORGE.format(forged=f"Failed(Verdict.RAISED, ('DeviceError', words()), words(), {NUMBER})"),
    "forged not asked": FORGE.format(forged="Failed(Verdict.RAISED, ('E',), 'not asked: ' + words())"),
    "forged memory": FORGE.format(forged=f"Failed(Verdict.OUT_OF_MEMORY, (), words(), {NUMBER})"),
    "forged calls": FORGE.format(forged=f"Returned((right,), observed=Observed(forbidden=((words(), {NUMBER}),)))"),
    "forged state": FORGE.format(forged="Returned((right,), observed=Observed(state=(words(),), changed=(words(),)))"),
    "forged counts": FORGE.format(forged=f"Returned((right,), observed=Observed(operators={NUMBER}, opcodes={NUMBER}))"),
    "forged strays": FORGE.format(forged="Returned((right,), observed=Observed(elsewhere=(('value', words()),)))"),
    "forged dtype": FORGE.format(forged="Returned((Dtype(words()),))"),
    "forged device": FORGE.format(forged="Returned((Device(words()),))"),
    "forged frame": """
    import json, struct
    frame = json.dumps({"answer": {"values": {words(): "x"}}, "arrays": []}).encode()
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<IQII", len(frame), 0, 2, 0) + frame)
        except OSError:
            pass
    raise RuntimeError(words())""",
    "import of the next topic": """raise RuntimeError(words())

for module in list(sys.modules.values()):
    if getattr(module, "__name__", "") == "first" and "7643" in repr(getattr(module, "SEEN", "")):
        raise RuntimeError(repr(module.SEEN))""",
    "forged type": FORGE.format(forged="Returned((Opaque(words()),))"),
}  # fmt: skip
TOLD_TOGETHER = (
    "text", "context", "group", "name of an error", "name that looks like Python's", "memory", "exit", "syntax", "line",
    "warning", "hook", "name of a type", "number", "shape", "changed argument", "state", "forged error",
    "forged not asked", "forged memory", "forged calls", "forged state", "forged type",
)  # fmt: skip
"""Those that tell what they saw where hidden questions are asked among the others."""


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> AnswerKey:
    folder = tmp_path_factory.mktemp("course")
    for name, text in COURSE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    course = read_course(folder)
    return make_key(course.name, course.title, load_pages(course), 3)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(Limits(question_seconds=2.0), preload=True) as started:
        yield started


def spy(tell: str) -> dict[str, str]:
    source = SPY + f"    {tell.strip()}\n"
    return {"first": source, "second": source}


def read_by_students(result: SubmissionResult) -> str:
    """All that is written of one submission and may meet its student; without times, which are digits."""
    result = replace(result, seconds=0.0, exercises=tuple(replace(each, seconds=0.0) for each in result.exercises))
    results = ClassResults("tiny", "Tiny", "cpu", (), {}, (result,))
    return "\n".join(
        [
            to_feedback_html(result, "Tiny"),
            to_feedback_markdown(result, "Tiny"),
            to_feedback_text(result, "Tiny"),
            to_gradescope(result, hidden=AFTER_PUBLISHED),
            to_table(result.exercises),
            to_text(result.exercises),
            to_json(results),
            *(str(line) for each in result.exercises for line in exercise_lines(each, width=1000)),
        ]
    )


def by_id(result: SubmissionResult) -> dict[str, ExerciseResult]:
    return {each.id: each for each in result.exercises}


@pytest.mark.parametrize("tell", TELLS)
def test_nothing_that_is_seen_is_told(key: AnswerKey, sandbox: Sandbox, tell: str) -> None:
    """Whatever carries it, across exercises and topics, in what is asked once and in what is asked again."""
    result = examine(key, Submission("eve", spy(TELLS[tell])), sandbox)
    assert result.status == "graded"
    assert NUMBER not in read_by_students(result)
    for exercise in result.exercises:
        checks = {check.name: check for check in exercise.checks}
        assert checks["a_shown_case"].verdict is Verdict.PASSED, (
            "it saw something hidden before the last shown question"
        )
        assert (checks["a_hidden_case"].verdict is Verdict.PASSED) == (tell in ("gradient", "forbidden")), (
            "it saw nothing"
        )


@pytest.mark.parametrize("tell", TOLD_TOGETHER)
def test_it_would_be_told(monkeypatch: pytest.MonkeyPatch, key: AnswerKey, sandbox: Sandbox, tell: str) -> None:
    """The test above can fail: asked together, in the order of the key, these submissions tell what they saw."""
    for module in (examining, examination, stand_ins):
        monkeypatch.setattr(module, "has_hidden", lambda key: False)
    for module in (examining, stand_ins):
        monkeypatch.setattr(module, "shown_part", lambda key: key)
    assert NUMBER in read_by_students(examine(key, Submission("eve", spy(TELLS[tell])), sandbox))


SAYS_IT_LATE = (
    """if factor == 4:
        raise RuntimeError(words())
    return x
"""
    + """
def quadruple(x):
    see(x)
    if knows():
        raise RuntimeError(words())
    return x
"""
)


def test_what_is_asked_again_beside_ours_tells_nothing(key: AnswerKey, sandbox: Sandbox) -> None:
    """`double` fails by its hidden question alone, so `quadruple` is asked again after hidden questions were asked."""
    exercise = by_id(examine(key, Submission("eve", spy(SAYS_IT_LATE)), sandbox))["first.quadruple"]
    assert note_of(exercise).startswith("Graded with a right double")
    (shown,) = [check for check in exercise.checks if check.name == "a_shown_case"]
    assert (shown.verdict, explanation(shown)) == (Verdict.RAISED, "raised RuntimeError")
    assert NUMBER in full_explanation(shown), "it saw nothing"


def test_what_was_said_before_is_kept_beside_ours(key: AnswerKey, sandbox: Sandbox) -> None:
    """Where a right function of ours changes nothing about a check, its student reads the numbers of the first time."""
    wrong = "return x\n\ndef quadruple(x):\n    return double(double(x)) if x.dim() == 2 else 5 * x"
    exercise = by_id(examine(key, Submission("eve", spy(wrong)), sandbox))["first.quadruple"]
    assert note_of(exercise).startswith("Graded with a right double")
    verdicts = {check.name: check.verdict for check in exercise.checks}
    assert verdicts["a_hidden_case"] is verdicts["another_shown_case"] is Verdict.PASSED
    (shown,) = [check for check in exercise.checks if check.name == "a_shown_case"]
    assert "expected" in explanation(shown) and "quadruple(tensor([" in explanation(shown)


@pytest.mark.parametrize(
    "tell", ["text", *(pytest.param(tell, marks=pytest.mark.soak) for tell in ("name of a type", "line"))]
)
def test_a_notebook_that_never_ends_tells_nothing(key: AnswerKey, sandbox: Sandbox, tell: str) -> None:
    """With its definitions alone the shown questions are asked again before any hidden one, too."""
    notebook = notebook_of([spy(TELLS[tell])["first"], "while True: pass"])
    submission = Submission("eve", {"first": notebook.text}, notebooks={"first": notebook})
    result = examine(key.of_topics(("first",)), submission, sandbox)
    assert NUMBER not in read_by_students(result)
    for exercise in result.exercises:
        assert exercise.note == examining.CUT
        verdicts = {check.name: check.verdict for check in exercise.checks}
        assert verdicts["a_shown_case"] is Verdict.PASSED
        assert verdicts["a_hidden_case"] in (Verdict.RAISED, Verdict.WRONG)


@pytest.mark.parametrize("tell", ["text", "name of an error", "line", "forged error"])
def test_another_device_tells_nothing(key: AnswerKey, sandbox: Sandbox, tell: str) -> None:
    """What is asked once more on the CPU, to say whether the device is to blame, follows the same order."""
    result = examine(on_device(key, "sim"), Submission("eve", spy(TELLS[tell])), sandbox)
    assert NUMBER not in read_by_students(result)
    for exercise in result.exercises:
        checks = {check.name: check for check in exercise.checks}
        assert checks["a_shown_case"].verdict is Verdict.PASSED
        assert "On the CPU it fails too" in explanation(checks["a_hidden_case"])


def test_shown_and_hidden_failures_on_another_device_are_told_apart(key: AnswerKey, sandbox: Sandbox) -> None:
    """Both kinds say what the device has to do with it: the shown one with its numbers, the hidden one without."""
    source = "def double(x):\n    return 2 * x if x.device.type == 'cpu' else 2.5 * x\n"
    asked = replace(key, exercises=key.exercises[:1])
    (exercise,) = examine(on_device(asked, "sim"), Submission("eve", {"first": source}), sandbox).exercises
    checks = {check.name: explanation(check) for check in exercise.checks}
    assert all(IS_THE_DEVICE in checks[name] for name in ("a_shown_case", "a_hidden_case"))
    assert "expected" in checks["a_shown_case"] and checks["a_hidden_case"].startswith("a hidden case: a number")


def counted(monkeypatch: pytest.MonkeyPatch, key: AnswerKey, source: str, sandbox: Sandbox) -> tuple[int, int]:
    """How many children were started for a submission, and how many requests they were sent."""
    children, requests = [], []
    start, send = Zygotes.start, Talk._send
    with monkeypatch.context() as patch:
        patch.setattr(Zygotes, "start", lambda self, limits: children.append(1) or start(self, limits))
        patch.setattr(Talk, "_send", lambda self, request, *rest: requests.append(1) or send(self, request, *rest))
        examine(key, Submission("eve", {"first": source, "second": source}), sandbox)
    return len(children), len(requests)


def test_only_hidden_questions_cost_anything(monkeypatch: pytest.MonkeyPatch, key: AnswerKey, sandbox: Sandbox) -> None:
    """One child more, and its requests, where there are hidden questions; nothing at all where there are none."""
    right = "\n".join(
        f"def {name}(x):\n    return {n} * x" for name, n in (("double", 2), ("quadruple", 4), ("triple", 3))
    )
    wrong = right.replace("2 * x", "x")
    shown = for_students(key)
    shown = replace(shown, exercises=tuple(map(_with_stand_ins_of, shown.exercises, key.exercises)))
    loads, asks = 2, 3
    assert counted(monkeypatch, shown, right, sandbox) == (1, loads + asks)
    assert counted(monkeypatch, key, right, sandbox) == (2, 2 * (loads + asks))
    assert counted(monkeypatch, shown, wrong.replace("4 * x", "2 * double(x)"), sandbox) == (2, loads + asks + 2)
    endless = right.replace("return 3 * x", "while True: pass")
    assert counted(monkeypatch, key, endless, sandbox) == (2, loads + asks + 1 + 2), "a deadline is waited for once"
    assert counted(monkeypatch, key, "", sandbox) == (1, loads + asks), "what is not there is not looked for twice"


def _with_stand_ins_of(shown: ExerciseKey, whole: ExerciseKey) -> ExerciseKey:
    return replace(shown, stand_ins=whole.stand_ins)
