"""What a student reads, sentence by sentence: where, expected, got. And, of a hidden case, what they do not read."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading.exercise import judged
from grader.judging.facts import argument_name, fact_of, hidden_fact
from grader.judging.findings import Finding, findings
from grader.judging.formatting import call_text, value_text
from grader.judging.laws import LAWS
from grader.judging.scoring import score
from grader.keymaking.keymaker import make_exercise_key
from grader.model.digits import pair_text
from grader.model.fact import CallEnd, Fact
from grader.model.keys.key import ExerciseKey
from grader.model.question import Answer, Failed, unasked_after
from grader.model.result import CheckResult, ExerciseResult, Mismatch, Verdict
from grader.model.value import Array, Device, Dtype, Generator
from grader.report.explanation import explanation, full_explanation, place_text
from grader.report.explanation import sentence as explained
from grader.report.laws_in_words import law_text
from grader.runner.module import load
from grader.runner.respond import respond
from tests.helpers.pages import page_of

MakeKey = Callable[[str], ExerciseKey]


@pytest.fixture
def key_of(tmp_path: Path) -> MakeKey:
    """The key of a page, from its text."""
    return lambda text: make_exercise_key(page_of(tmp_path, text), 1)


DOUBLE = """
    exercise = Exercise(gradients=True, forbid=("mul",))
    @reference
    def f(x):
        return x + x
    @case
    def some(draw):
        return draw.tensor([[1.0, 2.0], [3.0, -4.0]])
    @batch
    def many(draw, n):
        return draw.normal(n, 2)
