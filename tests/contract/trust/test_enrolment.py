"""From a one-time code to a blocked station and back: hub, broker and pages as they run."""

from __future__ import annotations

import contextlib
import io
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.hub.__main__ import main
from sync.hub.device_ca import devices
from sync.hub.web.enrolment_pages import PER_MINUTE
from sync.model.certificates import CertificateState
from sync.model.console_views import SignedListPart, SignedListSince
from sync.model.inquiry import Reply
from sync.wire import (
    device_certificate,
    enrolment,
    enrolment_answer,
    enrolment_request,
    inquiry,
    list_versions,
    receipt,
    station_list,
    topics,
    trust,
)
from sync.wire.enrolment import Offer
from sync.wire.enrolment_answer import Answer, Issued, Stage
from sync.wire.inquiry import Asked
from sync.wire.list_versions import ListVersions
from sync.wire.receipt import Accepted, Acknowledgement
from sync.wire.signer import SoftwareSigner
from sync.wire.station_list import StationList
from sync.wire.trust import HubTrust
from tests.contract.broker.test_handshake import refused
from tests.contract.trust.conftest import Home, make_home
from tests.emulated.mqtt import Visitor, client_context
from tests.emulated.services import Broker, HubProcess, wait_until
from tests.unit.hub.stations import Station, preregistration


