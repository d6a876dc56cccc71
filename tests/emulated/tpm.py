"""A TPM 2.0 in user space (swtpm), and a resource manager before it (tpm2-abrmd).

swtpm takes one connection at a time; the kernel's `/dev/tpmrm0` takes many, and so does tpm2-abrmd.
Whoever uses the latter must be another process: GLib ends a process whose bus goes away.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

_SECONDS: Final = 10.0
_BUS: Final = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class SoftTpm:
    """One TPM with its state in a folder. A context manager: leaves nothing running.

    Attributes:
        tcti: how tpm2-tss reaches it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state = folder / "state"
        self._state.mkdir(parents=True)
        self._port = _free_pair()
        self.tcti = f"swtpm:host=127.0.0.1,port={self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Switch it on, with the state that it has."""
        with (self._folder / "swtpm.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self._state}"),
                    *("--server", f"type=tcp,port={self._port},bindaddr=127.0.0.1"),
                    *("--ctrl", f"type=tcp,port={self._port + 1},bindaddr=127.0.0.1"),
                    *("--flags", "not-need-init,startup-clear"),
                ],
                stdout=log,
                stderr=log,
            )
        # Only the control port may be tried: a connection to the other one is the one it takes.
        _wait_for(lambda: _answers(self._port + 1), "swtpm")

    def stop(self) -> None:
        """Switch it off, without a word to whoever uses it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def restart(self) -> None:
        """Off and on: what was loaded is gone, what is in its non-volatile memory stays."""
        self.stop()
        self.start()

    def exchange(self) -> None:
        """Put another TPM in its place."""
        self.stop()
        shutil.rmtree(self._state)
        self._state.mkdir()
        self.start()

    def tool(self, name: str, *arguments: str, succeeds: bool = True) -> str:
        """Run a program of tpm2-tools against it, and clear what it loaded."""
        environment = {**os.environ, "TPM2TOOLS_TCTI": self.tcti}
        done = subprocess.run(
            [name, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            cwd=self._folder,
            check=False,
        )
        assert (done.returncode == 0) is succeeds, done.stderr
        for kind in ("-t", "-l"):
            subprocess.run(
                ["tpm2_flushcontext", kind], env=environment, capture_output=True, check=False
            )
        return done.stdout


class ResourceManager:
    """Lets several processes use one TPM. A context manager: leaves nothing running.

    Attributes:
        tcti: how tpm2-tss reaches the TPM through it.
    """

    tcti: Final = "tabrmd:bus_type=session"

    def __init__(self, folder: Path, tpm: SoftTpm) -> None:
        self._folder = folder
        self._tpm = tpm
        self._bus = folder / "bus"
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find it."""
        return {**os.environ, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self._bus}"}

    def __enter__(self) -> Self:
        configuration = self._folder / "bus.conf"
        configuration.write_text(_BUS.format(path=self._bus), "utf-8")
        self._run("dbus-daemon", f"--config-file={configuration}", "--nofork")
        _wait_for(self._bus.exists, "dbus-daemon")
        self._run("tpm2-abrmd", "--session", "--allow-root", f"--tcti={self._tpm.tcti}")
        _wait_for(self._is_there, "tpm2-abrmd")
        return self

    def __exit__(self, *_error: object) -> None:
        for process in reversed(self._processes):
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            process.wait()
        self._processes.clear()

    def _run(self, *command: str) -> None:
        with (self._folder / "manager.log").open("ab") as log:
            started = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        self._processes.append(started)

    def _is_there(self) -> bool:
        asked = subprocess.run(
            [
                *("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"),
                *("org.freedesktop.DBus.GetNameOwner", "string:com.intel.tss2.Tabrmd"),
            ],
            env=self.environment,
            capture_output=True,
            check=False,
        )
        return asked.returncode == 0


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _wait_for(condition: object, what: str) -> None:
    assert callable(condition)
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} does not start"
        time.sleep(0.02)


def _free_pair() -> int:
    """Two neighbouring ports that nobody uses: the library wants them so."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            with suppress(OSError):
                second.bind(("127.0.0.1", port + 1))
                return port
