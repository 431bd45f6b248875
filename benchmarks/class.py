"""How time and memory of `d2l-grade run` grow with the class: 10, 100, 1,000 and, with --large, 10,000 submissions.

`python benchmarks/class.py`. Each class is the sample class again and again, each submission with bytes of its own. The
memory is the peak of the process that keeps the gradebook and writes the reports; goal: flat (± 20 %) from 100 on.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOPIC = "softmax"
SIZES, LARGE = (10, 100, 1_000), 10_000
GRADER = """\
import re, sys
from pathlib import Path
from grader.cli.grade import grade
if __name__ == "__main__":
    grade.main(sys.argv[2:], standalone_mode=False)
    Path(sys.argv[1]).write_text(Path("/proc/self/status").read_text())
"""


@dataclass(frozen=True)
class Measured:
    """One run: wall time, and the largest resident set of the grader itself."""

    seconds: float
    megabytes: float


def measured(submissions: Path, out: Path, *more: str) -> Measured:
    """Runs `d2l-grade run` in a process of its own. Started anew, so nobody else's peak is inherited."""
    script, status = out.with_name("one_run.py"), out.with_name("status")
    script.write_text(GRADER)
    command = [sys.executable, str(script), str(status), "run", str(submissions), "-o", str(out), *more]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    if done.returncode:
        raise RuntimeError(done.stderr)
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    return Measured(seconds, int(peak[1]) / 1024 if peak else 0.0)


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from tests.helpers.tiny_class import generate_from_samples

    print(f"{'submissions':>11}  {'seconds':>8}  {'per second':>10}  {'once more':>9}  {'peak MB':>8}")
    for size in (*SIZES, LARGE) if "--large" in sys.argv else SIZES:
        with tempfile.TemporaryDirectory() as scratch:
            submissions = generate_from_samples(Path(scratch, "class"), size, TOPIC, hostile=0)
            out = Path(scratch, "out")
            first, again = (measured(submissions, out, "--topics", TOPIC) for _ in range(2))
        peak = max(first.megabytes, again.megabytes)
        rate = size / first.seconds
        print(f"{size:>11,}  {first.seconds:>8.1f}  {rate:>10.1f}  {again.seconds:>9.1f}  {peak:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
