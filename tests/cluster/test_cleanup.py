"""When a head has gone, however it went, scheduler and workers forget its run and the key with the hidden answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client, Scheduler, Worker, WorkerPlugin
from distributed.security import Security

from grader.cluster.cleanup import ForgetRun
from grader.cluster.settings import settings

RUN, OTHER = "d2l-grader-1", "d2l-grader-2"


class Held(WorkerPlugin):
    """What a worker holds for a run, and a line in a file when it is taken away."""

    def __init__(self, run: str, log: str) -> None:
        self.name, self.log = run, log

    def teardown(self, worker: Worker) -> None:
        with Path(self.log).open("a") as file:
            file.write(f"{self.name}\n")


@pytest.mark.parametrize("how", ["closed", "killed"])
def test_a_run_is_forgotten_with_its_head(tmp_path: Path, how: str) -> None:
    """On the scheduler and on its workers; another head's run stays."""
    log, plain = tmp_path / "log", Security(require_encryption=False)

    async def life() -> tuple[set[str], set[str], str]:
        common: dict[str, Any] = {"security": plain, "dashboard": False}
        with dask.config.set(settings(encrypted=False) | {"distributed.comm.timeouts.connect": "2s"}):
            async with (
                Scheduler(host="127.0.0.1", port=0, dashboard_address="127.0.0.1:0", **common) as scheduler,
                Worker(scheduler.address, nthreads=1, local_directory=str(tmp_path), **common),
            ):
                clients = [
                    Client(scheduler.address, security=plain, asynchronous=True, set_as_default=False) for _ in "ab"
                ]
                for client, run in zip(clients, (RUN, OTHER), strict=True):
                    await client
                    await client.register_plugin(ForgetRun(run, client.id))
                    await client.register_plugin(Held(run, str(log)))
                before = {run for run in (RUN, OTHER) if run in scheduler.worker_plugins}
                if how == "killed":
                    clients[0].status = "closing"  # so that it does not come back
                    clients[0].scheduler_comm.comm.abort()
                else:
                    await clients[0].close()
                for _ in range(500):
                    if log.exists() and f"{RUN}-forgets" not in scheduler.plugins:
                        break
                    await asyncio.sleep(0.02)
                after = {run for run in (RUN, OTHER) if run in scheduler.worker_plugins}
                said = log.read_text()
                for client in clients:
                    await client.close()
                return before, after, said

    assert asyncio.run(life()) == ({RUN, OTHER}, {OTHER}, f"{RUN}\n")
