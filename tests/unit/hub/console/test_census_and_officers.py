"""The census of a comune, its Security Officers, and what the ministry is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sync.hub.console import census
from sync.hub.console.desk import of_master
from sync.hub.setup import SetupError
from sync.hub.store import officers
from sync.hub.store.letters import LetterKind
from sync.model.console import OfficerAct, OfficerAction
from sync.model.rosters import Right
from sync.model.smart_cards import CardState
from sync.model.users import Profile, UserType
from sync.wire import mail_seal, officer_proof, secret_digest
from tests.unit.hub.console.people import ROME, TURIN
from tests.unit.hub.console.town import Town
from tests.unit.hub.stations import HOUR, codice_fiscale

TODAY = date(2026, 11, 26)
DAY = 24 * HOUR


def write(folder: Path, *lines: str) -> Path:
    path = folder / "census.csv"
    path.write_text("\n".join((",".join(census.COLUMNS), *lines)) + "\n", encoding="utf-8")
    return path


def line(person: int, role: str, comune: str = ROME) -> str:
    return f"{comune},{role},{codice_fiscale(person)},Prova,Persona,p{person}@example.org,"


def load(town: Town, folder: Path, *lines: str) -> int:
    return census.load(
        town.store, town.console, census.read(write(folder, *lines), TODAY), town.now
    )


@pytest.mark.rule("R-004-1")
def test_census_names_mayor_and_delegate_who_get_cards(town: Town, tmp_path: Path) -> None:
    lines = (line(1, "asc"), line(2, "APL"), line(3, "asc", TURIN))
    assert load(town, tmp_path, *lines) == 3
    assert load(town, tmp_path, *lines) == 0
    assert town.user(1).profiles == {Profile.ASC}
    assert town.user(2).profiles == {Profile.APL}
    assert (town.user(1).surname, town.user(1).user_type) == ("PROVA", UserType.ADMINISTRATOR)
    for person in (1, 2, 3):
        assert town.card(person).state is CardState.REQUESTED
    town.give_card(1)
    entry = town.in_roster(1)
    assert entry is not None
    assert entry.rights == {Right.APPOINT, Right.STATIONS, Right.DEVICES}


@pytest.mark.rule("R-004-1")
def test_who_is_not_in_the_census_any_more_loses_the_role(town: Town, tmp_path: Path) -> None:
    load(town, tmp_path, line(1, "asc"), line(2, "apl"), line(3, "asc", TURIN))
    town.give_card(1)
    assert load(town, tmp_path, line(4, "asc"), line(2, "apl")) == 2
    assert town.user(1).profiles == frozenset()
    entry = town.in_roster(1)
    assert entry is not None
    assert entry.rights == frozenset()
    assert town.user(3, TURIN).profiles == {Profile.ASC}, "of another comune, not in this file"


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (line(1, "als"), "role"),
        (line(1, "asc", "999998"), "ISTAT"),
        (line(1, "asc").replace("p1@example.org", "comune@pec.example.org"), "email.certified"),
        (line(1, "asc").replace("p1@example.org", ""), "email"),
        (line(1, "asc") + ",", "entries"),
        (f"{ROME},asc,NOBODY,Prova,Persona,p1@example.org,", "codice_fiscale"),
    ],
)
def test_census_is_taken_whole_or_not_at_all(
    town: Town, tmp_path: Path, wrong: str, word: str
) -> None:
    with pytest.raises(SetupError, match=rf"line 3: .*{word}"):
        load(town, tmp_path, line(2, "asc"), wrong)
    assert town.store.row("SELECT count(*) FROM console_user") == (0,)


@pytest.mark.rule("R-004-1", "R-001-3", "R-001-7", "R-004-23")
def test_what_a_comune_lacks_is_told(town: Town, tmp_path: Path) -> None:
    load(town, tmp_path, line(1, "asc"), line(2, "apl"))
    told = census.check(town.store, town.now)
    assert told == [
        f"{ROME}: no ASC with an active card",
        f"{ROME}: no APL with an active card",
        f"{ROME}: no ALS with an active card",
        f"{ROME}: no ALP with an active card",
        f"{ROME}: no Security Officer",
    ]
    for person in (1, 2):
        town.give_card(person)
    town.employ(3, Profile.ALS)
    town.employ(4, Profile.ALP)
    officer = town.employ(5, Profile.ENROLMENT, user_type=UserType.SECURITY_OFFICER)
    town.insert(6, Profile.ENROLMENT)
    town.insert(7, Profile.ENROLMENT, card=False)
    assert census.check(town.store, town.now) == [
        f"{ROME}: no Security Officer has confirmed the master password",
        f"{ROME}: 1 activated cards for 3 operators who register",
    ]
    town.now += 20 * DAY
    assert f"{ROME}: 1 cards are late at the Prefettura" in census.check(town.store, town.now)
    assert officer.codice_fiscale not in "".join(census.check(town.store, town.now))


def officer_act(
    town: Town, person: int, what: OfficerAction, serial: str = "", proof: bytes = b""
) -> str:
    act = OfficerAct(ROME, codice_fiscale(person), what, serial, proof)
    with town.store.transaction():
        found = town.desk().officer(act, town.user(person))
    return "" if found is None else found.code


def master_of(town: Town, person: int) -> bytearray:
    """The master password as it stands in the letter."""
    letter = next(one for one in town.due() if one.kind is LetterKind.MASTER_PASSWORD)
    assert letter.recipient == f"persona{person}@example.org"
    assert letter.mailed_code is not None
    assert letter.operation_id is not None
    opened = mail_seal.open_master(letter.mailed_code, town.letters_key, letter.operation_id)
    assert opened is not None
    return opened


@pytest.mark.rule("R-001-7")
def test_master_password_goes_by_letter_and_its_receipt_is_kept(town: Town) -> None:
    user = town.insert(1, user_type=UserType.SECURITY_OFFICER)
    password = master_of(town, 1)
    assert officer_proof.parse(officer_proof.shown(password).lower()) == password
    kept = officers.master(town.store, user.id)
    assert kept is not None
    assert kept.received_at is None
    assert bytes(password) not in kept.key
    key = secret_digest.unprotect(kept.key, town.digests, of_master(user.id))
    assert key == officer_proof.key_of(password).hex()
    assert officer_act(town, 1, OfficerAction.MASTER_RECEIVED) == ""
    town.insert(2)
    assert officer_act(town, 2, OfficerAction.MASTER_RECEIVED) == "officer.no-password"
    assert officers.received_since(town.store, ROME) == town.now


@pytest.mark.rule("R-001-3", "R-001-7")
def test_card_opens_a_counter_when_the_security_officer_has_activated_it(town: Town) -> None:
    town.employ(1, Profile.PRIVILEGED)
    town.insert(2, user_type=UserType.SECURITY_OFFICER)
    password = master_of(town, 2)
    town.now += HOUR
    officer_act(town, 2, OfficerAction.MASTER_RECEIVED)
    town.now += HOUR
    before = town.in_roster(1)
    assert before is not None
    assert Right.REGISTER in before.rights, "what was active before stays so"
    town.employ(3, Profile.ENROLMENT, Profile.ALP)
    entry = town.in_roster(3)
    assert entry is not None
    assert entry.rights == {Right.STATIONS, Right.DEVICES}
    serial = town.card(3).serial or ""
    key = officer_proof.key_of(password)
    wrong = officer_proof.prove(bytes(32), ROME, codice_fiscale(3), serial)
    right = officer_proof.prove(key, ROME, codice_fiscale(3), serial)
    other = officer_proof.prove(key, ROME, codice_fiscale(1), serial)
    activate = OfficerAction.ACTIVATE_CARD
    assert officer_act(town, 3, activate, serial, wrong) == "officer.proof"
    assert officer_act(town, 3, activate, serial, other) == "officer.proof"
    assert officer_act(town, 3, activate, "SN999999", right) == "card.other"
    assert officer_act(town, 3, activate, serial, right) == ""
    entry = town.in_roster(3)
    assert entry is not None
    assert Right.REGISTER in entry.rights
    town.insert(8, comune=TURIN, user_type=UserType.SECURITY_OFFICER)
    with town.store.transaction():
        master = officers.master(town.store, town.user(8, TURIN).id)
        assert master is not None
        officers.put_master(town.store, replace(master, received_at=town.now - HOUR))
    town.insert(3, comune=TURIN)
    there = town.in_roster(3, TURIN)
    assert there is not None
    assert there.rights == frozenset(), "each comune's officer activates for that comune"


@pytest.mark.rule("R-001-7")
def test_nobody_activates_before_the_receipt_is_confirmed(town: Town) -> None:
    town.insert(2, user_type=UserType.SECURITY_OFFICER)
    key = officer_proof.key_of(master_of(town, 2))
    town.employ(3)
    serial = town.card(3).serial or ""
    proof = officer_proof.prove(key, ROME, codice_fiscale(3), serial)
    assert officer_act(town, 3, OfficerAction.ACTIVATE_CARD, serial, proof) == "officer.proof"


@pytest.mark.rule("R-001-28")
def test_revocations_and_additional_cards_are_asked_of_the_ministry(town: Town) -> None:
    town.employ(1)
    serial = town.card(1).serial or ""
    for _ in range(2):
        assert officer_act(town, 1, OfficerAction.ASK_REVOCATION, serial) == ""
    assert officer_act(town, 1, OfficerAction.ASK_EXTRA) == ""
    assert officer_act(town, 1, OfficerAction.ASK_REVOCATION, "SN999999") == "card.other"
    asked = officers.requests(town.store)
    assert [(one.kind, one.serial, one.person) for one in asked] == [
        ("richiesta-revoca-sco", serial, codice_fiscale(1)),
        ("richiesta-sco-aggiuntiva", "", codice_fiscale(1)),
    ]
    with town.store.transaction():
        assert officers.told(town.store, asked[0].id, town.now)
        assert not officers.told(town.store, asked[0].id, town.now)
    assert len(officers.requests(town.store)) == 1
    assert len(officers.requests(town.store, waiting=False)) == 2
