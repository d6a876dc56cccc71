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

from sync.hub.device_ca import devices
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
"""Of everybody together; above it who names a registration that is there, and a renewal, goes on."""
RENEWALS_PER_MINUTE: Final = 60
"""Of those above the 300: whose they are is known only when they are opened."""

_TYPE: Final = "application/octet-stream"
_WRITE_SECONDS: Final = 10.0
_RENEWAL: Final = "renewal"


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
        question = await self._admitted(request, enrolment.MOST_QUESTION, enrolment.read_question)
        if isinstance(question, Response):
            return question
        return await run_in_threadpool(self._offer, question)

    async def take(self, request: Request) -> Response:
        """200 with the signed answer, 400 for what is no request to this hub, 429."""
        message = await self._admitted(request, enrolment_request.MOST_BYTES, _locator)
        if isinstance(message, Response):
            return message
        return await run_in_threadpool(self._take, message)

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

    async def _admitted(
        self, request: Request, most: int, locator: Callable[[bytes], bytes | None]
    ) -> bytes | Response:
        """The body, or the answer to who has to wait or sends too much."""
        if not self._pace.allows(self._around.origin(request), PER_MINUTE):
            return _later()
        has_room = self._pace.allows(None, ALL_PER_MINUTE)
        data = await _body(request, most)
        if data is None:
            return _status(400)
        if not has_room and not await run_in_threadpool(self._has_share, locator(data)):
            return _later()
        return data

    def _has_share(self, locator: bytes | None) -> bool:
        """Whether there is room for a registration that is there, or for a renewal, all the same."""
        if locator is None:
            return False
        if not locator:
            return self._pace.allows(_RENEWAL, RENEWALS_PER_MINUTE)
        reader = self._around.open_reader()
        try:
            is_known = devices.by_locator(reader, locator) is not None
        finally:
            reader.close()
        return is_known and self._pace.allows(locator, PER_MINUTE)


def _locator(message: bytes) -> bytes | None:
    """Of a request; empty of a renewal, None of anything else."""
    sealed = enrolment_request.look(message)
    return None if isinstance(sealed, Problem) else sealed.locator


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
