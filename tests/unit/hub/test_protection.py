"""How well a station's key must be kept is the hub's to say; a weaker station's acts do not stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hub import protection, settings
from sync.hub.decide import Decider
from sync.hub.ingest import Ingest
from sync.hub.protection import ProtectionPolicy, weaker
from sync.hub.remedies import CALL_ASSISTANCE
from sync.hub.settings import SettingsError
from sync.hub.store import alarms, people, registrations
from sync.wire.receipt import Accepted, Refused
from sync.wire.signer import Protection, SoftwareSigner
from tests.unit.hub.stations import Bench, Station, preregistration
from tests.unit.hub.test_retention import HUB_TOML

SOFTWARE, TOKEN, TPM = Protection.SOFTWARE, Protection.TOKEN, Protection.TPM


class Kept:
    """A station's key that says where it lies."""

    def __init__(self, signer: SoftwareSigner, where: Protection) -> None:
        self._signer = signer
        self.protection = where
        self.key_id = signer.key_id

    def sign(self, message: bytes) -> bytes:
        return self._signer.sign(message)


def demand(bench: Bench, policy: ProtectionPolicy) -> None:
    decider = Decider(bench.registry, [bench.unsealing], lambda: bench.now, policy)
    bench.ingest = Ingest(decider, bench.signer, lambda: bench.now)


def decided(bench: Bench, station: Station) -> dict[int, object]:
    found = bench.send(station, 1, len(station.chain))
    told = [found, *bench.settle()]
    return {answer.seq: answer.outcome for each in told for answer in each.answers}


def test_the_least_of_a_station_is_that_of_the_longest_name_that_fits() -> None:
    policy = ProtectionPolicy(
        TOKEN, {"058091-PC-*": TPM, "058091-PC-0002": SOFTWARE, "*": TOKEN, "kiosk-*": SOFTWARE}
    )
    least = {
        "058091-PC-0001": TPM,
        "058091-PC-0002": SOFTWARE,
        "001272-PC-0001": TOKEN,
        "kiosk-0001": SOFTWARE,
    }
    assert {name: policy.least_of(name) for name in least} == least


@pytest.mark.parametrize("wanted", list(Protection))
@pytest.mark.parametrize("has", list(Protection))
def test_a_stronger_key_always_suffices(wanted: Protection, has: Protection) -> None:
    order = [SOFTWARE, TOKEN, TPM]
    suffices = order.index(has) >= order.index(wanted)
    assert ProtectionPolicy(wanted).suffices("kiosk-0001", has) is suffices


def test_without_a_policy_every_key_will_do() -> None:
    assert all(ProtectionPolicy().suffices("kiosk-0001", one) for one in Protection)


def test_the_weaker_of_two_words_counts() -> None:
    assert weaker(TPM, "software") is SOFTWARE
    assert weaker(SOFTWARE, "tpm") is SOFTWARE
    assert weaker(TPM, "token") is TOKEN
    assert weaker(TPM, "tpm") is TPM
    assert weaker(TPM, "") is TPM
    assert weaker(TOKEN, "nonsense") is TOKEN


def test_acts_of_a_weaker_station_do_not_stand(bench: Bench, station: Station) -> None:
    demand(bench, ProtectionPolicy(TOKEN))
    station.record_many(1, 2)
    station.record(preregistration(3), signer=Kept(station.signer, TOKEN))
    station.record(preregistration(4), signer=Kept(station.signer, TPM))
    outcomes = decided(bench, station)
    refused = {
        seq: outcome.code for seq, outcome in outcomes.items() if isinstance(outcome, Refused)
    }
    assert refused == {1: "station.protection", 2: "station.protection"}
    found = [(one.code, one.seq) for one in alarms.alarms(bench.store)]
    assert found == [(protection.REFUSED, 1)]


def test_what_was_refused_can_still_be_found_to_be_deleted(bench: Bench, station: Station) -> None:
    demand(bench, ProtectionPolicy(TPM))
    person = preregistration(1).person
    station.record(preregistration(1))
    decided(bench, station)
    assert people.entries(bench.store, person.codice_fiscale) == [(station.name, 1)]


def test_a_policy_that_was_made_stricter_leaves_what_was_decided(
    bench: Bench, station: Station
) -> None:
    station.record_many(1, 1)
    decided(bench, station)
    demand(bench, ProtectionPolicy(TPM))
    station.record_many(2, 1)
    told = [bench.send(station, 2, 2), *bench.settle()]
    outcomes = {answer.seq: answer.outcome for each in told for answer in each.answers}
    assert outcomes == {1: Accepted(), 2: Refused("station.protection", None, CALL_ASSISTANCE)}
    assert len(registrations.registrations(bench.store)) == 1


def written(folder: Path, more: str) -> settings.HubSettings:
    (folder / "hub.toml").write_text(HUB_TOML + more, "utf-8")
    return settings.load(folder)


def test_the_policy_is_in_the_hubs_settings(tmp_path: Path) -> None:
    assert written(tmp_path, "").protection == ProtectionPolicy()
    found = written(
        tmp_path,
        '[policy]\nleast_protection = "token"\n'
        '[policy.stations]\n"058091-PC-*" = "tpm"\nkiosk-0001 = "software"\n',
    )
    assert found.protection == ProtectionPolicy(TOKEN, {"058091-PC-*": TPM, "kiosk-0001": SOFTWARE})


@pytest.mark.parametrize(
    "wrong",
    [
        "policy = 3\n",
        '[policy]\nleast_protection = "steel"\n',
        '[policy]\nleast_protection = ["tpm"]\n',
        '[policy]\nleast_protections = "tpm"\n',
        "[policy]\nstations = 3\n",
        '[policy.stations]\n"a b" = "tpm"\n',
        "[policy.stations]\nkiosk-0001 = 3\n",
    ],
)
def test_a_policy_that_makes_no_sense_is_named(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "hub.toml").write_text(wrong + HUB_TOML, "utf-8")
    with pytest.raises(SettingsError, match="policy"):
        settings.load(tmp_path)
