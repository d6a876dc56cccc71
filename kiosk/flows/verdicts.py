"""What a verdict's page and the clerk's page show, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kiosk.flows.card_data import CardData, day_of
from kiosk.flows.citizen.identity_check import (
    Examined,
    HealthCardFile,
    ProvenHealthCard,
    VerdictPage,
)
from kiosk.flows.document_check import (
    DocumentHolder,
    DocumentReading,
    FacePicture,
    Finding,
    Headline,
    HealthCardProof,
    Judgement,
    Property,
    Verdict,
)
from kiosk.flows.phrases import Phrase, literal, phrase
from sync.model import places


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One property, for a citizen or for a clerk.

    Attributes:
        property: which.
        finding: for the icon; the title says it in words too.
        title: `È autentica`, `Non è autentica`, `Qui non possiamo dire se è autentica`.
        why: one text for each reason.
        codes: the reasons themselves; for the clerk's page alone.
    """

    property: Property
    finding: Finding
    title: Phrase
    why: tuple[Phrase, ...]
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the clerk's page."""

    label: Phrase
    value: Phrase


@dataclass(frozen=True, slots=True)
class ClerkView:
    """What the clerk's page shows.

    Attributes:
        headline: the verdict in one word.
        face: the picture of the chip, None where there is none.
        holder: the person and the document.
        verdict: a row for each property, with the clerk's texts and the reason codes.
        technical: protocol, losses and what the reader noted.
    """

    headline: Headline
    face: FacePicture | None
    holder: tuple[Fact, ...]
    verdict: tuple[VerdictRow, ...]
    technical: tuple[Fact, ...]


def rows(verdict: Verdict) -> tuple[VerdictRow, ...]:
    """A row for each property, in the citizen's words."""
    return tuple(_row(judgement, "citizen") for judgement in verdict.judgements)


def _row(judgement: Judgement, reader: str) -> VerdictRow:
    what, found = judgement.property, judgement.finding
    return VerdictRow(
        property=what,
        finding=found,
        title=phrase(f"property.{what.value}.{found.value}"),
        why=tuple(phrase(f"verdict.{reason}.{reader}") for reason in judgement.reasons),
        codes=judgement.reasons if reader == "clerk" else (),
    )


def of_a_file_alone(card: CardData, today: date) -> Verdict:
    """What can be said of a data file that anybody can write: nothing is proven by it."""
    return Verdict(
        (
            Judgement(Property.GENUINE, Finding.NOT_PROVABLE, ("genuine.data-file",)),
            Judgement(Property.UNALTERED, Finding.NOT_PROVABLE, ("unaltered.data-file",)),
            Judgement(Property.NOT_CLONED, Finding.NOT_PROVABLE, ("not-cloned.data-file",)),
            _in_date(card, today),
            Judgement(Property.NOT_REVOKED, Finding.NOT_PROVABLE, ("not-revoked.data-file",)),
            Judgement(Property.HOLDER, Finding.NOT_PROVABLE, ("holder.nothing-to-compare",)),
        )
    )


def _in_date(card: CardData, today: date) -> Judgement:
    """A file may lie about its date; that it is past is believed all the same."""
    day = day_of(card.expires_on)
    if day is None:
        return Judgement(Property.IN_DATE, Finding.NOT_PROVABLE, ("in-date.no-date",))
    if day < today:
        return Judgement(Property.IN_DATE, Finding.REFUTED, ("in-date.expired",))
    return Judgement(Property.IN_DATE, Finding.NOT_PROVABLE, ("in-date.unsigned",))


