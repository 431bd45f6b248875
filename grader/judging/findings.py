"""Key and answers -> findings -> check results. Knows nothing of where answers come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from grader.judging.compare import ABSENT, compare_type, compare_value
from grader.judging.laws import read
from grader.model.keys.key import ALLOWED, DEVICE, MUTATION, STATE, TYPE, VECTORISED, Entry, ExerciseKey, Expected
from grader.model.keys.statistic import Statistic
from grader.model.leaves import Sheet, kind, sheet
from grader.model.question import OF_GRADIENTS, Answer, Failed, Observed, Returned
from grader.model.result import Mismatch, Verdict
from grader.model.value import Opaque

REPEATS = "same_seed_same_answer"
GROWTH, SLACK_OPERATORS, SLACK_OPCODES = 1.5, 6, 80


@dataclass(frozen=True, slots=True)
class Finding:
    """What one answer says about one check. `statistic` is there for laws, `got` for leaves."""

    check: str
    entry: Entry
    verdict: Verdict = Verdict.PASSED
    path: str = ""
    mismatch: Mismatch | None = None
    failed: Failed | None = None
    got: object = None
    statistic: Statistic | None = None

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED


def is_flag(finding: Finding) -> bool:
    """Whether a failure is about how, not about a number: nothing in the answer shows it."""
    return finding.check == DEVICE or (
        finding.mismatch is not None and finding.mismatch.kind in ("mutation", "state", "forbidden", "growth")
    )


def flag_of(finding: Finding) -> str:
    """What a failure that no number shows is about: its check, and apart from it an argument that only requires a
    gradient now."""
    changed = finding.mismatch is not None and finding.mismatch.kind == "mutation"
    of_gradients = changed and finding.mismatch is not None and finding.mismatch.path.endswith(OF_GRADIENTS)
    return f"{finding.check}{OF_GRADIENTS}" if of_gradients else finding.check


def findings(key: ExerciseKey, answers: Sequence[Answer]) -> tuple[Finding, ...]:
    """Everything that the answers to `key.questions` show."""
    pairs = list(zip(key.entries, answers, strict=True))
    found = [finding for entry, answer in pairs for finding in _of_entry(key, entry, answer)]
    return (*found, *_growth(pairs), *_elsewhere(pairs, found))


def outcomes(key: ExerciseKey, found: Iterable[Finding]) -> Mapping[str, Verdict]:
    """A verdict for each check: that of its first finding that failed.

    A check that nothing speaks about cannot be passed: it shares the fate of the first that failed.
    """
    by_check: dict[str, list[Finding]] = {}
    for finding in found:
        by_check.setdefault(finding.check, []).append(finding)
    first = next((f.verdict for each in by_check.values() for f in each if not f.passed), Verdict.NOT_GRADED)
    return {check.name: _outcome(by_check.get(check.name, ()), first) for check in key.checks}


def _outcome(about: Sequence[Finding], otherwise: Verdict) -> Verdict:
    if not about:
        return otherwise
    return next((finding.verdict for finding in about if not finding.passed), Verdict.PASSED)


def passes(key: ExerciseKey, answers: Sequence[Answer]) -> frozenset[str]:
    """The names of the checks that these answers pass."""
    verdicts = outcomes(key, findings(key, answers))
    return frozenset(name for name, verdict in verdicts.items() if verdict is Verdict.PASSED)


def _of_entry(key: ExerciseKey, entry: Entry, answer: Answer) -> Iterator[Finding]:
    if entry.purpose == "device":
        return
    if isinstance(answer, Failed):
        promised = entry.raises is not None and entry.raises in answer.error
        verdict = Verdict.PASSED if promised else answer.verdict
        yield Finding(entry.check, entry, verdict, failed=answer)
        return
    if entry.raises is not None:
        yield _wrong(
            entry.check, entry, Mismatch("raises", expected=entry.raises, got=kind(answer.values[0])), answer.values[0]
        )
        return
    yield from _observed(key, entry, answer.observed)
    if entry.purpose in ("value", "gradient"):
        seen = sheet(entry.question, answer)
        yield from _structure(entry, seen)
        for expected in entry.expected:
            yield from _leaf(entry, expected, seen, answer)
        yield from _laws(entry, answer)


def _wrong(check: str, entry: Entry, mismatch: Mismatch, got: object = None) -> Finding:
    return Finding(check, entry, Verdict.WRONG, mismatch.path, mismatch, got=got)


def _leaf(entry: Entry, expected: Expected, seen: Sheet, answer: Returned) -> Iterator[Finding]:
    got = shown = seen.get(expected.path, ABSENT)
    if got is ABSENT and any(path.startswith(f"{expected.path}[") for path in seen):
        got = Opaque("a collection")
        shown = Opaque(type(answer.values[0]).__name__) if expected.path == "value" else got
    check = expected.aspect if expected.aspect in (TYPE, MUTATION) else entry.check
    attached = any(gradient is not None for gradient in answer.gradients)
    for name, mismatch in ((check, compare_value(expected, shown, attached)), (TYPE, compare_type(expected, shown))):
        if mismatch:
            yield _wrong(name, entry, mismatch, None if got is ABSENT else got)
        elif name != TYPE or not (entry.purpose == "gradient" or got is ABSENT or expected.kind == "exact"):
            yield Finding(name, entry, path=expected.path, got=got)


def _structure(entry: Entry, seen: Sheet) -> Iterator[Finding]:
    """Leaves that nobody asked for: a third value in a pair, or one thing where a pair should be."""
    known = {expected.path for expected in entry.expected}
    given = [path for path in seen if path.startswith("value")]
    wanted = [path for path in known if path.startswith("value")]
    within = tuple(f"{path}[" for path in wanted if path != "value")  # several things for one have the wrong type
    extra = [path for path in given if path not in known and not path.startswith(within)]
    inside = len([path for path in wanted if extra and path.startswith(f"{extra[0]}[")])
    if inside:
        yield _wrong(entry.check, entry, Mismatch("one_for_several", extra[0], (), inside, kind(seen[extra[0]])))
    elif extra and wanted and wanted != ["value"]:
        path, expected, got = _longer(extra[0], wanted, given)
        yield Finding(entry.check, entry, Verdict.WRONG, extra[0], Mismatch("extra", path, (), expected, got))


def _longer(extra: str, wanted: Sequence[str], given: Sequence[str]) -> tuple[str, int, int]:
    """The path of the first item too many in the innermost collection that the truth has too, with the lengths of
    both collections."""
    whole = extra
    while whole != "value":
        whole, _, key = whole.rpartition("[")
        wanted_items, given_items = (_items(whole, paths) for paths in (wanted, given))
        if wanted_items:
            return f"{whole}[{key}", wanted_items, given_items
    return extra, len(wanted), len(given)


def _items(whole: str, paths: Sequence[str]) -> int:
    """How many items a collection has, by the paths of all leaves."""
    start = f"{whole}["
    return len({path.removeprefix(start).partition("]")[0] for path in paths if path.startswith(start)})


def _laws(entry: Entry, answer: Returned) -> Iterator[Finding]:
    """What the laws say. Of an answer that does not come from the generator given they say nothing but that."""
    shapes = {expected.path: expected.shape for expected in entry.expected}
    said = {
        law.name: read(law, entry.question, answer.values, shapes.get(f"value{law.path}"), answer.gradients)
        for law in entry.laws
    }
    repeats = said.get(REPEATS, {})
    elsewhere = {path: statistic for path, statistic in repeats.items() if not statistic.holds}
    for name, statistics in said.items():
        for path, statistic in (elsewhere or statistics).items():
            if statistic.holds:
                yield Finding(name, entry, path=path, statistic=statistic)
            else:
                mismatch = Mismatch("law", path, (), statistic.expected, statistic.seen)
                yield Finding(name, entry, Verdict.WRONG, path, mismatch, statistic=statistic)


def _observed(key: ExerciseKey, entry: Entry, observed: Observed) -> Iterator[Finding]:
    if entry.purpose != "value":
        return
    free = tuple(f"[{key.parameters.index(name)}]" for name in key.mutates if name in key.parameters)
    free += tuple(f"[{name!r}]" for name in key.mutates)
    changed = [path for path in observed.changed if not path.startswith(free)] if free else list(observed.changed)
    if not key.driver:
        yield _flag(MUTATION, entry, Mismatch("mutation", changed[0]) if changed else None)
    state = [each for each in observed.state if not (key.global_random and each.endswith("global generator"))]
    if _draws_globally(key, entry):
        state = [each for each in state if each != "torch's global generator"]
    yield _flag(STATE, entry, Mismatch("state", got=state[0]) if state else None)
    if key.forbid:
        name, line = observed.forbidden[0] if observed.forbidden else ("", None)
        yield _flag(ALLOWED, entry, Mismatch("forbidden", got=name, line=line) if name else None)


def _draws_globally(key: ExerciseKey, entry: Entry) -> bool:
    """Whether the function is to draw from torch's global generator: none is given where it takes one."""
    if "generator" not in key.parameters:
        return False
    named = entry.question.named
    return named.get(key.parameters.index("generator"), named.get("generator")) is None