"""


def answers_of(key: ExerciseKey, source: str) -> tuple[Answer, ...]:
    """What a module says to the questions of a key, without a sandbox."""
    module = load("import torch\n" + textwrap.dedent(source), "topic")
    assert not isinstance(module, Failed), module
    return tuple(respond(module.namespace, question) for question in key.questions)


def result_of(key: ExerciseKey, source: str) -> ExerciseResult:
    return score(key, findings(key, answers_of(key, source)))


def check_of(key: ExerciseKey, source: str, name: str = "some") -> CheckResult:
    (check,) = [check for check in result_of(key, source).checks if check.name == name]
    return check


def said(key: ExerciseKey, source: str, name: str = "some") -> list[str]:
    return explanation(check_of(key, source, name)).splitlines()


CALL = "f(tensor([[1, 2], [3, -4]]))"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return 3 * x", "[1, 1]: expected -8 got -12   (4 of 4 values differ)"),
        ("y = x + x; y[0, 1] = 4.001; return y", "[0, 1]: expected 4 got 4.001   (1 of 4 values differ)"),
        ("return (x + x) * float('nan')", "[0, 0]: expected 2 got nan   (4 of 4 values differ)"),
        ("return (x + x) / 0", "[0, 0]: expected 2 got inf   (4 of 4 values differ)"),
        ("return (x + x).flatten()", "expected shape (2, 2), got (4,)"),
        ("return (x + x).sum()", "expected shape (2, 2), got ()"),
        ("return (x + x).tolist()", "expected a tensor, got a list"),
        ("return x + x, x", "expected a tensor, got a tuple"),
        ("return {'y': x + x}", "expected a tensor, got a dict"),
        ("return None", "expected a tensor, got None"),
        ("return 2.0", "expected shape (2, 2), got ()"),
        ("return 'x'", "expected a tensor, got a text"),
        ("return (x + x).numpy()", "expected a tensor, got a numpy.ndarray"),
        ("return []", "expected a tensor, got an empty collection"),
    ],
)
def test_a_wrong_answer(key_of: MakeKey, body: str, sentence: str) -> None:
    """First the call as a student would type it, then where, expected, got."""
    call, line = said(key_of(DOUBLE.replace("gradients=True, ", "")), f"def f(x):\n    {body}")
    assert call == CALL
    assert line == sentence


def test_a_right_answer_is_not_talked_about(key_of: MakeKey) -> None:
    """Nothing is said of a check that passed."""
    assert {check.fact for check in result_of(key_of(DOUBLE), "def f(x):\n    return x + x").checks} == {None}


def test_the_wrong_dtype_is_said_once(key_of: MakeKey) -> None:
    """Right numbers in the wrong dtype are a mistake of type, not of value."""
    key, source = key_of(DOUBLE), "def f(x):\n    return (x + x).double()"
    assert check_of(key, source).verdict is Verdict.PASSED
    assert said(key, source, "type") == [CALL, "expected float32, got float64"]


def test_float64_speaks_where_it_alone_fails(key_of: MakeKey) -> None:
    """The dtype stands behind the call, and digits go on until they differ."""
    call, line = said(key_of(DOUBLE), "def f(x):\n    return (x + x) * (1 + 1e-9)")
    assert call == f"{CALL}   in float64"
    assert line == "[1, 1]: expected -8 got -8.00000001   (4 of 4 values differ)"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return (x + x).detach()", "no gradient with respect to x: the answer is detached from it"),
        (
            "with torch.no_grad():\n        return x + x",
            "no gradient with respect to x: the answer is detached from it",
        ),
        ("return (x + x).flatten()", "no gradient with respect to x: the answer is no tensor of the right shape"),
    ],
)
def test_a_gradient_that_is_not_there(key_of: MakeKey, body: str, sentence: str) -> None:
    """Detached from the argument, or of an answer of another form."""
    assert said(key_of(DOUBLE), f"def f(x):\n    {body}", "some.gradient") == [CALL, sentence]


def test_a_wrong_gradient(key_of: MakeKey) -> None:
    """It says with respect to what, and where."""
    _, line = said(key_of(DOUBLE), "def f(x):\n    return x + x.detach()", "some.gradient")
    assert line.startswith("gradient with respect to x at [")
    assert line.endswith("(4 of 4 values differ)")


@pytest.mark.parametrize(
    ("before", "check", "sentence"),
    [
        ("x += 1; x -= 1; x[0, 0] += 1; x[0, 0] = 5", "mutation", "x was changed in place; it belongs to the caller"),
        ("x.requires_grad_(); x.requires_grad_(False); x = x.detach(); x[0, 0] += 1", "mutation", "x was changed in place; it belongs to the caller"),
        ("x.detach().requires_grad_(); x.requires_grad_()", "mutation", "x requires a gradient now; it belongs to the caller. Ask one of x.clone()"),
        ("torch.rand(1)", "state", "torch's global generator was changed; the caller's state must stay as it was"),
        ("torch.manual_seed(7)", "state", "torch's global generator was changed; the caller's state must stay as it was"),
        ("__import__('random').random()", "state", "Python's global generator was changed; the caller's state must stay as it was"),
        ("__import__('numpy').random.rand()", "state", "NumPy's global generator was changed; the caller's state must stay as it was"),
        ("torch.set_default_dtype(torch.float64)", "state", "the default dtype was changed; the caller's state must stay as it was"),
        ("torch.set_grad_enabled(False)", "state", "grad mode was changed; the caller's state must stay as it was"),
    ],
)  # fmt: skip
def test_what_belongs_to_the_caller(key_of: MakeKey, before: str, check: str, sentence: str) -> None:
    """An argument, a generator, a setting: what was changed is named."""
    key = key_of(DOUBLE.replace("gradients=True, ", ""))
    _, line = said(key, f"def f(x):\n    y = x + x\n    {before}\n    return y", check)
    assert line == sentence


def test_a_forbidden_function_has_a_line(key_of: MakeKey) -> None:
    """Not the call: it is forbidden for any argument."""
    (line,) = said(key_of(DOUBLE), "def f(x):\n    y = 2\n    return x.mul(y)", "allowed_functions")
    assert "mul is not allowed here (line 4). It costs " in line


def test_work_that_grows(key_of: MakeKey) -> None:
    """Exact counts for few examples and for many, of operations or, where torch sees none, of steps."""
    key = key_of(DOUBLE)
    (line,) = said(key, "def f(x):\n    return torch.stack([row + row for row in x])", "vectorised")
    assert line.startswith("tensor operations grow with the number of examples (")
    assert line.endswith(" for 64): do without a Python loop")
    (line,) = said(key, "def f(x):\n    for _ in range(9 * len(x)):\n        pass\n    return x + x", "vectorised")
    assert line.startswith("Python steps grow with the number of examples (")


def test_an_exception_is_quoted_with_its_line(key_of: MakeKey) -> None:
    """What Python says, and the student's own line on the way to it."""
    key = key_of(DOUBLE)
    call, line = said(key, "def helper(x):\n    return x @ x.flatten()\n\ndef f(x):\n    return helper(x)")
    assert call == CALL
    assert line.startswith("raised RuntimeError: ")
    assert line.endswith(" (line 3)")
    assert said(key, "def f(x):\n    assert False")[1] == "raised AssertionError (line 3)"
    assert said(key, "def f(x):\n    raise KeyError('k')")[1] == "raised KeyError: 'k' (line 3)"


