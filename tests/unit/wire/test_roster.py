"""The signed roster of operators."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sync.model.rosters import OperatorEntry, Right, Roster
from sync.wire import canonical, cose, roster
from sync.wire.trust import HubTrust, TrustTrouble
from tests.unit.wire.material import OURS, THEIRS, flipped

ANNA = OperatorEntry(
    bytes(32),
    "Anna Verdi",
    "Comune di Torino",
    frozenset({Right.REGISTER, Right.MANAGE, Right.FSE}),
    ("L219", "A326"),
    date(2027, 12, 31),
)
BRUNO = OperatorEntry(
    b"b" * 32, "Bruno Neri", "ASL", frozenset({Right.DEVICES}), (), date(2027, 1, 1)
)
ROSTER = Roster(7, 1_795_000_000_000, (ANNA, BRUNO))
HUB = HubTrust(1, 0, (OURS.hub.verifying_key,), (OURS.unsealing.sealing_key,))
PLAIN: list[object] = [bytes(32), "x", "y", ["manage"], ["L219"], "2027-01-01"]


def code(loaded: object) -> str:
    assert isinstance(loaded, TrustTrouble)
    return loaded.code


def test_a_roster_comes_as_it_was_signed() -> None:
    assert roster.load(roster.sign(ROSTER, OURS.hub), HUB, at_least=7) == ROSTER


def test_only_the_hubs_roster_counts_and_never_an_older_one() -> None:
    data = roster.sign(ROSTER, OURS.hub)
    assert code(roster.load(data, HUB, at_least=8)) == "roster.rolled-back"
    assert code(roster.load(roster.sign(ROSTER, THEIRS.hub), HUB)) == "roster.foreign"
    for changed in flipped(data):
        assert isinstance(roster.load(changed, HUB), TrustTrouble)
    assert code(roster.load(b"", HUB)) == "roster.malformed"


def signed(entries: list[object]) -> bytes:
    payload = canonical.encode([roster.FORMAT, 1, 0, entries])
    return cose.sign(roster.PURPOSE, payload, OURS.hub).data


@pytest.mark.parametrize(
    "entry",
    [
        PLAIN[:5],
        [bytes(31), *PLAIN[1:]],
        [*PLAIN[:5], "2027-02-30"],
        [*PLAIN[:5], "2027-01-01T00:00"],
        [*PLAIN[:3], "manage", *PLAIN[4:]],
        [*PLAIN[:4], ["Torino"], PLAIN[5]],
        [*PLAIN[:1], "x" * 201, *PLAIN[2:]],
    ],
)
def test_what_is_no_entry_makes_no_roster(entry: object) -> None:
    assert code(roster.load(signed([entry]), HUB)) == "roster.malformed"


def test_rights_that_are_not_known_here_are_no_rights() -> None:
    loaded = roster.load(signed([[*PLAIN[:3], ["fly", "manage"], *PLAIN[4:]]]), HUB)
    assert isinstance(loaded, Roster)
    assert loaded.entries[0].rights == {Right.MANAGE}


def test_a_card_is_of_one_operator() -> None:
    assert code(roster.load(signed([PLAIN, PLAIN]), HUB)) == "roster.malformed"
    with pytest.raises(ValueError, match="one operator"):
        roster.sign(replace(ROSTER, entries=(ANNA, ANNA)), OURS.hub)


def test_a_roster_has_a_bound() -> None:
    many = tuple(
        replace(BRUNO, thumbprint=number.to_bytes(32), name="x" * 200) for number in range(20_001)
    )
    with pytest.raises(ValueError, match="too large"):
        roster.sign(replace(ROSTER, entries=many), OURS.hub)
