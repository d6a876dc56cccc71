"""A hub on PostgreSQL under power cuts: the server's folder is cut as the station's is.

`python -m tests.faults.power.server --site FOLDER --people N --seed S` starts the server of a
prepared site, lets people register as `exchange` does, and stops it. What a cut left is judged by
starting the server on it, which recovers, and by the hub and the station above it.
"""

from __future__ import annotations

import argparse
import os
import pwd
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

import psycopg

from sync.edge import station
from sync.hub import settings
from sync.hub.store import chains
from sync.hub.store.opening import open_store
from tests.emulated.postgres import OWNER, PROGRAMS, ROLE
from tests.faults.power import judging
from tests.faults.power.campaign import Subject
from tests.faults.power.ends import HUB_PART, STATION, STATION_PART
from tests.faults.power.exchange import Exchange
from tests.workbench.pki import FIRST_CODE, make_site

SERVER_PART: Final = "server/"
_SECONDS: Final = 120
_SETTINGS: Final = {
    "listen_addresses": "",
    "shared_buffers": "1MB",  # pages go to the disk between checkpoints too
    "checkpoint_timeout": "30s",
    "max_wal_size": "4MB",
    "min_wal_size": "2MB",
    "max_connections": "20",
    "autovacuum_naptime": "1s",
}


class Server:
    """A server on the folder `server/data` of a site, as its own user. Start it with `with`."""

    def __init__(self, site: Path) -> None:
        self.folder = site / SERVER_PART
        self._data = self.folder / "data"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        who = pwd.getpwnam(OWNER)
        self.folder.mkdir(exist_ok=True)
        for folder in (*reversed(self.folder.resolve().parents), self.folder):
            if len(folder.parts) > 3 and folder.stat().st_uid == os.geteuid():
                folder.chmod(folder.stat().st_mode | 0o011)
        if not self._data.exists():
            self._data.mkdir()
            self._data.chmod(0o700)
            os.chown(self._data, who.pw_uid, who.pw_gid)
            self._run("initdb", "-U", OWNER, "-A", "trust", "-N", "--wal-segsize=1", "-E", "UTF8")
        for path in (self.folder, self._data, *self._data.rglob("*")):
            os.chown(path, who.pw_uid, who.pw_gid)
        for path in (self._data, *self._data.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
        for left in (self._data / "postmaster.pid", *self.folder.glob(".s.PGSQL*")):
            left.unlink(missing_ok=True)  # of a machine that is no more
        chosen = {**_SETTINGS, "unix_socket_directories": str(self.folder)}
        options = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        with (self.folder.parent / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self._data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=OWNER,
                group=who.pw_gid,
                extra_groups=[],
            )
        try:
            self._wait()
            self._check_recorded(self._process.pid)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @property
    def url(self) -> str:
        """Of the hub's database."""
        return f"postgresql://{ROLE}@/{ROLE}?host={quote(str(self.folder), safe='')}"

    def make_database(self) -> None:
        """The hub's role and database, in a new server."""
        with psycopg.connect(self._admin, autocommit=True) as admin:
            admin.execute(f"CREATE ROLE {ROLE} LOGIN")
            admin.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE}")

    @property
    def _admin(self) -> str:
        return f"postgresql://{OWNER}@/postgres?host={quote(str(self.folder), safe='')}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(PROGRAMS / program), "-D", str(self._data), *arguments]
        subprocess.run(
            command, check=True, capture_output=True, user=OWNER, cwd="/", env={"LC_ALL": "C"}
        )

    @staticmethod
    def _check_recorded(pid: int) -> None:
        """A library that its user may not read is left out without a word."""
        library = os.environ.get("LD_PRELOAD", "")
        if library not in Path(f"/proc/{pid}/maps").read_text():
            raise PermissionError(f"{library} is not loaded into the server")

    def _wait(self) -> None:
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                with psycopg.connect(self._admin):
                    return
            except psycopg.OperationalError:
                ended = self._process is None or self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    raise
            time.sleep(0.02)


def subject(people: int = 15) -> Subject:
    """A station and its hub on PostgreSQL. Needs root, since a server does not run as root."""

    def command(folder: Path, seed: int) -> Sequence[str]:
        module = [sys.executable, "-m", "tests.faults.power.server"]
        return [*module, "--site", str(folder), "--people", str(people), "--seed", str(seed)]

    return Subject(
        "station and hub on PostgreSQL", prepare, command, judge, (STATION_PART, SERVER_PART)
    )


def prepare(folder: Path) -> None:
    """A site whose hub has its registry on a server in the same folder."""
    site = make_site(folder)
    with Server(folder) as server:
        server.make_database()
        toml = site.hub_dir / "hub.toml"
        toml.write_text(f'{toml.read_text()}\n[registry]\nurl = "{server.url}"\n')
        for file in site.hub_dir.glob("registry.db*"):
            file.unlink()
        store = open_store(settings.load(site.hub_dir))
        try:
            key = station.load(site.stations[STATION]).signing_key()
            with store.transaction():
                chains.enrol(store, STATION, FIRST_CODE, key.spki, time.time_ns() // 1_000_000)
        finally:
            store.close()


def judge(folder: Path, told: Sequence[str]) -> list[str]:
    """As `judging.judge`, above a server that recovers from what is in `folder`."""
    toml = folder / HUB_PART / "hub.toml"
    lines = [line for line in toml.read_text().splitlines() if not line.startswith("url = ")]
    server = Server(folder)
    toml.write_text("\n".join([*lines, f'url = "{server.url}"', ""]))
    try:
        with server:
            return judging.judge(folder, told)
    except psycopg.Error as error:
        log = (folder / "server.log").read_text(errors="replace")[-300:]
        return [f"the server does not recover: {type(error).__name__} {log}"]


def main() -> int:
    """Play one exchange."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, required=True)
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    for name in ("POWER_LOG", "POWER_FAULTS"):
        if name in os.environ:
            Path(os.environ[name]).chmod(0o666)  # the server is another user
    with Server(arguments.site):
        Exchange(arguments.site, random.Random(arguments.seed)).run(arguments.people)
    return 0


if __name__ == "__main__":
    sys.exit(main())