def _flag(check: str, entry: Entry, mismatch: Mismatch | None) -> Finding:
    return _wrong(check, entry, mismatch) if mismatch else Finding(check, entry)


def _elsewhere(pairs: Sequence[tuple[Entry, Answer]], found: Sequence[Finding]) -> Iterator[Finding]:
    """Judges answers on another device where the same case is right on the CPU, so that no mistake counts twice.

    Where the first of these cases, the most usual one, is wrong on the CPU, there is nothing to be said.
    """
    wrong = {(each.entry.case, each.entry.dtype) for each in found if not each.passed and each.check == each.entry.case}
    moved = [(entry, answer) for entry, answer in pairs if entry.purpose == "device"]
    for place, (entry, answer) in enumerate(moved):
        if (entry.case, entry.dtype) not in wrong:
            yield _on_device(entry, answer)
        elif not place:
            return


def _on_device(entry: Entry, answer: Answer) -> Finding:
    if isinstance(answer, Failed):
        verdict = Verdict.RAISED if answer.verdict is Verdict.MISSING else answer.verdict
        return Finding(entry.check, entry, verdict, failed=replace(answer, verdict=verdict))
    tensors = {expected.path for expected in entry.expected if expected.kind == "tensor"}
    for path, text in answer.observed.elsewhere:
        if path in tensors:
            return _wrong(entry.check, entry, Mismatch("device", path, got=text))
    seen = sheet(entry.question, answer)
    mismatches = (compare_value(expected, seen.get(expected.path, ABSENT)) for expected in entry.expected)
    mismatch = next(filter(None, mismatches), None)
    if mismatch:
        return _wrong(entry.check, entry, mismatch)
    broken = next((each for each in _laws(entry, answer) if not each.passed), None)
    return replace(broken, check=entry.check) if broken else Finding(entry.check, entry)


def _growth(pairs: Sequence[tuple[Entry, Answer]]) -> Iterator[Finding]:
    """Work may not grow with the number of examples: the exact counts for few and for many are compared."""
    counted = [(entry, answer) for entry, answer in pairs if entry.purpose in ("few", "many")]
    for _, group in groupby(counted, key=lambda pair: pair[0].case):
        (entry, few), (_, many) = group
        if isinstance(few, Returned) and isinstance(many, Returned):
            yield _flag(VECTORISED, entry, _grown(few.observed, many.observed))


def _grown(few: Observed, many: Observed) -> Mismatch | None:
    if many.operators > GROWTH * few.operators + SLACK_OPERATORS:
        return Mismatch("growth", "operators", (), few.operators, many.operators)
    if many.opcodes > GROWTH * few.opcodes + SLACK_OPCODES:
        return Mismatch("growth", "opcodes", (), few.opcodes, many.opcodes)
    return None
