"""What run_autograder does on Gradescope: `python -m grader.cli.gradescope /autograder`.

A mark is written only where there is one. If the sandbox cannot be had, nothing is written: Gradescope then tells the
student that the autograder failed, shows the instructor why, and gives no zero in silence.
"""

from __future__ import annotations

import sys
from pathlib import Path

from grader.cli.common import OURS
from grader.grading.examine import examine
from grader.intake.read import read_submission
from grader.kits.gradescope import KEY_NAME, read_settings
from grader.model.errors import GraderError, NoIsolationError, ShortageError
from grader.model.keys.key_file import load_key
from grader.model.result import SubmissionResult
from grader.report.exports.gradescope import to_gradescope
from grader.report.marks import awaits_a_human
from grader.report.wording import remark
from grader.sandbox.session import Sandbox

UNGRADED = "This submission was not graded, and has no mark."
REPAIR = (
    "Grade it with d2l-grade on a machine of your own, or pack the autograder with --trust-submissions: a submission "
    "may then read the answer key."
)
LARGER = "Choose a larger container in the assignment's settings, and run the autograder again."
LOOK = "Look at the submission, and have it handed in again under the right name or give the mark yourself."
TRUSTED = "Without a sandbox (--trust-submissions): a submission may read the answer key and write its own results."


def autograde(root: Path) -> tuple[SubmissionResult, tuple[str, ...]]:
    """Grades the submission that lies there and writes its results; the result, and the layers in force."""
    source = root / "source"
    settings = read_settings(source)
    key = load_key(source / KEY_NAME, "Pack the autograder anew: d2l-grade package --gradescope.")
    submission = read_submission(root / "submission", key.functions)
    with Sandbox.start(trust=settings.trust) as sandbox:
        layers = sandbox.layers
        result = examine(key, submission, sandbox)
    text = to_gradescope(result, settings.titles or {}, settings.hidden, {"layers": list(layers)})
    results = root / "results"
    results.mkdir(exist_ok=True)
    (results / "results.json").write_text(text, encoding="utf-8")
    return result, () if settings.trust else layers


def main() -> int:
    """What it prints is for the instructor: Gradescope keeps it beside the submission."""
    try:
        result, layers = autograde(Path(sys.argv[1]))
    except GraderError as error:
        repair = REPAIR if isinstance(error, NoIsolationError) else LARGER if isinstance(error, ShortageError) else ""
        print(f"d2l-grader: {error}\n{UNGRADED} {repair}".rstrip())
        return OURS
    print(f"Sandbox: {', '.join(layers)}." if layers else TRUSTED)
    if awaits_a_human(result):
        print(f"No score: {remark(result)}. {LOOK}")
    else:
        print(f"{result.status}: {result.points:g} of {result.max_points:g} points in {result.seconds:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
