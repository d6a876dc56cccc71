"""A PostgreSQL server and its synchronous standby, on Unix sockets: every machine sees both."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import psycopg

from tests.emulated.postgres import OWNER, PROGRAMS, ROLE
from tests.emulated.services import ServiceError

_SECONDS: Final = 60.0
_STANDBY: Final = "standby"


class Pair:
    """Two servers; what the first one commits the second one has on its disk."""

    def __init__(self, folder: Path) -> None:
        """Plans them below `folder`."""
        self._folder = folder
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        self._owner = pwd.getpwnam(OWNER)

    def __enter__(self) -> Self:
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._remove()

    def url(self) -> str:
        """Of whichever of the two takes what is written (libpq, target_session_attrs)."""
        hosts = ",".join(quote(str(self._socket(name)), safe="") for name in ("first", _STANDBY))
        return f"postgresql://{ROLE}@/{ROLE}?host={hosts}&target_session_attrs=read-write"

    def fail_over(self) -> None:
        """Kills the first as a crash would, and lets the second take its place."""
        os.killpg(self._servers.pop("first").pid, signal.SIGKILL)
        with psycopg.connect(self._admin(_STANDBY), autocommit=True) as admin:
            # Nobody stands behind it now: it must not wait for one.
            admin.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
            admin.execute("SELECT pg_promote(true, 60)")
            admin.execute("SELECT pg_reload_conf()")

    def _make(self) -> None:
        (self._folder / "pg").mkdir()
        shutil.chown(self._folder / "pg", OWNER, OWNER)
        data = self._folder / "pg" / "first"
        self._run(
            *("initdb", "-D", str(data), "-U", OWNER, "-A", "trust", "-N", "-E", "UTF8"),
            "--locale=C",
        )
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(
                "listen_addresses = ''\nmax_connections = 200\nshared_buffers = '64MB'\n"
                "wal_level = replica\nmax_wal_senders = 4\nhot_standby = on\n"
            )
        self._start("first")
        with psycopg.connect(self._admin("first"), autocommit=True) as admin:
            admin.execute(f"CREATE ROLE {ROLE} LOGIN")
            admin.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE}")
        with psycopg.connect(self._admin("first", ROLE), autocommit=True) as within:
            within.execute(f"ALTER SCHEMA public OWNER TO {ROLE}")
        self._run(
            *("pg_basebackup", "-D", str(self._folder / "pg" / _STANDBY), "-R", "-c", "fast"),
            *("-d", f"host={self._socket('first')} user={OWNER} application_name={_STANDBY}"),
        )
        self._start(_STANDBY)
        with psycopg.connect(self._admin("first"), autocommit=True) as admin:
            admin.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{_STANDBY}'")
            admin.execute("SELECT pg_reload_conf()")
            self._wait(
                lambda: (
                    admin.execute(
                        "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
                    ).fetchone()
                    is not None
                ),
                "the standby is synchronous",
            )

    def _socket(self, name: str) -> Path:
        return self._folder / "pg" / f"{name}.socket"

    def _admin(self, name: str, database: str = "postgres") -> str:
        return f"postgresql://{OWNER}@/{database}?host={quote(str(self._socket(name)), safe='')}"

    def _start(self, name: str) -> None:
        self._socket(name).mkdir()
        shutil.chown(self._socket(name), OWNER, OWNER)
        with (self._folder / f"postgres-{name}.log").open("ab") as log:
            self._servers[name] = subprocess.Popen(
                [
                    *(PROGRAMS / "postgres", "-D", self._folder / "pg" / name),
                    *("-c", f"unix_socket_directories={self._socket(name)}"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=OWNER,
                group=self._owner.pw_gid,
                start_new_session=True,
            )

        def answers() -> bool:
            with suppress(psycopg.OperationalError), psycopg.connect(self._admin(name)):
                return True
            return False

        self._wait(answers, f"PostgreSQL, {name}")

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [PROGRAMS / program, *words],
            capture_output=True,
            text=True,
            user=OWNER,
            group=self._owner.pw_gid,
            check=False,
        )
        if done.returncode:
            raise ServiceError(f"{program}: {done.stderr[-500:]}")

    @staticmethod
    def _wait(condition: object, what: str) -> None:
        deadline = time.monotonic() + _SECONDS
        while not (callable(condition) and condition()):
            if time.monotonic() > deadline:
                raise ServiceError(f"{what}: not within {_SECONDS} s")
            time.sleep(0.05)

    def _remove(self) -> None:
        for server in self._servers.values():
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait(_SECONDS)
        self._servers.clear()
