"""The verdict on a document or a card: each property by itself, with its reasons.

Data that nobody signed can refute (an expired date, another name), never prove: what is read from a
document counts for `in-date` and `holder` only where passive authentication proves the files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from hw.cards.emrtd import reasons, states
from hw.cards.emrtd.holder import NO_CODICE_FISCALE
from hw.cards.emrtd.passive_auth import PassiveResult
from hw.document_readings import DocumentHolder, Finding, Judgement, Property, Verdict

REASONS: Final = reasons.REASONS
"""Every reason that a judgement can have, with its meaning."""

_ZONE_GROUP: Final = 1
_DETAILS_GROUP: Final = 11
_ACTIVE_KEY_GROUP: Final = 15
_KEY_GROUPS: Final = frozenset({14, 15})


class ChipMethod(Enum):
    """How a chip can prove that it holds a key; the value is the reason's code."""

    CHIP_MAPPING = "not-cloned.chip-mapping"
    CHIP_AUTHENTICATION = "not-cloned.chip-authentication"
    ACTIVE_AUTHENTICATION = "not-cloned.active-authentication"


@dataclass(frozen=True, slots=True)
class ChipEvidence:
    """One proof that was asked of the chip.

    Attributes:
        method: which.
        succeeded: whether the chip proved the key.
        key_group: the data group that holds the public key, 14 or 15; None for the key of
            EF.CardSecurity.
        key_signed: for EF.CardSecurity, whether `passive_auth.verify_card_security` proved it.
    """

    method: ChipMethod
    succeeded: bool
    key_group: int | None
    key_signed: bool = False


def judge(
    passive: PassiveResult,
    evidence: Sequence[ChipEvidence],
    holder: DocumentHolder,
    comparison: tuple[Finding, tuple[str, ...]],
    today: date,
    *,
    contradicted: bool = False,
    untested: frozenset[int] = frozenset(),
) -> Verdict:
    """The verdict on a document that was read.

    Args:
        passive: what passive authentication found.
        evidence: what the chip proved or failed to prove; empty where it has no key or was not
            asked.
        holder: what the document says.
        comparison: `holder.compare` of that with what was typed in.
        today: the day of the question.
        contradicted: whether the files contradict each other (`holder.contradictions`).
        untested: data groups with a key that could not be put to the test, without a fault that is
            known to be the chip's: it is not known who kept them back, or the key is of a kind
            unknown here.
    """
    genuine = _genuine(passive, holder)
    proven = passive.proven if genuine.finding is Finding.PROVEN else frozenset[int]()
    unaltered = passive.unaltered
    if unaltered.finding is Finding.PROVEN and genuine.finding is not Finding.PROVEN:
        unaltered = _judged(Property.UNALTERED, Finding.NOT_PROVABLE, "unaltered.signer-unproven")
    in_date = _in_date(
        holder.expires_on,
        today,
        proven=_ZONE_GROUP in proven,
        clock_behind=passive.clock_behind,
    )
    if _DETAILS_GROUP in passive.listed - passive.read:
        comparison = _without_details(*comparison)
    whole = unaltered.finding is Finding.PROVEN and _ZONE_GROUP in proven
    return Verdict(
        (
            genuine,
            unaltered,
            _not_cloned(passive, evidence, proven, untested),
            in_date,
            passive.not_revoked,
            _holder(comparison, proven=whole, contradicted=contradicted),
        )
    )


def judge_data_file(
    expires_on: date | None, comparison: tuple[Finding, tuple[str, ...]], today: date
) -> Verdict:
    """The verdict on a TS-CNS of which only the data file was read: anybody can write one.

    Args:
        expires_on: as the file says, None where it does not.
        comparison: of the file's data with what was typed in.
        today: the day of the question.
    """
    unknown = Finding.NOT_PROVABLE
    return Verdict(
        (
            _judged(Property.GENUINE, unknown, "genuine.data-file"),
            _judged(Property.UNALTERED, unknown, "unaltered.data-file"),
            _judged(Property.NOT_CLONED, unknown, "not-cloned.data-file"),
            _in_date(expires_on, today, proven=False, clock_behind=False),
            _judged(Property.NOT_REVOKED, unknown, "not-revoked.data-file"),
            _holder(comparison, proven=False, contradicted=False),
        )
    )


def judge_challenge(
    genuine: Judgement,
    not_revoked: Judgement,
    period: tuple[date, date],
    comparison: tuple[Finding, tuple[str, ...]],
    today: date,
    *,
    signed: bool,
    clock_behind: bool = False,
) -> Verdict:
    """The verdict on a card that signed a random challenge after its PIN.

    Args:
        genuine: of the card's certificate, by `card_certificates.verify`.
        not_revoked: likewise.
        period: first and last day of the certificate's validity.
        comparison: of the certificate's data with what was typed in.
        today: the day of the question.
        signed: whether the signature over the challenge is that of the certificate's key.
        clock_behind: whether today lies before the day of the trust list.
    """
    proven = genuine.finding is Finding.PROVEN
    if proven:
        unaltered = _judged(Property.UNALTERED, Finding.PROVEN, "unaltered.card-certificate")
    else:
        unaltered = _judged(Property.UNALTERED, Finding.NOT_PROVABLE, "unaltered.signer-unproven")
    if not signed:
        cloned = _judged(Property.NOT_CLONED, Finding.REFUTED, "not-cloned.challenge-failed")
    elif proven:
        cloned = _judged(Property.NOT_CLONED, Finding.PROVEN, "not-cloned.challenge")
    else:
        cloned = _judged(Property.NOT_CLONED, Finding.NOT_PROVABLE, "not-cloned.key-unsigned")
    starts, ends = period
    in_date = _in_date(ends, today, proven=proven, clock_behind=clock_behind)
    if in_date.finding is Finding.PROVEN and today < starts:
        in_date = _judged(Property.IN_DATE, Finding.NOT_PROVABLE, "in-date.not-yet-valid")
    held = _holder(comparison, proven=proven and signed, contradicted=False)
    return Verdict((genuine, unaltered, cloned, in_date, not_revoked, held))


