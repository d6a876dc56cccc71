"""A device becomes a station with a real hub's office for devices; the power may go at any file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk import enrol
from kiosk.enrolling import is_station, make_or_open_keys, settings_writer
from sync.edge import enrolment as edge
from sync.edge import replacing, station
from sync.edge.enrolment import (
    Begun,
    DeviceKeys,
    Enrolment,
    EnrolmentTrouble,
    Requested,
    Waiting,
    begin_with_code,
    begin_with_token,
)
from sync.model.certificates import CertificateState
from sync.wire import enrolment
from sync.wire.enrolment_answer import Issued, Stage
from sync.wire.trust import HubTrust
from tests.unit.hub.devices import NOW, Agency


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    return Agency.make(tmp_path / "site")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "device"


def posting(agency: Agency) -> Callable[[str, bytes], bytes | str]:
    """The hub's pages without a network."""

    def post(address: str, data: bytes) -> bytes | str:
        if address.endswith(enrolment.OFFER_PATH):
            return agency.enrolling.offer(agency.store, data, agency.now) or b""
        return agency.answer(data)

    return post


def device_of(folder: Path) -> tuple[Enrolment, DeviceKeys]:
    keys = make_or_open_keys(folder)
    assert isinstance(keys, DeviceKeys)
    return Enrolment(folder, lambda: NOW), keys


def requested_of(agency: Agency, folder: Path) -> Requested:
    token = agency.token(agency.register())
    begun = begin_with_code(token.password, token.address, posting(agency), token.root)
    assert isinstance(begun, Begun)
    device, keys = device_of(folder)
    made = device.request(begun, keys)
    assert isinstance(made, Requested)
    return made


@pytest.mark.rule("R-004-10")
@pytest.mark.rule("R-004-13")
@pytest.mark.rule("R-004-14")
def test_a_device_becomes_a_station_and_its_folder_can_be_used(
    agency: Agency, folder: Path
) -> None:
    requested = requested_of(agency, folder)
    device, keys = device_of(folder)
    waiting = device.ask(requested, posting(agency))
    assert isinstance(waiting, Waiting)
    assert waiting.stage is Stage.APPROVAL
    agency.approve(requested.station)
    assert isinstance(device.ask(requested, posting(agency)), Waiting | Issued)
    agency.generate()
    issued = device.ask(requested, posting(agency))
    assert isinstance(issued, Issued)
    assert not is_station(folder)
    assert device.install(requested, issued, keys, settings_writer(folder)) is None
    assert is_station(folder)
    profile = station.load(folder)
    assert profile.name == requested.station == "058091-PC-0001"
    assert profile.signing_key().spki == keys.spki
    assert isinstance(profile.hub_trust(), HubTrust)
    assert device.requested() is None
    assert agency.state(requested.station) in {CertificateState.ISSUED, CertificateState.ACTIVE}


def test_the_check_code_is_the_consoles(agency: Agency, folder: Path) -> None:
    requested = requested_of(agency, folder)
    device, _keys = device_of(folder)
    device.ask(requested, posting(agency))
    assert agency.held(requested.station).check_code.replace("-", "") == (
        requested.check_code.replace("-", "")
    )


@pytest.mark.rule("R-004-10")
def test_after_a_power_cut_the_same_request_goes_on_and_no_key_is_made_twice(
    agency: Agency, folder: Path
) -> None:
    first = requested_of(agency, folder)
    device, keys = device_of(folder)  # as after a restart: everything is read again
    tls = device.tls_key.read_bytes()
    again = device.requested()
    assert again == first
    device.make_tls_key(keys.tls_password)
    assert device.tls_key.read_bytes() == tls
    device.ask(first, posting(agency))
    agency.approve(first.station)
    agency.generate()
    issued = device.ask(again, posting(agency))
    assert isinstance(issued, Issued)