PROMISED = """
    @reference
    def f(x):
        if x < 0:
            raise ValueError("no")
        return x + 1
    @case
    def some(draw):
        return 1
    @case(raises="ValueError")
    def negative(draw):
        return -1
"""


def test_an_error_that_was_due(key_of: MakeKey) -> None:
    """An answer where the task promises an error; another error than the one promised."""
    key = key_of(PROMISED)
    assert said(key, "def f(x):\n    return x + 1", "negative") == ["f(-1)", "expected ValueError, got an int"]
    silent = "def f(x):\n    if x >= 0:\n        return x + 1"
    words = "expected ValueError, got None: no way through your function raises it there"
    assert said(key, silent, "negative") == ["f(-1)", words]
    returned = "def f(x):\n    return x + 1 if x >= 0 else ValueError('no')"
    words = "expected ValueError to be raised, and it is returned: write raise, not return"
    assert said(key, returned, "negative") == ["f(-1)", words]
    other = "def f(x):\n    assert x > 0, 'negative'\n    return x + 1"
    assert said(key, other, "negative") == ["f(-1)", "raised AssertionError: negative (line 3)"]


DRIVEN = """
    @driver
    def counted(f, x):
        calls = []

        def step(y):
            calls.append(y)
            if len(calls) > 9:
                raise TimeoutError("9 steps, and the loop has not ended")
            return y + 1

        return {"points": f(step, x), "calls": len(calls)}
    @reference
    def f(step, x):
        return torch.stack([x, step(x)])
    @case
    def ordinary(draw):
        return draw.normal(3)
"""


def test_of_parts_that_a_driver_asks_for(key_of: MakeKey) -> None:
    """Several things where one is due are no question of how many; and what the driver stops was stopped."""
    key = key_of(DRIVEN)
    listed = said(key, "def f(step, x):\n    return [x, step(x)]", "ordinary")
    assert listed[-1] == "points: expected a tensor, got a collection"
    endless = said(key, "def f(step, x):\n    while True:\n        x = step(x)", "ordinary")
    assert endless[-1] == "it was stopped: TimeoutError: 9 steps, and the loop has not ended"


PAIR = """
    @reference
    def f(a, flag):
        return a * 2.5, flag, "left", 3
    @case
    def some(draw):
        return 2.0, True
"""


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("a * 3, flag, 'left', 3", "answer[0]: expected 5 got 6"),
        ("a * 2.5, not flag, 'left', 3", "answer[1]: expected True got False"),
        ("a * 2.5, flag, 'right', 3", "answer[2]: expected 'left', got 'right'"),
        ("a * 2.5, flag, 'left', 4", "answer[3]: expected 3 got 4"),
        ("a * 2.5, flag, 'left'", "answer[3]: there is no such part in the answer"),
        ("a * 2.5, flag, 'left', 3, 4", "expected 4 values, got 5"),
        ("a * 2.5", "expected 4 values, got a float"),
        ("None", "expected 4 values, got None"),
        ("a * 2.5, flag, None, 3", "answer[2]: expected a text, got None"),
    ],
)
def test_an_answer_of_several_parts(key_of: MakeKey, answer: str, sentence: str) -> None:
    """The part is named as Python would name it; too many and too few are counted."""
    assert said(key_of(PAIR), f"def f(a, flag):\n    return {answer}") == ["f(2, True)", sentence]