def _genuine(passive: PassiveResult, holder: DocumentHolder) -> Judgement:
    """Passive authentication, and that the signer may speak for this state and this document."""
    if passive.genuine.finding is not Finding.PROVEN or passive.signer is None:
        return passive.genuine
    countries = states.countries_of(holder.issuing_state)
    if not countries:
        return _judged(Property.GENUINE, Finding.NOT_PROVABLE, "genuine.state-unknown")
    if passive.signer.country not in countries:
        return _judged(Property.GENUINE, Finding.REFUTED, "genuine.state-differs")
    types = passive.signer.document_types
    if types and not any(_covers(each, holder.document_code) for each in types):
        return _judged(Property.GENUINE, Finding.NOT_PROVABLE, "genuine.document-type")
    return passive.genuine


def _covers(allowed: str, code: str) -> bool:
    """Whether a signer for documents of one type may sign those of another (9303-12 clause 7.1.1.6).

    The first letter decides. A, C and I are one kind, identity cards of any sort (9303-5 clause
    4.2.2): which of them a state writes into its zones and into its certificates need not be one.
    """
    return _kind(allowed) == _kind(code)


def _kind(code: str) -> str:
    letter = code[:1].upper()
    return "I" if letter in {"A", "C"} else letter


def _not_cloned(
    passive: PassiveResult,
    evidence: Sequence[ChipEvidence],
    proven: frozenset[int],
    untested: frozenset[int],
) -> Judgement:
    def judged(finding: Finding, *codes: str) -> Judgement:
        return _judged(Property.NOT_CLONED, finding, *codes)

    if any(not each.succeeded for each in evidence):
        return judged(Finding.REFUTED, "not-cloned.key-failed")
    withheld = passive.listed & _KEY_GROUPS - passive.read
    if withheld and not any(each.key_group in passive.matching for each in evidence):
        # A copy of a chip has all but the private key, so it does better without the public one,
        # whatever else it offers.
        if withheld - untested:
            return judged(Finding.REFUTED, "not-cloned.key-withheld")
        return judged(Finding.NOT_PROVABLE, "not-cloned.key-untested")
    # What ties EF.CardSecurity to these files is EF.DG1, given in the session of the mapping.
    tied = _ZONE_GROUP in proven
    rightly = [
        each.method.value
        for each in evidence
        if (each.key_signed and tied if each.key_group is None else each.key_group in proven)
    ]
    if rightly:
        return judged(Finding.PROVEN, *dict.fromkeys(rightly))
    if evidence:
        return judged(Finding.NOT_PROVABLE, "not-cloned.key-unsigned")
    if passive.read & (untested | {_ACTIVE_KEY_GROUP}):
        return judged(Finding.NOT_PROVABLE, "not-cloned.key-untested")
    return judged(Finding.NOT_PROVABLE, "not-cloned.no-key")


def _in_date(
    expires_on: date | None, today: date, *, proven: bool, clock_behind: bool
) -> Judgement:
    """Expired by a date that lies too early is expired all the same."""
    if expires_on is None:
        return _judged(Property.IN_DATE, Finding.NOT_PROVABLE, "in-date.no-date")
    if today > expires_on:
        return _judged(Property.IN_DATE, Finding.REFUTED, "in-date.expired")
    if not proven:
        return _judged(Property.IN_DATE, Finding.NOT_PROVABLE, "in-date.unsigned")
    if clock_behind:
        return _judged(Property.IN_DATE, Finding.NOT_PROVABLE, "in-date.clock-behind")
    return _judged(Property.IN_DATE, Finding.PROVEN, "in-date.valid")


def _without_details(finding: Finding, codes: tuple[str, ...]) -> tuple[Finding, tuple[str, ...]]:
    """The signed file that says the codice fiscale did not come: it may be another person's."""
    if finding is Finding.PROVEN and NO_CODICE_FISCALE in codes:
        return Finding.NOT_PROVABLE, ("holder.details-withheld",)
    return finding, codes


def _holder(
    comparison: tuple[Finding, tuple[str, ...]], *, proven: bool, contradicted: bool
) -> Judgement:
    finding, codes = comparison
    if finding is Finding.PROVEN and contradicted:
        return _judged(Property.HOLDER, Finding.NOT_PROVABLE, "holder.files-disagree")
    if finding is Finding.PROVEN and not proven:
        return _judged(Property.HOLDER, Finding.NOT_PROVABLE, "holder.unsigned")
    return _judged(Property.HOLDER, finding, *codes)


def _judged(what: Property, finding: Finding, *codes: str) -> Judgement:
    return Judgement(what, finding, codes)
