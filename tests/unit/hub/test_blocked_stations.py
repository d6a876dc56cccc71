"""What a blocked or revoked station still gets from the hub: the word that it is, and no more."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from sync.hub import broker, ingest, settings
from sync.hub.broker import ReloadError, rabbit
from sync.hub.changes import Scopes
from sync.hub.decide import Decider
from sync.hub.device_ca import generator, publishing, register
from sync.hub.device_ca.enrolling import Enrolling
from sync.hub.device_ca.generator import Generator, Step
from sync.hub.device_ca.serving import Stations, Voice
from sync.hub.epoch import Epoch
from sync.hub.ingest import Ingest
from sync.hub.inquiries import Inquiries, Sources
from sync.hub.list_delivery import SignedLists
from sync.hub.registers import PopulationRegisters
from sync.hub.store import alarms, chains
from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer, start
from sync.model.certificates import CertificateState
from sync.model.console import StationAction
from sync.model.console_views import RenewalAsked, Renewed, SignedListPart, SignedListSince
from sync.model.inquiry import Denied, Inquiry, Reply
from sync.wire import (
    device_certificate,
    enrolment_answer,
    enrolment_request,
    inquiry,
    list_versions,
    receipt,
    station_list,
)
from sync.wire.enrolment_answer import Answer, Stage
from sync.wire.list_versions import ListVersions
from sync.wire.receipt import Acknowledgement
from sync.wire.signer import SoftwareSigner
from sync.wire.station_list import StationList
from tests.emulated.services import wait_until
from tests.unit.hub.devices import DAY, Agency, Device
from tests.unit.hub.stations import Bench, Station, preregistration


class Place:
    """A hub that takes messages and questions of stations that it has enrolled."""

    def __init__(self, folder: Path) -> None:
        self.agency = Agency.make(folder)
        self.bench = Bench(self.agency.store)
        self.bench.now = self.agency.now
        self.bench.signer = self.agency.keys.signing
        decider = Decider(self.bench.registry, self.agency.keys.unsealing, lambda: self.bench.now)
        self.bench.ingest = Ingest(
            decider, self.bench.signer, lambda: self.bench.now, self.agency.office
        )
        path = self.agency.office.settings.registry_path
        self.writer = Writer(lambda: Store.open(path))
        self.thread = start("writer", self.writer.run)
        self.lists = SignedLists(self.agency.office.settings.trust_dir)
        sources = Sources(
            open_reader=lambda: Store.open_reader(path),
            writer=self.writer,
            home=self.bench.home,
            registers=PopulationRegisters(),
            scopes=Scopes({}),
            clock=lambda: self.bench.now,
            epoch=Epoch(folder / "feed.json", 0),
            signed_list=self.lists.read,
            stations=Enrolling(self.agency.office, self.agency.enrolling.unsealing),
        )
        self.inquiries = Inquiries(
            sources, self.agency.keys.unsealing, self.bench.signer, lambda *_: None
        )

    def close(self) -> None:
        self.writer.stop()
        self.thread.join(5)
        self.agency.store.close()

    def station(self) -> tuple[Station, Device]:
        """One that has its certificate and was never heard."""
        name, device = self.agency.enrolled()
        held = chains.station(self.agency.store, name)
        assert held is not None
        key = self.agency.keys.unsealing[0].sealing_key
        return Station(name, held.code, key, device.signer), device

    def send(self, station: Station, device: Device, first: int, last: int) -> Acknowledgement:
        message = ingest.read(station.message(first, last))
        taken = self.bench.ingest.take(self.agency.store, station.name, message)
        return opened(taken.acknowledgement, device)

    def ask(self, station: Station, device: Device, asked: Inquiry) -> Reply:
        question = inquiry.ask(
            asked,
            station.name,
            None,
            station.signer,
            device.hub.sealing_key,
            asked_at=self.bench.now,
        )
        data = self.inquiries.answer(station.name, question.data)
        assert data is not None
        reply = inquiry.open_answer(data, question, device.hub)
        assert not isinstance(reply, inquiry.InquiryTrouble)
        return reply


def opened(data: bytes, device: Device) -> Acknowledgement:
    """As the station opens it."""
    found = receipt.verify(data, device.hub)
    assert found is not None
    return found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.close()


@pytest.mark.rule("C-004-1")
def test_the_first_message_makes_a_certificate_active(place: Place) -> None:
    station, device = place.station()
    station.record(preregistration(1))
    assert place.send(station, device, 1, 1).up_to == 1
    assert place.agency.state(station.name) is CertificateState.ACTIVE
    assert place.agency.held(station.name).last_seen > 0


@pytest.mark.rule("R-004-15")
@pytest.mark.rule("R-004-16")
def test_nothing_of_a_blocked_station_is_stored_until_it_is_unblocked(place: Place) -> None:
    station, device = place.station()
    station.record(preregistration(1))
    place.send(station, device, 1, 1)
    station.record(preregistration(2))
    place.agency.change(station.name, StationAction.BLOCK)
    told = place.send(station, device, 2, 2)
    assert (told.trouble, told.up_to, told.answers) == ("station.blocked", 1, ())
    held = chains.station(place.agency.store, station.name)
    assert held is not None
    assert held.head_seq == 1
    assert [one.code for one in alarms.alarms(place.agency.store)] == ["station.blocked"]
    place.agency.change(station.name, StationAction.UNBLOCK)
    told = place.send(station, device, 2, 2)
    assert (told.trouble, told.up_to) == (None, 2)


@pytest.mark.rule("R-004-18")
def test_nothing_of_a_revoked_station_is_ever_stored(place: Place) -> None:
    station, device = place.station()
    station.record(preregistration(1))
    place.agency.change(station.name, StationAction.CANCEL)
    assert place.send(station, device, 1, 1).trouble == "station.revoked"
    place.agency.publish()
    assert place.send(station, device, 1, 1).trouble == "station.revoked"


def test_times_of_acknowledgements_go_on_rising_while_a_station_is_blocked(place: Place) -> None:
    station, device = place.station()
    station.record(preregistration(1))
    first = place.send(station, device, 1, 1)
    place.agency.change(station.name, StationAction.BLOCK)
    second = place.send(station, device, 1, 1)
    third = place.bench.ingest.silence(place.agency.store, station.name)
    assert third is not None
    assert first.hub_time < second.hub_time < opened(third, device).hub_time


@pytest.mark.rule("R-004-16")
def test_a_blocked_station_is_told_so_when_it_asks(place: Place) -> None:
    station, device = place.station()
    asked = SignedListSince("stations", 0)
    place.agency.publish()
    told = place.ask(station, device, asked)
    assert isinstance(told, SignedListPart)
    listed = station_list.load(told.data, device.hub)
    assert isinstance(listed, StationList)
    assert place.agency.state(station.name) is CertificateState.ACTIVE  # it was heard
    place.agency.change(station.name, StationAction.BLOCK)
    told = place.ask(station, device, asked)
    assert isinstance(told, Denied)
    assert told.code == "station.blocked"
    place.agency.change(station.name, StationAction.CANCEL)
    told = place.ask(station, device, asked)
    assert isinstance(told, Denied)
    assert told.code == "station.revoked"


@pytest.mark.rule("R-004-19")
def test_a_certificate_is_renewed_by_an_inquiry(place: Place) -> None:
    station, device = place.station()
    place.bench.now = place.agency.now = place.agency.now + 300 * DAY

    def renewal(name: str, signer: SoftwareSigner) -> bytes:
        return enrolment_request.make_renewal(
            station=name,
            signer=signer,
            signing_key=signer.verifying_key,
            certification_request=device_certificate.certification_request(
                name, device_certificate.make_tls_key()
            ),
            made_at=place.bench.now,
        )

    asked = renewal(station.name, station.signer)
    told = place.ask(station, device, RenewalAsked(asked))
    assert isinstance(told, Renewed)
    answer = enrolment_answer.load(told.data, device.hub, enrolment_request.hash_of(asked))
    assert isinstance(answer, Answer)
    assert answer.stage is Stage.ISSUED
    other, _ = place.station()
    for name, signer in ((other.name, other.signer), (other.name, station.signer)):
        told = place.ask(station, device, RenewalAsked(renewal(name, signer)))
        assert isinstance(told, Denied)
        assert told.code == "enrolment.request-damaged"
    told = place.ask(station, device, RenewalAsked(b"nonsense"))
    assert isinstance(told, Denied)


def test_stations_are_told_at_once_and_once(place: Place) -> None:
    station, device = place.station()
    agency = place.agency
    hints: list[bytes] = []
    told: list[tuple[str, bytes]] = []
    stations = Stations(
        agency.office, agency.keys, place.writer, lambda: place.bench.now, place.lists
    )
    stations.voice = Voice(
        hints.append, lambda name, data: told.append((name, data)), place.bench.ingest.silence
    )
    with agency.store.transaction():
        agency.store.run("UPDATE device SET state = ?", CertificateState.ACTIVE.value)
    agency.change(station.name, StationAction.BLOCK)
    steps: list[Step] = []
    generator = Generator(agency.office, place.writer, lambda: place.bench.now, steps.append)
    step = place.writer.call(generator.step)
    assert step.published is not None
    stations._tell(step)
    stations._tell(Step())
    hint = list_versions.load(hints[0], device.hub)
    assert isinstance(hint, ListVersions)
    assert hint.versions["stations"] == step.published.version
    assert len(hints) == 1
    ((name, data),) = told
    assert name == station.name
    assert opened(data, device).trouble == "station.blocked"


def test_a_command_beside_the_hub_is_told_by_the_hub(place: Place) -> None:
    """It has published already: the hub finds nothing due, and tells the station all the same."""
    agency = place.agency
    station, device = place.station()
    told: list[bytes] = []
    stations = Stations(
        agency.office, agency.keys, place.writer, lambda: place.bench.now, place.lists
    )
    ingest = place.bench.ingest
    stations.voice = Voice(
        lambda _: None, lambda _, data: told.append(data), ingest.silence, ingest.greet
    )
    generator = Generator(agency.office, place.writer, lambda: place.bench.now, lambda _: None)

    def by_hand(*actions: StationAction) -> None:
        for action in actions:
            agency.change(station.name, action)
            agency.publish()
        stations._tell(place.writer.call(generator.step))

    with agency.store.transaction():
        agency.store.run("UPDATE device SET state = ?", CertificateState.ACTIVE.value)
    by_hand(StationAction.BLOCK)
    by_hand(StationAction.UNBLOCK, StationAction.BLOCK)  # within one second
    by_hand()
    by_hand(StationAction.UNBLOCK)
    heard = [opened(data, device) for data in told]
    assert [one.trouble for one in heard] == ["station.blocked", "station.blocked", None]
    assert heard[0].hub_time < heard[1].hub_time < heard[2].hub_time


def test_a_registry_that_fails_while_stations_are_told_ends_no_thread(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was told already is told once; the other one is told in the next round."""
    agency = place.agency
    names = sorted(place.station()[0].name for _ in range(2))
    told: list[str] = []
    stations = Stations(
        agency.office, agency.keys, place.writer, lambda: place.bench.now, place.lists
    )
    failures = [StoreError("store.full")]

    def silence(store: Store, name: str) -> bytes | None:
        if name == names[1] and failures:
            raise failures.pop()
        return place.bench.ingest.silence(store, name)

    stations.voice = Voice(lambda _: None, lambda name, _: told.append(name), silence)
    monkeypatch.setattr(generator, "AGAIN_SECONDS", 0.1)
    with agency.store.transaction():
        agency.store.run("UPDATE device SET state = ?", CertificateState.ACTIVE.value)
    for name in names:
        agency.change(name, StationAction.BLOCK)
    thread = threading.Thread(target=stations.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: told == names, 5, "both to be told")
        assert thread.is_alive()
    finally:
        stations.stop()
        thread.join(5)
    assert not failures


