"""Lists of settings, texts and places: signed, versioned, never rolled back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sync.model.place_rows import PlacesUpdate
from sync.model.station_settings import SettingsRule
from sync.model.text_corrections import TextCorrection
from sync.wire import canonical, cose, list_versions, places_list, settings_list, texts_list
from sync.wire.places_list import PlacesList
from sync.wire.sealing import UnsealingKey
from sync.wire.settings_list import SettingsList
from sync.wire.signer import SoftwareSigner
from sync.wire.texts_list import TextsList
from sync.wire.trust import HubTrust, TrustTrouble

SIGNER = SoftwareSigner.generate()
HUB = HubTrust(1, 1, (SIGNER.verifying_key,), (UnsealingKey.generate().sealing_key,))

RULES = (
    SettingsRule(
        "*", {"session.idle_seconds": 120, "installation.endpoints": ("https://a.example",)}
    ),
    SettingsRule("058091-*", {"station.counter_hours": "Lun-Ven\n8.30-12.30"}),
)
TEXTS = (
    TextCorrection(
        "station-facts.expires-soon", (("un giorno", "{n} giorni"), ("a day", "{n} days"))
    ),
    TextCorrection("welcome.title", (("Benvenuti",), ("Welcome all",))),
)
UPDATE = PlacesUpdate(comuni=("M999\t099999\tBorgo Nuovo\t\tTO\t2026-01-01\t\t10199\t",))

KINDS: dict[str, tuple[Any, Callable[[int], Any]]] = {
    "settings": (settings_list, lambda version: SettingsList(version, 7, RULES)),
    "texts": (texts_list, lambda version: TextsList(version, 7, TEXTS)),
    "places": (places_list, lambda version: PlacesList(version, 7, UPDATE)),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_list_is_read_back_by_whoever_trusts_its_signer_alone(name: str) -> None:
    wire, made = KINDS[name]
    data = wire.sign(made(4), SIGNER)
    assert wire.load(data, HUB, at_least=4) == made(4)
    assert wire.own(data) == made(4)
    assert list_versions.version_of(name, data) == 4
    assert wire.load(data, HUB, at_least=5) == TrustTrouble("signed-list.rolled-back")
    stranger = wire.sign(made(4), SoftwareSigner.generate())
    assert wire.load(stranger, HUB) == TrustTrouble("signed-list.foreign")
    for damaged in (data[:-1], data + b"\0", b"", data.replace(b"\x07", b"\x08", 1)):
        assert isinstance(wire.load(damaged, HUB), TrustTrouble)


@pytest.mark.parametrize("name", KINDS)
def test_one_list_is_never_taken_for_another(name: str) -> None:
    wire, made = KINDS[name]
    data = wire.sign(made(1), SIGNER)
    for other, (module, _) in KINDS.items():
        if other != name:
            assert module.load(data, HUB) == TrustTrouble("signed-list.malformed")
            assert list_versions.version_of(other, data) is None


@pytest.mark.parametrize(
    ("wire", "content"),
    [
        (settings_list, [["058091 *", {}]]),
        (settings_list, [["*", {"a": [1]}]]),
        (settings_list, [["*", {"a": None}]]),
        (settings_list, [["*", {1: "a"}]]),
        (settings_list, {}),
        (texts_list, [["welcome.title", ["Ciao {x.y}"], ["Hello {x.y}"]]]),
        (texts_list, [["welcome.title", ["Ciao"]]]),
        (texts_list, [["home.accept", ["Ciao"], ["Hello"]]]),
        (texts_list, [["welcome.title", [], []]]),
        (places_list, [["x"], [], []]),
        (places_list, [[], []]),
        (places_list, [[1], [], []]),
    ],
)
def test_what_a_good_signature_covers_is_looked_at_all_the_same(wire: Any, content: Any) -> None:
    payload = canonical.encode([1, 1, 1, content])
    data = cose.sign(wire.PURPOSE, payload, SIGNER).data
    assert wire.load(data, HUB) == TrustTrouble("signed-list.malformed")


def test_a_hub_signs_nothing_that_its_stations_would_not_take() -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        settings_list.sign(
            SettingsList(1, 1, (SettingsRule("*", {"session.idle_seconds": 1}),)), SIGNER
        )
    with pytest.raises(ValueError, match="placeholder"):
        texts_list.sign(
            TextsList(1, 1, (TextCorrection("welcome.title", (("{a}",), ("{b}",))),)), SIGNER
        )
    with pytest.raises(ValueError, match="row 1"):
        places_list.sign(PlacesList(1, 1, PlacesUpdate(states=("X",))), SIGNER)


def test_a_station_keeps_what_a_newer_hub_steers_apart() -> None:
    payload = canonical.encode([1, 1, 1, [["*", {"future.thing": 3, "session.idle_seconds": 99}]]])
    found = settings_list.load(cose.sign(settings_list.PURPOSE, payload, SIGNER).data, HUB)
    assert isinstance(found, SettingsList)
    assert found.rules[0].values["future.thing"] == 3
