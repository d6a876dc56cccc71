"""Activities to draw of the identity check and of reading a document: one for each state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from PIL import Image, ImageDraw

from kiosk.flows.card_data import CardData
from kiosk.flows.citizen import document_reading as document_states
from kiosk.flows.citizen import identity_check as check_states
from kiosk.flows.citizen.document_reading import Checking, KeyEntries, KeyField, Prefilling
from kiosk.flows.citizen.identity_check import HealthCardFile, ProvenHealthCard, VerdictPage
from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.document_check import (
    CardAccessNumber,
    Coaching,
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
from kiosk.flows.entries import DateEntry, DatePart, DatePrecision, TextEntry
from kiosk.flows.state import Activity
from kiosk.flows.verdicts import of_a_file_alone
from sync.model.errors import Problem

TODAY = date(2026, 5, 4)
PIN = "24681357"
CAN = "482915"

_P, _F = Property, Finding

_PROVEN = {
    _P.GENUINE: (_F.PROVEN, "genuine.chain"),
    _P.UNALTERED: (_F.PROVEN, "unaltered.hashes"),
    _P.NOT_CLONED: (_F.PROVEN, "not-cloned.chip-authentication"),
    _P.IN_DATE: (_F.PROVEN, "in-date.valid"),
    _P.NOT_REVOKED: (_F.PROVEN, "not-revoked.list-clear"),
    _P.HOLDER: (_F.NOT_PROVABLE, "holder.nothing-to-compare"),
}


def verdict(**changed: tuple[Finding, str]) -> Verdict:
    """A verdict in which all is proven but what is `changed`, by names of properties."""
    found = _PROVEN | {_P[name.upper()]: value for name, value in changed.items()}
    return Verdict(tuple(Judgement(what, *_reasons(found[what])) for what in Property))


def _reasons(found: tuple[Finding, str]) -> tuple[Finding, tuple[str, ...]]:
    return found[0], tuple(found[1].split())


VERDICTS = {
    "sound": verdict(),
    "expired": verdict(in_date=(_F.REFUTED, "in-date.expired")),
    "other-holder": verdict(holder=(_F.REFUTED, "holder.expiry-date")),
    "wrong": verdict(
        genuine=(_F.REFUTED, "genuine.signature-wrong"),
        unaltered=(_F.REFUTED, "unaltered.file-altered"),
        not_cloned=(_F.REFUTED, "not-cloned.key-failed"),
        in_date=(_F.NOT_PROVABLE, "in-date.unsigned"),
        not_revoked=(_F.NOT_PROVABLE, "not-revoked.signer-unproven"),
    ),
    "unproven": verdict(
        genuine=(_F.NOT_PROVABLE, "genuine.no-trust-list"),
        unaltered=(_F.NOT_PROVABLE, "unaltered.signer-unproven"),
        not_cloned=(_F.NOT_PROVABLE, "not-cloned.key-unsigned"),
        in_date=(_F.NOT_PROVABLE, "in-date.unsigned"),
        not_revoked=(_F.NOT_PROVABLE, "not-revoked.signer-unproven"),
    ),
}
_OTHER_PERSON = verdict(holder=(_F.REFUTED, "holder.surname"))


def drawn_face(width: int = 240, height: int = 320) -> FacePicture:
    """Nobody's face, drawn: red in its upper left corner, to see which way up it is."""
    picture = Image.new("RGB", (width, height), "#C9D6DF")
    pencil = ImageDraw.Draw(picture)
    middle = width // 2
    pencil.ellipse((middle - 130, height - 90, middle + 130, height + 170), fill="#34506B")
    pencil.rectangle((middle - 22, 190, middle + 22, 250), fill="#C98F6B")
    pencil.ellipse((middle - 62, 60, middle + 62, 220), fill="#DDA883")
    pencil.pieslice(((middle - 66, 46), (middle + 66, 190)), 180, 360, fill="#5B4636")
    for eye in (middle - 24, middle + 24):
        pencil.ellipse((eye - 6, 126, eye + 6, 138), fill="#2B2B2B")
    pencil.arc((middle - 28, 150, middle + 28, 190), 20, 160, fill="#7A3B2E", width=4)
    pencil.rectangle((0, 0, 15, 15), fill="#FF0000")
    return FacePicture(width, height, picture.tobytes())


