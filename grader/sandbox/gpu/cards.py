"""Graphics cards: which there are, and the files that CUDA needs for one of them and for no other.

Found by reading /proc/driver/nvidia and /dev, so that a process which asks nobody to compute never starts CUDA. Cards
are numbered by their place on the bus, as nvidia-smi does. CUDA_VISIBLE_DEVICES narrows them down, as it does for CUDA.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

SHARED_DEVICES = ("/dev/nvidiactl", "/dev/nvidia-uvm")
TOOLS = "/dev/nvidia-uvm-tools"
CAPABILITIES = "/dev/nvidia-caps/nvidia-cap"
ABOUT_THE_SYSTEM = (
    "/proc/driver/nvidia", "/proc/devices", "/proc/modules", "/proc/cpuinfo", "/proc/meminfo",
    "/proc/sys/vm/mmap_min_addr", "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu",
    "/sys/devices/system/node", "/sys/devices/system/memory", "/sys/module/nvidia", "/sys/module/nvidia_uvm",
)  # fmt: skip
LIBRARY_FOLDERS = ("/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", "/usr/lib/wsl/lib")
LIBRARIES = ("libcuda.so*", "libcudadebugger.so*", "libnvidia-*.so*")
ALWAYS_READABLE = ("/usr/lib/", "/usr/lib64/", "/lib/", "/lib64/")


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card, and what a process needs of the file system to use it.

    uuid: what CUDA calls it; empty where the driver does not say. devices: files to open for reading and writing.
    reading: what the driver's library looks at.
    """

    index: int
    uuid: str
    devices: tuple[str, ...]
    reading: tuple[str, ...]

    @property
    def visible(self) -> str:
        """The value of CUDA_VISIBLE_DEVICES where all cards are there."""
        return self.uuid or str(self.index)

    @property
    def visible_alone(self) -> str:
        """What it says where this one is the only one that can be opened."""
        return self.uuid or "0"

    def with_tools(self) -> Card:
        """The same with a file for profilers, without which some versions of CUDA's library do not start."""
        return replace(self, devices=(*self.devices, TOOLS)) if os.path.exists(TOOLS) else self


def cards(root: str = "/", visible: str | None = None) -> tuple[Card, ...]:
    """The cards of this system, or of another one below `root`; `visible` is CUDA_VISIBLE_DEVICES."""
    top = Path(root)
    if not all(_at(top, path).exists() for path in SHARED_DEVICES):
        return ()
    found = [
        Card(index, uuid, tuple(_devices(top, minor)), (*_reading(top, bus), *driver_libraries(root)))
        for index, (bus, uuid, minor) in enumerate(_numbered(top))
    ]
    return tuple(found) if visible is None else tuple(_narrowed(found, visible))


def _at(top: Path, path: str) -> Path:
    return top / path.lstrip("/")


def _numbered(top: Path) -> list[tuple[str, str, int]]:
    """Bus, UUID and number of the device file of each card; by the device files alone where the driver says nothing."""
    told = [
        (folder.name, _field(folder / "information", "GPU UUID"), _field(folder / "information", "Device Minor"))
        for folder in sorted(_at(top, "/proc/driver/nvidia/gpus").glob("*"))
    ]
    if told and all(minor.isdigit() for *_, minor in told):
        there = [(bus, uuid if re.fullmatch(r"GPU-[0-9a-f-]+", uuid) else "", int(minor)) for bus, uuid, minor in told]
    else:
        names = (path.name.removeprefix("nvidia") for path in _at(top, "/dev").glob("nvidia*"))
        there = [("", "", minor) for minor in sorted(int(name) for name in names if name.isdigit())]
    return [card for card in there if _at(top, f"/dev/nvidia{card[2]}").exists()]


def _field(file: Path, name: str) -> str:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == name), "")


def _devices(top: Path, minor: int) -> Iterator[str]:
    """The files of one card. A card that is cut in instances (MIG) has one more for each of them."""
    yield from (*SHARED_DEVICES, f"/dev/nvidia{minor}")
    instances = _at(top, f"/proc/driver/nvidia/capabilities/gpu{minor}/mig")
    for access in sorted(instances.glob("gi*/**/access")):
        path = f"{CAPABILITIES}{_field(access, 'DeviceFileMinor')}"
        if _at(top, path).exists():
            yield path


def _reading(top: Path, bus: str) -> Iterator[str]:
    wanted = [*ABOUT_THE_SYSTEM]
    if bus:
        link = f"/sys/bus/pci/devices/{bus}"
        wanted += [link, f"/{os.path.relpath(_at(top, link).resolve(), top.resolve())}"]
    yield from (path for path in wanted if _at(top, path).exists())


def driver_libraries(root: str = "/") -> tuple[str, ...]:
    """The driver's libraries where they lie outside the system's folders, which can be read anyway."""
    top = Path(root)
    cache = _at(top, "/etc/ld.so.cache")
    cached = re.findall(rb"(/[^\0\n]*)/libcuda\.so\.1\0", cache.read_bytes()) if cache.is_file() else []
    named = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    folders = dict.fromkeys([*named, *LIBRARY_FOLDERS, *map(os.fsdecode, cached)])
    return tuple(
        f"{folder}/{path.name}"
        for folder in folders
        if folder.startswith("/") and not f"{folder}/".startswith(ALWAYS_READABLE)
        if (_at(top, folder) / "libcuda.so.1").exists()
        for path in sorted(path for name in LIBRARIES for path in _at(top, folder).glob(name))
    )


def _narrowed(found: Sequence[Card], visible: str) -> Iterator[Card]:
    """The cards that CUDA_VISIBLE_DEVICES names, in its order, up to the first name that is none: CUDA's own rule."""
    for name in (part.strip() for part in visible.split(",")):
        card = next(
            (each for each in found if name == str(each.index) or (name[4:] and each.uuid.startswith(name))), None
        )
        if card is None:
            return
        yield card
