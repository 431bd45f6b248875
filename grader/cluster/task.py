"""The function that workers run. The scheduler imports this module, so it imports nothing of ours, and no torch."""

from __future__ import annotations

from typing import Any

from distributed import get_worker


def grade_submission(run: str, data: bytes) -> bytes:
    """What became of a packed task of a run, packed. Whatever goes wrong is data: it never raises.

    An exception would be unpickled by whoever asked, and one whose pickle is odd makes Dask's client wait for ever.
    """
    from grader.cluster.payload import Refusal, packed_result

    worker: Any = get_worker()
    plugin = worker.plugins.get(run)
    if plugin is None:
        return packed_result(Refusal("this worker does not know the run", waits=True))
    answer: bytes = plugin.grade(data)
    return answer
