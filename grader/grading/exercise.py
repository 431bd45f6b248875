"""What became of one exercise: from its answers, and from a look at its source.

Of what a process says that has seen hidden questions no text and no number is repeated to the student: it could be an
input.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from grader.intake.notebook import Notebook
from grader.judging.findings import Finding, findings
from grader.judging.forbidden_names import forbidden_in
from grader.judging.scoring import score, ungraded
from grader.model.keys.key import ALLOWED, ExerciseKey
from grader.model.question import Answer, Failed
from grader.model.result import CheckResult, ExerciseResult, Mismatch, Verdict

Seen = tuple[str, tuple[str, int] | None]
"""The name of a file that is no notebook, and the first forbidden name in it with its line."""
Scoring = Callable[[ExerciseKey, tuple[Answer, ...], Seen], ExerciseResult]
FAILS = (Verdict.WRONG, Verdict.RAISED)
IS_THE_DEVICE = "On the CPU it is right: the mathematics is fine, it is the device."
IS_THE_PRECISION = "On the CPU it {}, but is right in float64: the mathematics is fine, it is the precision."
IS_THE_MATHEMATICS = "On the CPU it {}, in float64 as well: it is the mathematics, not the device."
IS_NOT_THE_DEVICE = "On the CPU it {}: it is not the device."


def judged(
    key: ExerciseKey,
    source: str,
    answers: Sequence[Answer],
    notebook: Notebook | None = None,
    scoring: Scoring | None = None,
    own: Mapping[str, str] = MappingProxyType({}),
) -> ExerciseResult:
    """The result of one exercise from its answers, and from a look at its source.

    scoring: `scored`, or what does the same in less time. own: the student's own modules, which the source may import.
    """
    if all(isinstance(answer, Failed) and answer.verdict is Verdict.MISSING and not answer.error for answer in answers):
        return ungraded(key, Verdict.MISSING, no_function(key.function, source), "absent")
    ours = next((a for a in answers if isinstance(a, Failed) and a.verdict is Verdict.NOT_GRADED), None)
    if ours:
        return ungraded(key, Verdict.NOT_GRADED, ours.message)
    reason = always_raised("its cell" if notebook else f"{key.topic}.py", key, answers)
    if reason:
        return ungraded(key, Verdict.RAISED, reason)
    return (scoring or scored)(key, tuple(answers), _seen(key, source, notebook, own))


def _seen(key: ExerciseKey, source: str, notebook: Notebook | None, own: Mapping[str, str]) -> Seen:
    """The first forbidden name in the source or, behind what that imports, in the student's own modules."""
    file = "" if notebook else f"{key.topic}.py"
    mentioned = None
    if key.forbid:
        mentioned = forbidden_in("\n".join((source, *own.values())), key.function, key.forbid)
    if not mentioned:
        return file, None
    name, line = mentioned
    below = line - 1 - source.count("\n")
    for module, text in own.items():
        if 0 < below <= text.count("\n") + 1:
            return f"{module.replace('.', '/')}.py", (name, below)
        below -= text.count("\n") + 1
    return file, (name, notebook.line_in_cell(line) if notebook else line)


def always_raised(file: str, key: ExerciseKey, answers: Sequence[Answer]) -> str | None:
    """The one error in which every call ended (a file that cannot be run, other parameters), said once.

    It is said in the words of a process that was asked nothing hidden, if there is one.
    """
    pairs = [(entry, answer) for entry, answer in zip(key.entries, answers, strict=True) if entry.purpose != "device"]
    first = next((answer for entry, answer in pairs if entry.shown), None)
    if not isinstance(first, Failed) or first.verdict is not Verdict.RAISED:
        return None
    if any(answer != first for _, answer in pairs):
        return None
    line = f" (line {first.line})" if first.line else ""
    text = f"{' '.join(first.error[:1])}: {first.message}{line}".removeprefix(": ")
    if {"SyntaxError", "ImportError"} & set(first.error):
        return f"{file} cannot be run: {text}"
    return f"every call raised {text}"


def no_function(name: str, source: str) -> str:
    """That it is not there, with a name that is and looks like it."""
    there = re.findall(r"^(?:def|class)\s+(\w+)", source, re.MULTILINE)
    near = difflib.get_close_matches(name, set(there) - {name}, n=1, cutoff=0.8)
    return f"there is no function {name}" + (f"; {near[0]} is there" if near else "")


def scored(key: ExerciseKey, answers: Sequence[Answer], seen: Seen) -> ExerciseResult:
    """The result of one exercise from its answers, and from what was seen of its source."""
    file, mentioned = seen
    found = findings(key, answers)
    if mentioned and not any(each.check == ALLOWED and not each.passed for each in found):
        entry = next((entry for entry in key.entries if entry.shown), key.entries[0])
        mismatch = Mismatch("forbidden", got=mentioned[0], line=mentioned[1])
        found = (*found, Finding(ALLOWED, entry, Verdict.WRONG, mismatch=mismatch))
    return score(key, tuple(_in_file(each, file) for each in found) if file else found)


def _in_file(finding: Finding, file: str) -> Finding:
    """Names the file in which a forbidden function is called."""
    if finding.mismatch is None or finding.mismatch.kind != "forbidden":
        return finding
    return replace(finding, mismatch=replace(finding.mismatch, path=file))


def told_apart(
    result: ExerciseResult, on_cpu: ExerciseResult, in_float64: ExerciseResult | None = None
) -> ExerciseResult:
    """Says of what failed on another device whether it is the mathematics, the precision or the device."""
    there = {check.name: check for check in on_cpu.checks}
    exact = {check.name: check.verdict for check in in_float64.checks} if in_float64 else {}
    checks = (_told_apart(each, there.get(each.name), exact.get(each.name)) for each in result.checks)
    return replace(result, checks=tuple(checks))


def _told_apart(check: CheckResult, on_cpu: CheckResult | None, exact: Verdict | None) -> CheckResult:
    if not check.detail or check.aspect == "device" or on_cpu is None:
        return check
    if on_cpu.verdict is Verdict.PASSED:
        said = IS_THE_DEVICE
    elif on_cpu.verdict not in FAILS:
        return check
    elif exact is Verdict.PASSED:
        said = IS_THE_PRECISION
    else:
        said = IS_THE_MATHEMATICS if exact in FAILS else IS_NOT_THE_DEVICE
    texts = ((check.detail, on_cpu.detail), (check.full_detail, on_cpu.full_detail))
    short, full = (f"{there}\n{said.format(_failure(there, here, on_cpu.verdict))}" for there, here in texts)
    return replace(check, detail=short, full_detail=full)


def _failure(there: str, here: str, verdict: Verdict) -> str:
    """What it does on the CPU; in its own words where the device had others, as for an index that is out of bounds."""
    words = here.rpartition("\n")[2]
    if verdict is Verdict.WRONG:
        return "is wrong too"
    return "fails too" if not words or words in there else f"fails too ({words})"
