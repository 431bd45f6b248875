"""What the commands print: a line for what is done, a few for what is not, and where to go next.

Colours are styles that rich's Console drops where they do not belong. `ascii` is for streams that cannot say ✓.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text

from grader.model.exercise_id import function_of, topic_of
from grader.model.fact import Fact
from grader.model.printable import clean, one_line
from grader.model.result import CheckResult, ExerciseResult, Verdict
from grader.report.answer_window_text import window_lines
from grader.report.class_terminal import class_summary
from grader.report.explanation import explanation, note_of, sentence
from grader.report.hints import explained_failures
from grader.report.student_view import only_fact
from grader.report.terminal_text import spell, wrapped
from grader.report.wording import HIDDEN, SYMBOL, WORD, number, plural, points_of, tally, word_of

__all__ = ["class_summary", "exercise_lines", "next_step", "to_do", "topic_summary"]

STYLE = {Verdict.PASSED: "green", Verdict.MISSING: "dim", Verdict.NOT_GRADED: "yellow"}
BLOCKS = 20


def exercise_lines(
    result: ExerciseResult,
    *,
    width: int = 80,
    name_width: int = 0,
    ascii: bool = False,
    brief: bool = False,
    window: bool = False,
) -> list[Text]:
    """One exercise as a student reads it; `name_width` lines the symbols of several up.

    brief: in one line, since what there is to say of it stands above. window: with the numbers around a wrong one.
    """
    head = Text.assemble((clean(result.function).ljust(name_width), "bold"), "  ").append_text(_headline(result, brief))
    lines = wrapped(head, width, 4)
    if not brief and result.verdict is not Verdict.PASSED:
        lines += _explanation(result, width, window)
    return [spell(line) for line in lines] if ascii else lines


def _headline(result: ExerciseResult, brief: bool) -> Text:
    word, style = word_of(result), STYLE.get(result.verdict, "red")
    if result.cannot_run:
        return Text("✗ not asked", style)
    if result.passed:
        return Text.assemble(("✓", style), f"  {points_of(result)}")
    if result.verdict in STYLE:
        said = note_of(result) if result.verdict is Verdict.MISSING and not brief else ""
        return Text.assemble((f"{SYMBOL[result.verdict]} {one_line(said) or word}", style))
    check, count = result.first_failure, tally(result)
    title = _title(check) if check and not only_fact(result) else word
    return Text.assemble((f"✗ {title}", style), (f"   ({count})" if count else "", "dim"))


def _title(check: CheckResult) -> str:
    return clean(check.name) if check.shown else HIDDEN


def _explanation(result: ExerciseResult, width: int, window: bool) -> list[Text]:
    """The failed check's own lines, what lies behind them, and what the score card has to add."""
    lines: list[Text] = []
    if result.verdict is Verdict.MISSING:
        return []
    for place, (check, hint) in enumerate(explained_failures(result)):
        if check is not None and result.verdict is not Verdict.NOT_GRADED:
            lines += [Text(f"  ✗ {_title(check)}", style="red")] if place else []
            for line in (explanation(check) or WORD[check.verdict]).splitlines():
                lines += wrapped(Text("  " + line), width, 6)
        if window and result.window and not place:
            lines += window_lines(result.window, width)
        lines += wrapped(Text("  " + one_line(hint), style="cyan"), width, 2) if hint else []
    if note := note_of(result):
        lines += wrapped(Text("  " + one_line(note), style="dim"), width, 2)
    return lines


def shared_lines(fact: Fact, *, width: int = 80, ascii: bool = False) -> list[Text]:
    """What is true of all exercises of a topic, once."""
    lines = [line for said in clean(sentence(fact)).splitlines() for line in wrapped(Text(said, "red"), width, 4)]
    return [spell(line) for line in lines] if ascii else lines


def topic_summary(topic: str, results: Sequence[ExerciseResult], *, name_width: int = 0, ascii: bool = False) -> Text:
    """A topic in one line: how full its bar is, the points, and how many exercises are done."""
    points, most = sum(result.points for result in results), sum(result.max_points for result in results)
    full = int(BLOCKS * points / most) if most else 0
    passed = sum(result.passed for result in results)
    line = Text.assemble(
        (clean(topic).ljust(name_width), "bold"),
        "  ",
        ("█" * full, "green"),
        ("░" * (BLOCKS - full), "dim"),
        f"  {number(points)}/{number(most)} points",
        (f"   {passed} of {plural(len(results), 'exercise')} done", "dim"),
    )
    return spell(line) if ascii else line


def command_of(result: ExerciseResult) -> str:
    """What checks an exercise in its own folder."""
    return f"d2l-check {result.id}"


def next_step(
    results: Sequence[ExerciseResult],
    command: Callable[[ExerciseResult], str] = command_of,
    *,
    following: str = "",
    ascii: bool = False,
) -> Text:
    """The first exercise in book order that is not done, and the command that checks it.

    following: an exercise that was not checked now, and waits where all of these pass.
    """
    open_ones = [result for result in results if not result.passed]
    mine = next((result for result in open_ones if result.verdict is not Verdict.NOT_GRADED), None)
    if mine is not None and mine.note and mine.note.kind == "no_file":
        line = Text.assemble(
            ("Next: ", "bold"),
            f"go to the folder that holds {clean(mine.note.file)}, or unpack your kit again.",
        )
    elif mine is not None and mine.cannot_run:
        broken = mine.cannot_run
        where = f"line {broken.line} of {clean(broken.file)}" if broken.line else clean(broken.file)
        line = Text.assemble(("Next: ", "bold"), f"repair {where}; nothing of that file can be run before.")
    elif mine is not None:
        line = _then_run(to_do(mine), command(mine))
    elif unread := next((result for result in open_ones if result.source == "unread"), None):
        file = f"{clean(topic_of(unread.id))}.py"
        line = Text.assemble(("Next: ", "bold"), f"save your code as {file}, in UTF-8; it cannot be read as it is.")
    elif open_ones:
        line = Text(f"Nothing is left for you: {plural(len(open_ones), 'exercise')} could not be graded here.")
    elif results and following:
        line = _then_run(f"go on with {clean(function_of(following))}", f"d2l-check {following}")
    elif results:
        line = Text("All done: every exercise passes.", style="green")
    else:
        line = Text("There is no exercise here.")
    return spell(line) if ascii else line


def to_do(result: ExerciseResult) -> str:
    """What to do about an exercise that does not pass: to write its function, to rename or move the one there is, or to
    repair it."""
    function = clean(result.function)
    if result.verdict is not Verdict.MISSING:
        return f"repair {function}"
    if result.note and result.note.kind == "no_function" and result.note.functions:
        return f"rename {clean(result.note.functions[0])} to {function}"
    if result.note and result.note.kind == "no_function" and result.note.text:
        return f"move {function} out of {clean(result.note.text)}"
    return f"write {function}"


def _then_run(task: str, command: str) -> Text:
    return Text.assemble(("Next: ", "bold"), f"{task}, then run  ", (clean(command), "bold cyan"))
