"""Whom a station believes at the broker's door: by the signed list, without a renewal."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kiosk.flows.station_facts import SignedList
from kiosk.runtime.signed_lists import ListShelf
from sync.edge import authorities
from sync.edge.standing import StandingBook
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.hub.device_ca import authority
from sync.hub.device_ca.authority import Authority
from sync.wire import device_certificate, station_list
from sync.wire.station_list import StationList
from tests.unit.hub.devices import NOW, Agency
from tests.unit.runtime.test_signed_lists import enrolled
from tests.workbench.authority import Authority as ForeignAuthority

AT = datetime.now(UTC)


def shake_hands(ca: Path, issuer: Authority, folder: Path) -> str:
    """A TLS handshake with a server of that authority; empty, or why the client ends it."""
    key = device_certificate.make_tls_key()
    asked = device_certificate.certification_request("broker", key)
    spki = device_certificate.spki_of(asked, "broker")
    assert spki is not None
    made = issuer.issue_server("broker", spki, ["localhost"], AT)
    (folder / "broker.key").write_bytes(key)
    (folder / "broker.pem").write_bytes(device_certificate.to_pem((made,)))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(folder / "broker.pem", folder / "broker.key")
    believing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    believing.minimum_version = ssl.TLSVersion.TLSv1_3
    believing.load_verify_locations(ca)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = believing.wrap_bio(down, up, server_hostname="localhost")
    server = served.wrap_bio(up, down, server_side=True)
    done: set[ssl.SSLObject] = set()
    for _ in range(10):
        for end in (client, server):
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    assert done == {client, server}
    return ""


def listed(agency: Agency, version: int, *named: Authority) -> bytes:
    stations = StationList(version, NOW, tuple(one.der for one in named))
    return station_list.sign(stations, agency.keys.signing)


def shelf_of(profile: StationProfile) -> tuple[ListShelf, Store]:
    store = Store.open(profile.store, station=profile.name, code=profile.code)
    assert isinstance(store, Store)
    return ListShelf(profile, lambda: store, StandingBook(profile.store, profile.name)), store


def test_a_server_of_the_next_generation_is_believed_without_a_renewal(tmp_path: Path) -> None:
    agency = Agency.make(tmp_path / "site")
    profile, _keys = enrolled(agency, tmp_path / "device")
    (first,) = agency.office.authorities
    second = authority.make(agency.office.settings.keys_dir, AT)
    assert shake_hands(profile.tls_ca, first, tmp_path) == ""
    assert "issuer" in shake_hands(profile.tls_ca, second, tmp_path)
    own = profile.tls_certificate.read_bytes()
    shelf, store = shelf_of(profile)
    assert shelf.take(SignedList.STATIONS, listed(agency, 1, second, first)) == ""
    assert shake_hands(profile.tls_ca, second, tmp_path) == ""
    assert shake_hands(profile.tls_ca, first, tmp_path) == ""
    assert profile.tls_certificate.read_bytes() == own
    # The first generation is withdrawn: nothing of it is believed any more.
    assert shelf.take(SignedList.STATIONS, listed(agency, 2, second)) == ""
    assert "issuer" in shake_hands(profile.tls_ca, first, tmp_path)
    assert shake_hands(profile.tls_ca, second, tmp_path) == ""
    # The power went between list and file: it is made good at the next start.
    profile.tls_ca.write_bytes(first.pem)
    shelf.look()
    assert shake_hands(profile.tls_ca, second, tmp_path) == ""
    store.close()


def test_an_offices_own_authority_stays_and_a_stranger_adds_none(tmp_path: Path) -> None:
    agency = Agency.make(tmp_path / "site")
    profile, _keys = enrolled(agency, tmp_path / "device")
    (first,) = agency.office.authorities
    second = authority.make(agency.office.settings.keys_dir, AT)
    foreign = ForeignAuthority.create("Comune di Esempio").certificate_pem
    profile.tls_ca.write_bytes(foreign + first.pem)
    before = profile.tls_ca.read_bytes()
    shelf, store = shelf_of(profile)
    stranger = Agency.make(tmp_path / "stranger")
    assert shelf.take(SignedList.STATIONS, listed(stranger, 9, second)) == "station-list.foreign"
    assert profile.tls_ca.read_bytes() == before
    # One without authorities says nothing of them.
    assert shelf.take(SignedList.STATIONS, listed(agency, 1)) == ""
    assert profile.tls_ca.read_bytes() == before
    assert shelf.take(SignedList.STATIONS, listed(agency, 2, second)) == ""
    assert profile.tls_ca.read_bytes() == second.pem + foreign
    assert not authorities.adopt(profile.tls_ca, (second.der,))
    store.close()


def test_what_is_no_authority_is_not_believed_as_one(tmp_path: Path) -> None:
    agency = Agency.make(tmp_path / "site")
    profile, _keys = enrolled(agency, tmp_path / "device")
    own = device_certificate.all_in(profile.tls_certificate.read_bytes())
    before = profile.tls_ca.read_bytes()
    assert not authorities.adopt(profile.tls_ca, (*own, b"nonsense"))
    assert profile.tls_ca.read_bytes() == before
    # A file that cannot be read lets no connection through: it is made anew.
    profile.tls_ca.write_bytes(b"-----BEGIN nonsense")
    (first,) = agency.office.authorities
    assert authorities.adopt(profile.tls_ca, (first.der,))
    assert profile.tls_ca.read_bytes() == before == first.pem


def test_without_room_for_the_file_the_standing_is_heard_all_the_same(tmp_path: Path) -> None:
    agency = Agency.make(tmp_path / "site")
    profile, _keys = enrolled(agency, tmp_path / "device")
    second = authority.make(agency.office.settings.keys_dir, AT)
    nowhere = replace(profile, tls_ca=tmp_path / "nowhere" / "ca.pem")
    shelf, store = shelf_of(nowhere)
    assert shelf.take(SignedList.STATIONS, listed(agency, 1, second)) == ""
    assert shelf.held(SignedList.STATIONS) == 1
    store.close()
