"""A private cupsd of this machine: own port, own folders, no queue of the machine is touched.

The `ipp` backend, the filters, the spool and the history are the real ones of Debian.
"""

from __future__ import annotations

import grp
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.emulated.printing.processes import Family
from tests.emulated.printing.virtual_printer import free_port
from tests.emulated.services import ServiceError, port_answers, wait_until

_SERVER = """Listen 127.0.0.1:{port}
Listen {folder}/cups.sock
LogLevel debug2
MaxLogSize 0
PageLogFormat %p %u %j %T %P %C %{{job-name}}
Browsing No
WebInterface No
DefaultAuthType None
ErrorPolicy {error_policy}
JobRetryInterval 1
DirtyCleanInterval 0
PreserveJobHistory {history}
PreserveJobFiles {files}
StrictConformance No
<Location />
  Order allow,deny
  Allow from localhost
</Location>
<Policy default>
  JobPrivateAccess default
  JobPrivateValues default
  SubscriptionPrivateAccess default
  SubscriptionPrivateValues default
  <Limit Cancel-Job Send-Document Hold-Job Release-Job Purge-Jobs>
    Order deny,allow
  </Limit>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""
_FILES = """AccessLog {folder}/log/access_log
ErrorLog {folder}/log/error_log
PageLog {folder}/log/page_log
CacheDir {folder}/cache
RequestRoot {spool}
TempDir {spool}/tmp
ServerRoot {folder}/etc
StateDir {folder}/run
SystemGroup {group}
ServerBin {folder}/bin
FileDevice No
Sandboxing relaxed
"""


_PROGRAMS = Path("/usr/lib/cups")
_FAILING = """#!/bin/sh
[ $# -ge 5 ] || exit 0
cat "${{6:--}}" >> {folder}/failing.out
exit 1
"""


class PrivateCups(Family):
    """The daemon; a context manager.

    Args:
        environment: of the private Avahi.
        home: folder, open to all, in which its own folder is made.
        spool: where it keeps the documents of its jobs; in its own folder unless told.
        history: `PreserveJobHistory`.
        files: `PreserveJobFiles`.
        error_policy: what becomes of a job that a backend could not print.

    Attributes:
        folder: configuration, logs, history; gone when the context ends.
        spool: see above.
        settings: where `cupsd.conf` and `cups-files.conf` lie.
        port: TCP port on loopback.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        home: Path | None = None,
        spool: Path | None = None,
        history: str = "60",
        files: str = "No",
        error_policy: str = "abort-job",
    ) -> None:
        # Filters and backends run as the daemon's unprivileged user: all of it must let them in.
        self.folder = folder = Path(tempfile.mkdtemp(prefix="sportello-cups-", dir=home))
        folder.chmod(0o755)
        self.port = free_port()
        self.spool = spool or folder / "spool"
        self.settings = folder / "etc"
        for made in ("etc/ppd", "etc/ssl", "log", "cache", "run/certs"):
            (folder / made).mkdir(parents=True, exist_ok=True)
        (self.spool / "tmp").mkdir(parents=True, exist_ok=True)
        self._make_programs()
        self._write(history, files, error_policy)
        command = ["cupsd", "-f", "-c", str(self.settings / "cupsd.conf")]
        command += ["-s", str(self.settings / "cups-files.conf")]
        super().__init__("cupsd", command, folder / "cupsd.out", environment)

    def _make_programs(self) -> None:
        """CUPS' own programs, and a backend of ours that loses its printer behind every job."""
        (self.folder / "bin" / "backend").mkdir(parents=True)
        for program in _PROGRAMS.iterdir():
            if program.name != "backend":
                (self.folder / "bin" / program.name).symlink_to(program)
        for program in (_PROGRAMS / "backend").iterdir():
            (self.folder / "bin" / "backend" / program.name).symlink_to(program)
        failing = self.folder / "bin" / "backend" / "failing"
        failing.write_text(_FAILING.format(folder=self.folder), "utf-8")
        failing.chmod(0o700)  # runs as root then, and may write here

    @property
    def failing_jobs(self) -> int:
        """How often the backend `failing:/x` printed a job and failed behind it."""
        path = self.folder / "failing.out"
        return path.read_bytes().count(b"%%EOF") if path.exists() else 0

    def _write(self, history: str, files: str, error_policy: str) -> None:
        server = _SERVER.format(
            port=self.port,
            folder=self.folder,
            history=history,
            files=files,
            error_policy=error_policy,
        )
        (self.settings / "cupsd.conf").write_text(server, "utf-8")
        group = grp.getgrgid(os.getegid()).gr_name
        text = _FILES.format(folder=self.folder, spool=self.spool, group=group)
        (self.settings / "cups-files.conf").write_text(text, "utf-8")

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ready(self) -> bool:
        return self.running and port_answers(self.port)

    @property
    def server(self) -> str:
        """Host and port, as CUPS_SERVER takes it."""
        return f"127.0.0.1:{self.port}"

    def add_queue(self, name: str, device_uri: str, *options: str) -> str:
        """Have a driverless queue that prints to `device_uri`; gives its `cups://` address."""
        model = ["-m", "everywhere"] if device_uri.startswith("ipp") else ["-m", "raw"]
        self.run("lpadmin", "-p", name, "-E", "-v", device_uri, *model, *options)
        if model[1] == "everywhere":
            # cupsd asks the printer in the background; until then it can convert nothing.
            ppd = self.settings / "ppd" / f"{name}.ppd"
            wait_until(ppd.exists, 10.0, f"settings of queue {name}")
        return f"cups://{name}@{self.server}"

    def run(self, program: str, *arguments: str) -> str:
        """One of CUPS' own commands against this daemon; its output.

        Raises:
            ServiceError: it fails.
        """
        done = subprocess.run(
            [program, *arguments],
            env={**os.environ, "CUPS_SERVER": self.server, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        if done.returncode != 0:
            raise ServiceError(f"{program}: {done.stderr}\n{self.log_end()}")
        return done.stdout

    def error_log(self) -> str:
        """What the daemon wrote."""
        path = self.folder / "log" / "error_log"
        return path.read_text("utf-8", "replace") if path.exists() else ""
