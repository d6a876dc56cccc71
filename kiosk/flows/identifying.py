"""From a document that was judged to the person who may be identified by it, and to the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from hw.finger_readings import FingerTemplate
from kiosk.flows.candidate import Candidate
from kiosk.flows.citizen.identity_check import Examined, HealthCardFile, ProvenHealthCard
from kiosk.flows.document_check import (
    DocumentHolder,
    DocumentReading,
    Finding,
    Headline,
    Verdict,
)
from kiosk.flows.steps.fingerprint import ExcusedHand, Fingers
from sync.model import codice_fiscale, dates, identification
from sync.model.codice_fiscale import CodiceFiscale
from sync.model.dates import PartialDate
from sync.model.errors import Problem
from sync.model.identification import (
    DocumentSeen,
    Finger,
    FingerEntry,
    Hand,
    Identification,
    SeenKind,
    Way,
)
from sync.model.names import parse_name

_STANDING: Final = (Headline.SOUND, Headline.UNPROVEN)
_KINDS: Final = {
    "P": SeenKind.PASSPORT,
    "C": SeenKind.IDENTITY_CARD,
    "A": SeenKind.IDENTITY_CARD,
    "I": SeenKind.IDENTITY_CARD,
}
"""By the first letter of the machine readable zone (ICAO 9303-5 4.2.2, 9303-4 4.2.2)."""
_PERMITS: Final = ("AR", "CR", "IR")
"""Document codes of residence permits (ICAO 9303-5; Reg. (EC) 1030/2002)."""


def candidate_of(examined: Examined, today: date) -> Candidate | None:
    """Who may be identified by what was read; None where it identifies nobody.

    Nothing may speak against the document, a chip must have answered (anybody can write the data
    file of a health card), and the person must be known by a codice fiscale. The date of birth of a
    health card is in that file, so the model wants it to be that of the codice fiscale.
    """
    match examined:
        case DocumentReading(holder, verdict):
            kind = _kind(holder)
            born = holder.birth_date
            said = (holder.codice_fiscale, holder.surname, holder.name)
        case ProvenHealthCard(file, proof):
            kind, verdict = SeenKind.HEALTH_CARD, proof.verdict
            written = file.card.birth_date
            born = written[4:] + written[2:4] + written[:2]
            said = (proof.codice_fiscale, proof.surname, proof.name)
        case HealthCardFile():
            return None
    if kind is None or verdict.headline not in _STANDING:
        return None
    return _candidate(said, born, DocumentSeen(kind, *_judged(verdict)), today)


def _kind(holder: DocumentHolder) -> SeenKind | None:
    code = holder.document_code.upper()
    return SeenKind.RESIDENCE_PERMIT if code[:2] in _PERMITS else _KINDS.get(code[:1])


def _judged(verdict: Verdict) -> tuple[str, tuple[str, ...]]:
    proven = (one.property for one in verdict.judgements if one.finding is Finding.PROVEN)
    known = {what.value for what in proven}
    return verdict.headline.value, tuple(one for one in identification.PROPERTIES if one in known)


def _candidate(
    said: tuple[str, str, str], born: str, seen: DocumentSeen, today: date
) -> Candidate | None:
    """The person in canonical data; None where the model would refuse the record."""
    code = codice_fiscale.parse(said[0])
    names = [parse_name(text) if text else None for text in said[1:]]
    birth = _birth_date(born, today)
    if not isinstance(code, CodiceFiscale) or birth is None:
        return None
    surname, name = (None if isinstance(one, Problem) else one for one in names)
    if any(isinstance(one, Problem) for one in names):
        return None
    pin_proven = identification.pin_identifies(seen)
    candidate = Candidate(code.text, surname, name, birth, seen, pin_proven)
    act = act_of(candidate, Way.OPERATOR, Fingers())
    return None if identification.problems(act, today=today) else candidate


def _birth_date(text: str, today: date) -> PartialDate | None:
    """YYYYMMDD, unknown parts `00`."""
    if len(text) != 8:
        return None
    year, month, day = text[:4], text[4:6], text[6:]
    month, day = ("" if month == "00" else month), ("" if day == "00" else day)
    parsed = dates.parse_partial(day, month, year, today=today)
    return None if isinstance(parsed, Problem) else parsed


def with_pin(candidate: Candidate, proven: ProvenHealthCard, today: date) -> Candidate | None:
    """The same person after the PIN of her health card; None where it is not proven to be hers.

    A card of no known issuer does not take the place of the document that was checked.
    """
    verdict = proven.proof.verdict
    seen = DocumentSeen(SeenKind.HEALTH_CARD, *_judged(verdict))
    hers = proven.proof.codice_fiscale == candidate.codice_fiscale
    if not hers or verdict.headline not in _STANDING or not identification.pin_identifies(seen):
        return None
    found = replace(candidate, document=seen, pin_proven=True)
    act = act_of(found, Way.CARD_PIN, Fingers())
    return None if identification.problems(act, today=today) else found


def usable(template: FingerTemplate, fingers: Fingers) -> bool:
    """Whether a template can be recorded: within the model's bounds, and not the other hand's."""
    position = template.position
    others = (one.data for one in fingers.templates if one.position.hand is not position.hand)
    return (
        identification.is_template(template.data, template.format)
        and 0 <= template.quality <= 100
        and template.data not in others
    )


def act_of(candidate: Candidate, way: Way, fingers: Fingers) -> Identification:
    """The record of an identification; templates only where they are the way."""
    done = fingers.done
    if way is not Way.FINGERPRINTS:
        done = tuple(one for one in done if isinstance(one, ExcusedHand))
    return Identification(
        codice_fiscale=candidate.codice_fiscale,
        surname=candidate.surname,
        name=candidate.name,
        birth_date=candidate.birth_date,
        document=candidate.document,
        way=way,
        fingers=tuple(_entry(one) for one in done),
    )


def without_templates(act: Identification) -> Identification:
    """What a receipt may hold of it."""
    return replace(act, fingers=tuple(replace(one, template=None) for one in act.fingers))


def _entry(one: FingerTemplate | ExcusedHand) -> FingerEntry:
    match one:
        case ExcusedHand(hand, excuse, finger):
            return FingerEntry(Hand(hand.value), Finger(finger.value), excused=excuse)
        case FingerTemplate(position, data, form, quality):
            return FingerEntry(
                hand=Hand(position.hand.value),
                finger=Finger(position.finger.value),
                template=data,
                format=form,
                quality=quality,
            )