HOLDER = DocumentHolder(
    document_code="C",
    issuing_state="ITA",
    document_number="CA12345AB",
    surname="ROSSI",
    name="MARIA",
    names_cut=False,
    names_transliterated=False,
    nationality="ITA",
    sex="F",
    birth_date="19480319",
    expires_on=date(2031, 3, 19),
    codice_fiscale="RSSMRA48C59L219O",
    birth_place="TORINO",
    birth_province="TO",
    address=("VIA GIUSEPPE GARIBALDI 12/A", "TORINO", "TO"),
    issued_on=date(2021, 11, 30),
    issuing_authority="MINISTERO DELL'INTERNO",
)

FACTS = (
    ("LDS", "1.7"),
    ("EF.COM", "DG1 DG2 DG11 DG12 DG14"),
    ("hash", "SHA-256"),
    ("signature", "RSASSA-PSS 2048"),
    ("chip authentication", "ECDH brainpoolP256r1 AES-128"),
    ("milliseconds", "6840"),
)


def reading(name: str = "sound") -> DocumentReading:
    """A card that was read, with one of `VERDICTS`."""
    return DocumentReading(HOLDER, VERDICTS[name], drawn_face(), "PACE DH-GM 3DES", 1, FACTS)


_CARD = CardData(
    codice_fiscale="RSSMRA48C59L219O",
    surname="ROSSI",
    name="MARIA",
    birth_date="19031948",
    sex="F",
    residence_comune="L219",
    residence_address="VIA GIUSEPPE GARIBALDI 12/A",
    expires_on="19032031",
)
FILE = HealthCardFile(_CARD, of_a_file_alone(_CARD, TODAY))


def _card_verdict(finding: Finding, reason: str) -> Verdict:
    """Of a health card that has signed a challenge, with what was found of its holder."""
    return verdict(
        genuine=(_F.PROVEN, "genuine.card-certificate"),
        unaltered=(_F.PROVEN, "unaltered.card-certificate"),
        not_cloned=(_F.PROVEN, "not-cloned.challenge"),
        not_revoked=(_F.PROVEN, "not-revoked.card-clear"),
        holder=(finding, reason),
    )


_PROOF = HealthCardProof(
    "RSSMRA48C59L219O",
    "ROSSI",
    "MARIA",
    date(2031, 3, 19),
    _card_verdict(_F.PROVEN, "holder.equal"),
    (("certificate", "RSA 2048"),),
)


def under_way(progress: ReadingProgress) -> document_states.ReadingDocument:
    """The page of a reading that has come so far."""
    return document_states.ReadingDocument(Checking(), CardAccessNumber(CAN), progress=progress)


def _readings() -> dict[str, Activity]:
    reading_now = ReadingProgress(ReadingStage.READING, 9_400, 21_800)
    found: dict[str, Activity] = {
        "document-waiting": under_way(ReadingProgress()),
        "document-opening": under_way(ReadingProgress(ReadingStage.OPENING)),
        "document-reading": under_way(reading_now),
        "document-checking": under_way(ReadingProgress(ReadingStage.CHECKING)),
        "document-lost": under_way(replace(reading_now, lost=True)),
    }
    for coaching in Coaching:
        found[f"document-{coaching.value}"] = under_way(replace(reading_now, coaching=coaching))
    found["document-waiting-coached"] = under_way(
        ReadingProgress(coaching=Coaching.TAKE_OUT_OF_WALLET)
    )
    found["document-lost-coached"] = under_way(
        replace(reading_now, lost=True, coaching=Coaching.LAY_FLAT)
    )
    return found


