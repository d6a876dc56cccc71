"""What administrators do in the console: plain forms and rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import operation
from sync.model.audit import AuditPage
from sync.model.certified_mail import is_certified
from sync.model.console import (
    ConsoleAct,
    EnrolmentApproval,
    OfficerAct,
    OfficerAction,
    RegisterNote,
    StationAction,
    StationChange,
    StationReason,
    UserAction,
    UserActionAct,
    UserInsertion,
    UserReason,
)
from sync.model.errors import Problem
from sync.model.installation import InstallationReport, InstallationStep, StepOutcome, StepReport
from sync.model.operation import Operation
from sync.model.users import ASSIGNABLE, Profile, UserType
from tests.unit.model.console_examples import (
    ACTIVATED,
    APPROVAL,
    AUDITED,
    BLOCKED,
    CHANGED_USER,
    CLERK,
    COMUNE,
    CONSOLE_ACTS,
    FORGOTTEN,
    INSTALLED,
    NEW_SERVER,
    NEW_STATION,
    NEW_USER,
    NOTE,
    REPLACED,
    STATION,
)
from tests.unit.model.examples import TODAY


def found(what: Operation) -> list[tuple[str, str]]:
    return [(problem.code, problem.field) for problem in operation.problems(what, today=TODAY)]


def read(act: Operation, **members: object) -> Operation | Problem:
    plain = operation.to_plain(act) | members
    return operation.from_plain(operation.kind_of(act), operation.VERSION, plain)


def test_the_kinds_of_the_console_have_their_names() -> None:
    assert {operation.kind_of(act) for act in CONSOLE_ACTS} == operation.CONSOLE
    assert {
        "station_registration",
        "enrolment_approval",
        "station_change",
        "register_note",
        "user_insertion",
        "user_change",
        "user_action",
        "daily_password",
        "officer_act",
    } == operation.CONSOLE
    assert not operation.CONSOLE & (operation.COUNTER | operation.NUMBERED)
    assert all(isinstance(act, ConsoleAct) for act in CONSOLE_ACTS)
    assert not isinstance(AUDITED, ConsoleAct)


@pytest.mark.parametrize("act", CONSOLE_ACTS, ids=operation.kind_of)
@pytest.mark.parametrize("comune", ["", "58091", "L219", "058091\n", "0580911"])
def test_every_act_is_of_one_comune(act: ConsoleAct, comune: str) -> None:
    assert ("console.comune", "comune") in found(replace(act, comune=comune))


def test_sets_are_written_in_one_order() -> None:
    profiles = ["consultazione", "iscrizione"]
    assert operation.to_plain(NEW_USER)["profiles"] == profiles
    for wrong in (profiles[::-1], [*profiles, "iscrizione"], ["volo"]):
        assert read(NEW_USER, profiles=wrong) == Problem("operation.malformed", "profiles")


# --- stations


@pytest.mark.rule("R-004-13")
def test_a_label_may_be_missing_and_has_no_special_characters() -> None:
    assert found(NEW_SERVER) == []
    assert found(replace(NEW_STATION, label="a/b")) == [("station.label", "label")]


@pytest.mark.rule("R-004-8", "R-004-10")
@pytest.mark.parametrize("name", ["058092-PC-0001", "058091-XX-0001", "kiosk-0001", ""])
@pytest.mark.parametrize("act", [APPROVAL, BLOCKED, NOTE], ids=operation.kind_of)
def test_an_act_names_a_certificate_of_its_comune(
    act: EnrolmentApproval | StationChange | RegisterNote, name: str
) -> None:
    assert ("station.name", "station") in found(replace(act, station=name))
    assert found(replace(act, station="058091-CO-9999")) == [], "the ALP looks after it too"


@pytest.mark.rule("R-004-15", "R-004-17", "R-004-18")
@pytest.mark.parametrize("action", StationAction)
@pytest.mark.parametrize("reason", StationReason)
def test_what_is_done_to_a_station_has_a_fitting_reason(
    action: StationAction, reason: StationReason
) -> None:
    fits = {
        StationAction.BLOCK: reason
        in {StationReason.ORDER, StationReason.SUSPICION, StationReason.STOLEN},
        StationAction.UNBLOCK: reason is StationReason.ORDER,
        StationAction.CANCEL: True,
        StationAction.NEW_TOKEN: reason is StationReason.ORDER,
    }[action]
    expected = [] if fits else [("station.reason", "reason")]
    assert found(StationChange(COMUNE, STATION, action, reason)) == expected


@pytest.mark.rule("R-004-11")
def test_a_note_in_the_register_is_one_line() -> None:
    assert found(replace(NOTE, place="")) == []
    assert found(replace(NOTE, place="x" * 121)) == [("text.too-long", "place")]
    assert found(replace(NOTE, place="a\tb\u0007")) == [("text.control", "place")]
    assert found(replace(APPROVAL, request=b"")) == [("operation.not-canonical", "request")]


# --- users


@pytest.mark.rule("R-004-28")
def test_the_email_is_mandatory_and_no_certified_one() -> None:
    assert found(replace(NEW_USER, email="")) == [("email.empty", "email")]
    assert found(replace(NEW_USER, pec="")) == []
    assert found(replace(NEW_USER, pec="x")) == [("email.at-missing", "pec")]
    certified = [("email.certified", "email")]
    assert found(replace(NEW_USER, email="mario@legalmail.it")) == certified
    assert found(replace(CHANGED_USER, email="mario@pec.comune.example.it")) == certified
    same = "protocollo@example.it"
    assert found(replace(NEW_USER, email=same, pec=same)) == certified, "one of them is the other"


@pytest.mark.rule("R-004-28")
@pytest.mark.parametrize(
    "domain",
    [
        "pec.it",
        "legalmail.it",
        "cgn.legalmail.it",
        "arubapec.it",
        "postecert.it",
        "PEC.comune.example.it",
        "cert.comune.example.it",
        "postacert.example.it",
        "ordine-pec.example.it",
        "esempiopec.it",
        "pec-comune.it",
        "postacertificata.gov.it",
    ],
)
def test_certified_mail_is_known_by_its_domain(domain: str) -> None:
    assert is_certified(f"protocollo@{domain}")


@pytest.mark.rule("R-004-28")
@pytest.mark.parametrize(
    "address",
    [
        "pec@example.it",
        "mario.pec@comune.example.it",
        "mario@comune.roma.it",
        "mario@pecora.it",
        "mario@specchio.it",
        "mario@concerto.example.it",
        "mario@example.pec",
    ],
)
def test_other_mail_is_not(address: str) -> None:
    assert not is_certified(address)


@pytest.mark.rule("R-004-29", "R-004-5")
def test_a_user_has_environments_and_profiles_that_can_be_given() -> None:
    nowhere = replace(NEW_USER, environments=frozenset())
    assert found(nowhere) == [("user.environment", "environments")]
    mayor = replace(CHANGED_USER, profiles=frozenset({Profile.APL}))
    assert found(mayor) == [("user.profile", "profiles")], "by the census alone"
    assert found(replace(CHANGED_USER, profiles=ASSIGNABLE)) == []


@pytest.mark.rule("R-004-28")
@pytest.mark.parametrize(
    ("user_type", "profiles", "fits"),
    [
        (UserType.OPERATOR, {Profile.MUTATION}, True),
        (UserType.OPERATOR, set(), False),
        (UserType.OPERATOR, {Profile.MUTATION, Profile.ALS}, False),
        (UserType.ADMINISTRATOR, {Profile.MUTATION, Profile.ALS}, True),
        (UserType.ADMINISTRATOR, {Profile.MUTATION}, False),
        (UserType.SECURITY_OFFICER, set(), True),
        (UserType.SECURITY_OFFICER, {Profile.ALP}, True),
    ],
)
def test_the_type_of_a_user_fits_the_profiles(
    user_type: UserType, profiles: set[Profile], *, fits: bool
) -> None:
    act: UserInsertion = replace(NEW_USER, user_type=user_type, profiles=frozenset(profiles))
    assert found(act) == ([] if fits else [("user.type", "user_type")])


@pytest.mark.rule("R-004-24", "R-004-31", "R-004-35")
@pytest.mark.parametrize("action", UserAction)
@pytest.mark.parametrize("reason", UserReason)
def test_what_is_done_to_a_user_has_a_fitting_reason(
    action: UserAction, reason: UserReason
) -> None:
    reasons = {
        UserAction.BLOCK: "disposizione dimenticanza furto smarrimento",
        UserAction.UNBLOCK: "disposizione dimenticanza",
        UserAction.DELETE: "disposizione trasferimento quiescenza",
        UserAction.REPLACE_CARD: "furto smarrimento malfunzionamento scadenza",
    }.get(action, "disposizione")
    serial = "" if action is UserAction.NEW_CARD else "7430123"
    act = UserActionAct(COMUNE, CLERK, action, reason, serial, reported=True)
    expected = [] if reason.value in reasons.split() else [("user.reason", "reason")]
    assert found(act) == expected


@pytest.mark.rule("R-004-36")
@pytest.mark.parametrize("reason", [UserReason.THEFT, UserReason.LOSS])
def test_another_card_for_a_stolen_one_needs_the_report_and_a_block_does_not_wait(
    reason: UserReason,
) -> None:
    unreported = replace(REPLACED, reason=reason, reported=False)
    assert found(unreported) == [("card.not-reported", "reported")]
    assert found(replace(unreported, action=UserAction.BLOCK)) == []
    assert found(replace(unreported, reason=UserReason.BROKEN)) == []


@pytest.mark.rule("R-004-23", "R-004-25")
def test_what_is_done_to_a_card_names_its_serial() -> None:
    assert found(replace(REPLACED, serial="")) == [("card.serial", "serial")]
    assert found(replace(REPLACED, serial="../1")) == [("card.serial", "serial")]
    asked = UserActionAct(COMUNE, CLERK, UserAction.NEW_CARD)
    assert found(asked) == []
    assert found(replace(asked, serial="7430123")) == [("card.serial", "serial")], "there is none"
    assert found(replace(asked, codice_fiscale="x")) != []


@pytest.mark.rule("R-004-34")
def test_a_daily_password_is_for_today_and_for_a_forgotten_card() -> None:
    for days in (-1, 1):
        other = replace(FORGOTTEN, day=TODAY + timedelta(days=days))
        assert found(other) == [("daily.day", "day")]
    for reason in set(UserReason) - {UserReason.FORGOTTEN}:
        assert found(replace(FORGOTTEN, reason=reason)) == [("daily.reason", "reason")]
    assert found(replace(FORGOTTEN, digest="x")) == [("secrets.digest", "digest")]
    for half in (b"", bytes(2049)):
        assert found(replace(FORGOTTEN, mailed_half=half)) == [("daily.half", "mailed_half")]


@pytest.mark.rule("R-001-7", "R-001-28")
def test_a_security_officer_proves_the_master_password_to_activate_a_card() -> None:
    assert found(replace(ACTIVATED, proof=b"")) == [("officer.proof", "proof")]
    assert found(replace(ACTIVATED, serial="")) == [("card.serial", "serial")]
    received = OfficerAct(COMUNE, CLERK, OfficerAction.MASTER_RECEIVED)
    assert found(received) == []
    assert found(replace(received, proof=bytes(32))) == [("officer.proof", "proof")]
    assert found(replace(received, serial="7430123")) == [("card.serial", "serial")]
    assert found(replace(received, action=OfficerAction.ASK_EXTRA)) == []
    revocation = replace(received, action=OfficerAction.ASK_REVOCATION, serial="7430123")
    assert found(revocation) == []
    assert found(replace(revocation, serial="")) == [("card.serial", "serial")]


def test_no_secret_and_no_person_is_shown() -> None:
    for act in (NEW_USER, CHANGED_USER, REPLACED, FORGOTTEN, ACTIVATED):
        assert CLERK not in repr(act)


# --- pages of the audit trail, reports of installations


@pytest.mark.rule("R-000-18")
def test_a_page_of_the_trail_has_lines() -> None:
    line = AUDITED.lines[0]
    for page, field in (
        (replace(AUDITED, lines=()), "lines"),
        (replace(AUDITED, lines=(line,) * 201), "lines"),
        (replace(AUDITED, first=0), "first"),
        (replace(AUDITED, lines=(line, replace(line, words=("Mario Rossi",)))), "lines.1"),
        (replace(AUDITED, lines=(replace(line, actor=bytes(3)),)), "lines.0"),
    ):
        assert found(page) == [("audit.malformed", field)]


@given(st.binary(max_size=40), st.integers(0, 9))
def test_any_page_reads_back_as_it_was_written(key: bytes, first: int) -> None:
    page = AuditPage(first, bytes(32), key, AUDITED.lines)
    assert read(page) == page


@pytest.mark.rule("R-001-7", "R-001-20", "R-001-21")
@pytest.mark.parametrize("step", InstallationStep)
def test_a_report_of_an_installation_is_complete(step: InstallationStep) -> None:
    def report(outcome: StepOutcome) -> InstallationReport:
        steps = [
            StepReport(one.step, outcome if one.step is step else one.outcome)
            for one in INSTALLED.steps
        ]
        return replace(INSTALLED, steps=tuple(steps))

    unfinished = [("installation.unfinished", step.value)]
    optional = {"proxy", "card-activation", "register-link", "packaging"}
    assert found(report(StepOutcome.DONE)) == []
    assert found(report(StepOutcome.FAILED)) == unfinished
    left_out = report(StepOutcome.NOT_APPLICABLE)
    assert found(left_out) == ([] if step.value in optional else unfinished)
    missing = replace(
        INSTALLED, steps=tuple(one for one in INSTALLED.steps if one.step is not step)
    )
    assert found(missing) == [("installation.steps", "steps"), *unfinished]


@pytest.mark.rule("R-001-7")
def test_without_the_receipt_of_the_master_password_no_installation_is_complete() -> None:
    steps = tuple(
        one for one in INSTALLED.steps if one.step is not InstallationStep.MASTER_PASSWORD
    )
    problems = operation.problems(replace(INSTALLED, steps=steps), today=TODAY)
    assert ("installation.unfinished", "R-001-7") in [(one.code, one.rule) for one in problems]


@pytest.mark.rule("R-001-21")
def test_a_report_lists_the_steps_in_their_order_and_says_who_signed() -> None:
    assert found(replace(INSTALLED, steps=INSTALLED.steps[::-1])) == [
        ("installation.steps", "steps")
    ]
    detail = StepReport(InstallationStep.SPACE, StepOutcome.DONE, "Mario ha detto no")
    assert found(replace(INSTALLED, steps=(detail, *INSTALLED.steps[1:]))) == [
        ("installation.detail", "steps.0.detail")
    ]
    assert found(replace(INSTALLED, referente="")) == [("name.empty", "referente")]
    assert found(replace(INSTALLED, office=" x")) == [("installation.station", "office")]
    assert found(replace(INSTALLED, station="a b")) == [("installation.station", "station")]