FOLDS = """
    @reference
    def f(n):
        return [([0, 1], [2]), ([2], [0, 1])]
    @case
    def some(draw):
        return 3
"""


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("[([0], [1, 2]), ([2], [0, 1])]", "answer[0][1]: expected 1 value, got 2"),
        ("[([0, 1], [2]), ([2, 3, 4], [0])]", "answer[1][0]: expected 1 value, got 3"),
        ("[([0, 1], [2]), ([2], [0, 1]), ([1], [0])]", "expected 2 values, got 3"),
        ("[([0, 1], [2]), ([2], [0, 1], 4)]", "answer[1]: expected 2 values, got 3"),
    ],
)
def test_the_collection_that_is_too_long_is_named(key_of: MakeKey, answer: str, sentence: str) -> None:
    """With its length and the one that was expected, however deep it lies, also where others are too short."""
    assert said(key_of(FOLDS), f"def f(n):\n    return {answer}") == ["f(3)", sentence]


@pytest.mark.parametrize(
    ("failed", "sentence"),
    [
        (Failed(Verdict.TIMED_OUT, end=CallEnd("question", 3, 3)), "stopped after 3 s, which is what one question may take"),
        (Failed(Verdict.TIMED_OUT, end=CallEnd("exercise", 9, 9, "waiting")), "stopped after 9 s, which is what one exercise may take; it was waiting, for a sleep to end, a lock or an input, and not computing"),
        (Failed(Verdict.TIMED_OUT, end=CallEnd("submission", 120, 120)), "the 120 s of the whole submission are used up"),
        (Failed(Verdict.TIMED_OUT, end=CallEnd("processor", 60, 61.2)), "stopped after 61 s of processor time, of 60 that it may use"),
        (Failed(Verdict.DIED, end=CallEnd("signalled", code=11)), "the process crashed (Segmentation fault)"),
        (Failed(Verdict.DIED, end=CallEnd("exited", code=3)), "the process ended itself (exit code 3)"),
        (Failed(Verdict.DIED, end=CallEnd("broke_off", text="nothing: it closed its line")), "the process broke off: instead of its answer it sent nothing: it closed its line"),
        (Failed(Verdict.DIED, end=CallEnd("killed_from_outside", used=3)), "the process was killed from outside, 3 times"),
        (Failed(Verdict.DIED, end=CallEnd("threads", 128, 130)), "the process was stopped: it had 130 threads, 128 is the limit"),
        (Failed(Verdict.OUT_OF_MEMORY, ("MemoryError",), "no memory was left"), "ran out of memory: no memory was left"),
        (Failed(Verdict.OUT_OF_MEMORY, end=CallEnd("memory", 512, 510.4)), "the limit is 512 MB of memory, 510 MB were in use"),
        (Failed(Verdict.OUT_OF_MEMORY, ("OutOfMemoryError",), "CUDA out of memory", end=CallEnd("card_memory", 2048)), "the limit is 2048 MB of the card's memory: CUDA out of memory"),
        (Failed(Verdict.OUT_OF_MEMORY, end=CallEnd("machine_memory")), "the machine's memory ran short"),
        (Failed(Verdict.OUT_OF_MEMORY), "ran out of memory"),
        (Failed(Verdict.RAISED, ("NotImplementedError", "RuntimeError"), "'addmm' not implemented for 'Bool'", 4), "raised NotImplementedError: 'addmm' not implemented for 'Bool' (line 4)"),
        (Failed(Verdict.RAISED, (), ""), "raised an error"),
    ],
)  # fmt: skip
def test_a_call_that_did_not_come_back(key_of: MakeKey, failed: Failed, sentence: str) -> None:
    """Which limit it was, or how the process ended."""
    key = key_of(DOUBLE)
    (entry,) = [entry for entry in key.entries if entry.check == "some" and entry.dtype == "float32"]
    answers = [
        failed if each is entry else answer for each, answer in zip(key.entries, answers_of(key, RIGHT), strict=True)
    ]
    (finding,) = [each for each in findings(key, answers) if not each.passed]
    fact = fact_of(key, finding)
    assert [fact.call, explained(fact)] == [CALL, sentence]


