"""Who asks the enrolment pages too often waits; a device that is expected does not wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.responses import Response

from sync.hub.home.pace import Origin
from sync.hub.store.database import Store
from sync.hub.turns import Pace
from sync.hub.web import enrolment_pages
from sync.hub.web.enrolment_pages import Around, EnrolmentPages
from sync.wire import enrolment, enrolment_request
from tests.unit.hub.devices import Agency


class Asked:
    """A request, as far as the pages look at one."""

    def __init__(self, address: str, body: bytes) -> None:
        self.address = address
        self._body = body

    async def stream(self) -> AsyncIterator[bytes]:
        yield self._body


def pages_of(agency: Agency) -> EnrolmentPages:
    path = agency.office.settings.registry_path
    around = Around(
        agency.enrolling,
        lambda: Store.open_reader(path),
        SimpleNamespace(),  # type: ignore[arg-type]  # nothing is written here
        lambda: agency.now,
        lambda request: Origin.address(request.address),  # type: ignore[attr-defined]
    )
    return EnrolmentPages(around)


def offer(pages: EnrolmentPages, address: str, question: bytes) -> int:
    found: Response = asyncio.run(pages.offer(Asked(address, question)))  # type: ignore[arg-type]
    return found.status_code


def take(pages: EnrolmentPages, address: str, message: bytes) -> int:
    found: Response = asyncio.run(pages.take(Asked(address, message)))  # type: ignore[arg-type]
    return found.status_code


@pytest.mark.rule("R-004-14")
def test_strangers_of_many_addresses_keep_no_expected_device_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolment_pages, "ALL_PER_MINUTE", 5)
    monkeypatch.setattr(enrolment_pages, "RENEWALS_PER_MINUTE", 2)
    agency = Agency.make(tmp_path)
    pages = pages_of(agency)
    token = agency.token(agency.register())
    stranger = enrolment.make_question(enrolment.password_of(bytes(enrolment.SECRET_BYTES)))
    seen = [offer(pages, f"192.0.2.{one}", stranger) for one in range(8)]
    assert seen == [404] * 5 + [429] * 3
    assert offer(pages, "198.51.100.1", enrolment.make_question(token.password)) == 200
    key = agency.keys.unsealing[0].sealing_key
    renewals = [
        take(pages, f"203.0.113.{one}", enrolment_request.seal(b"no renewal", key))
        for one in range(4)
    ]
    assert renewals == [400, 400, 429, 429]
    assert take(pages, "203.0.113.9", b"nonsense") == 429
    agency.store.close()


def test_many_names_fill_no_memory_and_go_with_their_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("sync.hub.turns.time.monotonic", lambda: now[0])
    pace = Pace(most_names=3)
    assert [pace.allows(name, 1) for name in "abc"] == [True] * 3
    assert [pace.allows(name, 2) for name in "defa"] == [True, True, False, True]
    assert len(pace._counts) == 4
    now[0] = 60.0
    assert pace.allows("d", 1)
    assert len(pace._counts) == 1
