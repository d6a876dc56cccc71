"""A letter with a PIN leaves nothing: spool, history, logs and the very blocks of a disk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hw.errors import DeviceTrouble
from hw.paper import Certainty, Delivered
from hw.printer.cups import CupsPrinter
from hw.printer.ipp import IppPrinter
from hw.printer.ipp_address import parse_cups, parse_ipp
from hw.printer.spool_secrecy import why_not_for_secrets
from tests.contract.printing.conftest import LETTER, TIMES
from tests.emulated.printing.name_service import NameService
from tests.emulated.printing.papers import plain_pdf
from tests.emulated.printing.private_cups import PrivateCups
from tests.emulated.printing.virtual_printer import VirtualPrinter

SECRET = "Codice segreto 73918264"
LETTER_PAGE = plain_pdf(SECRET)
TRACES = (SECRET.encode(), b"73918264", LETTER_PAGE[200:264])
MEMORY = Path("/dev/shm")


class Disk:
    """A small ext4 file system whose blocks can be searched, freed ones too."""

    def __init__(self, folder: Path) -> None:
        self._image = folder / "disk.img"
        self.root = folder / "disk"
        self.root.mkdir()
        with self._image.open("wb") as image:
            image.truncate(16 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self._image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", self._image, self.root], check=True)
        self.root.chmod(0o755)

    def unmount(self) -> None:
        subprocess.run(["umount", self.root], check=False, capture_output=True)

    def traces(self) -> list[bytes]:
        """Which traces of the letter lie in any block."""
        os.sync()
        blocks = self._image.read_bytes()
        return [trace for trace in TRACES if trace in blocks]


@pytest.fixture
def disk() -> Iterator[Disk]:
    # Not below pytest's folder, which no daemon may enter.
    with tempfile.TemporaryDirectory(prefix="sportello-disk-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = Disk(folder)
        yield made
        made.unmount()


@pytest.fixture
def memory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sportello-spool-", dir=MEMORY) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def files_with_traces(*folders: Path) -> list[str]:
    """Files in which a trace of the letter lies now, or that are named by it."""
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in paths if any(trace in path.read_bytes() for trace in TRACES)]


def queue_of(cups: PrivateCups, device: VirtualPrinter) -> CupsPrinter:
    where = parse_cups(cups.add_queue("lettere", device.uri))
    return CupsPrinter(where, settings=cups.settings, media=LETTER, times=TIMES)


def test_a_secret_letter_through_cups_leaves_nothing(
    names: NameService, device: VirtualPrinter, disk: Disk, memory: Path
) -> None:
    with PrivateCups(names.environment, home=disk.root, spool=memory / "spool") as cups:
        queue = queue_of(cups, device)
        during: list[str] = []

        def look() -> None:
            during.extend(files_with_traces(cups.spool))
            assert disk.traces() == []
            device.mend()

        device.trouble("media-empty")
        looking = threading.Timer(0.7, look)
        looking.start()
        assert queue.deliver(LETTER_PAGE, secret=True) == Delivered(
            len(LETTER_PAGE), Certainty.PRINTED
        )
        looking.join()
        assert during, "the search must find the letter while it is being printed"
        assert files_with_traces(cups.spool, cups.folder) == []
        assert cups.run("lpstat", "-W", "all", "-o") == ""
        # cupsd wrote of the job, at its most talkative, and did not write what it said.
        assert "[Job 1]" in cups.error_log()
        assert disk.traces() == []
    assert disk.traces() == []
    assert device.papers


def test_the_search_finds_what_an_ordinary_spool_leaves_behind(
    names: NameService, device: VirtualPrinter, disk: Disk
) -> None:
    """The same search on a spool on disk: the file is gone, its blocks are not."""
    with PrivateCups(names.environment, home=disk.root) as cups:
        queue = queue_of(cups, device)

        def look() -> None:
            os.sync()
            device.mend()

        device.trouble("media-empty")
        looking = threading.Timer(0.7, look)
        looking.start()
        assert isinstance(queue.deliver(LETTER_PAGE), Delivered)
        looking.join()
        assert why_not_for_secrets(cups.settings) == "spool on disk"
        assert files_with_traces(cups.spool) == []
        left = disk.traces()
    assert left


def test_a_secret_letter_straight_to_the_printer_opens_no_file(device: VirtualPrinter) -> None:
    """By the interpreter's own audit (PEP 578) nothing is written while it prints."""
    opened: list[str] = []
    watching = threading.Event()

    def audit(event: str, facts: tuple[object, ...]) -> None:
        if event == "open" and watching.is_set():
            path, mode, flags = facts
            if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
                opened.append(f"{path} {mode}")

    sys.addaudithook(audit)
    printer = IppPrinter(parse_ipp(device.uri), media=LETTER, times=TIMES)
    watching.set()
    result = printer.deliver(LETTER_PAGE, secret=True)
    watching.clear()
    assert result == Delivered(len(LETTER_PAGE), Certainty.PRINTED)
    assert opened == []


