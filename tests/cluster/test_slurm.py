"""The recipe for Slurm in docs/cluster.md makes a script that would start a worker as ours are started."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.cluster.certificates import make_certificates
from grader.cluster.settings import YAML
from tests.helpers.clusters import environment
from tests.helpers.course import ROOT

pytest.importorskip("dask_jobqueue")
RECIPE = re.compile(r"<!-- slurm -->\n```python\n(.*?)```", re.DOTALL)


@pytest.mark.soak
def test_the_script_of_a_job(tmp_path: Path) -> None:
    """One thread, no limit of memory of Dask's, our settings, our plugin, the certificates; and a scheduler to speak to.
    No job is asked for: there is no Slurm here."""
    (recipe,) = RECIPE.findall((ROOT / "docs" / "cluster.md").read_text(encoding="utf-8"))
    made = make_certificates(tmp_path / "certificates")
    recipe = recipe.replace("cluster.scale(jobs=40)", "print(cluster.job_script())")
    done = subprocess.run(
        [sys.executable, "-c", recipe],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    script, _, said = done.stdout.partition("\nd2l-grade run ")
    command = next(line for line in script.splitlines() if "dask_worker" in line)
    assert f"export DASK_CONFIG={YAML}" in script.splitlines()
    assert "--nthreads 1 " in command
    assert command.rfind("--memory-limit 0") > command.find("--memory-limit")
    assert "--preload grader.cluster.plugin" in command
    assert f"--tls-key {made.private_key}" in command
    assert re.search(r"dask_worker tls://[\d.]+:\d+ ", command)
    assert re.search(r"--scheduler tls://[\d.]+:\d+$", said.strip())