RIGHT = "def f(x):\n    return x + x"


def test_the_question_that_was_asked_speaks_for_those_that_were_not(key_of: MakeKey) -> None:
    """Of an exercise that ended in its first question, the call that ended it is shown, not that others were left out."""
    key = key_of(DOUBLE)
    stopped = Failed(Verdict.TIMED_OUT, end=CallEnd("question", 3, 3))
    words = "stopped after 3 s, which is what one question may take"
    unasked = unasked_after(stopped)
    checks = {c.name: c for c in score(key, findings(key, [stopped] + [unasked] * (len(key.entries) - 1))).checks}
    assert explanation(checks["some"]) == f"{CALL}   in float64\n{words}"
    assert explanation(checks["some.gradient"]) == f"not asked: {words}"
    assert explanation(checks["mutation"]) == "there was no answer to judge"
    assert {check.verdict for check in checks.values()} == {Verdict.TIMED_OUT}


@pytest.mark.parametrize(
    ("failed", "sentence"),
    [
        (Failed(Verdict.RAISED, ("SyntaxError", "Exception"), "expected ':'", 3, phase="loading"), "topic.py cannot be run: SyntaxError: expected ':' (line 3)"),
        (Failed(Verdict.RAISED, ("ModuleNotFoundError", "ImportError", "Exception"), "No module named 'd2l'", 1, phase="loading"), "topic.py cannot be run: ModuleNotFoundError: No module named 'd2l' (line 1)"),
        (Failed(Verdict.RAISED, ("NameError",), "name 'np' is not defined", 2), "every call raised NameError: name 'np' is not defined (line 2)"),
        (Failed(Verdict.RAISED, ("TypeError",), "f() takes 1 argument"), "every call raised TypeError: f() takes 1 argument\nIt should be f(x)."),
    ],
)  # fmt: skip
def test_one_error_everywhere_is_said_once(key_of: MakeKey, failed: Failed, sentence: str) -> None:
    """A file that does not run, other parameters: one sentence and no call, for it is not the arguments' doing."""
    key = key_of(DOUBLE)
    result = judged(key, "", [failed] * len(key.entries))
    assert {explanation(check) for check in result.checks} == {sentence}
    assert (result.points, result.verdict, result.note) == (0.0, Verdict.RAISED, None)
    other = [replace(failed, line=9), *[failed] * (len(key.entries) - 1)]
    assert {explanation(check) for check in judged(key, "", other).checks} != {sentence}


# Hidden cases --------------------------------------------------------------------------------------------------------

SECRET = "73921"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return x + 1", "a number is not what is expected"),
        ("return x * float('nan')", "a number is nan"),
        ("return (x + x)[0]", "the shape is not what is expected"),
        ("return str(x)", "the answer is not what is expected"),
        ("return x.tolist()", "the answer is not what is expected"),
        ("raise IndexError(str(x))", "raised IndexError"),
        ("raise type(str(x), (KeyError,), {})", "raised KeyError"),
        ("raise MemoryError(str(x))", "ran out of memory"),
        ("raise NotImplementedError(str(x))", "raised NotImplementedError"),
    ],
)
def test_a_hidden_case_says_its_kind_only(key_of: MakeKey, body: str, sentence: str) -> None:
    """Never a value, never an exception's text or a name that a student made up: they could carry the inputs."""
    text = DOUBLE.replace("@case\n", "@case(hidden=True)\n").replace("1.0, 2.0", f"{SECRET}.0, 2.0")
    key = key_of(
        text.replace("gradients=True, ", "") + "    @case\n    def plain(draw):\n        return draw.normal(2, 2)\n"
    )
    check = check_of(key, f"def f(x):\n    {body}")
    assert not check.shown
    assert explanation(check) == f"a hidden case: {sentence}"
    assert SECRET in full_explanation(check)
    assert SECRET not in repr(check.fact)


