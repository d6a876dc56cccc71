"""What a preregistration does to the registry, and to whom the hub writes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from sync.hub import confirmation
from sync.hub.confirmation import LinkState
from sync.hub.store import letters, registrations
from sync.hub.store.letters import LetterKind, QueuedLetter
from sync.hub.store.registrations import Held
from sync.model.credential import Credential, State
from sync.model.delegation import DelegationKind
from sync.wire.receipt import Accepted, Outcome, Refused
from tests.unit.hub.stations import HOUR, Bench, Station, codice_fiscale, preregistration
from tests.unit.model import examples


@dataclass
class Office:
    """A bench and a station, in the words of these tests."""

    bench: Bench
    station: Station

    def register(self, person: int, **changes: object) -> Outcome:
        """One more registration, received by the hub."""
        self.station.record(preregistration(person, **changes))
        last = len(self.station.chain)
        return self.bench.send(self.station, last, last).answers[-1].outcome

    def registration(self, person: int) -> Held:
        return registrations.of_people(self.bench.store, [codice_fiscale(person)])[
            codice_fiscale(person)
        ]

    def due(self) -> list[QueuedLetter]:
        return letters.due(self.bench.store, self.bench.now + 48 * HOUR, 100)

    def send_all(self) -> list[QueuedLetter]:
        """Plays the mailer: every letter that is due is taken by the mail server now."""
        taken = self.due()
        with self.bench.store.transaction():
            for letter in taken:
                letters.sent(self.bench.store, letter.id, self.bench.now)
        return taken

    def confirm(self, letter: QueuedLetter) -> confirmation.Finding:
        """Plays the person: presses the button behind the link."""
        token = self.bench.tokens.token(letter.message_id)
        with self.bench.store.transaction():
            return confirmation.use(
                self.bench.store, token, self.bench.now, self.bench.registry.message_id()
            )

    def look(self, letter: QueuedLetter) -> LinkState:
        token = self.bench.tokens.token(letter.message_id)
        return confirmation.look(self.bench.store, token, self.bench.now).state

    def member(self, person: int, **changes: object) -> None:
        """Somebody whose address is confirmed."""
        self.register(person, **changes)
        assert self.confirm(self.send_all()[-1]).state is LinkState.OPEN
        self.send_all()


@pytest.fixture
def office(bench: Bench, station: Station) -> Office:
    return Office(bench, station)


@pytest.mark.rule("R-003-33")
def test_new_person_is_registered_and_asked_to_confirm(office: Office) -> None:
    assert office.register(1, email="persona@example.org") == Accepted()
    entered = office.registration(1)
    assert entered.registration.credential == Credential(State.REGISTRATO, strong=False)
    assert entered.email_confirmed_at is None
    assert (entered.station, entered.seq) == ("kiosk-0001", 1)
    (letter,) = office.due()
    assert letter.kind is LetterKind.CONFIRM_ADDRESS
    assert (letter.recipient, letter.language) == ("persona@example.org", "it")


def test_registration_and_its_letter_are_one_transaction(office: Office) -> None:
    for person in range(1, 8):
        office.register(person)
    entered = registrations.registrations(office.bench.store)
    assert [letter.registration for letter in office.due()] == [one.number for one in entered]


@pytest.mark.rule("R-003-33")
def test_confirmation_gives_the_number_and_a_second_letter(office: Office) -> None:
    office.register(1)
    finding = office.confirm(office.send_all()[0])
    number = office.registration(1).number
    assert finding.number.replace("-", "") == number
    (second,) = office.due()
    assert (second.kind, second.registration) == (LetterKind.ADDRESS_CONFIRMED, number)
    assert office.registration(1).email_confirmed_at == office.bench.now


@pytest.mark.rule("R-003-33")
def test_link_is_valid_for_24_hours_from_sending_not_from_queueing(office: Office) -> None:
    office.register(1)
    office.bench.now += 100 * HOUR  # the mail server was away for four days
    (letter,) = office.send_all()
    office.bench.now += 24 * HOUR - 1
    assert office.look(letter) is LinkState.OPEN
    office.bench.now += 1
    assert office.look(letter) is LinkState.EXPIRED
    assert office.confirm(letter).state is LinkState.EXPIRED
    assert office.registration(1).email_confirmed_at is None
    assert office.due() == []


def test_link_of_a_letter_whose_sending_was_not_noted_works(office: Office) -> None:
    """The hub died between the mail server's yes and its own note."""
    office.register(1)
    (letter,) = office.due()
    office.bench.now += 30 * HOUR
    assert office.confirm(letter).state is LinkState.OPEN


def test_link_is_used_once(office: Office) -> None:
    office.register(1)
    (letter,) = office.send_all()
    assert office.confirm(letter).state is LinkState.OPEN
    again = office.confirm(letter)
    assert (again.state, again.number) == (LinkState.USED, "")
    assert len(office.due()) == 1


def test_looking_confirms_nothing(office: Office) -> None:
    office.register(1)
    (letter,) = office.send_all()
    for _ in range(5):
        assert office.look(letter) is LinkState.OPEN
    assert office.registration(1).email_confirmed_at is None


