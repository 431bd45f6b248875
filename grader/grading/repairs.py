"""What to repair first: a function fails together with another that it calls, as its source tells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from grader.intake.notebook import Notebook
from grader.intake.references import ModuleSources, Reference, Symbol, references, unwritten_among
from grader.model.fact import Fact
from grader.model.result import ExerciseResult, Verdict


@dataclass(frozen=True)
class StudentCode:
    """A student's sources, and where the functions of the exercises are in them.

    exercises: symbol -> the exercise's id. notebooks: module -> the notebook that it was made from.
    """

    sources: ModuleSources
    exercises: Mapping[Symbol, str]
    notebooks: Mapping[str, Notebook] = field(default_factory=dict)

    def calls(self, id: str) -> dict[str, Reference]:
        """The exercises that an exercise calls, directly or through helpers: id -> the first reference to it."""
        symbol = next((symbol for symbol, exercise in self.exercises.items() if exercise == id), None)
        listed = references(self.sources, symbol, self.exercises) if symbol else []
        return {self.exercises[each.symbol]: each for each in listed if each.symbol in self.exercises}

    def line(self, reference: Reference, module: str) -> int | None:
        """The line of a reference, where it is in this module; in a notebook only where its cell is known."""
        if reference.module != module:
            return None
        notebook = self.notebooks.get(module)
        if notebook is None:
            return reference.line
        return notebook.line_in_cell(reference.line) if reference.direct else None


def with_repair_first(
    result: ExerciseResult, code: StudentCode, failed: Collection[str], beside: Collection[str] = ()
) -> ExerciseResult:
    """The same result, which says of a failed exercise which of the failed ones it calls: that is to be repaired first.

    failed: the ids of what failed, in book order. beside: functions in the place of which right ones were asked.
    """
    if result.passed or result.note or result.verdict in (Verdict.MISSING, Verdict.NOT_GRADED):
        return result
    if result.cannot_run or any(fact and fact.kind == "needs_unwritten" for fact in result.facts):
        return result  # what is to be repaired is the file, or the function that it says already
    calls = code.calls(result.id)
    first = next((id for id in failed if id in calls and calls[id].symbol[1] not in beside), None)
    return replace(result, note=_note(calls[first], result.id, code)) if first else result


def _note(reference: Reference, id: str, code: StudentCode) -> Fact:
    module = next(symbol[0] for symbol, exercise in code.exercises.items() if exercise == id)
    name = reference.symbol[1]
    if unwritten := unwritten_among(code.sources, [reference]):
        is_here = unwritten[0][0] == module and module not in code.notebooks
        return Fact("needs_unwritten", functions=(name,), line=unwritten[1] if is_here else None)
    return Fact("repair_first", functions=(name,), line=code.line(reference, module))