@pytest.mark.parametrize(
    ("verdict", "end", "words"),
    [
        (Verdict.TIMED_OUT, CallEnd("question", 3, 3, "computing"), "stopped: it took too long"),
        (Verdict.OUT_OF_MEMORY, None, "ran out of memory"),
        (Verdict.OUT_OF_MEMORY, CallEnd("memory", 512, int(SECRET)), "ran out of memory"),
        (Verdict.DIED, CallEnd("exited", code=int(SECRET)), "the process crashed"),
    ],
)
def test_what_ends_a_hidden_case_has_our_words(
    key_of: MakeKey, verdict: Verdict, end: CallEnd | None, words: str
) -> None:
    """A child may put anything into its message, its exit code and the memory that it uses: none is repeated."""
    key = key_of(DOUBLE.replace("@case\n", "@case(hidden=True)\n"))
    found = findings(key, [Failed(verdict, (), SECRET, end=end)] * len(key.entries))
    facts = [hidden_fact(finding) for finding in found if finding.check == "some"]
    assert {explained(fact) for fact in facts} == {f"a hidden case: {words}"}
    assert SECRET not in repr(facts)


@pytest.mark.parametrize(
    ("before", "check", "sentence"),
    [
        ("x.zero_()", "mutation", "an argument was changed"),
        ("torch.rand(1)", "state", "global state was changed"),
        ("x.mul(2)", "allowed_functions", "a function was called that is not allowed"),
    ],
)
def test_rules_in_a_hidden_case(key_of: MakeKey, before: str, check: str, sentence: str) -> None:
    """A rule that only a hidden case shows to be broken is named, without the call."""
    text = DOUBLE.replace("@case\n", "@case(hidden=True)\n").replace("gradients=True, ", "")
    key = key_of(text + "    @case\n    def plain(draw):\n        return draw.normal(3)\n")
    source = f"def f(x):\n    y = x + x\n    if x.dim() == 2:\n        {before}\n    return y"
    assert said(key, source, check) == [f"a hidden case: {sentence}"]


# Laws ----------------------------------------------------------------------------------------------------------------

SENTENCES = [
    ("share_of_zeros", 0.3, 0.7, "a share of 0.3 should be zero; yours is 0.7"),
    ("survivors_scaled_by", 1 / 0.7, 1.0, "survivors should be 1.429 times their input; yours are 1 times"),
    (
        "independent_zeros.along_rows", 0.09, 0.3,
        "with a coin for every entry, two neighbours in a row should both be zero in a share of 0.09; yours are in 0.3",
    ),
    (
        "independent_zeros.down_columns", 0.09, 0.0,
        "with a coin for every entry, two neighbours in a column should both be zero in a share of 0.09; yours are in 0",
    ),
    (
        "fresh_every_call", 0.09, 0.3,
        "with new coins in every call, a share of 0.09 should be zero in two calls in a row; yours is 0.3",
    ),
    ("number_of_zeros_varies", 1.2, 0.0, "the number of zeros should vary like coins do; yours varies 0 times as much"),
    ("same_seed_same_answer", 1.0, 0.25, "the same seed should give the same answer; only a share of 0.25 is equal"),
    ("other_seed_other_answer", 0.5, 1.0, "another seed should give another answer; a share of 1 is equal"),
    ("draws_differ", 0.5, 1.0, "two calls should give two answers; a share of 1 is equal"),
    ("mean_is", 0.0, 0.5, "the mean should be 0; yours is 0.5"),
    ("spread_is", 1.0, 4.0, "the variance should be 1; yours is 4"),
    ("each_once", 1.0, 0.0, "every item should come exactly once"),
    ("within", 0.25, 2.5, "expected about 0.25, got 2.5"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "expected", "seen", "sentence"), SENTENCES)
def test_a_law_is_a_sentence(path: str, expected: float, seen: float, sentence: str) -> None:
    """What should be, and what is."""
    assert law_text(Fact("law", law=path, expected=expected, got=seen)) == sentence


@pytest.mark.parametrize("name", LAWS)
def test_every_law_has_a_sentence(name: str) -> None:
    """None falls back on its own name."""
    read = [path for path, *_ in SENTENCES if path.partition(".")[0] == name]
    for path in read or PARTS.get(name, [name]):
        assert not law_text(Fact("law", law=path, expected=0.5, got=0.25)).startswith(path)


