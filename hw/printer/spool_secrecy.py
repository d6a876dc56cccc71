"""Whether a way to a printer keeps what it prints off every disk.

What answers at an address may be a spooler itself. Of a CUPS of this machine it can be known what
it keeps; asked is that documents lie in memory only (`RequestRoot` and `TempDir` on tmpfs, and no
swap but compressed memory), and are gone after the job (`PreserveJobFiles No`). Its settings are
read from its files, cupsd.conf(5) and cups-files.conf(5); what cannot be read is not promised.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from hw.printer.ipp_conditions import PrinterReport

ETC_CUPS: Final = Path("/etc/cups")
_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
_REQUEST_ROOT: Final = "/var/spool/cups"
_NO: Final = frozenset({"no", "off", "false"})
_LONGEST: Final = 1 << 20
_LINE_ENDS: Final = re.compile(r"\r\n?|\n")
_BLANKS: Final = re.compile(r"[ \t\v\f]+")
"""What ends lines and parts words for CUPS; a no-break space does not."""
_QUEUE_PATH: Final = re.compile(r"/(printers|classes)(/|$)")
_OF_CUPS: Final = range(0x4000, 0x4100)
"""Operations of CUPS and its kin; 0x4000 on is for vendors (RFC 8011 5.4.15)."""


def why_handed_on(path: str, found: PrinterReport) -> str | None:
    """Why what answers there is not the printer itself, but hands jobs on; None where it is.

    Args:
        path: of its URL.
        found: what it says of itself.
    """
    if _QUEUE_PATH.search(unquote(path).lower()):
        return "address of a queue"
    if found.device_uri:
        return "hands jobs on to a device"
    if not found.operations:
        return "operations untold"
    if any(operation in _OF_CUPS for operation in found.operations):
        return "a spooler by its operations"
    return None


def why_not_for_secrets(
    settings: Path = ETC_CUPS,
    mounts: Path = Path("/proc/self/mounts"),
    swaps: Path = Path("/proc/swaps"),
) -> str | None:
    """Why a secret letter must not go through this CUPS; None where it may.

    Args:
        settings: folder of `cupsd.conf` and `cups-files.conf`.
        mounts: the file systems, as proc(5) tells them.
        swaps: swap areas, as proc(5) tells them.
    """
    server = _directives(settings / "cupsd.conf")
    files = _directives(settings / "cups-files.conf")
    if server is None or files is None:
        return "settings unreadable"
    if server.get("preservejobfiles", "").lower() not in _NO:
        # CUPS keeps documents for a day where nothing is said.
        return "job files are kept"
    root = Path(files.get("requestroot", _REQUEST_ROOT))
    temporary = Path(files.get("tempdir", str(root / "tmp")))
    table = _mounted(mounts)
    for what, folder in (("spool", root), ("temporary files", temporary)):
        if _file_system(folder, table) not in _MEMORY:
            return f"{what} on disk"
    return _swapped(swaps)


def _directives(path: Path) -> dict[str, str] | None:
    """The plain directives of a settings file, names in small letters; the last one counts."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            content = file.read(_LONGEST + 1)
    except OSError:
        return None
    if len(content) > _LONGEST:
        return None
    found: dict[str, str] = {}
    for line in _LINE_ENDS.split(content):
        name, *value = _BLANKS.split(line.partition("#")[0].strip(" \t\v\f"), maxsplit=1)
        if name and not name.startswith("<"):
            found[name.lower()] = "".join(value).strip('"')
    return found


def _mounted(mounts: Path) -> dict[Path, str]:
    """Kind of file system of each mount point; a later mount hides an earlier one."""
    table: dict[Path, str] = {}
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return table
    for line in lines:
        fields = line.split(" ")
        if len(fields) > 3:
            # Blanks in paths are written in octal (proc(5)).
            point = fields[1].replace("\\040", " ").replace("\\011", "\t")
            table[Path(point.replace("\\134", "\\"))] = fields[2]
    return table


def _file_system(folder: Path, table: dict[Path, str]) -> str:
    try:
        place = folder.resolve(strict=True)
    except OSError:
        return ""
    for point in (place, *place.parents):
        if point in table:
            return table[point]
    return ""


def _swapped(swaps: Path) -> str | None:
    try:
        lines = swaps.read_text("utf-8", "replace").splitlines()[1:]
    except OSError:
        return "swap unknown"
    if all(line.startswith("/dev/zram") for line in lines if line.strip()):
        return None
    return "memory is swapped to disk"
