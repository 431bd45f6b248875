"""`check()`, `%%check` and `plot` in JupyterLab itself: its page in a browser, its server, its kernel."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.helpers.browser import BROWSER, PATIENCE, Page, page_at
from tests.helpers.course import ROOT
from tests.helpers.kits import PICTURE, kit_of_three
from tests.helpers.processes import free_port

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("jupyterlab")
pytest.importorskip("websocket")
pytest.importorskip("matplotlib")
pytestmark = [pytest.mark.soak, pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")]

CELLS = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r})\n%load_ext grader",
    "def double(x):\n    return x + x\n\nfrom grader import check, plot\ncheck(double)",
    "plot(double)",
    "%%check doubling.double\ndef double(x):\n    return x * x",
)
RUN_ALL = "jupyterapp.commands.execute('notebook:run-all-cells').then(() => true)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page of a notebook whose cells have been run."""
    kit = kit_of_three(tmp_path_factory.mktemp("course"), PICTURE)
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), kit / "work.ipynb")
    port = free_port()
    server = _started(kit, tmp_path_factory.mktemp("home"), port)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token=t")
        url = f"http://127.0.0.1:{port}/lab/tree/work.ipynb?token=t"
        with page_at(url, tmp_path_factory.mktemp("browser")) as page:
            page.wait_for("typeof jupyterapp !== 'undefined' && document.querySelectorAll('.jp-CodeCell').length >= 4")
            page.wait_for("document.body.innerText.includes('| Idle')")  # before, there is no kernel to run anything
            page.value_of(RUN_ALL)
            page.wait_for("document.body.innerText.includes('CheckFailed')")
            yield page
    finally:
        server.terminate()
        server.wait()


def _started(kit: Path, home: Path, port: int) -> subprocess.Popen[bytes]:
    """JupyterLab's server, with settings of its own."""
    here = {"HOME": str(home), "JUPYTER_CONFIG_DIR": str(home), "JUPYTER_DATA_DIR": str(home)}
    options = ["--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=t"]
    return subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options, "--LabApp.expose_app_in_browser=True"], cwd=kit,
        env=os.environ | here,
    )  # fmt: skip


def _wait_for(url: str) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        assert time.monotonic() < ends, "the server does not start"
        with suppress(OSError), urllib.request.urlopen(url):
            return
        time.sleep(0.2)


def test_a_wrong_function_is_shown_beside_the_truth(lab: Page) -> None:
    """The call and both tables stand on the page, and the cell has failed."""
    text = lab.text()
    assert "double(tensor(" in text and "expected" in text and "CheckFailed" in text


def test_a_right_function_passes(lab: Page) -> None:
    """Its points stand on the page."""
    assert "1/1" in lab.text()


def test_the_picture_is_on_the_page(lab: Page, tmp_path: Path) -> None:
    """It has a width, and words for those who do not see it."""
    assert lab.value_of("document.querySelector('.jp-OutputArea-output img').naturalWidth") > 100
    lab.picture(Path(os.environ.get("D2L_GRADER_SCREENSHOTS", tmp_path)) / "notebook.png")