@pytest.mark.rule("R-004-15")
def test_a_hub_and_a_command_beside_it_publish_one_after_the_other(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the hub waits for its broker the command waits too: no version is given twice."""
    agency = place.agency
    station, device = place.station()
    results: list[int] = []
    started, reloads = threading.Event(), broker.reload

    def by_hand() -> None:
        started.set()
        with closing(Store.open(agency.office.settings.registry_path)) as other:
            results.append(publishing.publish(agency.office, other, agency.now).version)

    command = threading.Thread(target=by_hand, daemon=True)

    def slow(folder: Path, told: Sequence[str] = ()) -> None:
        if not started.is_set():
            command.start()
            started.wait(5)
            command.join(0.5)  # it would be through by now
        reloads(folder, told)

    monkeypatch.setattr(broker, "reload", slow)
    with agency.store.transaction():
        agency.store.run("UPDATE device SET state = ?", CertificateState.ACTIVE.value)
    agency.change(station.name, StationAction.BLOCK)
    made = Generator(agency.office, place.writer, lambda: place.bench.now, lambda _: None)
    step = place.writer.call(made.step)
    command.join(5)
    assert step.published is not None
    assert results == [step.published.version + 1]
    listed = station_list.load(publishing.signed(agency.office) or b"", device.hub)
    assert isinstance(listed, StationList)
    assert (listed.version, listed.blocked) == (results[0], (station.name,))


def test_the_generator_sees_that_somebody_else_wrote_to_the_register(place: Place) -> None:
    agency, steps = place.agency, list[Step]()
    generator = Generator(agency.office, place.writer, lambda: place.bench.now, steps.append)
    thread = threading.Thread(target=generator.run)
    thread.start()
    try:
        wait_until(lambda: len(steps) >= 1, 5, "the first round")
        time.sleep(1.5)  # it sees once what it has anchored itself
        rounds = len(steps)
        agency.register("by hand")
        register.anchor(agency.store, agency.office.settings.keys_dir)
        wait_until(lambda: len(steps) > rounds, 4, "another round")
    finally:
        generator.stop()
        thread.join(5)


def test_a_broker_that_is_away_is_an_alarm_and_is_told_later(place: Place) -> None:
    agency = place.agency
    (agency.folder.parent / "broker").rmdir()
    generator = Generator(agency.office, place.writer, lambda: place.bench.now, lambda _: None)
    step = place.writer.call(generator.step)
    assert (step.published, step.trouble) == (None, "stations.files")
    assert [one.code for one in alarms.alarms(agency.store)] == ["stations.files"]
    (agency.folder.parent / "broker").mkdir()
    assert place.writer.call(generator.step).published is not None


@pytest.mark.rule("R-004-15")
def test_a_slow_cluster_keeps_nobody_waiting_and_revokes_when_it_knows(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is signed and hinted first; while the command runs the writer works on."""
    agency = place.agency
    toml = agency.folder / "hub.toml"
    toml.write_text(toml.read_text("utf-8").replace("[broker]", '[broker]\nkind = "rabbitmq"'))
    agency.office = dataclasses.replace(agency.office, settings=settings.load(agency.folder))
    name = place.station()[0].name
    begun, away, go_on, steps = (
        threading.Event(),
        threading.Event(),
        threading.Event(),
        list[Step](),
    )

    def reload(_folder: Path, _command: Sequence[str] = ()) -> None:
        begun.set()
        if not go_on.wait(30):
            raise ReloadError
        if not away.is_set():
            away.set()
            raise ReloadError

    monkeypatch.setattr(rabbit, "reload", reload)
    monkeypatch.setattr(generator, "AGAIN_SECONDS", 0.1)
    with agency.store.transaction():
        agency.store.run("UPDATE device SET state = ?", CertificateState.ACTIVE.value)
    agency.change(name, StationAction.CANCEL)
    made = Generator(agency.office, place.writer, lambda: place.bench.now, steps.append)
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        assert begun.wait(30)
        assert steps[0].published is not None
        assert steps[0].published.version == place.writer.call(publishing.version)
        assert name in steps[0].published.silenced
        assert agency.state(name) is CertificateState.REVOKING
        go_on.set()
        wait_until(lambda: agency.state(name) is CertificateState.REVOKED, 30, "the revocation")
        wait_until(lambda: not publishing.is_due(agency.office, agency.store, agency.now), 30, "it")
        listed = publishing.version(agency.store)
    finally:
        go_on.set()
        made.stop()
        thread.join(30)
    assert [one.code for one in alarms.alarms(agency.store)] == ["broker.reload"]
    assert listed == steps[0].published.version, "a cluster that is away makes no further list"
