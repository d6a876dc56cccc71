"""Two hubs that have nothing in common: nothing that one has signed counts at the other's stations.

Operators' cards, documents and the roster have such tests of their own beside their formats; here is
everything together that makes a station a station, made by whole hubs rather than by keys of tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from cryptography import x509

from sync.hub.device_ca import publishing, register
from sync.model.console_views import SignedListSince
from sync.model.errors import Problem
from sync.model.inquiry import Denied
from sync.model.rosters import Roster
from sync.wire import (
    batch,
    device_certificate,
    document_trust,
    enrolment,
    enrolment_answer,
    enrolment_request,
    envelope,
    inquiry,
    list_versions,
    receipt,
    roster,
    station_list,
    trust,
)
from sync.wire.document_trust import DocumentTrust
from sync.wire.enrolment import Token
from sync.wire.list_versions import ListVersions
from sync.wire.receipt import Acknowledgement
from sync.wire.trust import HubTrust, TrustTrouble
from tests.unit.hub.devices import NOW, Agency, Device
from tests.unit.hub.stations import Station, preregistration


@dataclass(frozen=True)
class Pair:
    """A hub with a station, and another one of the same names."""

    ours: Agency
    theirs: Agency
    station: Device
    stranger: Device

    @property
    def name(self) -> str:
        return self.station.station


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    ours = Agency.make(tmp_path_factory.mktemp("ours"))
    theirs = Agency.make(tmp_path_factory.mktemp("theirs"))
    (one, station), (two, stranger) = ours.enrolled(), theirs.enrolled()
    assert one == two
    yield Pair(ours, theirs, station, stranger)
    for agency in (ours, theirs):
        agency.store.close()


def question(device: Device, agency: Agency, asker: Device) -> inquiry.Asked:
    return inquiry.ask(
        SignedListSince("stations", 0),
        device.station,
        None,
        asker.signer,
        agency.keys.unsealing[0].sealing_key,
        asked_at=NOW,
    )


def test_a_trust_list_of_another_root(pair: Pair) -> None:
    data = pair.theirs.office.trust_list()
    found = trust.load(data, pair.ours.office.root())
    assert found == TrustTrouble("trust.foreign")


def test_a_token_leads_to_its_own_hub_alone(pair: Pair) -> None:
    token = pair.theirs.token(pair.theirs.register())
    asked = enrolment.make_question(token.password)
    assert pair.ours.enrolling.offer(pair.ours.store, asked, NOW) is None
    offer = pair.theirs.enrolling.offer(pair.theirs.store, asked, NOW)
    assert offer is not None
    ours = pair.ours.office.root()
    assert enrolment.read_offer(offer, token.password, ours) == Problem("enrolment.offer-foreign")
    forged = replace(token, root=ours).to_text()
    read = enrolment.read_token(forged)
    assert isinstance(read, Token)
    assert enrolment.read_offer(offer, token.password, read.root) == Problem(
        "enrolment.offer-foreign"
    )


def test_a_request_to_another_hub(pair: Pair) -> None:
    message = enrolment_request.seal(
        pair.station.request, pair.stranger.hub.sealing_key, pair.station.password
    )
    assert pair.ours.enrolling.read(message) == Problem("enrolment.sealing-key")
    # Sealed anew by who carries it, it proves a code that this hub did not give.
    carried = enrolment_request.seal(
        pair.stranger.request, pair.station.hub.sealing_key, pair.stranger.password
    )
    answer = enrolment_answer.load(
        pair.ours.answer(carried),
        pair.station.hub,
        enrolment_request.hash_of(pair.stranger.request),
    )
    assert not isinstance(answer, Problem)
    assert answer.code == "enrolment.unknown"


def test_an_answer_of_another_hub(pair: Pair) -> None:
    message = enrolment_request.seal(
        pair.stranger.request, pair.stranger.hub.sealing_key, pair.stranger.password
    )
    data = pair.theirs.answer(message)
    digest = enrolment_request.hash_of(pair.stranger.request)
    assert enrolment_answer.load(data, pair.station.hub, digest) == Problem(
        "enrolment.answer-foreign"
    )


def test_a_renewal_of_the_station_of_the_same_name(pair: Pair) -> None:
    stranger = replace(pair.stranger, agency=pair.ours, hub=pair.station.hub)
    assert stranger.renew().code == "enrolment.unknown"


def test_a_certificate_and_a_revocation_list_of_another_authority(pair: Pair) -> None:
    given = pair.stranger.ask().issued
    assert given is not None
    key = device_certificate.read(given.certificate)
    assert isinstance(key, device_certificate.Facts)
    found = device_certificate.problem(
        given.certificate,
        name=pair.name,
        spki=key.spki,
        authorities=tuple(one.der for one in pair.ours.office.authorities),
        at=key.begins,
    )
    assert found == Problem("certificate.foreign")
    pair.theirs.publish()
    path = pair.theirs.folder.parent / "broker/crl.pem"
    listed = x509.load_pem_x509_crl(path.read_bytes())
    ours, theirs = (one.office.authorities[0] for one in (pair.ours, pair.theirs))
    assert listed.is_signature_valid(theirs.key.public_key())
    assert not listed.is_signature_valid(ours.key.public_key())


def test_a_list_of_stations_and_a_hint_of_another_hub(pair: Pair) -> None:
    pair.theirs.publish()
    data = publishing.signed(pair.theirs.office)
    assert data is not None
    assert station_list.load(data, pair.station.hub) == TrustTrouble("station-list.foreign")
    hint = list_versions.sign(ListVersions(NOW, {"stations": 9}), pair.theirs.keys.signing)
    assert list_versions.load(hint, pair.station.hub) == TrustTrouble("list-versions.foreign")


def test_a_roster_and_a_list_of_documents_of_another_hub(pair: Pair) -> None:
    data = roster.sign(Roster(1, NOW, ()), pair.theirs.keys.signing)
    assert roster.load(data, pair.station.hub) == TrustTrouble("roster.foreign")
    documents = document_trust.sign(DocumentTrust(1, NOW, 0), pair.theirs.keys.signing)
    found = document_trust.load(documents, pair.station.hub)
    assert found == TrustTrouble("document-trust.foreign")


def test_an_acknowledgement_of_another_hub(pair: Pair) -> None:
    told = Acknowledgement(pair.name, 0, envelope.genesis(pair.name), (), NOW)
    assert receipt.verify(receipt.sign(told, pair.ours.keys.signing), pair.station.hub) == told
    assert receipt.verify(receipt.sign(told, pair.theirs.keys.signing), pair.station.hub) is None


def test_an_envelope_of_the_station_of_the_same_name(pair: Pair) -> None:
    key = pair.ours.keys.unsealing[0].sealing_key
    stranger = Station(pair.name, 0, key, pair.stranger.signer)
    stranger.record(preregistration(1))
    (item,) = batch.read(stranger.message(1, 1)).items
    assert isinstance(item, envelope.Envelope)
    assert not envelope.verify(item, pair.station.signer.verifying_key)
    assert envelope.verify(item, pair.stranger.signer.verifying_key)


def test_a_question_and_a_reply_of_another_hub(pair: Pair) -> None:
    known = pair.station.signer.verifying_key
    own, other = (one.keys.unsealing[0] for one in (pair.ours, pair.theirs))
    foreign = question(pair.station, pair.ours, pair.stranger)
    opened = inquiry.open_question(foreign.data, lambda _: known, own)
    assert isinstance(opened, inquiry.InquiryTrouble)
    elsewhere = question(pair.station, pair.theirs, pair.station)
    opened = inquiry.open_question(elsewhere.data, lambda _: known, own)
    assert isinstance(opened, inquiry.InquiryTrouble)
    good = question(pair.station, pair.ours, pair.station)
    opened = inquiry.open_question(good.data, lambda _: known, own)
    assert isinstance(opened, inquiry.Question)
    told = Denied("station.unknown")
    for agency, is_ours in ((pair.ours, True), (pair.theirs, False)):
        data = inquiry.answer(told, opened, agency.keys.signing, answered_at=NOW)
        found = inquiry.open_answer(data, good, pair.station.hub)
        assert (found == told) is is_ours
    assert other.key_id != own.key_id


def test_a_register_of_another_hub(pair: Pair) -> None:
    data = register.export(pair.theirs.store, pair.theirs.keys.signing, NOW)
    ours = {key.key_id: key for key in pair.ours.keys.listed}
    theirs = {key.key_id: key for key in pair.theirs.keys.listed}
    assert register.read_export(data, theirs) is not None
    assert register.read_export(data, ours) is None
    assert register.verify(pair.theirs.store, ours, None)


def test_nothing_is_shared(pair: Pair) -> None:
    assert isinstance(pair.station.hub, HubTrust)
    ids = [
        {key.key_id for key in hub.signing} | {key.key_id for key in hub.sealing}
        for hub in (pair.station.hub, pair.stranger.hub)
    ]
    assert not ids[0] & ids[1]