@dataclass
class Running:
    """All of it."""

    home: Home
    broker: Broker
    hub: HubProcess

    def post(self, path: str, data: bytes) -> tuple[int, bytes]:
        request = urllib.request.Request(f"{self.hub.web_url}{path}", data, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def command(self, *words: str) -> str:
        """`python -m sync.hub stations ...`."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = main(["stations", *words, "--hub-dir", str(self.home.site.hub_dir)])
        assert code == 0
        return said.getvalue()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = make_home(tmp_path_factory.mktemp("enrolment") / "site")
    with Broker(home.site) as broker, HubProcess(home.site) as hub:
        wait_until(hub.linked, 15, "the hub's link")
        yield Running(home, broker, hub)
    home.agency.store.close()


@dataclass
class Kiosk:
    """A device, without any code of a station."""

    running: Running
    password: str
    station: str
    hub: HubTrust
    request: bytes
    signer: SoftwareSigner
    tls_key: bytes

    @classmethod
    def begin(cls, running: Running, text: str) -> Kiosk:
        """A device whose owner has typed the one-time code."""
        password = enrolment.parse_password(text)
        assert isinstance(password, str)
        status, data = running.post(enrolment.OFFER_PATH, enrolment.make_question(password))
        assert status == 200
        offer = enrolment.read_offer(data, password)
        assert isinstance(offer, Offer)
        hub = trust.load(offer.trust_list, offer.root)
        assert isinstance(hub, HubTrust)
        signer, tls_key = SoftwareSigner.generate(), device_certificate.make_tls_key()
        asked = device_certificate.certification_request(offer.station, tls_key)
        request = enrolment_request.make_request(
            password=password,
            station=offer.station,
            signer=signer,
            signing_key=signer.verifying_key,
            certification_request=asked,
            made_at=1,
        )
        return cls(running, password, offer.station, hub, request, signer, tls_key)

    @property
    def hash(self) -> bytes:
        return enrolment_request.hash_of(self.request)

    def ask(self) -> Answer:
        message = enrolment_request.seal(self.request, self.hub.sealing_key, self.password)
        status, data = self.running.post(enrolment.REQUEST_PATH, message)
        assert status == 200
        answer = enrolment_answer.load(data, self.hub, self.hash)
        assert isinstance(answer, Answer)
        return answer

    def issued(self) -> Issued:
        deadline = time.monotonic() + 10
        while (answer := self.ask()).issued is None:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        return answer.issued


def acknowledged(visitor: Visitor, kiosk: Kiosk) -> list[Acknowledgement]:
    topic = topics.acknowledgements(kiosk.station)
    found = [receipt.verify(data, kiosk.hub) for name, data in visitor.heard if name == topic]
    return [one for one in found if one is not None]


def reply(visitor: Visitor, kiosk: Kiosk, question: Asked) -> Reply:
    topic = topics.replies(kiosk.station)
    wait_until(lambda: any(name == topic for name, _ in visitor.heard), 5, "a reply")
    data = next(data for name, data in visitor.heard if name == topic)
    found = inquiry.open_answer(data, question, kiosk.hub)
    assert not isinstance(found, inquiry.InquiryTrouble)
    return found


@pytest.mark.rule("C-004-1")
@pytest.mark.rule("R-004-13")
@pytest.mark.rule("R-004-14")
@pytest.mark.rule("R-004-15")
@pytest.mark.rule("R-004-16")
def test_a_device_becomes_a_station_works_is_blocked_and_comes_back(running: Running) -> None:
    home = running.home
    name = running.command("register", "--comune", "058091", "--label", "Anagrafe").strip()
    assert name == "058091-PC-0001"
    password = running.command("token", name).splitlines()[0]
    kiosk = Kiosk.begin(running, password)
    assert kiosk.station == name
    assert kiosk.ask().stage is Stage.APPROVAL
    shown = enrolment.shown(enrolment_request.check_code(kiosk.hash))
    running.command("approve", name, "--check-code", shown)
    given = kiosk.issued()
    folder = home.keep(name, given.certificate, kiosk.tls_key)
    ca = folder / "ca.pem"
    ca.write_bytes(device_certificate.to_pem(given.authorities))
    visitor = Visitor(given.broker_port, (folder, "station"), ca=ca).connect()
    try:
        visitor.listen(topics.acknowledgements(name)).listen(topics.replies(name))
        _hears_how_new_lists_are(visitor, kiosk)
        _works(visitor, kiosk, given, home)
        _is_blocked_and_comes_back(visitor, kiosk, given, running)
    finally:
        visitor.close()
    assert "0 changed" in running.command("verify")
    assert name in running.command("list")


def _hears_how_new_lists_are(visitor: Visitor, kiosk: Kiosk) -> None:
    visitor.listen(topics.LIST_VERSIONS)
    wait_until(lambda: any(t == topics.LIST_VERSIONS for t, _ in visitor.heard), 5, "the hint")
    hint = next(data for topic, data in visitor.heard if topic == topics.LIST_VERSIONS)
    versions = list_versions.load(hint, kiosk.hub)
    assert isinstance(versions, ListVersions)
    assert versions.versions["stations"] >= 1
    question = inquiry.ask(
        SignedListSince("stations", 0),
        kiosk.station,
        None,
        kiosk.signer,
        kiosk.hub.sealing_key,
        asked_at=time.time_ns() // 1_000_000,
    )
    assert visitor.say(topics.asks(kiosk.station), question.data) == "Success"
    part = reply(visitor, kiosk, question)
    assert isinstance(part, SignedListPart)
    listed = station_list.load(part.data, kiosk.hub)
    assert isinstance(listed, StationList)
    assert listed.blocked == ()


def _works(visitor: Visitor, kiosk: Kiosk, given: Issued, home: Home) -> None:
    held = devices.by_name(home.agency.store, kiosk.station)
    assert held is not None
    assert held.state is CertificateState.ACTIVE  # the inquiry was the proof
    station = Station(kiosk.station, given.code, kiosk.hub.sealing_key, kiosk.signer)
    station.record(preregistration(1))
    assert visitor.say(topics.operations(kiosk.station), station.message(1, 1)) == "Success"
    wait_until(lambda: bool(acknowledged(visitor, kiosk)), 5, "an acknowledgement")
    (told,) = acknowledged(visitor, kiosk)
    assert (told.trouble, told.up_to) == (None, 1)
    assert [one.outcome for one in told.answers] == [Accepted()]


def _is_blocked_and_comes_back(
    visitor: Visitor, kiosk: Kiosk, given: Issued, running: Running
) -> None:
    name = kiosk.station
    context = client_context((running.home.credential(name)[0], "station"), running.home.ca)
    running.command("block", name, "--reason", "sospetto")
    wait_until(lambda: visitor.say(topics.operations(name)) == "Not authorized", 1, "silence")
    visitor.close()
    assert refused(running.broker, context)
    running.command("unblock", name)
    wait_until(lambda: not refused(running.broker, context), 2, "to be let in")
    running.command("cancel", name, "--reason", "dismessa")
    assert refused(running.broker, context)
    answer = kiosk.ask()
    assert (answer.stage, answer.code) == (Stage.REFUSED, "station.revoked")
    assert given.station == name


def test_a_request_on_a_stick_is_answered_by_a_file(running: Running, tmp_path: Path) -> None:
    name = running.command("register", "--comune", "001272").strip()
    stick = tmp_path / "stick"
    running.command("token", name, "--file", str(stick))
    assert stick.stat().st_mode & 0o077 == 0
    read = enrolment.read_token_file(stick.read_bytes())
    assert isinstance(read, tuple)
    token, listed = read
    hub = trust.load(listed, token.root)
    assert isinstance(hub, HubTrust)
    kiosk = Kiosk.begin(running, token.password)
    request, out = tmp_path / "request", tmp_path / "answer"
    request.write_bytes(enrolment_request.seal(kiosk.request, hub.sealing_key, token.password))
    running.command("answer", str(request), "--out", str(out))
    answer = enrolment_answer.load(out.read_bytes(), hub, kiosk.hash)
    assert isinstance(answer, Answer)
    assert answer.stage is Stage.APPROVAL


def test_what_is_no_request_is_turned_away(running: Running) -> None:
    assert running.post(enrolment.REQUEST_PATH, b"nonsense")[0] == 400
    assert running.post(enrolment.REQUEST_PATH, b"x" * 20_000)[0] == 400
    assert running.post(enrolment.OFFER_PATH, b"x" * 100)[0] == 400
    assert b"nonsense" not in running.hub.log.read_bytes()


def test_who_guesses_codes_has_to_wait(running: Running) -> None:
    question = enrolment.make_question(enrolment.password_of(bytes(32)))
    # Twice as many as a minute has, should a minute end meanwhile.
    seen = [running.post(enrolment.OFFER_PATH, question)[0] for _ in range(2 * PER_MINUTE + 2)]
    assert set(seen) == {404, 429}
    assert seen.count(404) <= 2 * PER_MINUTE