@pytest.mark.rule("C-003-23")
def test_a_queue_addressed_as_a_printer_gets_no_secret(
    names: NameService, device: VirtualPrinter, memory: Path
) -> None:
    """Neither by `ipp://`, nor as the device behind another queue, however well that one is set."""
    begun = device.begun
    with (
        PrivateCups(names.environment) as keeping,
        PrivateCups(names.environment, spool=memory / "spool") as good,
    ):
        keeping.add_queue("lettere", device.uri)
        address = f"ipp://localhost:{keeping.port}/printers/lettere"
        straight = IppPrinter(parse_ipp(address), media=LETTER, times=TIMES)
        behind = CupsPrinter(
            parse_cups(good.add_queue("buona", address)),
            settings=good.settings,
            media=LETTER,
            times=TIMES,
        )
        for printer in (straight, behind):
            result = printer.deliver(LETTER_PAGE, secret=True)
            assert isinstance(result, DeviceTrouble)
            assert result.code == "printer.not-for-secrets"
        assert files_with_traces(keeping.spool, good.spool) == []
    assert device.begun == begun


def write(folder: Path, server: str, files: str) -> Path:
    (folder / "cupsd.conf").write_text(server, "utf-8")
    (folder / "cups-files.conf").write_text(files, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("server", "files", "swap", "reason"),
    [
        ("PreserveJobFiles No", "RequestRoot {memory}", "", None),
        ("preservejobfiles no", "RequestRoot {memory}", "/dev/zram0 partition 1 0 5", None),
        ("", "RequestRoot {memory}", "", "job files are kept"),
        ("PreserveJobFiles Yes", "RequestRoot {memory}", "", "job files are kept"),
        ("PreserveJobFiles No", "RequestRoot {disk}", "", "spool on disk"),
        ("PreserveJobFiles No", "RequestRoot /does/not/exist", "", "spool on disk"),
        ("PreserveJobFiles\tNo", "RequestRoot\t{memory}", "", None),
        (
            "PreserveJobFiles No\nPreserveJobFiles\tYes",
            "RequestRoot {memory}",
            "",
            "job files are kept",
        ),
        ("PreserveJobFiles\u00a0No", "RequestRoot {memory}", "", "job files are kept"),
        ("PreserveJobFiles No", "RequestRoot {memory}\nRequestRoot\t{disk}", "", "spool on disk"),
        (
            "PreserveJobFiles No" + "\n" * (1 << 20),
            "RequestRoot {memory}",
            "",
            "settings unreadable",
        ),
        (
            "PreserveJobFiles No",
            "RequestRoot {memory}\nTempDir {disk}",
            "",
            "temporary files on disk",
        ),
        (
            "PreserveJobFiles No",
            "RequestRoot {memory}",
            "/dev/sda2 partition 1 0 -2",
            "memory is swapped to disk",
        ),
    ],
)
def test_what_a_cups_for_secrets_must_be_like(
    tmp_path: Path, memory: Path, server: str, files: str, swap: str, reason: str | None
) -> None:
    (memory / "tmp").mkdir()
    on_disk = tmp_path / "spool"
    on_disk.mkdir()
    folder = write(tmp_path, server, files.format(memory=memory, disk=on_disk))
    (tmp_path / "swaps").write_text(f"Filename Type Size Used Priority\n{swap}\n", "utf-8")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\ntmpfs {MEMORY} tmpfs rw 0 0\n", "utf-8")
    assert why_not_for_secrets(folder, mounts, tmp_path / "swaps") == reason
