"""Users, their cards and the roster that comes of them, in the registry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sync.hub.console import production, records
from sync.hub.setup import SetupError
from sync.hub.store import cards, operators, users
from sync.hub.store.letters import LetterKind
from sync.model.console import UserAction, UserReason
from sync.model.errors import Problem
from sync.model.rosters import Right
from sync.model.smart_cards import CardCertificateState, CardState, certificate_state
from sync.model.users import Environment, Profile, UserState, UserType
from sync.wire import mail_seal
from tests.unit.hub.console.people import ROME, TURIN
from tests.unit.hub.console.town import CODES, Town, certificate
from tests.unit.hub.stations import Bench, Station, codice_fiscale, preregistration
from tests.unit.wire.test_operator_signature import Card


@pytest.mark.rule("R-004-28", "R-004-30")
def test_insertion_asks_for_the_card_that_was_wanted(town: Town) -> None:
    town.insert(1, card=True)
    town.insert(2, card=False)
    card = town.card(1)
    assert (card.state, card.due) == (CardState.REQUESTED, date(2026, 12, 11))
    assert cards.of_person(town.store, codice_fiscale(2)) is None
    assert town.in_roster(1) is None, "a card on its way opens nothing"
    again = town.desk().insert(town.insertion(1))
    assert isinstance(again, Problem)
    assert again.code == "user.exists"


@pytest.mark.rule("R-004-20")
def test_person_has_one_card_over_all_comuni(town: Town) -> None:
    town.employ(1, Profile.MUTATION)
    town.insert(1, Profile.ENROLMENT, comune=TURIN, card=True)
    assert len(cards.in_state(town.store, CardState.REQUESTED)) == 0
    here, there = town.in_roster(1), town.in_roster(1, TURIN)
    assert here is not None
    assert there is not None
    assert here.thumbprint == there.thumbprint
    assert here.rights == {Right.MANAGE, Right.RESIDENCE}
    assert there.rights == {Right.REGISTER}, "what they may is each comune's own"
    assert (here.office, there.office) == ("Roma Capitale", "Comune di Torino")
    assert (here.comuni, there.comuni) == (("H501",), ("L219",))
    assert town.act(1, UserAction.NEW_CARD, comune=TURIN) == "card.exists"


@pytest.mark.rule("R-004-21", "R-004-22", "R-004-25")
def test_card_opens_when_it_is_registered_and_its_codes_are_mailed(town: Town) -> None:
    town.insert(1, Profile.ALS)
    production.deliver(town.store, [town.delivery(1)])
    card = town.card(1)
    assert card.state is CardState.AT_PREFETTURA
    assert town.act(1, UserAction.REGISTER_CARD, serial=card.serial) == "card.forbidden"
    assert town.act(1, UserAction.HAND_OVER_CARD, serial=card.serial) == ""
    assert town.in_roster(1) is None
    assert town.due() == []
    assert town.act(1, UserAction.REGISTER_CARD, serial=card.serial) == ""
    entry = town.in_roster(1)
    assert entry is not None
    assert entry.rights == {Right.USERS}
    assert entry.until == date(2028, 12, 31)
    (letter,) = town.due()
    assert (letter.kind, letter.recipient) == (LetterKind.CARD_CODES, "persona1@example.org")
    assert letter.mailed_code is not None
    assert mail_seal.open_card_codes(letter.mailed_code, town.letters_key, "SN000001") == CODES
    record = records.of_user(town.store, town.user(1))
    assert record.card is not None
    assert (record.card.state, record.card.serial) == (CardState.ACTIVE, "SN000001")
    assert certificate_state(record.card.state) is CardCertificateState.ISSUED


@pytest.mark.rule("R-004-26")
def test_codes_are_mailed_again_and_counted(town: Town) -> None:
    town.employ(1)
    serial = town.card(1).serial
    assert town.act(1, UserAction.SEND_CODES, serial=serial) == ""
    assert town.card(1).codes_sent == 2
    (letter,) = town.due()
    assert letter.facts == {"renewed": "yes"}, "the one before still waited, and is taken back"


@pytest.mark.rule("R-004-24")
def test_replaced_card_is_dead_at_once(town: Town) -> None:
    town.employ(1)
    old = town.card(1)
    reason = UserReason.BROKEN
    assert town.act(1, UserAction.REPLACE_CARD, serial=old.serial, reason=reason) == ""
    assert town.roster() == []
    assert operators.is_due(town.store), "the roster is to be signed at once"
    fresh = town.card(1)
    assert (fresh.state, fresh.due) == (CardState.REQUESTED, date(2026, 12, 11))
    assert fresh.id != old.id
    found = cards.by_id(town.store, old.id)
    assert found is not None
    assert (found.state, found.codes) == (CardState.DISABLED, None)
    town.give_card(1)
    entry = town.in_roster(1)
    assert entry is not None
    assert entry.thumbprint != old.thumbprint


@pytest.mark.rule("R-004-31", "R-004-33")
def test_blocked_user_leaves_the_roster_and_comes_back(town: Town) -> None:
    town.employ(1)
    assert town.act(1, UserAction.BLOCK) == ""
    assert town.roster() == []
    assert (town.user(1).state, town.card(1).state) == (UserState.BLOCKED, CardState.BLOCKED)
    assert town.act(1, UserAction.UNBLOCK) == ""
    assert town.in_roster(1) is not None
    assert town.card(1).state is CardState.ACTIVE


@pytest.mark.rule("R-004-36")
def test_stolen_card_is_dead_in_every_comune(town: Town) -> None:
    town.employ(1)
    town.insert(1, comune=TURIN)
    assert len(town.roster()) == 2
    assert town.act(1, UserAction.BLOCK, reason=UserReason.THEFT, comune=TURIN) == ""
    assert town.roster() == []
    serial = town.card(1).serial
    assert (
        town.act(1, UserAction.REPLACE_CARD, serial=serial, reason=UserReason.THEFT, reported=True)
        == ""
    )
    assert town.card(1).state is CardState.REQUESTED


@pytest.mark.rule("R-004-29")
def test_user_of_the_other_environment_is_in_no_roster_here(town: Town) -> None:
    town.insert(1, environments=frozenset({Environment.BEFORE_TAKEOVER}))
    town.give_card(1)
    assert town.roster() == []


@pytest.mark.rule("R-004-32", "R-004-35")
def test_deletion_in_one_of_two_comuni_leaves_person_and_card(town: Town) -> None:
    town.employ(1)
    town.insert(1, comune=TURIN)
    assert town.act(1, UserAction.DELETE, reason=UserReason.MOVED) == ""
    assert users.of(town.store, ROME, codice_fiscale(1)) is None
    assert town.in_roster(1) is None
    assert town.in_roster(1, TURIN) is not None
    card = town.card(1)
    assert (card.state, card.comune) == (CardState.ACTIVE, TURIN)
    assert town.act(1, UserAction.DELETE, comune=TURIN, reason=UserReason.RETIRED) == ""
    gone = cards.by_serial(town.store, card.serial or "")
    assert gone is not None
    assert (gone.state, gone.codice_fiscale, gone.certificate) == (CardState.DISABLED, None, None)
    assert town.roster() == []


@pytest.mark.rule("R-004-32")
def test_disabled_card_stays_so_and_another_person_cannot_have_it(town: Town) -> None:
    town.employ(1)
    serial = town.card(1).serial
    assert town.act(1, UserAction.DELETE) == ""
    town.insert(1)
    assert town.card(1).state is CardState.REQUESTED, "who comes back gets another card"
    with pytest.raises(SetupError, match="known already"):
        production.deliver(town.store, [town.delivery(1, serial=serial)])


@pytest.mark.rule("R-004-32")
def test_deleted_user_is_in_no_byte_of_the_registry(
    town: Town, bench: Bench, station: Station, registry_path: Path
) -> None:
    station.record(preregistration(9))
    bench.send(station, 1, 1)
    town.employ(1, surname="ZZUNICO", name="QQUNICA", email="unica@example.org")
    user = town.user(1)
    with town.store.transaction():
        users.note_entry(town.store, station.name, 1, user.id)
    print_ = town.card(1).thumbprint or b""
    key = operators.lines_at(town.store, print_, town.now)[0].key()
    message = b"recorded before"
    signature = _signed(town, "SN000001", message)
    words = ("ZZUNICO", "QQUNICA", "unica@example.org", codice_fiscale(1))
    town.store.scrub()
    before = _bytes(registry_path)
    assert all(word.encode() in before for word in words), "the search finds what is there"
    assert town.act(1, UserAction.DELETE) == ""
    assert town.store.row("SELECT station, seq FROM shedding WHERE since = 0") == ("kiosk-0001", 1)
    assert town.store.scrub()
    after = _bytes(registry_path)
    assert not [word for word in words if word.encode() in after]
    (line,) = operators.last(town.store, print_)
    assert line.entry.name == ""
    assert key.verify(message, signature)
    assert line.key().verify(message, signature), "what they recorded before stays verifiable"


def test_profiles_decide_what_a_card_opens(town: Town) -> None:
    town.employ(1, Profile.ALP)
    entry = town.in_roster(1)
    assert entry is not None
    assert entry.rights == {Right.STATIONS, Right.DEVICES}
    assert entry.profiles == {Profile.ALP}
    change = records.of_user(town.store, town.user(1))
    with town.store.transaction():
        users.put(town.store, replace(town.user(1), profiles=frozenset()))
    assert records.of_user(town.store, town.user(1)) != change


@pytest.mark.rule("R-004-23")
def test_producer_is_told_requests_and_brings_cards(town: Town) -> None:
    town.insert(1)
    town.insert(2)
    lines = production.requests(town.store).splitlines()
    assert lines[0] == ",".join(production.REQUESTED)
    assert [line.split(",")[2] for line in lines[1:]] == [codice_fiscale(1), codice_fiscale(2)]
    assert lines[1].split(",")[5:] == ["2026-11-26", "2026-12-11", ""]
    first = town.delivery(1)
    with pytest.raises(SetupError, match="somebody else"):
        production.deliver(town.store, [first, town.delivery(2, codice_fiscale=codice_fiscale(1))])
    assert town.card(1).state is CardState.REQUESTED, "all or none"
    with pytest.raises(SetupError, match="nobody asked"):
        production.deliver(town.store, [replace(first, request=99)])
    assert production.deliver(town.store, [first]) == []
    with pytest.raises(SetupError, match="known already"):
        production.deliver(town.store, [first])
    assert len(production.requests(town.store).splitlines()) == 2


@pytest.mark.rule("R-004-20")
def test_card_of_somebody_elses_certificate_is_not_taken(town: Town) -> None:
    town.insert(1)
    one = town.delivery(1)
    other = certificate(town.keys[one.serial], 2)
    with pytest.raises(SetupError, match="certificate names somebody else"):
        production.deliver(town.store, [replace(one, certificate=other)])


@pytest.mark.rule("R-004-32")
def test_card_of_a_user_who_was_deleted_meanwhile_is_void(town: Town) -> None:
    town.insert(1)
    one = town.delivery(1)
    assert town.act(1, UserAction.DELETE) == ""
    assert production.deliver(town.store, [one]) == [one.serial]
    found = cards.by_serial(town.store, one.serial)
    assert found is not None
    assert (found.state, found.codice_fiscale) == (CardState.DISABLED, None)


@pytest.mark.rule("R-004-1")
def test_first_card_of_the_census_needs_nobody_in_the_comune(town: Town) -> None:
    town.insert(1, Profile.ASC, user_type=UserType.ADMINISTRATOR)
    town.insert(2, Profile.ALS, user_type=UserType.ADMINISTRATOR)
    production.deliver(town.store, [town.delivery(1), town.delivery(2)])
    production.hand_over_census(town.store, town.console, "SN000001", town.now)
    entry = town.in_roster(1)
    assert entry is not None
    assert Right.APPOINT in entry.rights
    assert [letter.kind for letter in town.due()] == [LetterKind.CARD_CODES]
    with pytest.raises(SetupError, match="not of the census"):
        production.hand_over_census(town.store, town.console, "SN000002", town.now)
    with pytest.raises(SetupError, match="the card is"):
        production.hand_over_census(town.store, town.console, "SN000001", town.now)


def _signed(town: Town, serial: str, message: bytes) -> bytes:
    signature = Card(town.keys[serial]).sign(message)
    assert isinstance(signature, bytes)
    return signature


def _bytes(path: Path) -> bytes:
    """The registry and its log, as they lie on the disk."""
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))
