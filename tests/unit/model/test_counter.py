"""What clerks do and citizens conclude: plain forms, and the rules that need no registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import operation
from sync.model.contacts import Contacts
from sync.model.counter import (
    Booking,
    ClosingReason,
    CounterAct,
    CounterRegistration,
    IssuedSecrets,
    PartChange,
    RecordEdit,
    Subject,
)
from sync.model.credential import OperationKind
from sync.model.dates import PartialDate
from sync.model.delegation import DelegationKind
from sync.model.errors import Problem
from sync.model.home import Conclusion
from sync.model.identity import Person
from sync.model.operation import Operation
from sync.model.preregistration import Community
from sync.model.registration import Part
from sync.model.secret_digests import digest_problem
from tests.unit.model.console_examples import AUDITED, CONSOLE_ACTS, INSTALLED
from tests.unit.model.counter_examples import (
    ACTS,
    BOOKING,
    CLOSING,
    CODE_ONLY,
    CONCLUSION,
    DELEGATE,
    DELETION,
    EDIT,
    EX_NOVO,
    MOVE,
    PHC,
    REGENERATION,
    SEEN,
    SETTLEMENT,
    UNTIL,
    WITH_PIN,
    acts,
)
from tests.unit.model.examples import (
    CARD,
    COMPLETE,
    DELEGATION,
    IDENTIFIED,
    MARIO,
    MARTA,
    READY,
    TODAY,
    put,
)

OTHERS: tuple[Operation, ...] = (*CONSOLE_ACTS, AUDITED, INSTALLED)
EVERY: tuple[Operation, ...] = (COMPLETE, IDENTIFIED, READY, CONCLUSION, *ACTS, *OTHERS)


def found(what: Operation) -> list[tuple[str, str]]:
    return [(problem.code, problem.field) for problem in operation.problems(what, today=TODAY)]


def read(kind: str, plain: object) -> Operation | Problem:
    return operation.from_plain(kind, operation.VERSION, plain)


def members(plain: object, path: str = "") -> list[str]:
    """The dotted paths of all members of mappings."""
    if not isinstance(plain, dict):
        return []
    return [
        name
        for key, value in plain.items()
        for here in [f"{path}.{key}" if path else key]
        for name in [here, *members(value, here)]
    ]


@pytest.mark.parametrize("what", EVERY, ids=operation.kind_of)
def test_every_kind_reads_back_and_breaks_no_rule(what: Operation) -> None:
    kind = operation.kind_of(what)
    plain = operation.to_plain(what)
    assert read(kind, plain) == what
    assert read(kind, cbor2.loads(cbor2.dumps(plain))) == what
    assert found(what) == []
    assert operation.is_counter_act(what) == (kind in operation.COUNTER)


def test_the_kinds_have_their_names() -> None:
    assert {operation.kind_of(what) for what in EVERY} == operation.KINDS
    assert {
        "registration",
        "booking",
        "code_regeneration",
        "record_edit",
        "residence_change",
        "delegation_change",
        "account_deletion",
        "dispute_settlement",
        "outcome_closing",
    } == operation.COUNTER
    assert {"preregistration", "registration"} == operation.NUMBERED
    assert {"conclusion", "audit_page", "installation"} < operation.KINDS


@given(acts)
def test_any_act_that_is_right_reads_back(act: CounterAct) -> None:
    plain = operation.to_plain(act)
    assert read(operation.kind_of(act), plain) == act
    assert operation.problems(act, today=TODAY) == ()


@pytest.mark.parametrize("what", EVERY, ids=operation.kind_of)
def test_each_missing_member_is_told_by_its_place(what: Operation) -> None:
    kind, plain = operation.kind_of(what), operation.to_plain(what)
    for path in members(plain):
        owner, _, key = path.rpartition(".")
        part: Any = plain
        for step in owner.split(".") if owner else []:
            part = part[step]
        without = {name: value for name, value in part.items() if name != key}
        broken = read(kind, put(plain, owner, without) if owner else without)
        assert isinstance(broken, Problem)
        assert (broken.code, broken.field) == ("operation.malformed", path)


@pytest.mark.parametrize("what", [*ACTS, CONCLUSION, *OTHERS], ids=operation.kind_of)
@given(data=st.data())
def test_any_value_in_any_place_is_an_operation_or_a_problem(
    what: Operation, data: st.DataObject
) -> None:
    kind, plain = operation.kind_of(what), operation.to_plain(what)
    path = data.draw(st.sampled_from(members(plain)))
    wrong = data.draw(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-2, 1 << 64),
            st.text(max_size=4),
            st.binary(max_size=40),
            st.lists(st.integers() | st.dictionaries(st.text(max_size=2), st.none()), max_size=9),
        )
    )
    result = read(kind, put(plain, path, wrong))
    if isinstance(result, Problem):
        assert result.code == "operation.malformed"
    else:
        assert operation.to_plain(result) == put(plain, path, wrong)
        operation.problems(result, today=TODAY)


@pytest.mark.parametrize(
    ("what", "path", "wrong"),
    [
        (BOOKING, "kind", "ristampa"),
        (BOOKING, "basis.state", "sospeso"),
        (BOOKING, "basis.seen_at", -1),
        (BOOKING, "secrets.valid_until", "2027-01"),
        (BOOKING, "secrets.mailed_code", "text"),
        (MOVE, "change.seen", bytes(31)),
        (MOVE, "change.value", None),
        (MOVE, "change.part", "residenza"),
        (DELEGATE, "seen", b""),
        (CONCLUSION, "ticket", bytes(31)),
        (CONCLUSION, "accepted", ["x"] * 33),
        (EX_NOVO, "community", "torino"),
        (EDIT, "changes", [operation.to_plain(MOVE)["change"]] * 7),
    ],
)
def test_values_outside_their_range_are_told_by_their_place(
    what: Operation, path: str, wrong: object
) -> None:
    broken = read(operation.kind_of(what), put(operation.to_plain(what), path, wrong))
    assert isinstance(broken, Problem)
    assert (broken.code, broken.field) == ("operation.malformed", path)


@pytest.mark.rule("R-003-64")
@pytest.mark.rule("R-003-48")
@pytest.mark.rule("C-003-9")
def test_a_registration_at_the_counter_has_the_rules_of_the_form() -> None:
    wrong = replace(
        EX_NOVO,
        registration_number="ABC",
        language="de",
        privacy_notice="",
        person=Person("X", None, None, PartialDate(1980), MARIO.sex),
        contacts=Contacts(""),
        domicile=replace(EX_NOVO.domicile or COMPLETE.domicile or CARD, comune=""),  # type: ignore[arg-type]
        note="",
    )
    assert found(wrong) == [
        ("registration-number.length", "registration_number"),
        ("language.unknown", "language"),
        ("privacy.not-accepted", "privacy_notice"),
        ("person.nameless", "person.surname"),
        ("codice-fiscale.length", "person.codice_fiscale"),
        ("comune.empty", "domicile.comune"),
        ("email.empty", "contacts.email"),
        ("text.empty", "note"),
    ]


@pytest.mark.rule("R-003-31")
def test_an_address_of_cec_pac_is_refused_at_the_counter_too() -> None:
    address = Contacts("mario@postacertificata.gov.it")
    assert found(replace(EX_NOVO, contacts=address)) == [("email.cec-pac", "contacts.email")]
    edited = RecordEdit(EDIT.subject, (PartChange(Part.CONTACTS, SEEN, address),), EDIT.office)
    assert found(edited) == [("email.cec-pac", "changes.0.value.email")]


@pytest.mark.rule("R-003-8")
def test_the_communities_are_three() -> None:
    plain = operation.to_plain(EX_NOVO)
    for community in ("sistemapiemonte", "torinofacile", "torinofacile_light"):
        assert not isinstance(read("registration", put(plain, "community", community)), Problem)
    assert len(Community) == 3


@pytest.mark.rule("R-003-41")
@pytest.mark.parametrize("act", [EX_NOVO, BOOKING, REGENERATION], ids=operation.kind_of)
def test_nothing_is_given_out_to_who_was_not_identified(
    act: CounterRegistration | Booking,
) -> None:
    assert found(replace(act, identified=False)) == [("registration.not-identified", "identified")]


@pytest.mark.rule("R-003-40")
@pytest.mark.rule("C-003-17")
def test_documents_of_the_counter_are_the_five_of_the_form() -> None:
    plain = operation.to_plain(EX_NOVO)
    for kind in (
        "carta_identita",
        "passaporto",
        "patente_guida",
        "permesso_soggiorno",
        "patente_nautica",
    ):
        assert not isinstance(read("registration", put(plain, "document.kind", kind)), Problem)
    assert isinstance(read("registration", put(plain, "document.kind", "carta_nautica")), Problem)


@pytest.mark.rule("R-003-10")
def test_a_register_is_one_of_the_two() -> None:
    for register in ("", "CIA", "AURA"):
        assert found(replace(EX_NOVO, register=register)) == []
    assert found(replace(EX_NOVO, register="ANPR")) == [("registration.register", "register")]


@pytest.mark.rule("R-003-19")
@pytest.mark.rule("C-003-11")
@pytest.mark.parametrize("kind", OperationKind)
def test_a_pin_goes_with_all_but_a_revocation(kind: OperationKind) -> None:
    needs = kind is not OperationKind.REVOCA
    for secrets in (WITH_PIN, CODE_ONLY):
        wrong = (secrets is WITH_PIN) != needs
        expected = [("secrets.pin", "secrets.pin")] if wrong else []
        assert found(replace(BOOKING, kind=kind, secrets=secrets)) == expected
    assert found(replace(REGENERATION, secrets=WITH_PIN)) == [("secrets.pin", "secrets.pin")]
    assert found(replace(EX_NOVO, secrets=CODE_ONLY)) == [("secrets.pin", "secrets.pin")]


@pytest.mark.rule("R-003-1")
def test_no_operation_holds_a_secret_itself() -> None:
    secrets = IssuedSecrets("12345678", "ABCDEFGHJKMN", b"", UNTIL)
    assert found(replace(EX_NOVO, secrets=secrets)) == [
        ("secrets.digest", "secrets.pin"),
        ("secrets.digest", "secrets.code"),
        ("secrets.mailed-code", "secrets.mailed_code"),
    ]
    much = replace(WITH_PIN, mailed_code=bytes(2049))
    assert found(replace(EX_NOVO, secrets=much)) == [("secrets.mailed-code", "secrets.mailed_code")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        PHC + "A",
        PHC.replace("argon2id", "argon2i"),
        PHC.replace("v=19", "v=16"),
        PHC.replace("m=65536", "m=4194304"),
        PHC.replace("m=65536", "m=8"),
        PHC.replace("m=65536", "m=065536"),
        PHC.replace("t=3", "t=1"),
        PHC.replace("t=3", "t=5"),
        PHC.replace("p=1", "p=2"),
        PHC[:-1] + "B",
        PHC.replace("$" + "A" * 22, "$" + "A" * 21 + "="),
    ],
)
def test_a_digest_asks_for_no_more_and_no_less_work_than_is_right(text: str) -> None:
    assert digest_problem(PHC) is None
    problem = digest_problem(text)
    assert problem is not None
    assert problem.code == "secrets.digest"


@pytest.mark.rule("R-003-68")
@pytest.mark.rule("R-003-69")
@pytest.mark.rule("R-003-71")
def test_a_delegate_of_a_booking_has_all_their_data() -> None:
    same = replace(DELEGATION, delegate=MARIO)
    place = "delegation.delegate.codice_fiscale"
    assert found(replace(BOOKING, delegation=same)) == [("delegation.same-person", place)]
    bare = replace(DELEGATION, document=replace(DELEGATION.document, issuer=""))
    assert found(replace(BOOKING, delegation=bare)) == [
        ("text.empty", "delegation.document.issuer")
    ]
    child = replace(
        DELEGATION,
        kind=DelegationKind.DICHIARAZIONE_SOSTITUTIVA,
        delegate=replace(MARTA, birth_date=PartialDate(2015, 1, 1)),
    )
    assert found(replace(DELEGATE, delegation=child)) == [
        ("delegation.delegate-minor", "delegation.delegate")
    ]
    assert found(replace(EX_NOVO, delegation=replace(DELEGATION, email="x"))) == [
        ("email.at-missing", "delegation.email")
    ]


@pytest.mark.rule("R-003-72")
def test_optional_of_a_delegate_are_email_and_telephone_alone() -> None:
    assert found(replace(DELEGATE, delegation=replace(DELEGATION, email=None, phone=None))) == []
    assert found(replace(DELEGATE, booking="x")) == [("operation.not-canonical", "booking")]


@pytest.mark.rule("R-003-32")
def test_an_edit_changes_each_part_once() -> None:
    change = EDIT.changes[0]
    assert found(replace(EDIT, changes=())) == [("edit.nothing", "changes")]
    assert found(replace(EDIT, changes=(change, change))) == [("edit.part-twice", "changes")]
    unborn = replace(MARIO, birth_date=PartialDate(2025, 1, 1))
    both = (replace(change, value=unborn), EDIT.changes[4])
    assert found(replace(EDIT, changes=both)) == [
        ("document.issued-before-birth", "changes.1.value.issued_on")
    ]


@pytest.mark.rule("R-003-61")
def test_a_change_of_residence_changes_the_residence() -> None:
    wrong = replace(MOVE, change=PartChange(Part.NOTE, SEEN, "x"))
    assert ("edit.part-value", "change.part") in found(wrong)


@pytest.mark.rule("R-003-46")
@pytest.mark.rule("R-003-83")
def test_an_old_account_goes_when_the_signed_request_is_archived() -> None:
    assert found(replace(DELETION, request_archived=False)) == [
        ("account.request-not-archived", "request_archived")
    ]
    assert found(replace(DELETION, codice_fiscale="x")) == [
        ("codice-fiscale.length", "codice_fiscale")
    ]


@pytest.mark.rule("C-003-22")
@pytest.mark.rule("R-003-63")
@pytest.mark.parametrize("act", ACTS, ids=operation.kind_of)
def test_every_act_is_an_offices(act: CounterAct) -> None:
    assert found(replace(act, office="")) == [("operator.office", "office")]
    assert found(replace(act, office="x" * 121)) == [("operator.office", "office")]


def test_a_subject_is_named_as_it_is_kept() -> None:
    subject = Subject("rssmra80a01h501u", "x")
    assert found(replace(REGENERATION, subject=subject)) == [
        ("operation.not-canonical", "subject.codice_fiscale"),
        ("registration-number.length", "subject.registration_number"),
    ]


# --- conclusions


@pytest.mark.rule("R-003-19")
@pytest.mark.rule("R-003-38")
@pytest.mark.parametrize("kind", OperationKind)
def test_username_and_password_are_chosen_where_the_procedure_asks_for_them(
    kind: OperationKind,
) -> None:
    chooses = kind in {OperationKind.RISCONTRO_FORTE, OperationKind.RESET}
    for chosen in (None, CONCLUSION.chosen):
        wrong = (chosen is not None) != chooses
        expected = [("conclusion.chosen", "chosen")] if wrong else []
        assert found(replace(CONCLUSION, kind=kind, chosen=chosen)) == expected


@pytest.mark.rule("R-003-5")
@pytest.mark.rule("R-003-38")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"accepted": ()}, ("conclusion.not-accepted", "accepted")),
        ({"accepted": ("Regulation 1",)}, ("conclusion.texts", "accepted")),
        ({"language": "fr"}, ("language.unknown", "language")),
    ],
)
def test_what_is_accepted_is_named_with_its_version(
    change: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert found(replace(CONCLUSION, **change)) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"username": "Mario.Rossi"}, [("operation.not-canonical", "chosen.username")]),
        ({"username": "m"}, [("username.length", "chosen.username")]),
        ({"password": "segreto"}, [("secrets.digest", "chosen.password")]),
        ({"answer": "Micio"}, [("secrets.digest", "chosen.answer")]),
        ({"question": " ? "}, [("question.empty", "chosen.question")]),
        ({"question": "x" * 121}, [("question.too-long", "chosen.question")]),
    ],
)
def test_what_is_chosen_is_judged(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    chosen = CONCLUSION.chosen
    assert chosen is not None
    assert found(replace(CONCLUSION, chosen=replace(chosen, **change))) == expected
    assert isinstance(CONCLUSION, Conclusion)


@pytest.mark.parametrize(("field", "text"), [("operation_id", "A1"), ("code", "Testo libero")])
def test_settlement_names_an_act_and_a_code(field: str, text: str) -> None:
    wrong = replace(SETTLEMENT, **{field: text})
    assert found(wrong) == [("operation.not-canonical", field)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seq", 0),
        ("operation_id", "3"),
        ("kind", "Booking"),
        ("code", ""),
        ("code", "Mario Rossi"),
        ("done_again", ""),
    ],
)
def test_a_closing_names_its_entry(field: str, value: Any) -> None:
    assert found(replace(CLOSING, **{field: value})) == [("operation.not-canonical", field)]


def test_what_never_came_whole_is_closed_without_a_code_and_nothing_took_its_place() -> None:
    lost = replace(CLOSING, reason=ClosingReason.LOST, code="", done_again="")
    assert found(lost) == []
    again = replace(lost, done_again=CLOSING.done_again)
    assert found(again) == [("operation.not-canonical", "done_again")]
