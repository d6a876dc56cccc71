"""What the assistance does without a counter, and that each act is kept."""

from __future__ import annotations

from email.message import EmailMessage
from functools import partial
from uuid import UUID

import pytest

from sync.hub.assistance import REGENERATE, REVOKE, Desk
from sync.hub.posting import message_ids
from sync.hub.store import readings, registrations, secrets
from sync.hub.store.letters import LetterKind
from sync.model.codes import parse_code
from sync.model.credential import OperationKind
from sync.wire import mail_seal, secret_digest
from tests.unit.hub.counters import Office
from tests.unit.hub.stations import codice_fiscale

RIGHT = """Buongiorno, ho perso il codice di attivazione.
Mario Provab, {code}
documento YA 0000001 rilasciato il 06/05/2021
Grazie"""


def desk(counters: Office) -> Desk:
    bench = counters.bench
    return Desk(
        bench.store,
        partial(secret_digest.protect, key=bench.digests),
        bench.letters.sealing_key,
        message_ids("hub.example"),
        "assistenza",
        bench.now,
    )


def mail(text: str, sender: str = "persona1@example.org", **headers: str) -> bytes:
    made = EmailMessage()
    made["From"] = f"Mario <{sender}>"
    made["To"] = "assistenza@hub.example"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


@pytest.fixture
def office(counters: Office) -> Office:
    counters.here.register(1)
    return counters


@pytest.mark.rule("R-003-58")
def test_right_mail_gets_a_new_code_and_the_pin_stays(office: Office) -> None:
    store = office.bench.store
    number = office.held(1).number
    before = secrets.running(store, number)
    assert desk(office).regenerate_code(mail(RIGHT.format(code=codice_fiscale(1)))) == "done"
    after = secrets.running(store, number)
    assert before is not None
    assert after is not None
    assert (after.pin, after.operation_id) == (before.pin, before.operation_id)
    (letter,) = office.due()
    assert (letter.kind, letter.recipient) == (LetterKind.ACTIVATION_CODE, "persona1@example.org")
    assert letter.mailed_code is not None
    assert letter.operation_id is not None
    code = mail_seal.open_code(letter.mailed_code, office.bench.letters, UUID(letter.operation_id))
    assert code is not None
    assert isinstance(parse_code(code.decode()), str)
    kept = secret_digest.unprotect(after.code or b"", office.bench.digests)
    assert kept is not None
    assert secret_digest.verify(kept, code)
    running = office.seen(1).credential.running
    assert running is not None
    assert (running.code_renewals, running.renewal) == (1, letter.operation_id)


@pytest.mark.rule("R-003-58")
@pytest.mark.parametrize(
    ("changed", "sender", "outcome"),
    [
        (("YA 0000001", "YA 0000002"), "persona1@example.org", "assist.data"),
        (("06/05/2021", "07/05/2021"), "persona1@example.org", "assist.data"),
        (("Provab", "Provax"), "persona1@example.org", "assist.data"),
        (("Mario ", ""), "persona1@example.org", "assist.data"),
        (("", ""), "other@example.org", "assist.sender"),
        ((codice_fiscale(1), codice_fiscale(2)), "persona1@example.org", "assist.nobody"),
    ],
)
def test_whatever_is_wrong_the_answer_is_go_to_a_counter(
    office: Office, changed: tuple[str, str], sender: str, outcome: str
) -> None:
    number = office.held(1).number
    before = secrets.running(office.bench.store, number)
    text = RIGHT.format(code=codice_fiscale(1)).replace(*changed)
    assert desk(office).regenerate_code(mail(text, sender)) == outcome
    assert secrets.running(office.bench.store, number) == before
    answer = office.due()[-1]
    assert (answer.kind, answer.recipient) == (LetterKind.GO_TO_A_COUNTER, sender)
    kept = readings.readings(office.bench.store)[-1]
    assert (kept.act, kept.by, kept.outcome) == (REGENERATE, "assistenza", outcome)


@pytest.mark.rule("R-003-58", "C-003-13")
def test_revocation_in_progress_has_no_activation_code(office: Office) -> None:
    office.here.book(office.seen(1), OperationKind.REVOCA)
    outcome = desk(office).regenerate_code(mail(RIGHT.format(code=codice_fiscale(1))))
    assert outcome == "transition.revocation-running"


def test_machines_are_not_answered(office: Office) -> None:
    before = len(office.due())
    text = RIGHT.format(code=codice_fiscale(1))
    assert desk(office).regenerate_code(mail(text, Auto_Submitted="auto-replied")) == (
        "mail.automatic"
    )
    assert desk(office).regenerate_code(b"\xff\xfe nothing") == "mail.unreadable"
    assert desk(office).regenerate_code(b"x" * 2_000_000) == "mail.unreadable"
    assert len(office.due()) == before


@pytest.mark.rule("R-003-59", "R-003-60")
def test_registered_letter_deletes_the_person(office: Office) -> None:
    number = office.held(1).number
    assert desk(office).revoke(codice_fiscale(2), number) == "assist.nobody"
    assert registrations.by_number(office.bench.store, number) is not None
    assert desk(office).revoke(codice_fiscale(1), number) == "done"
    assert registrations.by_number(office.bench.store, number) is None
    (letter,) = office.due()
    assert letter.kind is LetterKind.REVOKED
    kept = [(one.act, one.number, one.outcome) for one in readings.readings(office.bench.store)]
    assert kept == [(REVOKE, "", "assist.nobody"), (REVOKE, number, "done")]
