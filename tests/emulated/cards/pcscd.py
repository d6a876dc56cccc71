"""A private PC/SC daemon: the real pcscd in its own mount namespace, with virtual readers only.

It needs Debian's `pcscd`, `vsmartcard-vpcd`, `libpcsclite-dev`, a C compiler and either root or
user namespaces. The server's socket path is compiled into pcscd, hence the namespace; clients
follow the variable PCSCLITE_CSOCK_NAME, which libpcsclite reads once in the life of a process:
a process can talk to one folder only, but the daemon behind it may come and go.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.emulated.cards.virtual_reader import VirtualReader

VPCD_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
PCSC_HEADERS = Path("/usr/include/PCSC")
SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"


def settle_address(folder: Path) -> None:
    """Give this process an address of its own for pcscd, before anything asks for one."""
    os.environ[SOCKET_VARIABLE] = str(folder / "pcscd.comm")


_SWITCH_SOURCE = Path(__file__).with_name("ifd_switch.c")
_ANSWER_SECONDS = 10.0


@cache
def why_not() -> str | None:
    """Why a private pcscd cannot run on this machine, as a reason to skip; None where it can."""
    for program in ("pcscd", "unshare", "mount", "cc"):
        if shutil.which(program) is None:
            return f"no `{program}` on this machine"
    if not VPCD_DRIVER.exists():
        return "no virtual reader driver (Debian: vsmartcard-vpcd)"
    if not PCSC_HEADERS.exists():
        return "no PC/SC headers (Debian: libpcsclite-dev)"
    probe = subprocess.run(
        [*_namespace(), "mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True, check=False
    )
    if probe.returncode != 0:
        return "no right to make a mount namespace (neither root nor user namespaces)"
    return None


def _namespace() -> list[str]:
    return ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "-m"]


class PrivatePcscd:
    """The daemon and its readers; a context manager.

    Attributes:
        readers: one `VirtualReader` for each reader, empty at the start.
        offered: those that the daemon knows, from its next start on.
        environment: what a child process needs to find this daemon.
    """

    def __init__(
        self,
        folder: Path,
        names: Sequence[str] = ("Virtual Reader A",),
        *,
        polled: Sequence[str] = (),
    ) -> None:
        """Prepare a daemon that keeps its files in `folder` and has one reader for each name.

        Those that are also in `polled` do not tell of cards by themselves.
        """
        self._run = folder / "run"
        self._drivers = folder / "drivers"
        self._config = folder / "reader.conf.d"
        self._log = folder / "pcscd.log"
        for made in (self._run, self._drivers, self._config):
            made.mkdir(parents=True, exist_ok=True)
        self.environment = {SOCKET_VARIABLE: str(self._run / "pcscd.comm")}
        self._process: subprocess.Popen[bytes] | None = None
        switch = self._compile_switch()
        self.readers = tuple(
            self._make_reader(number, name, switch) for number, name in enumerate(names)
        )
        for reader in self.readers:
            if reader.name in polled:
                reader.leave_to_poll()
        self.offered: tuple[VirtualReader, ...] = ()
        self.offer(self.readers)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def use_in_this_process(self) -> None:
        """Make PC/SC clients of this very process talk to this daemon.

        libpcsclite reads its variable once, and another test may have made it do so before: the
        address is the one of `settle_address`, which now leads here.
        """
        address = Path(os.environ[SOCKET_VARIABLE])
        address.unlink(missing_ok=True)
        address.symlink_to(self.environment[SOCKET_VARIABLE])

    def offer(self, readers: Sequence[VirtualReader]) -> None:
        """Let the daemon know these readers only, from its next start on."""
        self.offered = tuple(readers)
        blocks = [
            f'FRIENDLYNAME "{reader.name}"\nDEVICENAME /dev/null:{reader.port:#x}\n'
            f"LIBPATH {reader.switch}\nCHANNELID {reader.port:#x}\n"
            for reader in self.offered
        ]
        (self._config / "virtual").write_text("\n".join(blocks), encoding="ascii")

    def start(self) -> None:
        """Start the daemon and wait until it knows its readers. RuntimeError where it does not."""
        if self._process is not None:
            return
        (self._run / "pcscd.comm").unlink(missing_ok=True)
        script = (
            "mount -t tmpfs tmpfs /run && mkdir /run/pcscd && "
            f"mount --bind '{self._run}' /run/pcscd && "
            f"exec pcscd --foreground --info --config '{self._config}'{_without_polkit()}"
        )
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*_namespace(), "sh", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._await_socket()

    def kill(self) -> None:
        """End the daemon as a crash would (SIGKILL). The cards stay in their readers."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the daemon in good order (SIGTERM)."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Stop the daemon's clock (SIGSTOP): it lives, but answers nobody until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Undo `freeze`."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Take all cards out and end the daemon."""
        for reader in self.readers:
            reader.remove()
        self.stop()

    def log(self) -> str:
        """What the daemon wrote, for a failing test."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _compile_switch(self) -> Path:
        switch = self._drivers / "ifd_switch.so"
        command = [
            "cc",
            "-shared",
            "-fPIC",
            "-O1",
            "-Wall",
            "-Werror",
            f"-I{PCSC_HEADERS}",
            "-o",
            str(switch),
        ]
        subprocess.run(
            [*command, str(_SWITCH_SOURCE), "-ldl", "-lpthread"], check=True, capture_output=True
        )
        return switch

    def _make_reader(self, number: int, name: str, switch: Path) -> VirtualReader:
        own = self._drivers / f"reader{number}.so"
        shutil.copy(switch, own)
        shutil.copy(VPCD_DRIVER.resolve(), f"{own}.driver")
        return VirtualReader(name=name, port=_free_port(), switch=own)

    def _await_socket(self) -> None:
        """Wait for the socket, then for each reader's port: pcscd opens them in this order."""
        deadline = time.monotonic() + _ANSWER_SECONDS
        address = self.environment[SOCKET_VARIABLE]
        waiting = [reader for reader in self.offered if not reader.unplugged]
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if _accepts(address) and all(_listens(reader.port) for reader in waiting):
                return
            time.sleep(0.02)
        raise RuntimeError(f"pcscd did not come up:\n{self.log()}")

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(number)
        try:
            process.wait(timeout=_ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _without_polkit() -> str:
    """Debian 13's pcscd asks polkit, which a test machine does not run."""
    known = subprocess.run(["pcscd", "--help"], capture_output=True, text=True, check=False)
    return " --disable-polkit" if "--disable-polkit" in known.stdout + known.stderr else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _accepts(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(path) == 0


def _listens(port: int) -> bool:
    """Whether a process listens on `port`; asked of the kernel, as connecting would be a card."""
    wanted = f":{port:04X}"
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(wanted) and fields[3] == "0A":  # LISTEN
            return True
    return False