def _typed() -> dict[str, Activity]:
    length = Problem("can.length", details=(("digits", "6"),))
    born = DateEntry("19", "3", "1948", DatePart.YEAR)
    entries = KeyEntries(TextEntry("CA12345AB"), born, DateEntry("19", "3", "2031", DatePart.YEAR))
    half = replace(entries, birth_date=DateEntry("19", "3", "", DatePart.YEAR))
    year = replace(entries, birth_date=DateEntry("", "", "1948", DatePart.YEAR, DatePrecision.YEAR))
    tries = PinTries(3, last=False, blocked=False)
    return {
        "type-can": document_states.TypeCan(entry=TextEntry(CAN[:4])),
        "type-can-empty": document_states.TypeCan(),
        "type-can-problem": document_states.TypeCan(entry=TextEntry(CAN[:4]), problem=length),
        "type-mrz-number": document_states.TypeMrz(entries=entries),
        "type-mrz-birth": document_states.TypeMrz(part=KeyField.BIRTH_DATE, entries=half),
        "type-mrz-year": document_states.TypeMrz(part=KeyField.BIRTH_DATE, entries=year),
        "type-mrz-expiry": document_states.TypeMrz(part=KeyField.EXPIRY_DATE, entries=entries),
        "type-mrz-problem": document_states.TypeMrz(
            part=KeyField.BIRTH_DATE, entries=half, problem=Problem("date.year-missing")
        ),
        "wrong-can": document_states.WrongKey(Checking(), "document.wrong-key"),
        "wrong-can-wait": document_states.WrongKey(
            Checking(), "document.wrong-key", wait_seconds=12
        ),
        "wrong-mrz": document_states.WrongKey(Checking(), "document.wrong-key", entries),
        "type-pin": check_states.TypePin(FILE, tries, TextEntry(PIN[:5])),
        "type-pin-wrong": check_states.TypePin(
            FILE, PinTries(2, last=False, blocked=False), wrong=True
        ),
        "type-pin-untold": check_states.TypePin(FILE, PinTries(None, last=False, blocked=False)),
    }


def _verdicts() -> dict[str, Activity]:
    found: dict[str, Activity] = {
        f"verdict-{name}": VerdictPage(reading(name)) for name in VERDICTS
    }
    found["verdict-form-other-holder"] = VerdictPage(
        replace(reading(), verdict=_OTHER_PERSON), Prefilling(Form())
    )
    found["verdict-form-wrong"] = VerdictPage(reading("wrong"), Prefilling(Form()))
    found["verdict-health-card"] = VerdictPage(FILE)
    found["verdict-health-card-proven"] = VerdictPage(ProvenHealthCard(FILE, _PROOF))
    other = replace(_PROOF, verdict=_card_verdict(_F.REFUTED, "holder.codice-fiscale"))
    found["verdict-health-card-changed"] = VerdictPage(ProvenHealthCard(FILE, other))
    found["clerk"] = check_states.ClerkPage(VerdictPage(reading("wrong")))
    found["clerk-no-face"] = check_states.ClerkPage(
        VerdictPage(replace(reading("unproven"), face=None))
    )
    found["clerk-health-card"] = check_states.ClerkPage(VerdictPage(FILE))
    return found


def check_activities() -> dict[str, Activity]:
    """One activity for each state of both, by the picture's name."""
    return {
        "check-intro": check_states.Intro(),
        "check-choose-card": check_states.ChooseCard(),
        "check-insert-health-card": check_states.InsertHealthCard(),
        "check-insert-health-card-no-reader": check_states.InsertHealthCard("reader.absent"),
        "check-reading-health-card": check_states.ReadingHealthCard(),
        "check-health-card-failed": check_states.HealthCardFailed("card.not-health-card"),
        "check-asking-tries": check_states.AskingTries(FILE),
        "check-proving-pin": check_states.ProvingPin(FILE),
        "check-pin-refused": check_states.PinRefused(FILE, "token.pin-blocked"),
        "check-pin-refused-again": check_states.PinRefused(FILE, "token.removed", may_retry=True),
        "document-failed": document_states.DocumentFailed(
            Checking(), "document.access-refused", by_zone=True
        ),
        "document-failed-zone": document_states.DocumentFailed(
            Checking(), "document.access-refused"
        ),
        "document-failed-contact": document_states.DocumentFailed(
            Prefilling(Form()), "card.removed", CardAccessNumber(CAN)
        ),
        **_typed(),
        **_readings(),
        **_verdicts(),
    }