PARTS = {
    "rows_and_columns_centred": ["rows_and_columns_centred.rows", "rows_and_columns_centred.columns"],
    "any_item_first": ["any_item_first.first", "any_item_first.last"],
    "no_two_rows_alike": ["no_two_rows_alike.rows", "no_two_rows_alike.columns"],
}


def test_a_law_about_an_answer_that_cannot_be_read() -> None:
    """NaN and other shapes have no statistic."""
    text = law_text(Fact("law", law="share_of_zeros", expected=0.3, got=math.nan))
    assert text == "share of zeros: the answer cannot be read (a wrong shape, or nan)"


RANDOM = """
    exercise = Exercise()
    @reference
    def f(x, p, generator=None):
        return x * (torch.rand(x.shape, generator=generator, device=x.device) >= p) / (1 - p)
    @case
    def some(draw):
        return draw.full(100, 100, value=2.0), 0.3, draw.generator()
    @laws
    def what_must_hold(x, p, generator):
        return [law.share_of_zeros(p=p), law.survivors_scaled_by(factor=1 / (1 - p)), law.fresh_every_call(p=p)]
"""


def test_laws_of_a_random_answer(key_of: MakeKey) -> None:
    """The call that a student can repeat, and the law as a sentence; nothing is said that is not so."""
    key = key_of(RANDOM)
    kept = "def f(x, p, generator=None):\n    return x * (torch.rand(x.shape, generator=generator) >= 1 - p) / (1 - p)"
    call, line = said(key, kept, "share_of_zeros")
    assert call.startswith("f(torch.full((100, 100), 2), 0.3, torch.Generator().manual_seed(")
    assert line.startswith("a share of 0.3 should be zero; yours is 0.")
    _, line = said(key, kept, "fresh_every_call")
    assert "no fresh draw" not in line  # its draws are fresh; it is the share that is wrong


# Values --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Array("float32", (), b"\0\0\x80?"), "tensor(1)"),
        (Array("int64", (2,), (1).to_bytes(8, "little") + (2).to_bytes(8, "little")), "tensor([1, 2])"),
        (Array("bool", (2,), b"\1\0"), "tensor([True, False])"),
        (Array("float32", (2, 0), b""), "tensor of shape (2, 0)"),
        (Array("float32", (100, 3), b"\0\0\0@" * 300), "torch.full((100, 3), 2)"),
        (
            Array("int64", (9,), b"".join(i.to_bytes(8, "little") for i in range(9))),
            "tensor([0, 1, 2, 3, 4, 5, 6, 7, 8])",
        ),
        (Array("int64", (13,), b"".join(i.to_bytes(8, "little") for i in range(13))), "tensor([0, 1, 2, 3, …])"),
        (
            Array("int64", (4, 5), b"".join(i.to_bytes(8, "little") for i in range(20))),
            "tensor([[0, 1, 2, 3, …], [5, 6, 7, 8, …], …])",
        ),
        (Dtype("float16"), "torch.float16"),
        (Device("cpu"), "torch.device('cpu')"),
        (Generator(5), "torch.Generator().manual_seed(5)"),
        (float("inf"), "float('inf')"),
        (0.1, "0.1"),
        ("text", "'text'"),
        (None, "None"),
        ((3,), "(3,)"),
        ([1, [2, 3]], "[1, [2, 3]]"),
        ((1, 2, 3, 4, 5), "(1, 2, 3, 4, 5)"),
        (list(range(9)), "[0, 1, 2, 3, 4, 5, 6, 7, …]"),
        ([(1, 2)] * 5, "[(1, 2), (1, 2), (1, 2), (1, 2), …]"),
        ({"w": 1}, "{'w': 1}"),
    ],
)
def test_values_are_shown_as_python_would(value: object, text: str) -> None:
    """Short, and with no more digits than tell something."""
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("expected", "got", "texts"),
    [
        (0.5, 0.25, ("0.5", "0.25")),
        (0.7668123, math.nan, ("0.7668", "nan")),
        (1.0, 1.0000001, ("1", "1.0000001")),
        (123456.0, 123457.0, ("123456", "123457")),
        (3, 4, ("3", "4")),
    ],
)
def test_two_numbers_get_just_enough_digits(expected: float, got: float, texts: tuple[str, str]) -> None:
    """So many that the difference shows."""
    assert pair_text(expected, got) == texts


