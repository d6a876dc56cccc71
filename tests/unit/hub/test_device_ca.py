"""Stations from their registration to their revocation (R-004-8 to 19; C-004-1)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from sync.hub import settings
from sync.hub.device_ca import devices, issuing, office, publishing, register, telling
from sync.hub.store import alarms, chains
from sync.model.certificates import CertificateKind, CertificateState
from sync.model.console import (
    EnrolmentApproval,
    RegisterNote,
    StationAction,
    StationReason,
    StationRegistration,
)
from sync.model.console_views import CertificateTold
from sync.model.errors import Problem
from sync.model.inquiry import Denied
from sync.wire import device_certificate, enrolment, enrolment_request, station_list
from sync.wire.device_certificate import Facts
from sync.wire.enrolment_answer import Issued, Stage
from sync.wire.receipt import Accepted, Refused
from sync.wire.signer import Protection, SoftwareSigner
from sync.wire.station_list import StationList
from tests.unit.hub.devices import BY, COMUNE, DAY, FIRST, HOUR, Agency, Device


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    made = Agency.make(tmp_path)
    yield made
    made.store.close()


def issued(device: Device) -> Issued:
    answer = device.ask()
    assert answer.issued is not None, answer
    return answer.issued


def spki(device: Device) -> bytes:
    asked = device_certificate.certification_request(device.station, device.tls_key)
    found = device_certificate.spki_of(asked, device.station)
    assert found is not None
    return found


# --- registration


@pytest.mark.rule("R-004-8")
@pytest.mark.rule("R-004-13")
def test_the_hub_names_stations_in_order_and_waits(agency: Agency) -> None:
    assert agency.register("Anagrafe 1") == FIRST
    assert agency.register("") == "058091-PC-0002"
    assert agency.state(FIRST) is CertificateState.REQUESTED
    assert agency.generate() == []  # nobody has asked, nobody has approved


@pytest.mark.rule("R-004-13")
def test_a_label_with_special_characters_is_refused(agency: Agency) -> None:
    refused = agency.act(StationRegistration(COMUNE, "Ufficio <1>"))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.rule) == ("station.label", "R-004-13")
    assert devices.every(agency.store) == []


@pytest.mark.rule("R-004-10")
def test_no_name_is_given_twice(agency: Agency) -> None:
    assert agency.change(agency.register(), StationAction.CANCEL) == Accepted()
    assert agency.state(FIRST) is CertificateState.REVOKED  # nothing was issued
    assert agency.register() == "058091-PC-0002"


@pytest.mark.rule("R-004-8")
def test_a_comune_has_four_digits_of_stations(agency: Agency) -> None:
    agency.register()
    agency.store.run("UPDATE device SET number = 9999")
    refused = agency.act(StationRegistration(COMUNE, ""))
    assert isinstance(refused, Refused)
    assert refused.code == "station.full"


# --- a device becomes a station


@pytest.mark.rule("R-004-13")
@pytest.mark.rule("C-004-1")
def test_a_device_becomes_a_station_once_the_codes_were_compared(agency: Agency) -> None:
    name = agency.register()
    device = Device.with_token(agency, agency.token(name))
    assert device.station == name
    assert device.ask().stage is Stage.APPROVAL
    assert agency.generate() == []
    (record,) = telling.records(agency.store, COMUNE, 0).records
    shown = enrolment.shown(enrolment_request.check_code(enrolment_request.hash_of(device.request)))
    assert record.check_code == shown
    assert record.request == enrolment_request.hash_of(device.request)
    assert record.protection == "software"
    assert agency.act(EnrolmentApproval(COMUNE, name, record.request)) == Accepted()
    assert device.ask().stage is Stage.GENERATOR
    assert agency.generate() == [name]
    assert agency.state(name) is CertificateState.ISSUED
    given = issued(device)
    assert (
        device_certificate.problem(
            given.certificate,
            name=name,
            spki=spki(device),
            authorities=given.authorities,
            at=office.moment(agency.now),
        )
        is None
    )
    signing = device_certificate.read(given.signing_certificate)
    assert isinstance(signing, Facts)
    assert signing.spki == device.signer.verifying_key.spki
    station = chains.station(agency.store, name)
    assert station is not None
    assert (station.code, station.spki) == (given.code, device.signer.verifying_key.spki)
    assert (given.broker_host, given.broker_port, given.hub) == ("localhost", 8883, "hub")


@pytest.mark.rule("C-004-1")
def test_the_first_signed_message_makes_the_certificate_active(agency: Agency) -> None:
    name, _ = agency.enrolled()
    with agency.store.transaction():
        assert office.seen(agency.office, agency.store, name, agency.now)
    assert agency.state(name) is CertificateState.ACTIVE
    assert agency.held(name).last_seen == agency.now
    assert not office.is_news(agency.store, name, agency.now + 60_000)
    assert office.is_news(agency.store, name, agency.now + HOUR)
    with agency.store.transaction():
        assert not office.seen(agency.office, agency.store, name, agency.now + HOUR)
        assert not office.seen(agency.office, agency.store, "kiosk-0001", agency.now)


@pytest.mark.rule("R-004-10")
def test_two_stations_have_nothing_in_common(agency: Agency) -> None:
    (one, first), (two, second) = agency.enrolled(), agency.enrolled()
    given = issued(first), issued(second)
    assert one != two
    assert given[0].code != given[1].code
    assert given[0].certificate != given[1].certificate
    held = [devices.certificates(agency.store, name) for name in (one, two)]
    assert [len(certificates) for certificates in held] == [1, 1]
    assert held[0][0].serial != held[1][0].serial


def test_an_approval_is_of_one_request_alone(agency: Agency) -> None:
    name = agency.register()
    not_asked = agency.act(EnrolmentApproval(COMUNE, name, bytes(32)))
    assert isinstance(not_asked, Refused)
    assert not_asked.code == "enrolment.not-asked"
    Device.with_token(agency, agency.token(name)).ask()
    other = agency.act(EnrolmentApproval(COMUNE, name, bytes(32)))
    assert isinstance(other, Refused)
    assert other.code == "enrolment.other-request"
    assert agency.generate() == []


def test_an_act_for_another_comune_changes_nothing(agency: Agency) -> None:
    name = agency.register()
    for act in (EnrolmentApproval("001272", name, bytes(32)), RegisterNote("001272", name, "x")):
        refused = agency.act(act)
        assert isinstance(refused, Refused)
        assert refused.code == "station.unknown"
    denied = telling.code(agency.office, agency.store, "001272", name, agency.now)
    assert denied == Denied("station.unknown")
    assert telling.certificate(agency.office, agency.store, "001272", name) == Denied(
        "station.unknown"
    )


# --- the one-time code


@pytest.mark.rule("R-004-14")
def test_a_code_lets_one_request_in_and_raises_an_alarm_at_another(agency: Agency) -> None:
    name = agency.register()
    device = Device.with_token(agency, agency.token(name))
    thief = device.like()
    assert device.ask().stage is Stage.APPROVAL
    assert thief.ask().code == "enrolment.used"
    assert [(one.station, one.code) for one in alarms.alarms(agency.store)] == [
        (name, "enrolment.used")
    ]
    assert device.ask().stage is Stage.APPROVAL
    told = telling.code(agency.office, agency.store, COMUNE, name, agency.now)
    assert told == Denied("enrolment.used")


def test_a_code_ends_after_a_day(agency: Agency) -> None:
    name = agency.register()
    token = agency.token(name)
    device = Device.with_token(agency, token)
    agency.now = token.until
    question = enrolment.make_question(token.password)
    assert agency.enrolling.offer(agency.store, question, agency.now) is None
    assert device.ask().code == "enrolment.expired"
    told = telling.code(agency.office, agency.store, COMUNE, name, agency.now)
    assert told == Denied("enrolment.expired")


def test_a_device_that_asked_in_time_may_be_approved_later(agency: Agency) -> None:
    name = agency.register()
    device = Device.with_token(agency, agency.token(name))
    device.ask()
    agency.now += 3 * DAY
    assert agency.approve(name) == Accepted()
    assert agency.generate() == [name]
    assert device.ask().stage is Stage.ISSUED


@pytest.mark.rule("R-004-14")
def test_a_new_code_ends_the_one_before_and_what_it_let_in(agency: Agency) -> None:
    name = agency.register()
    lost = Device.with_token(agency, agency.token(name))
    lost.ask()
    assert agency.change(name, StationAction.NEW_TOKEN) == Accepted()
    assert lost.ask().code == "enrolment.unknown"
    found = Device.with_token(agency, agency.token(name))
    assert found.password != lost.password
    assert found.ask().stage is Stage.APPROVAL


def test_a_wrong_code_opens_nothing_and_looks_like_none(agency: Agency) -> None:
    name = agency.register()
    device = Device.with_token(agency, agency.token(name))
    guess = enrolment.password_of(bytes(32))
    assert agency.enrolling.offer(agency.store, enrolment.make_question(guess), agency.now) is None
    assert agency.enrolling.offer(agency.store, b"nonsense", agency.now) is None
    right = device.password
    device.password = guess
    assert device.ask().code == "enrolment.unknown"
    # The right place with the wrong proof.
    assert device.sent(device.request, right).code == "enrolment.unknown"
    assert agency.held(name).request is None


def test_codes_lie_in_no_table(agency: Agency, tmp_path: Path) -> None:
    name = agency.register()
    password = agency.token(name).password
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(password.encode() in path.read_bytes() for path in files)


def test_a_key_that_another_station_has_is_not_taken(agency: Agency) -> None:
    _, first = agency.enrolled()
    second = Device.with_token(agency, agency.token(agency.register()))
    second.signer = first.signer
    assert second.ask().code == "enrolment.certification-request"


def test_two_devices_with_one_key_do_not_both_become_stations(agency: Agency) -> None:
    names = agency.register(), agency.register()
    pair = [Device.with_token(agency, agency.token(name)) for name in names]
    pair[1].signer = pair[0].signer
    for device, name in zip(pair, names, strict=True):
        assert device.ask().stage is Stage.APPROVAL
        assert agency.approve(name) == Accepted()
    assert agency.generate() == [names[0]]
    assert [one.code for one in alarms.alarms(agency.store)] == [issuing.NOT_ISSUED]
    assert devices.certificates(agency.store, names[1]) == []


def test_a_weak_key_store_is_turned_away_where_the_policy_says_so(agency: Agency) -> None:
    strict = office.Office(
        agency.office.settings,
        agency.office.signer,
        agency.office.secret,
        agency.office.authorities,
        lambda _station, protection: protection is Protection.TPM,
    )
    agency.enrolling = type(agency.enrolling)(strict, agency.enrolling.unsealing)
    device = Device.with_token(agency, agency.token(agency.register()))
    assert device.ask().code == "station.protection"


# --- blocked and revoked


@pytest.mark.rule("R-004-15")
@pytest.mark.rule("R-004-16")
def test_a_blocked_station_is_refused_until_it_is_unblocked(agency: Agency) -> None:
    name, _ = agency.enrolled()
    with agency.store.transaction():
        office.seen(agency.office, agency.store, name, agency.now)
    assert office.trouble(agency.store, name) is None
    assert agency.change(name, StationAction.BLOCK, StationReason.SUSPICION) == Accepted()
    assert office.trouble(agency.store, name) == "station.blocked"
    assert agency.publish().silenced == {name}
    serial = int(devices.certificates(agency.store, name)[0].serial, 16)
    held = crl(agency).get_revoked_certificate_by_serial_number(serial)
    assert held is not None
    reason = held.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.certificate_hold
    assert agency.change(name, StationAction.UNBLOCK) == Accepted()
    agency.publish()
    assert crl(agency).get_revoked_certificate_by_serial_number(serial) is None
    assert office.trouble(agency.store, name) is None
    assert office.trouble(agency.store, "kiosk-0001") is None


@pytest.mark.rule("R-004-15")
@pytest.mark.rule("R-004-18")
def test_a_revocation_is_complete_when_everybody_was_told(agency: Agency) -> None:
    name, device = agency.enrolled()
    with agency.store.transaction():
        office.seen(agency.office, agency.store, name, agency.now)
    assert agency.change(name, StationAction.CANCEL, StationReason.STOLEN) == Accepted()
    assert agency.state(name) is CertificateState.REVOKING
    assert office.trouble(agency.store, name) == "station.revoked"
    assert agency.publish().revoked == (name,)
    assert agency.state(name) is CertificateState.REVOKED
    assert not publishing.is_due(agency.office, agency.store, agency.now)
    serials = {one.serial_number for one in crl(agency)}
    for use in (devices.TLS, devices.SIGNING):
        assert int(devices.certificates(agency.store, name, use)[0].serial, 16) in serials
    listed = station_list.load((agency.folder / "trust/stations.cose").read_bytes(), device.hub)
    assert isinstance(listed, StationList)
    assert (listed.blocked, listed.revoked) == ((), (name,))
    assert device.ask().code == "station.revoked"
    assert device.renew().code == "station.revoked"
    for action in StationAction:
        refused = agency.change(name, action)
        assert isinstance(refused, Refused)
        assert refused.code == "certificate.forbidden"


def test_a_broker_that_cannot_be_told_keeps_a_revocation_open(tmp_path: Path) -> None:
    agency = Agency.make(tmp_path)
    toml = agency.folder / "hub.toml"
    toml.write_text(toml.read_text().replace('["true"]', '["false"]'))
    name, _ = agency.enrolled()
    agency.change(name, StationAction.CANCEL)
    deaf = office.Office(
        settings.load(agency.folder),
        agency.office.signer,
        agency.office.secret,
        agency.office.authorities,
    )
    with pytest.raises(publishing.ReloadError):
        publishing.publish(deaf, agency.store, agency.now)
    assert agency.state(name) is CertificateState.REVOKING
    assert publishing.is_due(agency.office, agency.store, agency.now)
    agency.publish()
    assert agency.state(name) is CertificateState.REVOKED
    agency.store.close()


def test_no_version_is_given_twice_after_the_registry_lost_its_end(tmp_path: Path) -> None:
    """A server put back by its own archive knows less than the file that stations have."""
    agency = Agency.make(tmp_path)
    path = agency.office.settings.trust_dir / publishing.FILE
    path.write_bytes(station_list.sign(StationList(40, agency.now), agency.office.signer))
    assert agency.publish().version == 41
    assert agency.publish().version == 42
    path.write_bytes(b"no list")
    assert agency.publish().version == 43
    agency.store.close()


def crl(agency: Agency) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl((agency.folder.parent / "broker/crl.pem").read_bytes())


def test_each_list_begins_later_than_the_one_before(agency: Agency) -> None:
    agency.publish()
    first = crl(agency)
    agency.now -= HOUR  # the hub's clock was set back
    agency.publish()
    second = crl(agency)
    assert second.last_update_utc > first.last_update_utc
    numbers = [
        one.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        for one in (first, second)
    ]
    assert numbers == [1, 2]


def test_a_list_that_the_disk_did_not_take_is_due_again(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    name, device = agency.enrolled()
    with agency.store.transaction():
        office.seen(agency.office, agency.store, name, agency.now)
    agency.publish()
    agency.change(name, StationAction.BLOCK)
    monkeypatch.setattr(publishing, "replace_file", full)
    with pytest.raises(OSError, match="full"):
        agency.publish()
    monkeypatch.undo()
    assert publishing.is_due(agency.office, agency.store, agency.now)
    agency.publish()
    assert not publishing.is_due(agency.office, agency.store, agency.now)
    listed = station_list.load(publishing.signed(agency.office) or b"", device.hub)
    assert isinstance(listed, StationList)
    assert listed.blocked == (name,)


@pytest.mark.rule("R-004-19")
def test_a_renewal_that_was_held_back_is_none(agency: Agency) -> None:
    """It would end the certificate that the station has by now."""
    name, device = agency.enrolled()
    agency.now += 250 * DAY
    held_back = enrolment_request.make_renewal(
        station=name,
        signer=device.signer,
        signing_key=device.signer.verifying_key,
        certification_request=device_certificate.certification_request(name, device.tls_key),
        made_at=agency.now,
    )
    agency.now += 2 * DAY
    assert device.renew().stage is Stage.ISSUED
    count = len(devices.certificates(agency.store, name))
    agency.now += 30 * DAY
    assert device.sent(held_back, "").stage is Stage.REFUSED
    assert len(devices.certificates(agency.store, name)) == count
    assert device.renew().stage is Stage.ISSUED


def test_lists_are_renewed_before_they_end(agency: Agency) -> None:
    assert publishing.is_due(agency.office, agency.store, agency.now)
    agency.publish()
    assert not publishing.is_due(agency.office, agency.store, agency.now + 14 * DAY)
    assert publishing.is_due(agency.office, agency.store, agency.now + 16 * DAY)
    (agency.folder / "trust/stations.cose").unlink()
    assert publishing.is_due(agency.office, agency.store, agency.now)


@pytest.mark.rule("R-004-17")
def test_a_corrupt_certificate_is_replaced_by_another_registration(agency: Agency) -> None:
    name, _ = agency.enrolled()
    assert agency.change(name, StationAction.CANCEL, StationReason.BROKEN) == Accepted()
    other, _ = agency.enrolled()
    assert other != name
    agency.publish()
    assert agency.state(name) is CertificateState.REVOKED
    assert office.trouble(agency.store, other) is None


# --- renewal


@pytest.mark.rule("R-004-19")
def test_a_station_renews_its_certificate_without_a_visit(agency: Agency) -> None:
    name, device = agency.enrolled()
    first = issued(device).certificate
    agency.now += 300 * DAY
    answer = device.renew()
    assert answer.issued is not None
    facts = device_certificate.read(answer.issued.certificate)
    assert isinstance(facts, Facts)
    assert facts.spki == spki(device)
    assert answer.issued.certificate != first
    assert device.sent(device.request, "").issued == answer.issued  # the answer got lost
    assert len(devices.certificates(agency.store, name)) == 2
    (record,) = telling.records(agency.store, COMUNE, 0).records
    assert record.expires == facts.ends.date()


@pytest.mark.rule("R-004-10")
@pytest.mark.rule("R-004-19")
def test_the_certificate_before_ends_a_week_after_its_renewal(agency: Agency) -> None:
    name, device = agency.enrolled()
    agency.now += 300 * DAY
    device.renew()
    assert issuing.end_replaced(agency.office, agency.store, agency.now) == 0
    agency.now += 8 * DAY
    assert issuing.end_replaced(agency.office, agency.store, agency.now) == 1
    agency.publish()
    new, old = devices.certificates(agency.store, name)
    serials = {one.serial_number for one in crl(agency)}
    assert int(old.serial, 16) in serials
    assert int(new.serial, 16) not in serials


def test_a_certificate_that_has_ended_is_renewed_by_the_signing_key(agency: Agency) -> None:
    _, device = agency.enrolled()
    agency.now += 600 * DAY
    assert device.renew().stage is Stage.ISSUED


def test_nobody_renews_for_another(agency: Agency) -> None:
    name, device = agency.enrolled()
    other, second = agency.enrolled()
    assert device.renew(station=other).code == "enrolment.unknown"
    assert device.renew(signer=SoftwareSigner.generate()).code == "enrolment.unknown"
    assert second.renew(station="058091-PC-0099").code == "enrolment.unknown"
    assert len(devices.certificates(agency.store, name)) == 1


def test_a_blocked_station_renews_nothing(agency: Agency) -> None:
    name, device = agency.enrolled()
    with agency.store.transaction():
        office.seen(agency.office, agency.store, name, agency.now)
    agency.change(name, StationAction.BLOCK)
    assert device.renew().code == "station.blocked"


def test_a_station_that_renews_without_end_is_slowed_down(agency: Agency) -> None:
    name, device = agency.enrolled()
    stages = [device.renew().stage for _ in range(6)]
    assert stages == [Stage.ISSUED] * 3 + [Stage.GENERATOR] * 3
    assert len(devices.certificates(agency.store, name)) == 4


# --- what the console is told


@pytest.mark.rule("R-004-12")
@pytest.mark.rule("R-004-14")
@pytest.mark.rule("R-004-15")
def test_a_certificate_is_downloaded_with_its_chain(agency: Agency) -> None:
    name, _ = agency.enrolled()
    told = telling.certificate(agency.office, agency.store, COMUNE, name)
    assert isinstance(told, CertificateTold)
    chain = x509.load_pem_x509_certificates(told.pem)
    chain[0].verify_directly_issued_by(chain[1])
    waiting = agency.register()
    denied = telling.certificate(agency.office, agency.store, COMUNE, waiting)
    assert denied == Denied("certificate.none")
    states = [one.state for one in telling.records(agency.store, COMUNE, 0).records]
    assert states == [CertificateState.ISSUED, CertificateState.REQUESTED]


def test_many_stations_are_told_in_pages(agency: Agency) -> None:
    for _ in range(telling.PAGE + 3):
        agency.register()
    first = telling.records(agency.store, COMUNE, 0)
    rest = telling.records(agency.store, COMUNE, telling.PAGE)
    assert (len(first.records), first.more) == (telling.PAGE, True)
    assert (len(rest.records), rest.more) == (3, False)


@pytest.mark.rule("R-004-9")
def test_a_server_certificate_is_handled_and_is_no_station(agency: Agency) -> None:
    name = agency.register("Server web service", CertificateKind.SERVER)
    assert name == "058091-CO-9999"
    again = agency.act(StationRegistration(COMUNE, "", CertificateKind.SERVER))
    assert isinstance(again, Refused)
    assert again.code == "station.exists"
    assert agency.held(name).token_until
    told = telling.code(agency.office, agency.store, COMUNE, name, agency.now)
    assert told == Denied("certificate.server")
    asked = device_certificate.certification_request(name, device_certificate.make_tls_key())
    code = issuing.take_server_request(agency.office, agency.store, name, asked, agency.now)
    assert isinstance(code, str)
    assert agency.approve(name) == Accepted()
    assert agency.generate() == [name]
    assert agency.state(name) is CertificateState.ACTIVE
    assert chains.station(agency.store, name) is None
    facts = device_certificate.read(devices.certificates(agency.store, name)[0].der)
    assert isinstance(facts, Facts)
    assert facts.usages == {device_certificate.SERVES_COMUNE.dotted_string}
    assert agency.change(name, StationAction.CANCEL) == Accepted()
    assert agency.publish().silenced == frozenset()
    assert agency.register("Server nuovo", CertificateKind.SERVER) == name


def test_a_server_request_of_another_name_or_twice_is_refused(agency: Agency) -> None:
    name = agency.register("", CertificateKind.SERVER)
    wrong = device_certificate.certification_request(FIRST, device_certificate.make_tls_key())
    right = device_certificate.certification_request(name, device_certificate.make_tls_key())
    take = issuing.take_server_request
    for station, asked in ((name, wrong), (FIRST, wrong)):
        assert isinstance(take(agency.office, agency.store, station, asked, agency.now), Problem)
    assert isinstance(take(agency.office, agency.store, name, right, agency.now), str)
    again = device_certificate.certification_request(name, device_certificate.make_tls_key())
    found = take(agency.office, agency.store, name, again, agency.now)
    assert found == Problem("enrolment.used")


# --- the Register


@pytest.mark.rule("R-004-11")
def test_the_register_says_who_did_what_to_which_certificate(agency: Agency) -> None:
    name, _ = agency.enrolled()
    assert agency.act(RegisterNote(COMUNE, name, "Sportello 2, PC a sinistra")) == Accepted()
    lines = list(register.lines(agency.store, name))
    assert [(one.event, one.by) for one in lines] == [
        ("registered", BY),
        ("asked", name),
        ("approved", BY),
        ("generate", "hub"),
        ("place", BY),
    ]
    (record,) = telling.records(agency.store, COMUNE, 0).records
    assert record.place == "Sportello 2, PC a sinistra"
    assert record.serial in lines[3].details["serials"]


@pytest.mark.rule("R-004-11")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE device_register SET line = x'00' WHERE seq = 3",
        "DELETE FROM device_register WHERE seq = 3",
        "DELETE FROM device_register WHERE seq = (SELECT max(seq) FROM device_register)",
        "UPDATE device_register SET device = '058091-PC-0007' WHERE seq = 1",
        "UPDATE device SET state = 'attivo' WHERE state = 'revocato'",
        "UPDATE device SET place = 'altrove'",
        "DELETE FROM device WHERE state = 'revocato'",
        "UPDATE device_certificate SET device = '058091-PC-0002' WHERE use = 'tls'",
        "DELETE FROM device_certificate WHERE use = 'signing'",
    ],
)
def test_a_change_behind_the_registers_back_is_found(agency: Agency, statement: str) -> None:
    name, _ = agency.enrolled()
    agency.register()
    agency.change(name, StationAction.CANCEL)
    agency.publish()
    keys = {key.key_id: key for key in agency.keys.listed}
    anchored = register.read_anchor(agency.office.settings.keys_dir)
    assert register.verify(agency.store, keys, anchored) == []
    with pytest.raises(Exception, match="the register is kept"):
        agency.store.run("DELETE FROM device_register")
    for kind in ("device", "device_certificate", "device_register"):
        for trigger in ("is_kept", "is_final"):
            agency.store.run(f"DROP TRIGGER IF EXISTS {kind}_{trigger}")
    agency.store.run("PRAGMA foreign_keys=OFF")
    agency.store.run(statement)
    assert register.verify(agency.store, keys, anchored)


@pytest.mark.rule("R-004-11")
def test_an_exported_register_is_checked_without_the_hub(agency: Agency) -> None:
    agency.enrolled()
    keys = {key.key_id: key for key in agency.keys.listed}
    data = register.export(agency.store, agency.keys.signing, agency.now)
    read = register.read_export(data, keys)
    assert read is not None
    assert (read[0], len(read[1])) == (agency.now, 4)
    assert register.read_export(data, {}) is None
    changed = data.replace(b"asked", b"Asked", 1)
    assert register.read_export(changed, keys) is None


def test_a_line_of_another_hub_is_found(agency: Agency) -> None:
    agency.register()
    with agency.store.transaction():
        register.append(
            agency.store,
            SoftwareSigner.generate(),
            at=agency.now,
            device=FIRST,
            event="place",
            state=CertificateState.REQUESTED.value,
            by=BY,
        )
    keys = {key.key_id: key for key in agency.keys.listed}
    faults = register.verify(agency.store, keys, None)
    assert [one.what for one in faults] == ["not signed by this hub"]


def test_lines_are_checked_after_the_hubs_key_was_rotated(agency: Agency, tmp_path: Path) -> None:
    agency.register()
    keys_dir = tmp_path / "kept"
    keys_dir.mkdir()
    assert register.known_keys(keys_dir) == {}
    register.remember_keys(keys_dir, agency.keys.listed)
    later = SoftwareSigner.generate().verifying_key
    register.remember_keys(keys_dir, (later,))
    register.remember_keys(keys_dir, (later,))
    known = register.known_keys(keys_dir)
    assert set(known) == {later.key_id} | {key.key_id for key in agency.keys.listed}
    assert register.verify(agency.store, {later.key_id: later}, None)
    assert register.verify(agency.store, known, None) == []
