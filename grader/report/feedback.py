"""What one student reads: a page, or the same as text for e-mail."""

from __future__ import annotations

from collections.abc import Iterator

from grader.report.names import feedback_name
from grader.report.page import render
from grader.report.student import Failure, Item, Topic, topics_of
from grader.report.words import clean, mark, number, one_line, total, unfinished_because
from grader.verdict import SubmissionResult

__all__ = ["feedback_name", "to_feedback_html", "to_feedback_text"]

STATUS = {"absent": "Nothing was handed in.", "not_graded": "This submission could not be graded."}
IN_PART = "A part of this could not be graded. That is not your mistake, and the mark is not final."


def to_feedback_html(submission: SubmissionResult, course_title: str) -> str:
    return render(
        "feedback.html.j2",
        title=one_line(course_title),
        student=one_line(submission.student),
        notice=_notice(submission),
        reason=one_line(unfinished_because(submission) or ""),
        points=number(total(submission)),
        max_points=number(submission.max_points),
        percent=mark(submission),
        topics=topics_of(submission),
    )


def to_feedback_text(submission: SubmissionResult, course_title: str) -> str:
    """Markdown that reads well as plain text; what people wrote stands in code, where nothing is markup."""
    lines = [f"# {one_line(course_title)}", "", f"Feedback for {_code(submission.student)}", ""]
    if notice := _notice(submission):
        lines += [notice, *_block(unfinished_because(submission) or "", 4), ""]
    if submission.status == "graded":
        lines += [f"**{number(total(submission))} of {number(submission.max_points)} points**", ""]
        lines += [line for topic in topics_of(submission) for line in _topic(topic)]
    return "\n".join(lines).rstrip() + "\n"


def _notice(submission: SubmissionResult) -> str:
    in_part = IN_PART if unfinished_because(submission) is not None else ""
    return STATUS.get(submission.status, in_part)


def _topic(topic: Topic) -> Iterator[str]:
    yield from (f"## {topic.name}: {topic.points} of {topic.max_points} points", "")
    for item in topic.items:
        yield from _item(item)
    yield ""


def _item(item: Item) -> Iterator[str]:
    tally = f", {item.tally}" if item.tally else ""
    yield f"* {item.symbol} **{item.function}**  {item.points or '?'}  {item.verdict}{tally}"
    hint = ("", f"  {item.hint}") if item.hint else ()
    for place, failure in enumerate(item.failures):
        yield from ("", f"  {_title(failure)}", *_block(failure.detail, 6))
        yield from hint if place == 0 else ()
    yield from hint if not item.failures else ()
    yield from _block(item.note, 6)
    yield from ("",) if item.failures or hint or item.note else ()


def _title(failure: Failure) -> str:
    title = failure.hidden or ", ".join(map(_code, failure.names))
    return f"{title}: {failure.verdict}" if failure.verdict else title


def _code(text: str) -> str:
    return f"`{one_line(text).replace('`', chr(39))}`"


def _block(text: str, indent: int) -> list[str]:
    """A block of code, by its indentation."""
    return ["", *(" " * indent + line for line in clean(text).splitlines())] if text else []
