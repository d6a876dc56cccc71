"""What citizens conclude at a kiosk: their secrets are kept here and nowhere else (R-003-19, 38).

Codes, password and answer are kept as bytes that are overwritten; no state of a flow, no draft, no
log ever holds one. The codes go to the hub sealed, as a question; what the person then accepts and
chooses is an operation that carries the hub's ticket, and digests in place of password and answer.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from kiosk import log_events
from kiosk.flows.citizen.procedure import QUESTION_KEYS
from kiosk.flows.events import ActNotRecorded, ActRecorded, Event
from kiosk.flows.home_effects import (
    Conclude,
    ForgetSecrets,
    KeepSecret,
    ProposeUsername,
    SecretField,
    ShowCodes,
)
from kiosk.flows.home_events import (
    CodesAccepted,
    CodesDenied,
    CodesUnchecked,
    Conclusive,
    OutcomeTold,
    SecretKept,
    UsernameDenied,
    UsernameFree,
    UsernameUnchecked,
)
from kiosk.runtime.records import Records
from kiosk.strings.catalogue import Catalogue
from sync.edge.inquiries import Inquiries, Trouble, Wait
from sync.edge.journal import RecordedAct
from sync.edge.trouble import StoreTrouble
from sync.model import passwords
from sync.model.home import Chosen, Conclusion
from sync.model.inquiry import CodesShown, Denied, Done, Ticket, UsernameProposed
from sync.strength import BreachedPasswords, strength
from sync.wire import secret_digest
from sync.wire.receipt import Accepted, Missing, Refused

TICKET_GONE: Final = "ticket.gone"

_OWN_DATA: Final = "password.holds-own-data"
_ASK_SECONDS: Final = 10.0
_PATIENCE_SECONDS: Final = 8.0
_LOOKED_FOR_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.25


class Home:
    """Performs what the pages of a citizen's procedure ask for.

    Args:
        inquiries: asks the hub.
        records: the journal.
        post: takes the events.
        now_ms: milliseconds since 1970.
        breached: list of stolen passwords, None where there is none.
        patience: seconds after which a decision that has not come is told as waiting.
    """

    def __init__(
        self,
        inquiries: Inquiries,
        records: Records,
        post: Callable[[Event], None],
        now_ms: Callable[[], int],
        *,
        breached: BreachedPasswords | None = None,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._inquiries = inquiries
        self._records = records
        self._post = post
        self._now_ms = now_ms
        self._breached = breached
        self._patience = patience
        self._lock = threading.Lock()
        self._kept: dict[SecretField, bytearray] = {}
        self._ticket: bytearray | None = None
        self._own: frozenset[str] = frozenset()
        self._wait = Wait()
        self._following = Wait()
        self._ended = 0
        self._recorded: tuple[UUID, datetime] | None = None

    # --- secrets

    def keep(self, effect: KeepSecret) -> None:
        """Keep what stands in a field; posts `SecretKept`. A password is weighed meanwhile."""
        text = effect.text
        if effect.which is SecretField.PASSWORD or effect.which is SecretField.PASSWORD_AGAIN:
            text = passwords.normal_password(text)
        data = bytearray(text.encode("utf-8", "replace"))
        with self._lock:
            self._wipe(effect.which)
            self._kept[effect.which] = data
            same = self._same(effect.which, data)
            own = self._own
        kept = SecretKept(effect.session_id, effect.which, len(effect.text), same=same)
        if effect.which is SecretField.PASSWORD:
            found = passwords.password_problems(text, own=own)
            kept = replace(
                kept,
                strength=strength(text, (*effect.about, *sorted(own))),
                breached=self._is_breached(text),
                own_data=any(problem.code == _OWN_DATA for problem in found),
            )
        self._post(kept)

    def _same(self, which: SecretField, data: bytearray) -> bool | None:
        """What `SecretKept` tells of a text beside the password that is kept."""
        first = self._kept.get(SecretField.PASSWORD, bytearray())
        match which:
            case SecretField.PASSWORD_AGAIN:
                return bool(data) and hmac.compare_digest(data, first)
            case SecretField.ANSWER:
                told = passwords.answer_of_login(data.decode(), password=first.decode())
                return told is not None
            case _:
                return None

    def _is_breached(self, password: str) -> bool:
        """Whether it stands on the list; a list that cannot be read any more stops nobody."""
        if self._breached is None or not password:
            return False
        try:
            return self._breached.has(password)
        except OSError as error:
            log_events.write(log_events.EFFECT_BROKEN, kind=type(error).__name__)
            return False

    def forget(self, effect: ForgetSecrets) -> None:
        """Wipe what was kept of these fields."""
        with self._lock:
            for which in effect.fields:
                self._wipe(which)
            if effect.ticket:
                self._wipe_ticket()

    def end_session(self) -> None:
        """Wipe everything; nobody waits any more. Returns at once."""
        self._ended += 1
        self.abandon()
        self._following.end()
        self.forget(ForgetSecrets())

    # --- the hub

    def show_codes(self, effect: ShowCodes) -> None:
        """Posts `CodesAccepted`, `CodesDenied` or `CodesUnchecked`. Blocks for the hub."""
        wait = self._expect()
        with self._lock:
            code = self._text(SecretField.CODE)
            pin = self._text(SecretField.PIN) if effect.with_pin else None
        reply = self._inquiries.ask(
            CodesShown(effect.codice_fiscale, code, pin), seconds=_ASK_SECONDS, wait=wait
        )
        del code, pin
        if wait.is_over():
            return
        event: Event
        match reply:
            case Ticket(ticket, kind, steps, valid_until, old_username, own):
                with self._lock:
                    self._wipe_ticket()
                    self._ticket, self._own = bytearray(ticket), own
                    for which in (SecretField.CODE, SecretField.PIN):
                        self._wipe(which)
                seconds = max(0, (valid_until - self._now_ms()) // 1000)
                event = CodesAccepted(effect.session_id, kind, steps, seconds, old_username)
            case Denied(code=denied, wait_seconds=wait_seconds):
                event = CodesDenied(effect.session_id, denied, wait_seconds)
            case Trouble(code=trouble):
                log_events.write(log_events.EFFECT_FAILED, code=trouble)
                event = CodesUnchecked(effect.session_id, trouble)
            case _:
                event = CodesUnchecked(effect.session_id, "inquiry.malformed")
        self._post(event)

    def propose_username(self, effect: ProposeUsername) -> None:
        """Posts `UsernameFree`, `UsernameDenied` or `UsernameUnchecked`. Blocks for the hub."""
        wait = self._expect()
        session_id, username = effect.session_id, effect.username
        with self._lock:
            ticket = None if self._ticket is None else bytes(self._ticket)
        event: Event
        if ticket is None:
            event = UsernameUnchecked(session_id, username, TICKET_GONE)
        else:
            reply = self._inquiries.ask(
                UsernameProposed(ticket, username), seconds=_ASK_SECONDS, wait=wait
            )
            match reply:
                case Done():
                    event = UsernameFree(session_id, username)
                case Denied(code=denied):
                    event = UsernameDenied(session_id, username, denied)
                case Trouble(code=trouble):
                    log_events.write(log_events.EFFECT_FAILED, code=trouble)
                    event = UsernameUnchecked(session_id, username, trouble)
                case _:
                    event = UsernameUnchecked(session_id, username, "inquiry.malformed")
        if not wait.is_over():
            self._post(event)

    def abandon(self) -> None:
        """Nobody waits for codes or username any more. Returns at once."""
        self._inquiries.abandon(self._wait)

    # --- the end

    def conclude(self, effect: Conclude) -> None:
        """Posts `ActRecorded` or `ActNotRecorded`; then, on its own thread, `OutcomeTold`. Blocks."""
        recorded, ended = self._recorded, self._ended
        if recorded is not None and recorded[0] == effect.operation_id:
            self._tell_recorded(effect, recorded[1], ended)
            return
        conclusion = self._conclusion(effect)
        if isinstance(conclusion, str):
            log_events.write(log_events.EFFECT_FAILED, code=conclusion)
            self._post(ActNotRecorded(effect.session_id, effect.operation_id, conclusion))
            return
        done = self._records.act(effect.operation_id, conclusion)
        if not isinstance(done, RecordedAct):
            self._post(ActNotRecorded(effect.session_id, effect.operation_id, done.code))
            return
        # What is recorded needs nothing of this any more.
        self.forget(ForgetSecrets())
        self._recorded = effect.operation_id, done.recorded_at
        self._tell_recorded(effect, done.recorded_at, ended)

    def _tell_recorded(self, effect: Conclude, recorded_at: datetime, ended: int) -> None:
        self._post(
            ActRecorded(
                effect.session_id,
                effect.operation_id,
                self._records.new_operation_id(),
                recorded_at,
            )
        )
        if self._ended != ended:
            return  # nobody is there any more to be told what the hub decides
        self._following.end()
        self._following = following = Wait()
        threading.Thread(
            target=self._follow,
            args=(effect.session_id, effect.operation_id, following),
            name="conclusion",
            daemon=True,
        ).start()

    def _conclusion(self, effect: Conclude) -> Conclusion | str:
        password = answer = None
        with self._lock:
            if self._ticket is None:
                return TICKET_GONE
            ticket = bytes(self._ticket)
            if effect.username is not None:
                # Copies: a session that ends meanwhile wipes its own, and does not wait.
                password = bytearray(self._kept.get(SecretField.PASSWORD, b""))
                answer = bytearray(self._kept.get(SecretField.ANSWER, b""))
        chosen = None
        if effect.username is not None:
            if not password or not answer:
                return TICKET_GONE
            chosen = _chosen(effect, effect.username, password, answer)
        return Conclusion(
            ticket=ticket,
            kind=effect.kind,
            accepted=effect.accepted,
            chosen=chosen,
            language=effect.language,
            for_another=effect.for_another,
        )

    def _follow(self, session_id: UUID, operation_id: UUID, following: Wait) -> None:
        """Tells what the hub decides; after a while that it waits, and the decision still."""
        began = time.monotonic()
        told_waiting = False
        while not following.is_over():
            found = self._records.outcome(operation_id)
            match found:
                case Accepted():
                    outcome, code = Conclusive.ACCEPTED, ""
                case Refused(code=refused):
                    outcome, code = Conclusive.REFUSED, refused or ""
                case Missing() | StoreTrouble() | None:
                    passed = time.monotonic() - began
                    if not told_waiting and passed >= self._patience:
                        told_waiting = True
                        self._tell(session_id, operation_id, Conclusive.WAITING)
                    if passed >= _LOOKED_FOR_SECONDS:
                        return
                    following.pause(_LOOK_SECONDS)
                    continue
                case _:
                    assert_never(found)
            self._tell(session_id, operation_id, outcome, code)
            return

    def _tell(
        self, session_id: UUID, operation_id: UUID, outcome: Conclusive, code: str = ""
    ) -> None:
        self._post(OutcomeTold(session_id, operation_id, outcome, code))

    # --- its own

    def _expect(self) -> Wait:
        self._inquiries.abandon(self._wait)
        self._wait = Wait()
        return self._wait

    def _text(self, which: SecretField) -> str:
        return self._kept.get(which, bytearray()).decode()

    def _wipe(self, which: SecretField) -> None:
        kept = self._kept.pop(which, None)
        if kept is not None:
            kept[:] = bytes(len(kept))
        if which is SecretField.PASSWORD:
            self._wipe(SecretField.PASSWORD_AGAIN)

    def _wipe_ticket(self) -> None:
        self._own = frozenset()
        if self._ticket is not None:
            self._ticket[:] = bytes(len(self._ticket))
            self._ticket = None


def _chosen(effect: Conclude, username: str, password: bytearray, answer: bytearray) -> Chosen:
    """What is recorded of what the person chose; password and answer are wiped. Takes seconds."""
    folded = bytearray(passwords.fold_answer(answer.decode()).encode())
    try:
        return Chosen(
            username=username,
            password=secret_digest.digest(password),
            question=_as_read(effect.question, effect.language),
            answer=secret_digest.digest(folded),
        )
    finally:
        for secret in (password, answer, folded):
            secret[:] = bytes(len(secret))


def _as_read(question: str, language: str) -> str:
    """A question on offer in the words that the person read; one's own as it is."""
    return Catalogue.load(language).text(question) if question in QUESTION_KEYS else question
