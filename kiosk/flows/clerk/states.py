"""All states of a counter's pages, with their machine names; the menu's own are here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from kiosk.flows.clerk import managing, outcomes, registering, signing_in
from kiosk.flows.clerk.managing import ManagingState
from kiosk.flows.clerk.outcomes import OutcomeState
from kiosk.flows.clerk.registering import RegisteringState
from kiosk.flows.clerk.signing_in import SigningInState
from kiosk.flows.console import states as console_states
from kiosk.flows.console.states import ConsoleState
from kiosk.flows.outbox import states as outbox_states
from kiosk.flows.outbox.states import OutboxState


@dataclass(frozen=True, slots=True)
class Menu:
    """The entries that the operator's rights give (R-003-55): `MenuChosen`, `SignOutAsked`."""


@dataclass(frozen=True, slots=True)
class FsePage:
    """The address of the services for the citizen, to open on another screen (R-003-49); `Back`."""


Work = Menu | FsePage | RegisteringState | ManagingState | OutcomeState | ConsoleState | OutboxState
"""What a clerk who is signed in does."""

ClerkState = SigningInState | Work

NAMES: Final[dict[type[Any], str]] = {
    signing_in.SignIn: "clerk.sign-in",
    signing_in.DaySignIn: "clerk.day-sign-in",
    signing_in.SigningIn: "clerk.signing-in",
    signing_in.CardPulled: "clerk.card-pulled",
    signing_in.SigningInAgain: "clerk.signing-in-again",
    Menu: "clerk.menu",
    FsePage: "clerk.fse",
    registering.Notice: "clerk.notice",
    registering.Start: "clerk.start",
    registering.LookingUp: "clerk.looking-up",
    registering.AlreadyStrong: "clerk.already-strong",
    registering.AlreadyWeak: "clerk.already-weak",
    registering.OldCredentials: "clerk.old-credentials",
    registering.ConfirmDeletion: "clerk.confirm-deletion",
    registering.RegistrationForm: "clerk.registration-form",
    registering.RegistrationConfirm: "clerk.registration-confirm",
    managing.Search: "clerk.search",
    managing.DisputeList: "clerk.disputes",
    managing.DisputePage: "clerk.dispute",
    managing.SettlementConfirm: "clerk.settlement-confirm",
    managing.Opening: "clerk.opening",
    managing.CaseDetail: "clerk.detail",
    managing.AskingLease: "clerk.asking-lease",
    managing.HeldElsewhere: "clerk.held-elsewhere",
    managing.NotPossible: "clerk.not-possible",
    managing.MissingData: "clerk.missing-data",
    managing.EditForm: "clerk.edit-form",
    managing.EditConfirm: "clerk.edit-confirm",
    managing.ChooseOperation: "clerk.choose-operation",
    managing.BookingDelegation: "clerk.booking-delegation",
    managing.BookingConfirm: "clerk.booking-confirm",
    managing.CodeConfirm: "clerk.code-confirm",
    managing.DelegationForm: "clerk.delegation-form",
    managing.DelegationConfirm: "clerk.delegation-confirm",
    managing.ResidenceStart: "clerk.residence-start",
    managing.ResidenceOpening: "clerk.residence-opening",
    managing.ResidenceForm: "clerk.residence-form",
    managing.ResidenceConfirm: "clerk.residence-confirm",
    managing.Leaving: "clerk.leaving",
    managing.UsernameConfirm: "clerk.username-confirm",
    managing.AskingUsername: "clerk.asking-username",
    managing.UsernameShown: "clerk.username-shown",
    managing.UsernameNotTold: "clerk.username-not-told",
    outcomes.RecordingAct: "clerk.recording",
    outcomes.ActNotRecorded: "clerk.not-recorded",
    outcomes.Letters: "clerk.letters",
    outcomes.ActDone: "clerk.done",
    **console_states.NAMES,
    **outbox_states.NAMES,
}
"""Machine names; prefixes of catalogue keys."""
