"""Acts of the console, an audit page and a report of an installation that break no rule."""

from __future__ import annotations

from typing import Final

from sync.model.audit import AuditEvent, AuditLine, AuditPage
from sync.model.certificates import CertificateKind
from sync.model.console import (
    ConsoleAct,
    DailyPasswordAct,
    EnrolmentApproval,
    OfficerAct,
    OfficerAction,
    RegisterNote,
    StationAct,
    StationAction,
    StationChange,
    StationReason,
    StationRegistration,
    UserAct,
    UserAction,
    UserActionAct,
    UserChange,
    UserInsertion,
    UserReason,
)
from sync.model.installation import InstallationReport, InstallationStep, StepOutcome, StepReport
from sync.model.users import Environment, Profile, UserType
from tests.unit.model.counter_examples import PHC
from tests.unit.model.examples import TODAY

COMUNE: Final = "058091"
STATION: Final = "058091-PC-0001"
CLERK: Final = "RSSMRA80A01H501U"

NEW_STATION: Final = StationRegistration(COMUNE, "Sportello 1")
NEW_SERVER: Final = StationRegistration(COMUNE, "", CertificateKind.SERVER)
APPROVAL: Final = EnrolmentApproval(COMUNE, STATION, b"r" * 32)
BLOCKED: Final = StationChange(COMUNE, STATION, StationAction.BLOCK, StationReason.SUSPICION)
NOTE: Final = RegisterNote(COMUNE, STATION, "piano 1, stanza 12")
NEW_USER: Final = UserInsertion(
    COMUNE,
    CLERK,
    "Rossi",
    "Mario",
    "mario.rossi@comune.example.it",
    "m.rossi@pec.example.it",
    UserType.OPERATOR,
    frozenset({Environment.PRODUCTION, Environment.BEFORE_TAKEOVER}),
    frozenset({Profile.CONSULTATION, Profile.ENROLMENT}),
    card=True,
)
CHANGED_USER: Final = UserChange(
    COMUNE,
    CLERK,
    b"b" * 32,
    "rossi@example.it",
    "",
    frozenset({Environment.PRODUCTION}),
    frozenset({Profile.ALS, Profile.ALP}),
)
REPLACED: Final = UserActionAct(
    COMUNE, CLERK, UserAction.REPLACE_CARD, UserReason.THEFT, "7430123", reported=True
)
FORGOTTEN: Final = DailyPasswordAct(COMUNE, CLERK, PHC, b"sealed", TODAY)
ACTIVATED: Final = OfficerAct(
    COMUNE, CLERK, OfficerAction.ACTIVATE_CARD, "7430123", proof=b"p" * 32
)

STATION_ACTS: Final[tuple[StationAct, ...]] = (NEW_STATION, APPROVAL, BLOCKED, NOTE)
USER_ACTS: Final[tuple[UserAct, ...]] = (NEW_USER, CHANGED_USER, REPLACED, FORGOTTEN, ACTIVATED)
CONSOLE_ACTS: Final[tuple[ConsoleAct, ...]] = (*STATION_ACTS, *USER_ACTS)
"""One of each kind."""

AUDITED: Final = AuditPage(
    1,
    bytes(32),
    b"key",
    (AuditLine(1_795_000_000_000, AuditEvent.SEARCHED, b"a" * 16, ("3",), b"sealed"),),
)
INSTALLED: Final = InstallationReport(
    STATION,
    "Comune di Roma",
    TODAY,
    "1.4.0",
    tuple(StepReport(step, StepOutcome.DONE) for step in InstallationStep),
    "Marta Bianchi",
    "Luca Neri",
)
