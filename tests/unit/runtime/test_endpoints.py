"""The connectivity test really connects, and tells what stands in the way."""

from __future__ import annotations

import queue
import socket
import threading
from uuid import UUID

import pytest

from kiosk.flows.events import Event
from kiosk.flows.installer.effects import CarryByMedium, TestEndpoints
from kiosk.flows.installer.events import EndpointsTested, EndpointTested, MediumCarried
from kiosk.runtime.endpoints import (
    Endpoint,
    InstallerEffects,
    endpoints_of,
    parse_endpoint,
    try_endpoint,
)

SESSION = UUID(int=1)


@pytest.mark.rule("R-001-11")
@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("https://cie.example", Endpoint("cie.example", 443, secure=True)),
        ("http://cie.example", Endpoint("cie.example", 80, secure=False)),
        ("https://cie.example:8442/Port?wsdl", Endpoint("cie.example", 8442, secure=True)),
        ("ftp://cie.example", None),
        ("https://", None),
        ("https://cie.example:99999", None),
        ("cie.example", None),
    ],
)
def test_addresses(address: str, endpoint: Endpoint | None) -> None:
    assert parse_endpoint(address) == endpoint


@pytest.mark.rule("R-001-11")
def test_a_port_that_answers_one_that_refuses_and_one_without_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert try_endpoint(Endpoint("127.0.0.1", port, secure=False)) == ""

        def speak_no_tls() -> None:
            for _ in range(2):
                channel, _address = server.accept()
                channel.sendall(b"hello, this is no handshake")
                channel.close()

        threading.Thread(target=speak_no_tls, daemon=True).start()
        found = try_endpoint(Endpoint("127.0.0.1", port, secure=True), seconds=5)
        assert found in {"endpoint.tls", "endpoint.unreachable"}
    assert try_endpoint(Endpoint("127.0.0.1", port, secure=False)) == "endpoint.refused"
    nowhere = Endpoint("no-such-name.invalid", 443, secure=False)
    assert try_endpoint(nowhere, seconds=5) == "endpoint.name-unknown"


def test_every_address_is_told_then_the_end_and_nothing_after_it_was_abandoned() -> None:
    told: queue.SimpleQueue[Event] = queue.SimpleQueue()
    endpoints = endpoints_of(["https://one.example", "nonsense", "https://two.example:8443"])
    codes = {"one.example": "", "two.example": "endpoint.timeout"}
    work = InstallerEffects(
        endpoints, told.put, attempt=lambda one: codes[one.host], clock=lambda: 0.0
    )
    work.perform(TestEndpoints(SESSION))
    assert [told.get(timeout=5) for _ in range(3)] == [
        EndpointTested(SESSION, "one.example:443", "", 0),
        EndpointTested(SESSION, "two.example:8443", "endpoint.timeout", 0),
        EndpointsTested(SESSION),
    ]
    gate = threading.Event()

    def slow(_endpoint: Endpoint) -> str:
        gate.wait(5)
        return ""

    work = InstallerEffects(endpoints, told.put, attempt=slow)
    work.perform(TestEndpoints(SESSION))
    work.abandon()
    gate.set()
    with pytest.raises(queue.Empty):
        told.get(timeout=0.2)


def test_who_may_carry_is_asked_again_when_it_begins() -> None:
    told: queue.SimpleQueue[Event] = queue.SimpleQueue()
    begun: list[UUID] = []
    allowed = [False, True]
    work = InstallerEffects((), told.put, carry=begun.append, may_carry=lambda: allowed.pop(0))
    work.perform(CarryByMedium(SESSION))
    assert told.get_nowait() == MediumCarried(SESSION, "courier.not-allowed")
    assert begun == []
    work.perform(CarryByMedium(SESSION))
    assert (begun, told.empty()) == ([SESSION], True)
