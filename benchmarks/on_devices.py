"""How long a submission takes on the CPU, on the simulated GPU, and on a GPU where there is one.

`python benchmarks/on_devices.py [TOPIC]`. The sample class is graded with few and with many submissions on each device
in turn; printed is the time of each further one, and its ratio to the CPU's. The key is made before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
DEVICES = ("cpu", "sim", "cuda")
FEW, MANY = 5, 45


def seconds(submissions: Path, out: Path, topic: str, device: str) -> float | str:
    """Wall time of grading a class anew; or why it is not graded."""
    for old in out.glob("gradebook.db*"):
        old.unlink()
    options = f"run {submissions} -o {out} --topics {topic} --device {device} --jobs 1 --seed 1"
    command = [sys.executable, "-c", "from grader.cli.grade import main; main()", *options.split()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return time.perf_counter() - started if not done.returncode else done.stderr.strip()


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from tests.helpers.tiny_class import generate_from_samples

    topic = sys.argv[1] if len(sys.argv) > 1 else "softmax"
    with tempfile.TemporaryDirectory() as scratch:
        few, many = (generate_from_samples(Path(scratch, str(size)), size, topic, hostile=0) for size in (FEW, MANY))
        each: dict[str, float] = {}
        for device in DEVICES:
            out = Path(scratch, device)
            seconds(few, out, topic, device)  # makes the key
            times = [seconds(size, out, topic, device) for size in (few, many)]
            if isinstance(times[0], float) and isinstance(times[1], float):
                each[device] = (times[1] - times[0]) / (MANY - FEW)
                ratio = each[device] / each["cpu"]
                print(
                    f"{device:5} {1000 * each[device]:7.0f} ms a submission   {ratio:5.2f} times the CPU's", flush=True
                )
            else:
                print(f"{device:5} {times[0]}", flush=True)


if __name__ == "__main__":
    main()
