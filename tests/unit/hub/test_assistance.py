"""What the assistance does without a counter, and that each act is kept."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest

from sync.hub import letters
from sync.hub.assistance import REGENERATE, REVOKE, Desk
from sync.hub.letters import Content
from sync.hub.posting import message_ids
from sync.hub.store import readings, registrations, secrets
from sync.hub.store.letters import LetterKind
from sync.model.codes import VALID_DAYS, parse_code
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
        bench.digests,
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
    bound = secrets.of_operation(after.operation_id, "code")
    kept = secret_digest.unprotect(after.code or b"", office.bench.digests, bound)
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


@pytest.mark.rule("R-003-58")
def test_the_last_day_is_one_in_italy(office: Office) -> None:
    """Half past eleven in the evening in Greenwich is tomorrow in Rome, as at every counter."""
    late = datetime.fromtimestamp(office.bench.now / 1000, tz=UTC).replace(hour=23, minute=30)
    office.bench.now = int(late.timestamp() * 1000)
    assert desk(office).regenerate_code(mail(RIGHT.format(code=codice_fiscale(1)))) == "done"
    running = office.seen(1).credential.running
    assert running is not None
    assert running.valid_until == late.date() + timedelta(1 + VALID_DAYS)


@pytest.mark.rule("R-003-58", "C-003-13")
def test_revocation_in_progress_has_no_activation_code(office: Office) -> None:
    office.here.book(office.seen(1), OperationKind.REVOCA)
    outcome = desk(office).regenerate_code(mail(RIGHT.format(code=codice_fiscale(1))))
    assert outcome == "transition.revocation-running"


@pytest.mark.rule("R-003-1", "R-003-58")
def test_the_answer_does_not_tell_who_is_registered(office: Office) -> None:
    """Its language was that of the registration whose codice fiscale stood in the mail."""
    store, now_held = office.bench.store, office.held(1).registration
    with store.transaction():
        registrations.put(store, replace(now_held, language="en"))
    answers = []
    for number, sender in ((1, "one@example.org"), (2, "two@example.org")):
        text = RIGHT.format(code=codice_fiscale(number))
        assert desk(office).regenerate_code(mail(text, sender)) != "done"
        answers.append(office.due()[-1])
    said = [
        letters.message(
            letters.write(answer.kind, answer.language, Content("Comune", answer.community)),
            language=answer.language,
            sender="hub@example.org",
            recipient="same@example.org",
            message_id="same@hub",
            sent_at=0,
        ).get_body(("plain",))
        for answer in answers
    ]
    texts = [str(one.get_content()) for one in said if one is not None]
    assert texts[0] == texts[1]
    assert "Vai allo sportello" in texts[0]
    assert "Go to a counter" in texts[0]


def test_an_address_is_answered_once_a_day(office: Office) -> None:
    """A forged sender does not make the hub write to somebody over and over."""

    def answered(sender: str) -> int:
        before = len(office.due())
        assert desk(office).regenerate_code(mail("Buongiorno", sender)) == "assist.nobody"
        return len(office.due()) - before

    assert [answered(one) for one in ("a@example.org", "A@example.org", "b@example.org")] == [
        *(1, 0, 1)
    ]
    kept = str(office.bench.store.rows("SELECT subject FROM attempt"))
    assert "example.org" not in kept
    office.bench.now += 24 * 60 * 60 * 1000
    assert answered("a@example.org") == 1


def test_the_registry_is_not_held_while_a_code_is_digested(
    office: Office, registry_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who writes waits for whoever holds the registry, and the hub has one writer."""
    store, digest, others = office.bench.store, secret_digest.digest, []

    def digest_while_another_writes(secret: bytearray) -> str:
        other = sqlite3.connect(registry_path, timeout=0)
        try:
            other.execute("BEGIN IMMEDIATE")
            others.append(other.in_transaction)
        finally:
            other.close()
        return digest(secret)

    monkeypatch.setattr(secret_digest, "digest", digest_while_another_writes)
    assert desk(office).regenerate_code(mail(RIGHT.format(code=codice_fiscale(1)))) == "done"
    assert others == [True]
    assert secrets.running(store, office.held(1).number) is not None


HOSTILE = {
    "many addresses": b"From: " + b"a," * 20000 + b"\r\n\r\nhi\r\n",
    "comments within comments": b"From: " + b"(" * 20000 + b"\r\n\r\nhi\r\n",
    "comments that fit": b"From: " + b"(" * 990 + b"\r\n\r\nhi\r\n",
    "parameters of a part": b"From: a@b.it\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
    b"Content-Type: text/plain" + b";a" * 400_000 + b"\r\n\r\nhi\r\n",
    "a line of them": b"From: a@b.it" + b"\rA: b" * 200_000 + b"\r\rhi",
    "parts within parts": b"From: a@b.it\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 19_000,
    "an encoding that is none": b"From: a@b.it\r\nContent-Type: text/plain; charset=undefined\r\n\r\nx",
    "an encoding that packs": b"From: a@b.it\r\nContent-Type: text/plain; charset=zlib_codec\r\n\r\nx",
    "an encoding that is slow": b"From: a@b.it\r\nContent-Type: text/plain; charset=punycode\r\n\r\n-"
    + b"a9" * 400_000,
    "tags without end": b"From: a@b.it\r\n\r\n" + b"<" * 900_000,
    "a form of its own": b"From: a@b.it\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
    b"Content-Disposition: " + b"(" * 5000 + b"\r\n\r\nhi",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_mail_stops_who_reads_it(office: Office, name: str) -> None:
    started = time.process_time()
    outcome = desk(office).regenerate_code(HOSTILE[name])
    assert outcome in {"mail.unreadable", "assist.nobody"}
    assert time.process_time() - started < 5


def test_a_page_in_another_encoding_is_read(office: Office) -> None:
    made = EmailMessage()
    made["From"] = "Mario <persona1@example.org>"
    page = RIGHT.format(code=codice_fiscale(1)).replace("\n", "<br>")
    made.set_content(f"<p>È così: {page}</p>", subtype="html", charset="iso-8859-1")
    assert desk(office).regenerate_code(made.as_bytes()) == "done"


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
