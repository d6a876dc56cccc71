"""Keeps the mirror in step with the hub while an operator is signed in.

What this station did comes first: what the hub decided of it. Then what changed in the registry, in
pieces, until there is no more. A mirror that turns out damaged is begun anew. Without a network
nothing is asked, and the mirror only grows older, which a page tells.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from kiosk import log_events
from kiosk.flows.clerk.desk import MirrorStanding
from sync.edge.inquiries import ABANDONED, HUB_AWAY, OFFLINE, Asker, Inquiries, Trouble, Wait
from sync.edge.mirror import CLOSED, DAMAGED, Mirror, MirrorTrouble
from sync.edge.mirror.shelf import Shelf
from sync.edge.trouble import StoreTrouble
from sync.model.inquiry import Changes, Denied
from sync.wire.receipt import Outcome

_ROUND_SECONDS = 15.0
_LOOK_SECONDS = 1.0  # for what the hub decided: it is in the station's own store
_ANSWER_SECONDS = 20.0
_BETWEEN_SECONDS = 0.75
_PIECE = 200
_TOLD_SECONDS = 60
_QUIET = frozenset({OFFLINE, HUB_AWAY, ABANDONED})


class Mirroring:
    """One thread while somebody is signed in.

    Args:
        shelf: has the open mirror.
        inquiries: asks the hub.
        outcome: what the hub made of an operation; None where that is not known yet.
        told: gets how the mirror stands, at each change and each minute.
        now_ms: milliseconds since 1970.
        round_seconds: how long between two rounds.
        heard: told what the hub has against the operator, empty for nothing.
    """

    def __init__(
        self,
        shelf: Shelf,
        inquiries: Inquiries,
        outcome: Callable[[UUID], Outcome | StoreTrouble | None],
        told: Callable[[MirrorStanding], None],
        now_ms: Callable[[], int],
        *,
        round_seconds: float = _ROUND_SECONDS,
        heard: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._heard = heard
        self._shelf = shelf
        self._inquiries = inquiries
        self._outcome = outcome
        self._told = told
        self._now_ms = now_ms
        self._round_seconds = round_seconds
        self._poked = threading.Event()
        self._thread: threading.Thread | None = None
        self._wait = Wait()
        self._code: str | None = None
        self._last: MirrorStanding | None = None

    def start(self, operator: Asker) -> None:
        """Begin, in the name of the operator who is signed in."""
        self.stop()
        self._wait = wait = Wait()
        self._last = None
        self._poked.clear()
        self._thread = threading.Thread(
            target=self._run, args=(operator, wait), name="mirror", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End; what is being asked is abandoned."""
        thread, self._thread = self._thread, None
        self._inquiries.abandon(self._wait)
        self._poked.set()
        if thread is not None:
            thread.join(5)

    def poke(self) -> None:
        """Something was recorded, or the network came back: go round now."""
        self._poked.set()

    def standing(self) -> MirrorStanding:
        """How the mirror stands now."""
        mirror = self._shelf.mirror
        found = MirrorTrouble(CLOSED) if mirror is None else mirror.position()
        if isinstance(found, MirrorTrouble):
            return MirrorStanding(code=found.code)
        age = None
        if found.told_at is not None:
            age = max(0, (self._now_ms() - found.told_at) // 1000)
        return MirrorStanding(
            age_seconds=age,
            registrations=found.registrations,
            missing=max(0, found.of - found.position),
            waiting=found.waiting,
            disputes=found.disputes,
            code=self._code,
        )

    def _run(self, operator: Asker, wait: Wait) -> None:
        while not wait.is_over():
            try:
                again = self._round(operator, wait)
            except Exception as fault:  # noqa: BLE001  # the mirror must not stop for one bad round
                log_events.write(
                    log_events.EFFECT_BROKEN, worker="mirror", kind=type(fault).__name__
                )
                again = False
            if wait.is_over():
                return
            self._tell()
            if not again:
                self._rest(wait)
            self._poked.clear()

    def _rest(self, wait: Wait) -> None:
        """Until the next round; that is now, once the hub has decided on an act of this station."""
        left = self._round_seconds
        while left > 0 and not wait.is_over():
            if self._poked.wait(min(left, _LOOK_SECONDS)) or self._is_decided():
                return
            left -= _LOOK_SECONDS

    def _is_decided(self) -> bool:
        """Whether the hub has said something of an act that the mirror still holds for undecided."""
        mirror = self._shelf.mirror
        own = MirrorTrouble(CLOSED) if mirror is None else mirror.undecided()
        if isinstance(own, MirrorTrouble):
            return False
        open_acts = (UUID(hex=act.operation_id) for act in own if not act.accepted)
        return any(
            not (outcome is None or isinstance(outcome, StoreTrouble))
            for outcome in map(self._outcome, open_acts)
        )

    def _round(self, operator: Asker, wait: Wait) -> bool:
        """One piece; whether there is more to be had at once."""
        mirror = self._shelf.mirror
        if mirror is None:
            return False
        trouble = self._settle(mirror)
        if trouble is None:
            outcome = self._ask(mirror, operator, wait)
            if isinstance(outcome, bool):
                return outcome
            trouble = outcome
        if trouble.code == DAMAGED:
            log_events.write(log_events.MIRROR, code=trouble.code)
            self._code = DAMAGED
            wait.pause(_BETWEEN_SECONDS)  # a disk that damages each would be written without end
            anew = self._shelf.renew()
            return isinstance(anew, Mirror)
        self._note(trouble.code)
        return False

    def _settle(self, mirror: Mirror) -> MirrorTrouble | None:
        """What the hub decided of the station's acts."""
        own = mirror.undecided()
        if isinstance(own, MirrorTrouble):
            return own
        for act in own:
            if act.accepted:
                continue
            outcome = self._outcome(UUID(hex=act.operation_id))
            if outcome is None or isinstance(outcome, StoreTrouble):
                continue
            trouble = mirror.decided(act.operation_id, outcome)
            if trouble is not None:
                return trouble
        return None

    def _ask(self, mirror: Mirror, operator: Asker, wait: Wait) -> bool | MirrorTrouble:
        question = mirror.question(_PIECE)
        if isinstance(question, MirrorTrouble):
            return question
        reply = self._inquiries.ask(question, operator=operator, seconds=_ANSWER_SECONDS, wait=wait)
        match reply:
            case Changes():
                self._heard("")
                trouble = mirror.take(reply, now=self._now_ms())
                if trouble is not None:
                    return trouble
                if reply.unreadable:
                    log_events.write(log_events.MIRROR, code="mirror.entry-unreadable")
                self._note(None)
                if not reply.more:
                    self._shelf.tidy()
                return reply.more
            case Trouble(code):
                self._note(None if code in _QUIET else code)
            case Denied(code="changes.position"):
                # The registry was put back to a copy of it.
                log_events.write(log_events.MIRROR, code="changes.position")
                return mirror.begin_anew() or True
            case Denied(code, wait_seconds=wait_seconds):
                self._note(code)
                if code.startswith("operator."):
                    self._heard(code)
                wait.pause(wait_seconds)
            case _:
                self._note("inquiry.malformed")
        return False

    def _note(self, code: str | None) -> None:
        if code is not None and code != self._code:
            log_events.write(log_events.MIRROR, code=code)
        self._code = code

    def _tell(self) -> None:
        """Tell what changed; that it is older by seconds is told each minute."""
        now, last = self.standing(), self._last
        if last is not None:
            same = replace(now, age_seconds=None) == replace(last, age_seconds=None)
            if same and (now.age_seconds is None) == (last.age_seconds is None):
                older = (now.age_seconds or 0) - (last.age_seconds or 0)
                if 0 <= older < _TOLD_SECONDS:
                    return
        self._last = now
        self._told(now)
