"""formgrader, nbgrader's own pages for instructors, in a real browser: scores and feedback are there to be seen."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.browser import BROWSER
from tests.helpers.nbgrader_class import RIGHT, TOPIC, Classroom, answered
from tests.helpers.processes import free_port

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no chromium: apt-get install chromium")
ANSWERS = {
    "alice": RIGHT,
    "bob": {**RIGHT, "log_sum": "def log_sum(x):\n    return x.exp().sum().log()"},
    "carol": {"scale": "def scale(X, factor):\n    return X + factor", "shares": RIGHT["shares"]},
}


@pytest.fixture(scope="module")
def pages(generated: Classroom, copy_of: Callable[[Classroom], Classroom]) -> Iterator[tuple[Classroom, str]]:
    """A graded class, and the address of a Jupyter server that shows it."""
    classroom = copy_of(generated)
    for student, answers in ANSWERS.items():
        classroom.hand_in(student, answered(classroom.released(), answers))
    classroom.nbgrader("autograde", TOPIC)
    port = free_port()
    options = [f"--ServerApp.port={port}", "--IdentityProvider.token=", "--ServerApp.ip=127.0.0.1"]
    options += ["--no-browser", "--allow-root", f"--ServerApp.root_dir={classroom.root}"]
    with (classroom.home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options], cwd=classroom.root, env=classroom.environment(),
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/api")
            yield classroom, address
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(300)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 600
    while True:
        try:
            with urllib.request.urlopen(address, timeout=60):
                return
        except OSError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.5)


def browse(home: Path, address: str, *options: str) -> str:
    """The page as the browser has it after its scripts have run."""
    common = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=15000"]
    command = [str(BROWSER), *common, f"--user-data-dir={home / 'browser'}", *options, address]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout


def test_the_gradebook_shows_scores(pages: tuple[Classroom, str]) -> None:
    """The table of submissions has every student's score."""
    classroom, address = pages
    page = browse(classroom.home, f"{address}/formgrader/manage_submissions/{TOPIC}", "--dump-dom")
    text = re.sub(r"<[^>]+>", " ", page)
    shown = {student: re.search(rf"\b{student}\b.*?([\d.]+) / 5", text, re.DOTALL) for student in ANSWERS}
    scores = {student: float(found[1]) for student, found in shown.items() if found}
    assert scores["alice"] == 5
    assert 3 < scores["bob"] < 4
    assert scores["carol"] == 2


def test_a_submission_shows_score_and_feedback(pages: tuple[Classroom, str]) -> None:
    """Beside the answer: points per exercise, the failing call, the hint, and the comment."""
    classroom, address = pages
    (id,) = classroom.ask(
        """select n.id from submitted_notebook n join submitted_assignment a on a.id = n.assignment_id
        where a.student_id = 'bob'"""
    )[0]
    page = browse(classroom.home, f"{address}/formgrader/submissions/{id}/", "--dump-dom")
    assert "exp overflows on large scores. Take the maximum out of the sum first." in page
    assert 'class="d2l-grader"' in page
    assert "got inf" in page
    shown = dict(re.findall(r'id="check-vectors-(\w+)"[^>]*placeholder="([\d.]+)"', page))
    assert (float(shown["scale"]), float(shown["shares"])) == (1, 2)
    assert 0 < float(shown["log_sum"]) < 1
    picture = Path(os.environ.get("D2L_GRADER_SCREENSHOTS", classroom.home)) / "formgrader.png"
    (classroom.home / "seen.html").write_text(_from(page, "log_sum", address), encoding="utf-8")
    seen = (classroom.home / "seen.html").as_uri()
    browse(classroom.home, seen, f"--screenshot={picture}", "--window-size=1100,1120")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000  # a blank page has a quarter of that


def _from(page: str, exercise: str, address: str) -> str:
    """The page as the browser had it, without the exercises before the one that has something to show."""
    [heading] = re.findall(rf'<h2 id="([^"]*{exercise}[^"]*)"', page)
    hidden = f'.panel-body *:has(~ * [id="{heading}"]), .panel-body *:has(~ [id="{heading}"]) {{ display: none }}'
    hidden += " .glyphicon, .fa { visibility: hidden }"  # a file may not load the server's icons
    still = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    return still.replace("<head>", f'<head><base href="{address}/"><style>{hidden}</style>', 1)
