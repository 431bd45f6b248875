"""feedback/<student>.html: what one student reads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from grader.model.printable import one_line
from grader.model.result import SubmissionResult
from grader.report.class_html import render
from grader.report.marks import mark
from grader.report.student_view import digest_rows, topics_of
from grader.report.wording import notice, points_so_far, remark


def to_feedback_html(
    submission: SubmissionResult, course_title: str, titles: Mapping[str, str] = MappingProxyType({})
) -> str:
    return render(
        "feedback.html.j2",
        title=one_line(course_title),
        student=one_line(submission.student),
        notice=notice(submission),
        reason=one_line(remark(submission)),
        points=points_so_far(submission),
        percent=mark(submission),
        topics=topics_of(submission, titles),
        digests=digest_rows(submission),
    )
