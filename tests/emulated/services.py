"""The real services of a site as child processes that a test or the demo may kill at any moment.

Nothing is pretended here: Mosquitto, the hub, the link and aiosmtpd run as they would anywhere.
Only the wire between stations and broker, `CuttableNetwork`, is ours.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Self, TypeVar

from tests.workbench.pki import REPOSITORY, Site

START_SECONDS = 20.0
T = TypeVar("T")


class ServiceError(Exception):
    """A service did not do what a test asked of it; the text holds the end of its log."""


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Returns as soon as `condition()` holds.

    Raises:
        TimeoutError: it does not hold after `seconds`; says `what` was waited for.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def port_answers(port: int) -> bool:
    """Whether something accepts connections at this port of loopback."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Service:
    """A child process with a log file. A context manager: leaves nothing running."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None
    ) -> None:
        self.name = name
        self.log = log
        self._command = tuple(command)
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process number; only while it runs."""
        if self._process is None:
            raise ServiceError(f"{self.name} is not running")
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def start(self, *, wait: bool = True) -> None:
        """Starts it, and waits until it answers unless told not to."""
        if self.running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=REPOSITORY,
                env=self._environment,
            )
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not self.ready():
            if not self.running or time.monotonic() > deadline:
                raise ServiceError(f"{self.name} did not start: {self.log_end()}")
            time.sleep(0.02)

    def ready(self) -> bool:
        """Whether it answers; a service without a door of its own is ready when it runs."""
        return self.running

    def kill(self) -> None:
        """SIGKILL: it gets no chance to tidy up."""
        self._end(signal.SIGKILL, 10)

    def stop(self, seconds: float = 10) -> float:
        """SIGTERM; SIGKILL where that does not help. Returns the seconds that it took."""
        started = time.monotonic()
        self._end(signal.SIGTERM, seconds)
        return time.monotonic() - started

    def freeze(self) -> None:
        """SIGSTOP: it is there and does nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def reload(self) -> None:
        """SIGHUP."""
        os.kill(self.pid, signal.SIGHUP)

    def log_end(self, characters: int = 2000) -> str:
        with suppress(OSError):
            return self.log.read_text("utf-8", errors="replace")[-characters:]
        return ""

    def _end(self, how: signal.Signals, seconds: float) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


class Broker(Service):
    """Mosquitto with the configuration that the repository ships."""

    def __init__(self, site: Site) -> None:
        program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise ServiceError("mosquitto is not installed: apt-get install mosquitto")
        super().__init__(
            "broker",
            [program, "-c", str(site.broker_dir / "mosquitto.conf")],
            site.folder / "logs" / "broker.log",
            None,
        )
        self.port = site.ports.broker

    def ready(self) -> bool:
        return self.running and port_answers(self.port)


class HubProcess(Service):
    """`python -m sync.hub serve`; `within` is a command that runs a command elsewhere."""

    def __init__(
        self,
        site: Site,
        environment: Mapping[str, str] | None = None,
        *,
        within: Sequence[str] = (),
        name: str = "",
    ) -> None:
        super().__init__(
            name or "hub",
            [
                *(*within, sys.executable, "-m", "sync.hub", "serve"),
                *("--name", name, "--hub-dir", str(site.hub_dir)),
            ],
            site.folder / "logs" / "hub.log",
            environment,
        )
        self.port = site.ports.web

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> bool:
        """Whether its web pages answer; `linked` tells of the broker."""
        return self.running and self._health() in {200, 503}

    def linked(self) -> bool:
        """Whether it is connected to the broker and hears the stations."""
        return self.running and self._health() == 200

    def _health(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


class WorkerProcess(Service):
    """`python -m sync.hub work`."""

    def __init__(self, site: Site, name: str, *, within: Sequence[str] = ()) -> None:
        super().__init__(
            name,
            [
                *within,
                *(sys.executable, "-m", "sync.hub", "work"),
                *("--name", name, "--hub-dir", str(site.hub_dir)),
            ],
            site.folder / "logs" / f"{name}.log",
            None,
        )

    def linked(self) -> bool:
        """Whether its last word about the broker was that it hears the stations."""
        words = [line for line in self.log_end(100_000).splitlines() if " link." in line]
        return self.running and bool(words) and "link.up" in words[-1]


class LinkProcess(Service):
    """`python -m kiosk.link` of one station."""

    def __init__(
        self,
        site: Site,
        station: str,
        environment: Mapping[str, str] | None = None,
        *,
        within: Sequence[str] = (),
    ) -> None:
        super().__init__(
            f"link of {station}",
            [
                *within,
                sys.executable,
                "-m",
                "kiosk.link",
                "--station-dir",
                str(site.stations[station]),
            ],
            site.folder / "logs" / f"link-{station}.log",
            environment,
        )


class MailServer(Service):
    """aiosmtpd, which keeps what it accepts in a Maildir."""

    def __init__(self, site: Site) -> None:
        self.maildir = site.folder / "mail"
        super().__init__(
            "mail server",
            [
                sys.executable,
                "-m",
                "aiosmtpd",
                "-n",
                "-l",
                f"127.0.0.1:{site.ports.smtp}",
                "-c",
                "aiosmtpd.handlers.Mailbox",
                str(self.maildir),
            ],
            site.folder / "logs" / "mail.log",
            None,
        )
        self.port = site.ports.smtp

    def ready(self) -> bool:
        return self.running and port_answers(self.port)

    def messages(self) -> list[EmailMessage]:
        """What has arrived, oldest first."""
        files = sorted(self.maildir.glob("new/*"), key=lambda path: path.stat().st_mtime_ns)
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in files
        ]

    def to(self, address: str) -> list[EmailMessage]:
        """What has arrived for this address."""
        return [message for message in self.messages() if message["To"] == address]

    def wait_for(self, count: int, seconds: float = 15) -> list[EmailMessage]:
        """Waits until at least `count` letters are there."""
        wait_until(lambda: len(self.messages()) >= count, seconds, f"{count} letters")
        return self.messages()


class CuttableNetwork:
    """The wire between the stations and the broker: a TCP relay that can be cut or stalled.

    `cut` is a pulled cable next to the station: connections break, new ones are refused.
    `stall` is a network that swallows everything and says nothing: connections stay open, nothing
    gets through, and what was sent arrives after `restore`, as TCP would send it again.
    """

    def __init__(self, site: Site) -> None:
        self._listen_port = site.ports.stations
        self._target_port = site.ports.broker
        if self._listen_port == self._target_port:
            raise ValueError("the site was made without a port for a relay: Ports.free(relay=True)")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._flowing = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self.restore()
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def cut(self) -> None:
        """Breaks every connection and refuses new ones."""
        self._call(self._cut())

    def stall(self) -> None:
        """Lets nothing through and breaks nothing."""
        self._call(self._stall())

    def sever(self) -> None:
        """Breaks every connection once; new ones get through."""
        self._call(self._abort_all())

    def restore(self) -> None:
        """Lets everything through again."""
        self._call(self._restore())

    def _call(self, work: Coroutine[object, object, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(10)

    async def _restore(self) -> None:
        self._flowing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._listen_port)

    async def _stall(self) -> None:
        self._flowing.clear()
        if self._server is None:
            await self._restore()
            self._flowing.clear()

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._abort_all()

    async def _abort_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _end(self) -> None:
        await self._cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        await self._flowing.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(far_writer)
        try:
            with suppress(asyncio.CancelledError):  # the network ends
                await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            for end in (writer, far_writer):
                end.transport.abort()
                self._writers.discard(end)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await self._flowing.wait()
                target.write(data)
                await target.drain()
        target.transport.abort()
