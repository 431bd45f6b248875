"""The link to a scheduler: which one, whether it can work with us, and what it says of its workers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any

import dask
from distributed import Client, LocalCluster
from distributed.security import Security

from grader.cluster.address import Address, Certificates, security_of
from grader.cluster.cleanup import ForgetRun
from grader.cluster.plugin import RunPlan, SandboxPlugin
from grader.cluster.settings import OF_THE_SCHEDULER, settings
from grader.cluster.watch import WorkerState, worker_states
from grader.model.errors import UsageError

PATIENCE = 30.0  # for one answer of the scheduler
GOODBYE = 5.0
LOOKS, LOOKS_AT_FIRST = 1.0, 0.2  # seconds between two looks at the workers
PACKAGE = "d2l-grader"

Tell = Callable[[str], Awaitable[None]]


async def scheduler_of(
    address: Address, certificates: Certificates | None, stack: AsyncExitStack
) -> tuple[str, Security]:
    """The scheduler's address, and how one gets in; workers of our own are started, and end with the stack."""
    if not address.local:
        return address.url, security_of(certificates)
    security = Security.temporary()  # other users of this machine can reach the port as well
    cluster = LocalCluster(
        n_workers=address.local, threads_per_worker=1, processes=True, asynchronous=True, security=security,
        protocol="tls://", host="127.0.0.1", dashboard_address=None, memory_limit=0, silence_logs=logging.CRITICAL,
    )  # fmt: skip
    await stack.enter_async_context(cluster)
    return cluster.scheduler_address, security


@asynccontextmanager
async def linked(
    url: str, security: Security, plan: RunPlan, is_ours: bool, tell: Tell
) -> AsyncIterator[tuple[Client, str]]:
    """A client of the scheduler, which knows the run, and the scheduler's own name for itself.

    is_ours: we have started it, and know what it is.

    Raises `OSError` or `TimeoutError` where it cannot be reached, `UsageError` where it cannot work with us.
    """
    client = Client(url, security=security, asynchronous=True, timeout=PATIENCE, set_as_default=False)
    try:
        await within(PATIENCE, client)
        if not is_ours:
            await _check_versions(client)
            await _check_settings(client, tell)
        identity = (await _identity(client))["id"]
        await _make_known(client, plan)
        yield client, identity
    except asyncio.CancelledError:  # the run is over; else the scheduler forgets it, when it sees that we have gone
        with suppress(Exception):
            await within(GOODBYE, client.unregister_worker_plugin(plan.run))
        raise
    finally:
        with suppress(Exception):
            await within(GOODBYE, client.close())


async def within(seconds: float, awaitable: Awaitable[Any]) -> Any:
    """What comes of it. Raises `TimeoutError` where it takes longer, also where it does not let itself be cancelled:
    some of Dask's coroutines do not, and `asyncio.wait_for` waits for those as long as they like."""
    task = asyncio.ensure_future(awaitable)
    try:
        if not (await asyncio.wait({task}, timeout=seconds))[0]:
            raise TimeoutError(f"no answer within {seconds:.0f} s")
        return task.result()
    finally:
        task.cancel()


async def states_of(client: Client, identity: str, run: str) -> AsyncIterator[list[WorkerState]]:
    """The scheduler's workers, again and again. Raises `OSError` or `TimeoutError` when the scheduler is lost.

    One that was started anew at the same address is another one, also where Dask has not noticed: it knows no run.
    """
    first_seen: dict[str, float] = {}
    while True:
        found = await _identity(client)
        if found["id"] != identity or client.status != "running":
            raise OSError("it was started anew")
        now = time.monotonic()
        first_seen = {address: first_seen.get(address, now) for address in found["workers"]}
        states = worker_states(found["workers"], run, {address: now - since for address, since in first_seen.items()})
        yield states
        await asyncio.sleep(LOOKS if any(each.state == "ready" for each in states) else LOOKS_AT_FIRST)


async def _identity(client: Client) -> dict[str, Any]:
    scheduler: Any = client.scheduler
    found: dict[str, Any] = await within(PATIENCE, scheduler.identity())
    return found


async def status_of(client: Client, key: str) -> str | None:
    """What became of a task, in the scheduler's words; None: it knows nothing of it. "": it does not answer."""
    scheduler: Any = client.scheduler
    try:
        status: str | None = (await within(PATIENCE, scheduler.get_task_status(keys=[key])))[key]
        return status
    except (OSError, TimeoutError):
        return ""


async def send_away(client: Client, key: str) -> str:
    """Closes the worker that holds a result; its address, or "" where nobody knows it."""
    with suppress(Exception):  # Dask may have lost either by now
        scheduler: Any = client.scheduler
        holders = (await within(PATIENCE, scheduler.who_has(keys=[key])))[key]
        await within(PATIENCE, client.retire_workers(workers=list(holders), close_workers=True))
        return str(holders[0])
    return ""


async def _make_known(client: Client, plan: RunPlan) -> None:
    await within(PATIENCE, client.register_plugin(ForgetRun(plan.run, client.id)))
    try:
        await within(PATIENCE, client.register_plugin(SandboxPlugin(plan)))
    except TimeoutError:
        pass  # a worker that hangs: the others know it by now
    except Exception as error:  # a worker that has no such plugin, which it will be named for
        if client.status != "running":
            raise OSError(str(error)) from None


async def _check_versions(client: Client) -> None:
    """Raises `UsageError` where the scheduler's are others than ours: it must be able to read our tasks."""
    scheduler: Any = client.scheduler
    told = await within(PATIENCE, scheduler.versions(packages=[PACKAGE]))
    packages = told["packages"]
    if packages.get(PACKAGE) is None:
        repair = f"pip install 'd2l-grader[cluster]=={version(PACKAGE)}'"
        raise UsageError(f"The scheduler has no d2l-grader. Install it there: {repair}.")
    for name in (PACKAGE, "distributed"):
        if packages.get(name) != version(name):
            differ = f"The scheduler has {name} {packages.get(name)}, and here it is {version(name)}"
            raise UsageError(f"{differ}. Install the same on both.")


async def _check_settings(client: Client, tell: Tell) -> None:
    """Says what a scheduler of somebody else lets happen."""
    ours = settings()
    theirs = {
        name: await within(PATIENCE, client.run_on_scheduler(dask.config.get, name, None)) for name in OF_THE_SCHEDULER
    }
    if other := [name for name in OF_THE_SCHEDULER if theirs[name] != ours[name]]:
        what = f"It keeps copies of submissions, or shows them ({', '.join(other)})"
        repair = "Start it with what d2l-grade cluster settings prints"
        await tell(f"The scheduler has other settings than ours. {what}. {repair}.")