def test_the_power_may_go_at_every_file_of_the_installation(
    agency: Agency, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested = requested_of(agency, folder)
    device, keys = device_of(folder)
    device.ask(requested, posting(agency))
    agency.approve(requested.station)
    agency.generate()
    issued = device.ask(requested, posting(agency))
    assert isinstance(issued, Issued)
    real = replacing.replace_file

    class PowerCutError(Exception):
        pass

    for files in range(6):
        left = [files]

        def replace_file(
            path: Path, content: bytes, *, mode: int = 0o600, left: list[int] = left
        ) -> None:
            if not left[0]:
                raise PowerCutError
            left[0] -= 1
            real(path, content, mode=mode)

        monkeypatch.setattr(edge, "replace_file", replace_file)
        with pytest.raises(PowerCutError):
            device.install(requested, issued, keys, settings_writer(folder))
        assert not is_station(folder)
        assert device.requested() == requested
    monkeypatch.setattr(edge, "replace_file", real)
    assert device.install(requested, issued, keys, settings_writer(folder)) is None
    assert is_station(folder)


def test_a_stick_carries_token_request_and_answer(agency: Agency, folder: Path) -> None:
    token = agency.token(agency.register())
    offer = agency.enrolling.offer(agency.store, enrolment.make_question(token.password), NOW)
    assert offer is not None
    read = enrolment.read_offer(offer, token.password)
    assert isinstance(read, enrolment.Offer)
    found = enrolment.read_token_file(enrolment.token_file(token.to_text(), read.trust_list))
    assert isinstance(found, tuple)
    device, keys = device_of(folder)
    requested = device.request(begin_with_token(*found), keys)
    assert isinstance(requested, Requested)
    agency.answer(requested.sealed)
    agency.approve(requested.station)
    agency.generate()
    answer = agency.answer(requested.sealed)
    assert isinstance(device.answered(requested, answer), Issued)


def test_the_one_time_code_is_in_no_file(agency: Agency, folder: Path) -> None:
    token = agency.token(agency.register())
    begun = begin_with_code(token.password, token.address, posting(agency), token.root)
    assert isinstance(begun, Begun)
    device, keys = device_of(folder)
    assert isinstance(device.request(begun, keys), Requested)
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert token.password.encode() not in content
    assert token.password not in repr(begun)


def test_a_hub_of_another_site_is_not_believed(
    agency: Agency, folder: Path, tmp_path: Path
) -> None:
    stranger = Agency.make(tmp_path / "other")
    requested = requested_of(agency, folder)
    device, keys = device_of(folder)
    # An answer that the stranger signed to the same request.
    theirs = requested_of(stranger, tmp_path / "their-device")
    stranger.answer(theirs.sealed)
    foreign = device.answered(requested, stranger.answer(theirs.sealed))
    assert foreign == EnrolmentTrouble("enrolment.answer-foreign")
    # A certificate of a stranger's authority in an answer of our own hub.
    device.ask(requested, posting(agency))
    agency.approve(requested.station)
    agency.generate()
    issued = device.ask(requested, posting(agency))
    assert isinstance(issued, Issued)
    stranger.approve(theirs.station)
    stranger.generate()
    other = Enrolment(tmp_path / "their-device", lambda: NOW)
    wrong = other.ask(theirs, posting(stranger))
    assert isinstance(wrong, Issued)
    for swapped in (
        replace(issued, certificate=wrong.certificate),
        replace(issued, signing_certificate=wrong.signing_certificate),
        replace(issued, authorities=wrong.authorities),
        replace(issued, station="058091-PC-0002"),
    ):
        refused = device.install(requested, swapped, keys, settings_writer(folder))
        assert refused == EnrolmentTrouble("enrolment.certificate-wrong", for_good=True)
    foreign_list = replace(issued, trust_list=wrong.trust_list)
    refused = device.install(requested, foreign_list, keys, settings_writer(folder))
    assert refused == EnrolmentTrouble("enrolment.hub-foreign", for_good=True)
    assert not is_station(folder)


def test_a_code_that_nobody_knows_and_a_hub_that_is_away(agency: Agency) -> None:
    unknown = enrolment.password_of(bytes(32))
    found = begin_with_code(unknown, "http://hub.example", posting(agency))
    assert isinstance(found, EnrolmentTrouble)
    assert found.for_good
    away = begin_with_code(unknown, "http://hub.example", lambda _a, _d: "enrolment.unreachable")
    assert away == EnrolmentTrouble("enrolment.unreachable")


def test_settings_keep_what_the_image_brought_with_its_comments(
    agency: Agency, folder: Path
) -> None:
    folder.mkdir()
    (folder / "station.toml").write_text(
        '# of the image\n[station]\noffice = "Ufficio di prova"\n[devices]\ncamera = "v4l2:"\n'
    )
    assert not is_station(folder)
    requested = requested_of(agency, folder)
    device, keys = device_of(folder)
    device.ask(requested, posting(agency))
    agency.approve(requested.station)
    agency.generate()
    issued = device.ask(requested, posting(agency))
    assert isinstance(issued, Issued)
    assert device.install(requested, issued, keys, settings_writer(folder)) is None
    text = (folder / "station.toml").read_text()
    assert "# of the image" in text
    tables = tomllib.loads(text)
    assert tables["station"]["office"] == "Ufficio di prova"
    assert tables["station"]["name"] == requested.station
    assert tables["devices"]["camera"] == "v4l2:"


def test_without_a_window(agency: Agency, folder: Path, tmp_path: Path) -> None:
    token = agency.token(agency.register())
    file = tmp_path / "token.txt"
    file.write_text(token.to_text())
    call = ["--station-dir", str(folder), "--token-file", str(file), "--patience", "30"]

    def sleep(_seconds: float) -> None:
        agency.approve(token.station)
        agency.generate()

    assert enrol.main([*call[:4], "--patience", "0"], post=posting(agency)) == enrol.LATER
    assert enrol.main(call, post=posting(agency), sleep=sleep) == enrol.DONE
    assert is_station(folder)
    assert enrol.main(call, post=posting(agency)) == enrol.UNUSABLE


def test_a_renewal_is_due_before_the_end_and_not_on_one_day_for_all() -> None:
    begins, ends = edge.at_least_now(0), edge.at_least_now(400 * 86_400_000)
    due = {edge.renewal_due(begins, ends, edge.jitter_of(f"058091-PC-{n:04}")) for n in range(50)}
    assert len(due) == 50
    assert all(
        begins + (ends - begins) * 0.6 < one < begins + (ends - begins) * 0.75 for one in due
    )
