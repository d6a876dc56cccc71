"""The signed roster of operators."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sync.model.rosters import OperatorEntry, Right, Roster, holder_digest
from sync.model.users import Profile
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
SALT = b"s" * 32
ALS = replace(
    BRUNO,
    thumbprint=b"c" * 32,
    rights=frozenset({Right.USERS}),
    comune="058091",
    profiles=frozenset({Profile.ALS, Profile.EXTRACTION}),
    holder=holder_digest(SALT, "RSSMRA80A01H501U"),
)
ELSEWHERE = replace(ALS, comune="001272", rights=frozenset(), profiles=frozenset())
ROSTER = Roster(7, 1_795_000_000_000, (ANNA, BRUNO, ALS, ELSEWHERE), SALT)
HUB = HubTrust(1, 0, (OURS.hub.verifying_key,), (OURS.unsealing.sealing_key,))
OLD: list[object] = [bytes(32), "x", "y", ["manage"], ["L219"], "2027-01-01"]
PLAIN: list[object] = [*OLD, "058091", ["als"], b"h" * 32]


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


@pytest.mark.parametrize("seconds", [-86_400, 0, 400 * 86_400])
def test_the_version_decides_and_not_the_hubs_clock(seconds: int) -> None:
    """A list from the future is taken: a station whose clock is behind must not go without."""
    newer = replace(ROSTER, version=8, issued=ROSTER.issued + 1000 * seconds)
    assert roster.load(roster.sign(newer, OURS.hub), HUB, at_least=7) == newer


@pytest.mark.parametrize("kept", [0, 1, 40, 0.5, -40, -1])
def test_a_roster_that_was_cut_off_is_none(kept: float) -> None:
    data = roster.sign(ROSTER, OURS.hub)
    cut = data[: kept if isinstance(kept, int) else int(kept * len(data))]
    assert code(roster.load(cut, HUB)) == "roster.malformed"
    assert code(roster.load(data + b"\0", HUB)) == "roster.malformed"


def signed(entries: list[object], form: int = roster.FORMAT, salt: bytes = SALT) -> bytes:
    salts = [salt] if form == roster.FORMAT else []
    payload = canonical.encode([form, 1, 0, *salts, entries])
    return cose.sign(roster.PURPOSE, payload, OURS.hub).data


@pytest.mark.parametrize(
    "entry",
    [
        PLAIN[:8],
        OLD,
        [bytes(31), *PLAIN[1:]],
        [*PLAIN[:5], "2027-02-30", *PLAIN[6:]],
        [*PLAIN[:5], "2027-01-01T00:00", *PLAIN[6:]],
        [*PLAIN[:3], "manage", *PLAIN[4:]],
        [*PLAIN[:4], ["Torino"], *PLAIN[5:]],
        [*PLAIN[:1], "x" * 201, *PLAIN[2:]],
        [*PLAIN[:6], "L219", *PLAIN[7:]],
        [*PLAIN[:6], "05809\n", *PLAIN[7:]],
        [*PLAIN[:7], "als", PLAIN[8]],
        [*PLAIN[:8], bytes(31)],
    ],
)
def test_what_is_no_entry_makes_no_roster(entry: object) -> None:
    assert code(roster.load(signed([entry]), HUB)) == "roster.malformed"


def test_what_is_not_known_here_gives_nothing() -> None:
    entry = [*PLAIN[:3], ["fly", "manage"], *PLAIN[4:7], ["fly", "als"], PLAIN[8]]
    loaded = roster.load(signed([entry]), HUB)
    assert isinstance(loaded, Roster)
    assert loaded.entries[0].rights == {Right.MANAGE}
    assert loaded.entries[0].profiles == {Profile.ALS}


def test_a_roster_of_before_is_read_and_no_format_to_come() -> None:
    loaded = roster.load(signed([OLD], form=roster.FORMAT_WITHOUT_PROFILES), HUB)
    assert isinstance(loaded, Roster)
    assert (loaded.salt, loaded.entries[0].comune, loaded.entries[0].holder) == (b"", "", b"")
    assert not loaded.entries[0].profiles
    assert code(roster.load(signed([PLAIN], form=3), HUB)) == "roster.malformed"
    assert code(roster.load(signed([PLAIN], form=1), HUB)) == "roster.malformed"


def test_holders_are_named_under_a_salt() -> None:
    assert code(roster.load(signed([PLAIN], salt=b""), HUB)) == "roster.malformed"
    assert code(roster.load(signed([PLAIN], salt=b"short"), HUB)) == "roster.malformed"
    assert isinstance(roster.load(signed([[*PLAIN[:8], b""]], salt=b""), HUB), Roster)
    with pytest.raises(ValueError, match="salt"):
        roster.sign(replace(ROSTER, salt=b""), OURS.hub)


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
