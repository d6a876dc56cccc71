"""A PostgreSQL server of a test's own, in a folder of its own, on a Unix socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import psycopg

PROGRAMS: Final = Path("/usr/lib/postgresql/15/bin")
OWNER: Final = "postgres"
ROLE: Final = "hub"
"""The role of hubs: it owns the database, and may do nothing else."""

_DEADLINE_SECONDS: Final = 60


class PrivatePostgres:
    """A server; as a context manager it runs within it, and leaves nothing behind."""

    def __init__(
        self,
        *,
        fsync: bool = True,
        settings: dict[str, str] | None = None,
        parent: Path | None = None,
    ) -> None:
        """Makes its folder; `start` starts it.

        Args:
            fsync: whether what is committed is on the disk.
            settings: more of `postgresql.conf`.
            parent: where its folder is made; the system's place for such where None.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="sportello-postgres-", dir=parent))
        self.folder.chmod(0o755)
        self._data, self._sockets = self.folder / "data", self.folder / "s"
        self._log = self.folder / "log"
        self._user = OWNER if os.geteuid() == 0 else None
        self._settings = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self._sockets}'",
            "fsync": "on" if fsync else "off",
            "max_connections": "200",
            "shared_buffers": "'32MB'",
            "logging_collector": "off",
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._schemas = 0

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    def start(self) -> None:
        """Makes the cluster where there is none yet, starts it and waits until it answers."""
        self._end(signal.SIGQUIT)  # where somebody else has killed it
        if not self._data.exists():
            self._make()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self._data],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                start_new_session=True,
            )
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self._log.read_text("utf-8", "replace"))
            time.sleep(0.02)

    def stop(self) -> None:
        """Stops it in order; connections are ended, what was committed stays."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Ends it as a crash of the machine would: no checkpoint; `start` recovers."""
        self._end(signal.SIGQUIT)

    def remove(self) -> None:
        """Ends it and takes its folder away."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, *, database: str = ROLE, schema: str | None = None) -> str:
        """For hubs: of the database, or of one schema in it."""
        path = quote(str(self._sockets), safe="")
        options = "" if schema is None else f"&options=-csearch_path%3D{schema}"
        return f"postgresql://{ROLE}@/{database}?host={path}{options}"

    def fresh(self) -> str:
        """The url of a new and empty schema."""
        self._schemas += 1
        name = f"registry_{os.getpid()}_{self._schemas}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return self.url(schema=name)

    def admin_url(self, database: str = "postgres") -> str:
        """For the owner of the server."""
        return f"postgresql://{OWNER}@/{database}?host={quote(str(self._sockets), safe='')}"

    def _make(self) -> None:
        for folder in (self._data, self._sockets):
            folder.mkdir(mode=0o700)
        if self._user is not None:
            who = pwd.getpwnam(self._user)
            for folder in (self._data, self._sockets):
                os.chown(folder, who.pw_uid, who.pw_gid)
        subprocess.run(
            [
                *(PROGRAMS / "initdb", "-D", self._data, "-U", OWNER, "-A", "trust", "-N"),
                *("-E", "UTF8", "--locale=C"),
            ],
            check=True,
            capture_output=True,
            user=self._user,
        )
        with (self._data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in self._settings.items())

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.admin_url(), autocommit=True) as admin:
                self._make_database(admin)
        except psycopg.OperationalError:
            return False
        return True

    def _make_database(self, admin: psycopg.Connection) -> None:
        known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone()
        if known is None:
            admin.execute(f"CREATE ROLE {ROLE} LOGIN")
            admin.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE}")
            with psycopg.connect(self.admin_url(ROLE), autocommit=True) as within:
                within.execute(f"ALTER SCHEMA public OWNER TO {ROLE}")

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGCONT)
        process.send_signal(how)
        try:
            process.wait(_DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
