"""What administrators' acts do to users, cards and passwords, when rules and rights allow them.

Everything is within the transaction of a sitting. What an act leads to for user and card is said in
`consequences`; here it is entered, letters are queued and the roster's lines are made anew.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from sync.hub.acting import Recorded, day
from sync.hub.console import consequences, derivation, letters, news, records, working_days
from sync.hub.console.consequences import Consequence, Effect
from sync.hub.console.derivation import Offices
from sync.hub.posting import MessageId
from sync.hub.store import cards, officers, users
from sync.hub.store import secrets as store_secrets
from sync.hub.store.cards import Card
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind
from sync.hub.store.officers import MasterPassword
from sync.hub.store.users import DailyPassword, User
from sync.model import daily_password
from sync.model.console import (
    DailyPasswordAct,
    OfficerAct,
    OfficerAction,
    UserAction,
    UserActionAct,
    UserChange,
    UserInsertion,
)
from sync.model.errors import Problem
from sync.model.rights import Right
from sync.model.smart_cards import DELIVERY_WORKING_DAYS, CardState
from sync.model.users import Profile, UserState, UserType
from sync.wire import mail_seal, officer_proof, secret_digest
from sync.wire.sealing import SealingKey

NEW_ADDRESS_MILLISECONDS: Final = 24 * 60 * 60 * 1000
"""So long after a change of address no half of a password and no code goes to the new one: time for
whoever has the old one to object."""


@dataclass(frozen=True, slots=True)
class Console:
    """What the desk needs of the hub.

    Attributes:
        offices: what the settings say of the comuni.
        letter_key: codes on their way to a mailbox are sealed to it.
        digests: the hub's key for digests, 32 bytes, kept outside the registry.
        message_id: makes names of letters.
        below: a random whole number from 0 to below its argument.
    """

    offices: Offices
    letter_key: SealingKey
    digests: bytes = field(repr=False)
    message_id: MessageId
    below: Callable[[int], int] = secrets.randbelow


def of_password(user: int) -> bytes:
    """What the digest of a daily password is bound to."""
    return f"daily_password {user}".encode()


def tries_of(key: bytes, codice_fiscale: str) -> str:
    """The name in the table of tries of whoever is signed in by daily password; no code in clear."""
    text = f"sportello daily password 1 {codice_fiscale}".encode()
    return f"daily:{hmac.digest(key, text, 'sha256')[:16].hex()}"


def of_master(user: int) -> bytes:
    """What the key of a master password is bound to."""
    return f"master_password {user}".encode()


@dataclass(frozen=True, slots=True)
class Desk:
    """Enters acts. Within the transaction of a sitting.

    Attributes:
        by: who acts, as a user of the comune; None where a CSV roster names them.
        now: milliseconds since 1970.
    """

    store: Store
    console: Console
    by: User | None
    now: int

    def insert(self, act: UserInsertion, *, of_census: bool = False) -> User | Problem:
        """Inserisci utente (R-004-28 to 30).

        A person who has a card already, from another comune, goes on with that one (R-004-20): at
        once where it is active, else when this comune registers it too.

        Args:
            act: what was done.
            of_census: by the ministry's list, which names the Mayor and the delegate.
        """
        problem = None if of_census else consequences.insertion_problem(act, self.by)
        if problem is not None:
            return problem
        if users.of(self.store, act.comune, act.codice_fiscale) is not None:
            return Problem("user.exists", field="codice_fiscale", rule="R-004-28")
        user = User(
            act.comune,
            act.codice_fiscale,
            act.surname,
            act.name,
            act.email,
            act.pec,
            act.user_type,
            act.environments,
            act.profiles,
            inserted_at=self.now,
        )
        card = cards.of_person(self.store, act.codice_fiscale)
        if not consequences.wants_card(card):
            # What is mailed about a card that is there already would go to an address of today.
            user = replace(user, email_changed_at=self.now)
        user = replace(user, id=users.add(self.store, user))
        if card is not None and card.state is CardState.ACTIVE:
            cards.adopt(self.store, card.id, user.comune, self.now)
        elif act.card and consequences.wants_card(card):
            self.ask_for_card(user)
        if user.user_type is UserType.SECURITY_OFFICER:
            self.make_master(user)
        self._renew(user.codice_fiscale)
        return user

    def change(self, act: UserChange, user: User) -> Problem | None:
        """Modifica (R-004-33); of whoever saw the user as they are now."""
        if records.of_user(self.store, user).digest != act.basis:
            return Problem("user.changed", rule="R-004-33")
        # The census alone appoints, and takes back, the first-level administrator (R-004-1).
        kept = user.profiles & {Profile.APL}
        after = replace(
            user,
            email=act.email,
            pec=act.pec,
            environments=act.environments,
            profiles=act.profiles | kept,
        )
        card = cards.of_person(self.store, user.codice_fiscale)
        problem = consequences.lock_out(
            user, act, self._effect(user, card, after, card), by=self.by
        )
        if problem is not None:
            return problem
        self.put_changed(user, after)
        return None

    def put_changed(self, before: User, after: User) -> None:
        """Keeps a user as changed; an address of until now is told that there is another."""
        if before.email != after.email:
            after = replace(after, email_changed_at=self.now)
            office = self.console.offices.name(before.comune)
            news.of_address(self.store, before, office, self.now, self.console.message_id)
        users.put(self.store, after)
        self._renew(after.codice_fiscale)

    def act(self, act: UserActionAct, user: User) -> Problem | None:
        """One of `UserAction`."""
        card = cards.of_person(self.store, user.codice_fiscale)
        comuni = len(users.of_person(self.store, user.codice_fiscale))
        adopted = derivation.is_adopted(self.store, user, card)
        found = consequences.of_action(act, user, card, comuni=comuni, adopted=adopted)
        if isinstance(found, Problem):
            return found
        problem = self._act_problem(act, user, card, found)
        if problem is not None:
            return problem
        if card is not None and act.action is UserAction.REGISTER_CARD:
            cards.adopt(self.store, card.id, user.comune, self.now)
        if card is not None and found.card is not None:
            card = self._move_card(card, act, found.card)
            self._tell(card, act, comuni)
        if found.mail_codes and card is not None:
            self.mail_codes(user, card)
        if found.new_card:
            self.ask_for_card(user, act.reason.value)
        if found.user is UserState.DELETED:
            self._delete(user, card)
            return None
        if found.user is not None:
            users.put(self.store, replace(user, state=found.user))
        self._renew(user.codice_fiscale)
        return None

    def set_password(self, act: DailyPasswordAct, user: User, recorded: Recorded) -> Problem | None:
        """Password giornaliera (R-004-34): the digest is kept, the second half mailed."""
        card = cards.of_person(self.store, user.codice_fiscale)
        problem = consequences.password_problem(user, card, by=self.by)
        if problem is not None:
            return problem
        if not self._opens(user, card):  # an expired card, or one of another comune alone
            return Problem("daily.no-card", rule="R-004-34")
        if self._has_new_address(user):
            return Problem("user.email-new", field="codice_fiscale", rule="R-004-34")
        until = daily_password.ends_at(act.day)
        if act.day != day(recorded.at):
            return Problem("daily.day", field="day", rule="R-004-34")
        if until <= self.now:
            return Problem("daily.over", field="day", rule="R-004-34")
        digest = secret_digest.protect(act.digest, self.console.digests, of_password(user.id))
        users.set_password(self.store, DailyPassword(user.id, act.day.isoformat(), digest, until))
        store_secrets.forget_attempts(
            self.store, tries_of(self.console.digests, user.codice_fiscale)
        )
        letters.post(
            self.store,
            LetterKind.DAILY_PASSWORD,
            user,
            self.now,
            self.console.message_id,
            sealed=act.mailed_half,
            bound_to=recorded.operation_id,
            facts={"valid_until": act.day.isoformat()},
        )
        return None

    def officer(self, act: OfficerAct, user: User) -> Problem | None:
        """What has to do with the Security Officer and the operators' cards (R-001-3, 7, 28)."""
        match act.action:
            case OfficerAction.MASTER_RECEIVED:
                return self._received(user)
            case OfficerAction.ACTIVATE_CARD:
                return self._activate(act, user)
            case OfficerAction.ASK_REVOCATION | OfficerAction.ASK_EXTRA:
                return self._ask(act, user)
            case _:
                assert_never(act.action)

    def ask_for_card(self, user: User, reason: str = "") -> None:
        """Another card for a person who has none (R-004-23, 24, 30)."""
        due = working_days.after(day(self.now), DELIVERY_WORKING_DAYS)
        card = Card(user.codice_fiscale, user.comune, self.now, due, reason=reason)
        cards.adopt(self.store, cards.add(self.store, card), user.comune, self.now)

    def mail_codes(self, user: User, card: Card) -> None:
        """Mails the second halves of PIN, PUK and password, where the producer gave them."""
        if card.codes is None or card.serial is None:
            return
        cards.put(self.store, replace(card, codes_sent=card.codes_sent + 1))
        letters.post(
            self.store,
            LetterKind.CARD_CODES,
            user,
            self.now,
            self.console.message_id,
            sealed=card.codes,
            bound_to=card.serial,
            facts={"renewed": "yes"} if card.codes_sent else {},
        )

    def make_master(self, user: User) -> None:
        """Makes a master password and the letter with it; of the password itself nothing is kept."""
        password = officer_proof.make(self.console.below)
        subject = users.letter_subject(user.id)
        try:
            key = officer_proof.key_of(password)
            sealed = mail_seal.seal_master(password, self.console.letter_key, subject)
        finally:
            password[:] = bytes(len(password))
        protected = secret_digest.protect(key.hex(), self.console.digests, of_master(user.id))
        officers.put_master(self.store, MasterPassword(user.id, protected, self.now))
        letters.post(
            self.store,
            LetterKind.MASTER_PASSWORD,
            user,
            self.now,
            self.console.message_id,
            sealed=sealed,
            bound_to=subject,
        )

    def _move_card(self, card: Card, act: UserActionAct, state: CardState) -> Card:
        """The card in its next state, kept."""
        card = replace(card, state=state)
        if act.action is UserAction.BLOCK:
            card = replace(card, reason=act.reason.value, blocked_by=act.comune)
        elif act.action is UserAction.UNBLOCK:
            card = replace(card, reason="", blocked_by="")
        elif act.action is UserAction.REGISTER_CARD:
            card = replace(card, registered_at=self.now)
        cards.put(self.store, card)
        return card

    def _delete(self, user: User, card: Card | None) -> None:
        """The user goes, physically; with the last comune's the person (R-004-32)."""
        derivation.end(self.store, user.id, self.now)
        users.delete(self.store, user)
        others = users.of_person(self.store, user.codice_fiscale)
        if not others:
            cards.forget_person(self.store, user.codice_fiscale)
        elif card is not None:
            cards.drop(self.store, card.id, user.comune)
            self._leave(card, user, others)
        self._renew(user.codice_fiscale)

    def _leave(self, card: Card, user: User, others: list[User]) -> None:
        """What a comune could do to the card another must be able to do: one that it opens first.

        Codes that it alone was to mail go to nobody else.
        """
        if card.comune == user.comune:
            heir = min(
                others,
                key=lambda one: (not derivation.is_adopted(self.store, one, card), one.comune),
            )
            codes = card.codes if heir.email == user.email else None
            card = replace(card, comune=heir.comune, codes=codes)
        if card.blocked_by == user.comune:
            card = replace(card, blocked_by=card.comune)
        cards.put(self.store, card)

    def _act_problem(
        self, act: UserActionAct, user: User, card: Card | None, found: Consequence
    ) -> Problem | None:
        """Why an act that user and card allow may not be done all the same, None where it may."""
        state = found.user or user.state
        moved = card if card is None or found.card is None else replace(card, state=found.card)
        effect = self._effect(user, card, replace(user, state=state), moved)
        problem = consequences.lock_out(user, act, effect, by=self.by)
        if problem is not None:
            return problem
        if found.user is UserState.DELETED and self._is_last_officer(user):
            return Problem("officer.last", rule="R-001-7")
        if act.action is UserAction.SEND_CODES and (card is None or card.codes is None):
            return Problem("card.no-codes", rule="R-004-26")
        if found.mail_codes and self._has_new_address(user):
            return Problem("user.email-new", field="codice_fiscale", rule="R-004-26")
        return None

    def _effect(
        self, user: User, card: Card | None, after: User, card_after: Card | None
    ) -> Effect:
        """What a change of user and card changes for what they may open."""
        opened, opens = self._opens(user, card), self._opens(after, card_after)
        others = Right.USERS in opened - opens and any(
            Right.USERS in self._opens(one, cards.of_person(self.store, one.codice_fiscale))
            for one in users.of_comune(self.store, user.comune)
            if one.id != user.id and Profile.ALS in one.profiles
        )
        return Effect(opened, opens, others)

    def _opens(self, user: User, card: Card | None) -> frozenset[Right]:
        """What a user may open today."""
        line = derivation.current(self.store, user, card, self.console.offices)
        in_force = line is not None and day(self.now) <= line.entry.until
        return line.entry.rights if line is not None and in_force else frozenset()

    def _has_new_address(self, user: User) -> bool:
        changed = user.email_changed_at
        return changed > 0 and self.now < changed + NEW_ADDRESS_MILLISECONDS

    def _is_last_officer(self, user: User) -> bool:
        """Whether nobody else of the comune has the master password, and the user has it."""
        masters = officers.masters_of(self.store, user.comune)
        received = {one.user for one in masters if one.received_at is not None}
        return received == {user.id}

    def _tell(self, card: Card, act: UserActionAct, comuni: int) -> None:
        """Tells who else is concerned by what this comune did to a card."""
        if act.action in news.OF_A_CARD and (comuni > 1 or card.comune != act.comune):
            office = self.console.offices.name(act.comune)
            news.of_card(
                self.store, card, act.action, self.by, office, self.now, self.console.message_id
            )

    def _received(self, user: User) -> Problem | None:
        master = officers.master(self.store, user.id)
        if master is None:
            return Problem("officer.no-password", rule="R-001-7")
        if master.received_at is None:
            officers.put_master(self.store, replace(master, received_at=self.now))
        return None

    def _activate(self, act: OfficerAct, user: User) -> Problem | None:
        card = cards.of_person(self.store, user.codice_fiscale)
        if card is None or act.serial != card.serial:
            return Problem("card.other", field="serial", rule="R-001-7")
        if card.state is not CardState.ACTIVE:
            return Problem("card.not-registered", rule="R-001-7")
        if not any(
            master.received_at is not None and self._proves(act, master)
            for master in officers.masters_of(self.store, act.comune)
        ):
            return Problem("officer.proof", field="proof", rule="R-001-7")
        cards.activate(self.store, card.id, act.comune, self.now)
        self._renew(user.codice_fiscale)
        return None

    def _proves(self, act: OfficerAct, master: MasterPassword) -> bool:
        kept = secret_digest.unprotect(master.key, self.console.digests, of_master(master.user))
        return kept is not None and officer_proof.is_proof(
            act.proof, bytes.fromhex(kept), act.comune, act.codice_fiscale, act.serial
        )

    def _ask(self, act: OfficerAct, user: User) -> Problem | None:
        card = cards.of_person(self.store, user.codice_fiscale)
        if act.action is OfficerAction.ASK_REVOCATION and (
            card is None or card.serial is None or act.serial != card.serial
        ):
            return Problem("card.other", field="serial", rule="R-001-28")
        serial = act.serial if act.action is OfficerAction.ASK_REVOCATION else ""
        officers.ask(self.store, act.action.value, act.comune, user.id, serial, self.now)
        return None

    def _renew(self, codice_fiscale: str) -> None:
        derivation.renew(self.store, self.console.offices, [codice_fiscale], self.now)