@pytest.mark.parametrize("token", ["", "a", "a" * 26, "A" * 26, "'; DROP TABLE letter", "é" * 26])
def test_unknown_link(office: Office, token: str) -> None:
    finding = confirmation.look(office.bench.store, token, office.bench.now)
    assert finding == confirmation.Finding(LinkState.UNKNOWN)
    with office.bench.store.transaction():
        found = confirmation.use(office.bench.store, token, office.bench.now, "id")
    assert found.state is LinkState.UNKNOWN


def test_database_holds_no_token(office: Office) -> None:
    office.register(1)
    (letter,) = office.due()
    token = office.bench.tokens.token(letter.message_id)
    assert len(token) == 26
    cells = {cell for row in office.bench.store.rows("SELECT * FROM letter") for cell in row}
    assert token not in cells
    assert confirmation.token_hash(token) in cells


def test_another_hubs_key_makes_other_tokens(office: Office) -> None:
    other = confirmation.TokenKey(bytes([1]) * confirmation.KEY_BYTES)
    assert other.token("one@hub") != office.bench.tokens.token("one@hub")
    with pytest.raises(ValueError, match="32 bytes"):
        confirmation.TokenKey(b"short")


@pytest.mark.rule("R-003-9", "R-003-34")
def test_member_is_refused_with_the_rule_and_written_to_at_the_old_address(
    office: Office,
) -> None:
    office.member(1, email="old@example.org")
    refused = office.register(1, email="new@example.org")
    assert isinstance(refused, Refused)
    assert (refused.code, refused.rule) == ("registration.already-member", "R-003-34")
    (letter,) = office.due()
    assert letter.kind is LetterKind.ALREADY_REGISTERED
    assert letter.recipient == "old@example.org"
    assert office.registration(1).email == "old@example.org"
    assert len(registrations.registrations(office.bench.store)) == 1


def test_member_is_not_flooded(office: Office) -> None:
    office.member(1)
    for _ in range(5):
        office.register(1)
    assert len(office.send_all()) == 1
    office.bench.now += 24 * HOUR
    office.register(1)
    assert len(office.due()) == 1


def test_member_is_not_flooded_by_one_batch_either(office: Office) -> None:
    office.member(1)
    for _ in range(5):
        office.station.record(preregistration(1))
    office.bench.send(office.station, 2, 6)
    assert len(office.due()) == 1


@pytest.mark.rule("R-003-9")
def test_newer_registration_takes_the_place_of_an_unconfirmed_one(office: Office) -> None:
    office.register(1, email="wrong@example.org")
    (first,) = office.send_all()
    older = office.registration(1)
    assert office.register(1, email="right@example.org") == Accepted()
    newer = office.registration(1)
    assert newer.email == "right@example.org"
    before = registrations.by_number(office.bench.store, older.number)
    assert before == newer, "the first receipt leads to it too"
    assert registrations.aliases(office.bench.store, newer.number) == (older.number,)
    assert office.look(first) is LinkState.SUPERSEDED
    assert office.confirm(first).state is LinkState.SUPERSEDED
    (second,) = office.send_all()
    assert second.recipient == "right@example.org"
    assert office.confirm(second).state is LinkState.OPEN


def test_letter_about_a_superseded_registration_is_not_sent_any_more(office: Office) -> None:
    office.register(1, email="first@example.org")
    office.register(1, email="second@example.org")
    assert [letter.recipient for letter in office.due()] == ["second@example.org"]


@pytest.mark.rule("R-003-9")
def test_same_person_several_times_in_one_batch(office: Office) -> None:
    for attempt in range(4):
        office.station.record(preregistration(1, email=f"try{attempt}@example.org"))
    acknowledgement = office.bench.send(office.station, 1, 4)
    assert {answer.outcome for answer in acknowledgement.answers} == {Accepted()}
    assert office.registration(1).email == "try3@example.org"
    assert [letter.recipient for letter in office.due()] == ["try3@example.org"]
    (entered,) = registrations.registrations(office.bench.store)
    assert len(registrations.aliases(office.bench.store, entered.number)) == 3


def test_same_person_at_two_stations(office: Office) -> None:
    other = Office(office.bench, office.bench.enrolled("kiosk-0002", 18))
    office.register(1)
    assert other.register(1) == Accepted()
    assert office.registration(1).station == "kiosk-0002"


@pytest.mark.rule("R-003-35")
@pytest.mark.parametrize("kind", DelegationKind)
def test_delegation_is_kept_and_told_at_confirmation(office: Office, kind: DelegationKind) -> None:
    delegation = replace(examples.DELEGATION, kind=kind)
    assert office.register(1, delegation=delegation) == Accepted()
    assert office.confirm(office.send_all()[0]).delegation == kind.value


def test_letters_speak_the_language_of_the_session(office: Office) -> None:
    office.register(1, language="en")
    assert office.due()[0].language == "en"


def test_registry_shows_no_personal_data_in_a_repr(office: Office) -> None:
    office.register(1, email="persona@example.org")
    shown = repr(office.registration(1)) + repr(office.due()[0])
    assert codice_fiscale(1) not in shown
    assert "persona@" not in shown