def test_a_call_shows_two_tensors_in_full(key_of: MakeKey) -> None:
    """A third and those after it by shape, unless they are small; keywords by name."""
    text = """
        @reference
        def f(a, b, c, d, *, scale):
            return (a + b + c + d.sum()) * scale
        @case
        def some(draw):
            return arguments(*draw.tensor([[1.0], [2.0], [3.0]]), draw.normal(5), scale=2.0)
    """
    key = key_of(text)
    call = "f(tensor([1]), tensor([2]), tensor([3]), tensor of shape (5,), scale=2)"
    assert call_text(key, key.entries[0].question) == call


def test_what_a_driver_is_given_is_no_call(key_of: MakeKey) -> None:
    """The function never sees it: each argument has its name, and the line cannot be taken for what was called."""
    text = """
        @driver
        def of_a_line(f, slope, x, *, twice=False):
            return f(lambda z: slope * z, x)
        @reference
        def f(g, x):
            return g(x)
        @case
        def some(draw):
            return arguments(2.0, draw.tensor([3.0]), twice=True)
    """
    key = key_of(text)
    assert call_text(key, key.entries[0].question) == "f, tried with slope=2, x=tensor([3]), twice=True"


def test_what_a_driver_hands_on_is_a_call(key_of: MakeKey) -> None:
    """Where it has no name in the driver, it has the function's, also when it is said that it was changed."""
    text = """
        @driver
        def of_formulas(f, *arguments, calls=1):
            return f(*arguments)
        @reference
        def f(scale, x):
            return scale * x
        @case
        def some(draw):
            return 2.0, draw.tensor([3.0])
        @case
        def twice(draw):
            return arguments(2.0, draw.tensor([3.0]), calls=2)
    """
    key = key_of(text)
    once, twice = (
        call_text(key, next(e.question for e in key.entries if e.case == case)) for case in ("some", "twice")
    )
    assert once == "f(2, tensor([3]))"
    assert twice == "f, tried with scale=2, x=tensor([3]), calls=2"
    assert argument_name(key, "[1]") == "x"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("value", ""),
        ("value['w1'][0]", "answer['w1'][0]"),
        ("gradient[0]", "gradient with respect to x"),
        ("after[0]", "x after the call"),
    ],
)
def test_places_have_a_students_names(key_of: MakeKey, path: str, place: str) -> None:
    """Arguments by the names of the function's parameters."""
    key = key_of(DOUBLE)
    finding = Finding("some", key.entries[0], Verdict.WRONG, path, Mismatch("shape", path, (), (2,), (3,)))
    assert place_text(fact_of(key, finding)) == place
    assert argument_name(key, "[0][1]") == "x[1]"
    assert argument_name(key, "['dim']") == "dim"


def test_arguments_that_are_to_change(key_of: MakeKey) -> None:
    """An update in place is an answer: what the argument should hold afterwards."""
    text = """
        exercise = Exercise(mutates=("w",))
        @reference
        def f(w, g):
            w -= 0.5 * g
        @case
        def some(draw):
            return draw.tensor([1.0, 2.0]), draw.tensor([2.0, 2.0])
    """
    key = key_of(text)
    assert said(key, "def f(w, g):\n    w = w - 0.5 * g") == [
        "f(tensor([1, 2]), tensor([2, 2]))",
        "w after the call at [0]: expected 0 got 1   (2 of 2 values differ)",
    ]


def assert_lines_fit(lines: Sequence[str]) -> None:
    assert all(line == line.strip() and "\n" not in line for line in lines)


def test_no_sentence_ends_in_blanks(key_of: MakeKey) -> None:
    """Details are lines without blanks around them."""
    for source in ("def f(x):\n    return x", "def f(x):\n    return None", "def f(x):\n    x += x\n    return x"):
        for check in result_of(key_of(DOUBLE), source).checks:
            assert_lines_fit(explanation(check).splitlines())
