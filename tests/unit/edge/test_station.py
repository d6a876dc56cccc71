from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sync.edge import station as stations
from sync.edge.link.trusting import Belief
from sync.edge.station import ProfileError, load
from sync.edge.store import Store
from sync.wire import trust
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust, TrustTrouble
from tests.unit.edge.stations import CODE, NAME, HubKeys, Station

GOOD = '[station]\nname = "kiosk-0001"\ncode = 17\n[broker]\nhost = "localhost"\nport = 8883\n'


def write(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / stations.FILE_NAME).write_text(text, encoding="utf-8")
    return folder


def test_what_the_folder_says(station: Station) -> None:
    profile = station.profile
    assert (profile.name, profile.code) == (NAME, CODE)
    assert profile.store == profile.folder / "store"
    assert profile.hub == "hub"
    assert profile.signing_key().key_id == station.signer.key_id
    assert profile.root_key().key_id == station.hub.root.key_id
    found = profile.hub_trust()
    assert isinstance(found, HubTrust)
    assert found.sealing_key.key_id == station.hub.unsealing.key_id


def test_usual_values(tmp_path: Path) -> None:
    profile = load(write(tmp_path, GOOD))
    assert profile.longest_retry == 300
    assert profile.store == tmp_path / "store"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "not TOML"),
        ("", "station.name"),
        ("station = 5", "station.name"),
        (GOOD.replace("kiosk-0001", "Kiosk 1"), "station.name"),
        (GOOD.replace("17", "29791"), "station.code"),
        (GOOD.replace("17", "-1"), "station.code"),
        (GOOD.replace("17", "true"), "station.code"),
        (GOOD.replace("17", '"17"'), "station.code"),
        (GOOD.replace('"localhost"', '""'), "broker.host"),
        (GOOD.replace("8883", "0"), "broker.port"),
        (GOOD.replace("8883", "70000"), "broker.port"),
        (GOOD + "longest_retry = 0", "broker.longest_retry"),
        (GOOD + "[store]\npath = 5", "store.path"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ProfileError, match=told):
        load(write(tmp_path, text))


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="No such file"):
        load(tmp_path / "missing")


def test_missing_and_broken_keys_are_told(station: Station) -> None:
    profile = station.profile
    profile.signing_certificate.write_bytes(b"nonsense")
    with pytest.raises(ProfileError, match=r"key/certificate.pem: certificate.malformed"):
        profile.signing_key()
    profile.signing_certificate.unlink()
    with pytest.raises(ProfileError, match=r"key/certificate.pem: No such file"):
        profile.signing_key()
    profile.trust_root.write_bytes(b"nonsense")
    with pytest.raises(ProfileError, match=r"trust/root.pem: key.malformed"):
        profile.hub_trust()
    profile.trust_root.unlink()
    with pytest.raises(ProfileError, match=r"trust/root.pem: No such file"):
        profile.root_key()


def test_hub_keys_are_not_believed_blindly(station: Station) -> None:
    profile = station.profile
    profile.trust_list.write_bytes(trust.sign(station.hub.trust(2), station.hub.root))
    assert profile.hub_trust(at_least=3) == TrustTrouble("trust.rolled-back")
    other = HubKeys.generate()
    profile.trust_list.write_bytes(trust.sign(other.trust(), other.root))
    assert profile.hub_trust() == TrustTrouble("trust.foreign")
    profile.trust_list.write_bytes(b"nonsense")
    assert profile.hub_trust() == TrustTrouble("trust.malformed")
    profile.trust_list.unlink()
    assert profile.hub_trust() == TrustTrouble("trust.absent")


def test_a_station_goes_over_to_the_root_that_follows(station: Station) -> None:
    profile, hub = station.profile, station.hub
    second = SoftwareSigner.generate()
    word = trust.name_successor(hub.root, second.verifying_key)
    made = replace(hub.trust(2), succession=(word,))
    profile.trust_list.write_bytes(trust.sign(made, second))
    found = profile.hub_trust()
    assert isinstance(found, HubTrust)
    assert profile.adopt_root(found)
    assert profile.root_key().key_id == second.key_id
    # What the first root signs counts no more, however new it is.
    profile.trust_list.write_bytes(trust.sign(hub.trust(99), hub.root))
    assert profile.hub_trust() == TrustTrouble("trust.foreign")
    again = load(profile.folder)
    profile.trust_list.write_bytes(trust.sign(made, second))
    assert isinstance(again.hub_trust(), HubTrust)


def test_the_link_goes_over_to_the_root_that_follows(station: Station, store: Store) -> None:
    second = SoftwareSigner.generate()
    word = trust.name_successor(station.hub.root, second.verifying_key)
    made = replace(station.hub.trust(2), succession=(word,))
    station.profile.trust_list.write_bytes(trust.sign(made, second))
    Belief(station.profile, store).renew()
    assert station.profile.root_key().key_id == second.key_id
    assert store.trust_version() == 2
