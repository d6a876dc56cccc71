"""Where devices ask to become stations: two addresses, bytes in and bytes out (R-004-13, 14).

Everything that counts is signed and sealed in these bytes, so it is the same whether the way is
HTTPS, HTTP inside an office, or a stick. Who asks too often waits, whoever they are: a code cannot be
guessed, and nobody else is kept from asking by who tries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.hub.device_ca.enrolling import Enrolling
from sync.hub.home.pace import Origin
from sync.hub.log_events import Event, log
from sync.hub.store.database import Store
from sync.hub.turns import Pace, to_next_minute
from sync.hub.writer import Writer
from sync.model.errors import Problem
from sync.wire import enrolment, enrolment_request

PER_MINUTE: Final = 20
"""Of one address: a device asks every fifteen seconds, an office may enrol several at once."""
ALL_PER_MINUTE: Final = 300
"""Of everybody together."""

_TYPE: Final = "application/octet-stream"
_WRITE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Around:
    """What the addresses need of the hub."""

    enrolling: Enrolling
    open_reader: Callable[[], Store]
    writer: Writer
    clock: Callable[[], int]
    origin: Callable[[Request], Origin]


class EnrolmentPages:
    """The two addresses."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._pace = Pace()

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route(enrolment.OFFER_PATH, self.offer, methods=["POST"]),
            Route(enrolment.REQUEST_PATH, self.take, methods=["POST"]),
        ]

    async def offer(self, request: Request) -> Response:
        """200 with the offer, 404 where the code opens nothing, 429 for who has to wait."""
        if not self._in_time(request):
            return _later()
        question = await _body(request, enrolment.MOST_QUESTION)
        return _status(400) if question is None else await run_in_threadpool(self._offer, question)

    async def take(self, request: Request) -> Response:
        """200 with the signed answer, 400 for what is no request to this hub, 429."""
        if not self._in_time(request):
            return _later()
        message = await _body(request, enrolment_request.MOST_BYTES)
        return _status(400) if message is None else await run_in_threadpool(self._take, message)

    def _offer(self, question: bytes) -> Response:
        around = self._around
        reader = around.open_reader()
        try:
            offer = around.enrolling.offer(reader, question, around.clock())
        finally:
            reader.close()
        if offer is None:
            log(Event.ENROLMENT_REFUSED, code="enrolment.unknown")
            return _status(404)
        return Response(offer, media_type=_TYPE)

    def _take(self, message: bytes) -> Response:
        around = self._around
        read = around.enrolling.read(message)
        if isinstance(read, Problem):
            log(Event.ENROLMENT_REFUSED, code=read.code)
            return _status(400)
        asked, locator = read
        answer = around.writer.submit(
            lambda store: around.enrolling.take(store, asked, locator, around.clock())
        ).result(_WRITE_SECONDS)
        return Response(answer, media_type=_TYPE)

    def _in_time(self, request: Request) -> bool:
        origin = self._around.origin(request)
        own = self._pace.allows(origin, PER_MINUTE)
        return own and self._pace.allows(None, ALL_PER_MINUTE)


async def _body(request: Request, most: int) -> bytes | None:
    """The whole body, None where it is longer than `most`."""
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > most:
            return None
    return data


def _later() -> Response:
    return Response(status_code=429, headers={"retry-after": str(to_next_minute())})


def _status(code: int) -> Response:
    return Response(status_code=code)
