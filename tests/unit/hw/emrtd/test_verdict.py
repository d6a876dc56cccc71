"""The verdict: a table of what was found, and what is said of it."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import hw.cards.emrtd as package
from hw.cards.emrtd import passive_auth, states, verdict
from hw.cards.emrtd.passive_auth import PassiveResult, SignerFacts
from hw.cards.emrtd.trust_anchors import EMPTY
from hw.cards.emrtd.verdict import REASONS, ChipEvidence, ChipMethod, judge
from hw.document_readings import DocumentHolder, Finding, Judgement, Property, Verdict

TODAY = date(2026, 11, 22)
PROVEN, UNKNOWN, REFUTED = Finding.PROVEN, Finding.NOT_PROVABLE, Finding.REFUTED
HOLDER = DocumentHolder(
    document_code="C",
    issuing_state="ITA",
    document_number="CA00000AA",
    surname="ROSSI",
    name="MARIO",
    names_cut=False,
    names_transliterated=False,
    nationality="ITA",
    sex="M",
    birth_date="19800101",
    expires_on=date(2030, 1, 1),
)
GROUPS = frozenset({1, 2, 11, 14})
SOUND = PassiveResult(
    genuine=Judgement(Property.GENUINE, PROVEN, ("genuine.chain",)),
    unaltered=Judgement(Property.UNALTERED, PROVEN, ("unaltered.hashes",)),
    not_revoked=Judgement(Property.NOT_REVOKED, PROVEN, ("not-revoked.list-clear",)),
    listed=GROUPS,
    read=GROUPS,
    matching=GROUPS,
    signer=SignerFacts("IT", ()),
)
UNPROVEN = replace(
    SOUND,
    genuine=Judgement(Property.GENUINE, UNKNOWN, ("genuine.country-unknown",)),
    unaltered=Judgement(Property.UNALTERED, UNKNOWN, ("unaltered.signer-unproven",)),
    not_revoked=Judgement(Property.NOT_REVOKED, UNKNOWN, ("not-revoked.signer-unproven",)),
)
EQUAL = (PROVEN, ("holder.equal",))
OTHER = (REFUTED, ("holder.surname",))
CHIP = ChipEvidence(ChipMethod.CHIP_AUTHENTICATION, succeeded=True, key_group=14)
ACTIVE = ChipEvidence(ChipMethod.ACTIVE_AUTHENTICATION, succeeded=True, key_group=15)
MAPPED = ChipEvidence(ChipMethod.CHIP_MAPPING, succeeded=True, key_group=None, key_signed=True)


def judged(**changes: Any) -> Verdict:
    parts: dict[str, Any] = {
        "passive": SOUND,
        "evidence": (CHIP,),
        "holder": HOLDER,
        "comparison": EQUAL,
        "today": TODAY,
    } | changes
    return judge(
        parts.pop("passive"), parts.pop("evidence"), parts.pop("holder"),
        parts.pop("comparison"), parts.pop("today"), **parts,
    )  # fmt: skip


def found(verdict: Verdict, what: Property) -> tuple[Finding, tuple[str, ...]]:
    return verdict.of(what).finding, verdict.of(what).reasons


def without_groups(*numbers: int) -> PassiveResult:
    left = GROUPS - set(numbers)
    return replace(SOUND, read=left, matching=left)


@pytest.mark.rule("R-001-2")
def test_a_sound_document() -> None:
    verdict = judged()
    assert verdict.sound
    assert [each.property for each in verdict.judgements] == list(Property)
    assert {each.finding for each in verdict.judgements} == {PROVEN}


NOT_CLONED_TABLE = [
    (SOUND, (CHIP,), PROVEN, "not-cloned.chip-authentication"),
    (SOUND, (MAPPED,), PROVEN, "not-cloned.chip-mapping"),
    (SOUND, (replace(MAPPED, key_group=14, key_signed=False),), PROVEN, "not-cloned.chip-mapping"),
    (SOUND, (replace(MAPPED, key_signed=False),), UNKNOWN, "not-cloned.key-unsigned"),
    (SOUND, (ACTIVE,), UNKNOWN, "not-cloned.key-unsigned"),
    (SOUND, (replace(CHIP, succeeded=False),), REFUTED, "not-cloned.key-failed"),
    (SOUND, (MAPPED, replace(CHIP, succeeded=False)), REFUTED, "not-cloned.key-failed"),
    (SOUND, (), UNKNOWN, "not-cloned.no-key"),
    (without_groups(14), (), REFUTED, "not-cloned.key-withheld"),
    (replace(SOUND, listed=GROUPS | {15}), (), REFUTED, "not-cloned.key-withheld"),
    (replace(SOUND, listed=GROUPS | {15}), (CHIP,), PROVEN, "not-cloned.chip-authentication"),
    (replace(SOUND, matching=GROUPS - {14}), (CHIP,), UNKNOWN, "not-cloned.key-unsigned"),
    (UNPROVEN, (CHIP,), UNKNOWN, "not-cloned.key-unsigned"),
    # What is withheld weighs more than a key that is not signed with the files.
    (without_groups(14), (MAPPED,), REFUTED, "not-cloned.key-withheld"),
    (without_groups(14), (CHIP,), REFUTED, "not-cloned.key-withheld"),
    (replace(SOUND, listed=GROUPS | {15}), (MAPPED,), REFUTED, "not-cloned.key-withheld"),
    (UNPROVEN, (MAPPED,), UNKNOWN, "not-cloned.key-unsigned"),
    (replace(SOUND, matching=GROUPS - {1}), (MAPPED,), UNKNOWN, "not-cloned.key-unsigned"),
    (replace(SOUND, read=GROUPS | {15}), (), UNKNOWN, "not-cloned.key-untested"),
    (UNPROVEN, (replace(CHIP, succeeded=False),), REFUTED, "not-cloned.key-failed"),
]


@pytest.mark.parametrize(("passive", "evidence", "finding", "reason"), NOT_CLONED_TABLE)
def test_what_a_chips_proof_is_worth(
    passive: PassiveResult, evidence: tuple[ChipEvidence, ...], finding: Finding, reason: str
) -> None:
    verdict = judged(passive=passive, evidence=evidence)
    assert found(verdict, Property.NOT_CLONED) == (finding, (reason,))


@pytest.mark.parametrize("evidence", [(), (MAPPED,)])
def test_a_key_that_nobody_is_known_to_withhold_is_untested(
    evidence: tuple[ChipEvidence, ...],
) -> None:
    untested = (UNKNOWN, ("not-cloned.key-untested",))
    hidden, key = without_groups(14), frozenset({14})
    said = judged(passive=hidden, evidence=evidence, untested=key)
    assert found(said, Property.NOT_CLONED) == untested
    both = replace(hidden, listed=GROUPS | {15})
    said = judged(passive=both, evidence=evidence, untested=key)
    assert found(said, Property.NOT_CLONED) == (REFUTED, ("not-cloned.key-withheld",))
    assert found(judged(evidence=(), untested=key), Property.NOT_CLONED) == untested


def test_a_codice_fiscale_is_not_proven_where_its_file_is_kept_back() -> None:
    equal = (PROVEN, ("holder.equal", "holder.no-codice-fiscale"))
    hidden = without_groups(11)
    withheld = (UNKNOWN, ("holder.details-withheld",))
    assert found(judged(comparison=equal), Property.HOLDER) == equal
    assert found(judged(comparison=equal, passive=hidden), Property.HOLDER) == withheld
    assert found(judged(comparison=EQUAL, passive=hidden), Property.HOLDER) == EQUAL
    assert found(judged(comparison=OTHER, passive=hidden), Property.HOLDER) == OTHER


def test_both_proofs_are_told() -> None:
    reasons = judged(evidence=(MAPPED, CHIP)).of(Property.NOT_CLONED).reasons
    assert reasons == ("not-cloned.chip-mapping", "not-cloned.chip-authentication")


@pytest.mark.parametrize(
    ("expires", "passive", "finding", "reason"),
    [
        (date(2026, 11, 22), SOUND, PROVEN, "in-date.valid"),
        (date(2026, 11, 21), SOUND, REFUTED, "in-date.expired"),
        (None, SOUND, UNKNOWN, "in-date.no-date"),
        (date(2030, 1, 1), UNPROVEN, UNKNOWN, "in-date.unsigned"),
        (date(2026, 11, 21), UNPROVEN, REFUTED, "in-date.expired"),
        (date(2030, 1, 1), replace(SOUND, matching=GROUPS - {1}), UNKNOWN, "in-date.unsigned"),
    ],
)
def test_dates(expires: date | None, passive: PassiveResult, finding: Finding, reason: str) -> None:
    verdict = judged(holder=replace(HOLDER, expires_on=expires), passive=passive)
    assert found(verdict, Property.IN_DATE) == (finding, (reason,))
    assert verdict.sound == (finding is PROVEN)


def test_a_date_that_is_known_to_be_wrong_proves_no_validity() -> None:
    behind = replace(SOUND, clock_behind=True)
    said = judged(passive=behind)
    assert found(said, Property.IN_DATE) == (UNKNOWN, ("in-date.clock-behind",))
    assert not said.sound
    assert found(challenged(clock_behind=True), Property.IN_DATE) == (
        UNKNOWN,
        ("in-date.clock-behind",),
    )
    # What has expired by a day that is over has expired.
    expired = judged(passive=behind, holder=replace(HOLDER, expires_on=date(2026, 11, 21)))
    assert found(expired, Property.IN_DATE) == (REFUTED, ("in-date.expired",))


NOTHING = (UNKNOWN, ("holder.nothing-to-compare",))


@pytest.mark.parametrize(
    ("comparison", "changes", "expected"),
    [
        (EQUAL, {}, EQUAL),
        (OTHER, {}, OTHER),
        (NOTHING, {}, NOTHING),
        (EQUAL, {"passive": UNPROVEN}, (UNKNOWN, ("holder.unsigned",))),
        (OTHER, {"passive": UNPROVEN}, OTHER),
        (EQUAL, {"contradicted": True}, (UNKNOWN, ("holder.files-disagree",))),
        (OTHER, {"contradicted": True}, OTHER),
    ],
)
def test_data_that_nobody_signed_refute_but_never_prove(
    comparison: Any, changes: dict[str, Any], expected: Any
) -> None:
    assert found(judged(comparison=comparison, **changes), Property.HOLDER) == expected


@pytest.mark.parametrize(
    ("state", "country", "expected"),
    [
        ("ITA", "IT", (PROVEN, ("genuine.chain",))),
        ("D", "DE", (PROVEN, ("genuine.chain",))),
        ("D<<", "DE", (PROVEN, ("genuine.chain",))),
        ("GBD", "GB", (PROVEN, ("genuine.chain",))),
        ("RKS", "KS", (PROVEN, ("genuine.chain",))),
        ("UNO", "UN", (PROVEN, ("genuine.chain",))),
        ("ITA", "FR", (REFUTED, ("genuine.state-differs",))),
        ("ITA", "", (REFUTED, ("genuine.state-differs",))),
        ("UTO", "IT", (UNKNOWN, ("genuine.state-unknown",))),
        ("", "IT", (UNKNOWN, ("genuine.state-unknown",))),
    ],
)
def test_a_state_speaks_for_itself_only(state: str, country: str, expected: Any) -> None:
    verdict = judged(
        passive=replace(SOUND, signer=SignerFacts(country, ())),
        holder=replace(HOLDER, issuing_state=state),
    )
    assert found(verdict, Property.GENUINE) == expected
    proven = expected[0] is PROVEN
    assert verdict.sound == proven
    for what in (Property.UNALTERED, Property.NOT_CLONED, Property.IN_DATE, Property.HOLDER):
        assert (verdict.of(what).finding is PROVEN) == proven


@pytest.mark.parametrize(
    ("types", "code", "covered"),
    [
        ((), "C", True),
        (("C",), "C", True),
        (("P", "C"), "C<", True),
        (("ID",), "C", True),
        (("I",), "IT", True),
        (("P<",), "P", True),
        (("P",), "C", False),
        (("P", "V"), "IT", False),
        (("ID",), "P", False),
        (("",), "P", False),
    ],
)
def test_a_signer_may_be_for_some_documents_only(
    types: tuple[str, ...], code: str, *, covered: bool
) -> None:
    verdict = judged(
        passive=replace(SOUND, signer=SignerFacts("IT", types)),
        holder=replace(HOLDER, document_code=code),
    )
    expected = (PROVEN, ("genuine.chain",)) if covered else (UNKNOWN, ("genuine.document-type",))
    assert found(verdict, Property.GENUINE) == expected


def test_nothing_read_is_nothing_said_for_it() -> None:
    nothing = passive_auth.verify(b"", {}, EMPTY, TODAY)
    verdict = judged(passive=nothing, evidence=(), comparison=NOTHING)
    assert not verdict.sound
    assert {each.finding for each in verdict.judgements} == {UNKNOWN}


# --- cards


@pytest.mark.parametrize(
    ("expires", "comparison", "in_date", "holder"),
    [
        (date(2028, 1, 1), EQUAL, UNKNOWN, (UNKNOWN, ("holder.unsigned",))),
        (date(2020, 1, 1), OTHER, REFUTED, OTHER),
        (None, NOTHING, UNKNOWN, NOTHING),
    ],
)
def test_a_data_file_alone_proves_nothing(
    expires: date | None, comparison: Any, in_date: Finding, holder: Any
) -> None:
    said = verdict.judge_data_file(expires, comparison, TODAY)
    assert [each.property for each in said.judgements] == list(Property)
    assert not any(each.finding is PROVEN for each in said.judgements)
    assert said.of(Property.GENUINE).reasons == ("genuine.data-file",)
    assert said.of(Property.IN_DATE).finding is in_date
    assert found(said, Property.HOLDER) == holder


CARD = Judgement(Property.GENUINE, PROVEN, ("genuine.card-certificate",))
NO_CARD = Judgement(Property.GENUINE, UNKNOWN, ("genuine.issuer-unknown",))
PERIOD = (date(2022, 1, 1), date(2028, 1, 1))


def challenged(
    genuine: Judgement = CARD,
    period: tuple[date, date] = PERIOD,
    *,
    signed: bool = True,
    clock_behind: bool = False,
) -> Verdict:
    return verdict.judge_challenge(
        genuine,
        SOUND.not_revoked,
        period,
        EQUAL,
        TODAY,
        signed=signed,
        clock_behind=clock_behind,
    )


def test_a_signed_challenge_proves_the_card() -> None:
    said = challenged()
    assert said.sound
    assert [each.property for each in said.judgements] == list(Property)
    assert {each.finding for each in said.judgements} == {PROVEN}
    assert said.of(Property.NOT_CLONED).reasons == ("not-cloned.challenge",)


def test_a_wrong_signature_refutes_it() -> None:
    said = challenged(signed=False)
    assert found(said, Property.NOT_CLONED) == (REFUTED, ("not-cloned.challenge-failed",))
    assert said.of(Property.HOLDER).finding is UNKNOWN
    assert not said.sound


def test_a_card_of_an_unknown_issuer() -> None:
    said = challenged(NO_CARD)
    assert found(said, Property.NOT_CLONED) == (UNKNOWN, ("not-cloned.key-unsigned",))
    assert said.of(Property.UNALTERED).finding is UNKNOWN
    assert found(said, Property.HOLDER) == (UNKNOWN, ("holder.unsigned",))


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ((date(2022, 1, 1), TODAY), (PROVEN, ("in-date.valid",))),
        ((date(2022, 1, 1), date(2026, 11, 21)), (REFUTED, ("in-date.expired",))),
        ((date(2026, 11, 23), date(2028, 1, 1)), (UNKNOWN, ("in-date.not-yet-valid",))),
    ],
)
def test_a_cards_validity(period: tuple[date, date], expected: Any) -> None:
    assert found(challenged(period=period), Property.IN_DATE) == expected


# --- the reasons


def test_every_reason_belongs_to_its_property() -> None:
    for code, reason in REASONS.items():
        assert code.split(".")[0] == reason.property.value
        assert reason.meaning
        assert reason.findings


def _codes_in(path: Path) -> set[str]:
    prefixes = tuple(f"{each.value}." for each in Property)
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(prefixes)
        and " " not in node.value
    }


def test_every_reason_in_the_code_is_listed_and_the_other_way_round() -> None:
    folder = Path(package.__path__[0])
    used = {
        code
        for path in folder.glob("*.py")
        if path.name != "reasons.py"
        for code in _codes_in(path)
    }
    assert used == set(REASONS)


ISO = Path("/usr/share/iso-codes/json/iso_3166-1.json")


@pytest.mark.skipif(not ISO.exists(), reason="Debian's iso-codes is not installed")
def test_states_are_those_of_iso_3166() -> None:
    for each in json.loads(ISO.read_text())["3166-1"]:
        assert states.countries_of(each["alpha_3"]) == (each["alpha_2"],)
