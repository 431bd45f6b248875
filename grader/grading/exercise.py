"""What became of one exercise: from its answers, and from a look at its source.

Of what a process says that has seen hidden questions no text and no number is repeated to the student: it could be an
input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from grader.grading.causes.check_causes import with_causes
from grader.grading.source_state import cannot_run, is_unwritten, no_function, not_implemented
from grader.intake.notebook import Notebook
from grader.judging.facts import of_failure
from grader.judging.findings import Finding, findings
from grader.judging.forbidden_names import forbidden_in
from grader.judging.scoring import score, ungraded
from grader.model.fact import Fact, OnCpu
from grader.model.keys.key import ALLOWED, ExerciseKey
from grader.model.question import Answer, Failed, Returned
from grader.model.result import CheckResult, ExerciseResult, Mismatch, Verdict
from grader.model.vocabulary import VerdictWord

Seen = tuple[str, tuple[str, int] | None]
"""The name of a file that is no notebook, and the first forbidden name in it with its line."""
Scoring = Callable[[ExerciseKey, tuple[Answer, ...], Seen], ExerciseResult]
FAILS = (Verdict.WRONG, Verdict.RAISED)


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
    ours = next((a for a in answers if isinstance(a, Failed) and a.verdict is Verdict.NOT_GRADED), None)
    if ours:
        return ungraded(key, Verdict.NOT_GRADED, of_failure(ours))
    if not _is_answered(answers):
        unanswered = _unanswered(key, source, answers, notebook, own)
        if unanswered:
            return unanswered
    result = (scoring or scored)(key, tuple(answers), _seen(key, source, notebook, own))
    return result if result.passed else with_causes(result, key, source, notebook, own)


def _is_answered(answers: Sequence[Answer]) -> bool:
    """Whether the first call came back with something."""
    return bool(answers) and isinstance(answers[0], Returned) and answers[0].values != (None,)


def _unanswered(
    key: ExerciseKey, source: str, answers: Sequence[Answer], notebook: Notebook | None, own: Mapping[str, str]
) -> ExerciseResult | None:
    """The result where no call can have come back: nothing is written, the file cannot be run, every call raised."""
    file = "its cell" if notebook else f"{key.topic}.py"
    if is_unwritten(key.function, source):
        return ungraded(key, Verdict.MISSING, Fact("unwritten"), "absent")
    if all(isinstance(answer, Failed) and answer.verdict is Verdict.MISSING for answer in answers):
        return ungraded(key, Verdict.MISSING, no_function(key.function, source, "" if notebook else file), "absent")
    first = _in_every_call(key, answers)
    if first is None:
        return None
    if first.phase == "loading":
        text = notebook.cell_of(key.function) if notebook else source
        fact = of_failure(first) if first.end else cannot_run(first, text, file)
    elif first.verdict is Verdict.RAISED:
        fact = of_failure(first)
        why = None if notebook else not_implemented(fact.error, fact.line, key.function, source)
        fact = why or (replace(fact, kind="always_raised") if fact.kind == "raised" else fact)
    else:
        return None
    return with_causes(ungraded(key, first.verdict, fact), key, source, notebook, own)


def _in_every_call(key: ExerciseKey, answers: Sequence[Answer]) -> Failed | None:
    """The one failure in which every call ended, in the words of a process that was asked nothing hidden."""
    pairs = [(entry, answer) for entry, answer in zip(key.entries, answers, strict=True) if entry.purpose != "device"]
    first = next((answer for entry, answer in pairs if entry.shown), None)
    if not isinstance(first, Failed) or any(answer != first for _, answer in pairs):
        return None
    return first


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
    """Notes of what failed on another device how it did on the CPU, and there in float64."""
    there = {check.name: check for check in on_cpu.checks}
    exact = {check.name: check.verdict for check in in_float64.checks} if in_float64 else {}
    checks = (_told_apart(each, there.get(each.name), exact.get(each.name)) for each in result.checks)
    return replace(result, checks=tuple(checks))


def _told_apart(check: CheckResult, on_cpu: CheckResult | None, exact: Verdict | None) -> CheckResult:
    if not check.fact or check.aspect == "device" or on_cpu is None:
        return check
    if on_cpu.verdict is not Verdict.PASSED and on_cpu.verdict not in FAILS:
        return check
    return replace(
        check,
        fact=_beside(check.fact, on_cpu.fact, on_cpu.verdict, exact),
        full_fact=check.full_fact and _beside(check.full_fact, on_cpu.full_fact, on_cpu.verdict, exact),
    )


def _beside(fact: Fact, there: Fact | None, verdict: Verdict, exact: Verdict | None) -> Fact:
    """The fact, and how the case did on the CPU; an error of the CPU's is told where the device had another."""
    other = there if there and (there.error, there.text) != (fact.error, fact.text) else None
    there_in_float64: VerdictWord | None = exact.value if exact else None
    if other is None or other.kind != "raised":
        return replace(fact, on_cpu=OnCpu(verdict.value, there_in_float64))
    return replace(fact, on_cpu=OnCpu(verdict.value, there_in_float64, other.error, other.text, other.line))