def clerk_view(examined: Examined) -> ClerkView:
    """The clerk's page of what was read."""
    verdict = examined.verdict
    match examined:
        case DocumentReading(holder, _verdict, face, protocol, losses, facts):
            technical = (
                _fact("protocol", protocol),
                _fact("losses", str(losses)),
                *_noted(facts),
            )
            shown = _holder(holder)
        case HealthCardFile(card):
            face, shown, technical = None, _of_card(card), ()
        case ProvenHealthCard(_file, proof):
            face, shown, technical = None, _of_certificate(proof), _noted(proof.facts)
    return ClerkView(
        headline=VerdictPage(examined).headline,
        face=face,
        holder=tuple(fact for fact in shown if fact is not None),
        verdict=tuple(_row(judgement, "clerk") for judgement in verdict.judgements),
        technical=tuple(fact for fact in technical if fact is not None),
    )


def _fact(name: str, text: str) -> Fact | None:
    """A line of the page; None where there is nothing to say."""
    return Fact(phrase(f"clerk.{name}"), literal(text)) if text else None


def _dated(name: str, day: date | None) -> Fact | None:
    if day is None:
        return None
    month = phrase(f"month.{day.month}")
    said = phrase("date.full", day=day.day, month=month, year=day.year)
    return Fact(phrase(f"clerk.{name}"), said)


def _noted(facts: tuple[tuple[str, str], ...]) -> tuple[Fact, ...]:
    """What the reader noted, in its own words: they are the same in every language.

    Reasons of the weak check of the services number (NIS) are said as those of a verdict.
    """
    said = []
    for name, text in facts:
        if text.startswith("nis."):
            reasons = [phrase(f"verdict.{reason}.clerk") for reason in text.split()]
            said += [Fact(literal(name), reason) for reason in reasons]
        elif name and text:
            said.append(Fact(literal(name), literal(text)))
    return tuple(said)


def _document_kind(code: str) -> Fact | None:
    """The kind by its name where it is that of the Italian identity card."""
    if code != "C":
        return _fact("document-code", code)
    return Fact(phrase("clerk.document-code"), phrase("clerk.identity-card"))


def _holder(holder: DocumentHolder) -> tuple[Fact | None, ...]:
    place = holder.birth_place
    if place and holder.birth_province:
        place = f"{place} ({holder.birth_province})"
    return (
        _fact("surname", holder.surname),
        _fact("name", holder.name),
        Fact(phrase("clerk.names"), phrase("clerk.names-cut")) if holder.names_cut else None,
        _fact("codice-fiscale", holder.codice_fiscale),
        _fact("birth-date", _slashed(holder.birth_date)),
        Fact(phrase("clerk.birth-century"), phrase("clerk.century-guessed"))
        if holder.century_guessed
        else None,
        _fact("birth-place", place),
        _fact("sex", holder.sex),
        _fact("nationality", holder.nationality),
        _fact("address", ", ".join(line for line in holder.address if line)),
        _document_kind(holder.document_code),
        _fact("document-number", holder.document_number),
        _fact("issuing-state", holder.issuing_state),
        _fact("issuing-authority", holder.issuing_authority),
        _dated("issued-on", holder.issued_on),
        _dated("expires-on", holder.expires_on),
    )


def _of_card(card: CardData) -> tuple[Fact | None, ...]:
    birth = card.birth_date
    comune = places.comune(card.residence_comune)
    home = [card.residence_address, comune.name if comune else card.residence_comune]
    return (
        _fact("surname", card.surname),
        _fact("name", card.name),
        _fact("codice-fiscale", card.codice_fiscale),
        _fact("birth-date", _slashed(birth[4:] + birth[2:4] + birth[:2])),
        _fact("sex", card.sex),
        _fact("address", ", ".join(line for line in home if line)),
        _dated("expires-on", day_of(card.expires_on)),
    )


def _of_certificate(proof: HealthCardProof) -> tuple[Fact | None, ...]:
    return (
        _fact("surname", proof.surname),
        _fact("name", proof.name),
        _fact("codice-fiscale", proof.codice_fiscale),
        _dated("certificate-expires-on", proof.expires_on),
    )


def _slashed(text: str) -> str:
    """YYYYMMDD as DD/MM/YYYY, as the document has it: unknown parts stay `00`."""
    return f"{text[6:]}/{text[4:6]}/{text[:4]}" if len(text) == 8 else text
