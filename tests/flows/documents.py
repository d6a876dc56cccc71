"""Documents that a kiosk may read in flow tests: invented people, and every kind of verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from kiosk.flows import events as ev
from kiosk.flows.citizen.identity_check import HEALTH_CARD, IDENTITY_CARD, PROVE
from kiosk.flows.document_check import (
    DocumentHolder,
    DocumentReading,
    FacePicture,
    Finding,
    HealthCardProof,
    Judgement,
    PinTries,
    Property,
    ReadingProgress,
    ReadingStage,
    Verdict,
)
from kiosk.flows.events import Event
from kiosk.flows.session import Session
from tests.flows.walking import ROSSI, SESSION, START, after, choose, fresh, write, write_date

CAN: Final = "837162"
PIN: Final = "48151"

PROVEN: Final = {
    Property.GENUINE: "genuine.chain",
    Property.UNALTERED: "unaltered.hashes",
    Property.NOT_CLONED: "not-cloned.chip-authentication",
    Property.IN_DATE: "in-date.valid",
    Property.NOT_REVOKED: "not-revoked.list-clear",
    Property.HOLDER: "holder.equal",
}
REFUTED: Final = {
    Property.GENUINE: "genuine.signature-wrong",
    Property.UNALTERED: "unaltered.file-altered",
    Property.NOT_CLONED: "not-cloned.key-failed",
    Property.IN_DATE: "in-date.expired",
    Property.NOT_REVOKED: "not-revoked.signer-revoked",
    Property.HOLDER: "holder.surname",
}
NOT_PROVABLE: Final = {
    Property.GENUINE: "genuine.no-trust-list",
    Property.UNALTERED: "unaltered.signer-unproven",
    Property.NOT_CLONED: "not-cloned.no-key",
    Property.IN_DATE: "in-date.unsigned",
    Property.NOT_REVOKED: "not-revoked.no-list",
    Property.HOLDER: "holder.nothing-to-compare",
}


def verdict(**findings: Finding) -> Verdict:
    """All is proven but the holder, which was not compared; names say what is otherwise."""
    reasons = {
        Finding.PROVEN: PROVEN,
        Finding.REFUTED: REFUTED,
        Finding.NOT_PROVABLE: NOT_PROVABLE,
    }
    judgements = []
    for what in Property:
        usual = Finding.NOT_PROVABLE if what is Property.HOLDER else Finding.PROVEN
        found = findings.get(what.name.lower(), usual)
        judgements.append(Judgement(what, found, (reasons[found][what],)))
    return Verdict(tuple(judgements))


SOUND: Final = verdict()
FORGED: Final = verdict(genuine=Finding.REFUTED)
EXPIRED: Final = verdict(in_date=Finding.REFUTED)
OTHERS: Final = verdict(holder=Finding.REFUTED)
UNPROVEN: Final = verdict(genuine=Finding.NOT_PROVABLE)

MARIO: Final = DocumentHolder(
    document_code="C",
    issuing_state="ITA",
    document_number="CA12345AA",
    surname="ROSSI",
    name="MARIO",
    names_cut=False,
    names_transliterated=False,
    nationality="ITA",
    sex="M",
    birth_date="19800101",
    expires_on=date(2030, 1, 1),
    codice_fiscale="RSSMRA80A01H501U",
    birth_place="ROMA",
    birth_province="RM",
    address=("VIA GARIBALDI 12/A", "TORINO", "TO"),
    issued_on=date(2020, 2, 1),
    issuing_authority="MINISTERO DELL'INTERNO",
)
FACE: Final = FacePicture(2, 2, bytes(12))


def reading(
    holder: DocumentHolder = MARIO, judged: Verdict = SOUND, face: FacePicture | None = FACE
) -> DocumentReading:
    """A document, read and judged."""
    facts = (("pace", "DH-GM 3DES"), ("files", "7"))
    return DocumentReading(holder, judged, face, "PACE DH-GM 3DES", 1, facts)


PROOF: Final = HealthCardProof(
    codice_fiscale="RSSMRA80A01H501U",
    surname="ROSSI",
    name="MARIO",
    expires_on=date(2030, 1, 1),
    verdict=replace(SOUND),
    facts=(("module", "opensc"),),
)
TRIES: Final = PinTries(left=3, last=False, blocked=False)

CHECK: Final[tuple[Event, ...]] = (
    ev.ServiceChosen(ev.Service.IDENTITY_CHECK),
    ev.Continued(),
)
"""From the welcome page to the choice of the card."""
TO_CAN: Final = (*CHECK, choose(IDENTITY_CARD))
TO_READING: Final = (*TO_CAN, *write(CAN))
TO_INSERT: Final = (*CHECK, choose(HEALTH_CARD))
FORM_TO_CAN: Final = (*START, choose(IDENTITY_CARD))
"""From the welcome page to the number of the card, for the preregistration."""
FORM_TO_READING: Final = (*FORM_TO_CAN, *write(CAN))

MRZ: Final[tuple[Event, ...]] = (
    ev.Refused(),
    *write("ca12345aa"),
    *write_date("1", "1", "1980"),
    *write_date("1", "1", "2030"),
)
"""From the number of the card to the reading, with the fallback key."""


def progress(stage: ReadingStage, done: int = 0, total: int = 0) -> Event:
    """A step of the reading."""
    return ev.DocumentProgress(SESSION, ReadingProgress(stage, done, total))


def at_verdict(read: DocumentReading | None = None) -> Session:
    """An identity card was checked."""
    return after(fresh(), *TO_READING, ev.DocumentRead(SESSION, read or reading()))


def at_file() -> Session:
    """The data file of a health card was read."""
    return after(fresh(), *TO_INSERT, ev.CardInserted(), ev.CardRead(SESSION, ROSSI))


def at_pin() -> Session:
    """The PIN is asked for."""
    return after(at_file(), choose(PROVE), ev.PinTriesTold(SESSION, TRIES))


def at_proof() -> Session:
    """The health card has signed."""
    return after(at_pin(), *write(PIN), ev.HealthCardProven(SESSION, PROOF))
