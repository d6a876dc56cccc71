"""A station's key that does not sign, at any moment of recording and asking, loses nothing."""

from __future__ import annotations

import time
from uuid import UUID

from sync.edge.clock import uuid7
from sync.edge.inquiries import Inquiries, Trouble
from sync.edge.journal import Journal, Recorded, RecordedAct
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.wakeup import Role, WakeUp
from sync.model.inquiry import StandingAsked
from sync.wire.signer import NotSignedError, Protection, SoftwareSigner
from tests.unit.edge.stations import Station, preregistration
from tests.unit.edge.test_inquiries import ROW
from tests.unit.model.examples import READY


class Pulled:
    """A signer whose token is pulled after so many signatures."""

    protection = Protection.TOKEN

    def __init__(self, signer: SoftwareSigner, left: int) -> None:
        self._signer = signer
        self.left = left

    @property
    def key_id(self) -> bytes:
        return self._signer.key_id

    def sign(self, message: bytes) -> bytes:
        if self.left == 0:
            raise NotSignedError("key.removed")
        self.left -= 1
        return self._signer.sign(message)


def new_id() -> UUID:
    return uuid7(time.time_ns() // 1_000_000)


def journal_of(station: Station, store: Store, left: int) -> tuple[Journal, Pulled]:
    signer = Pulled(station.signer, left)
    journal = Journal(
        store, station.profile, signer=signer, sealing_key=station.hub.unsealing.sealing_key
    )
    return journal, signer


def test_nothing_is_recorded_without_a_signature(station: Station, store: Store) -> None:
    journal, signer = journal_of(station, store, left=0)
    before = store.head()
    chosen, act = new_id(), new_id()
    assert journal.record(chosen, preregistration) == StoreTrouble("key.removed")
    assert journal.record_act(act, READY) == StoreTrouble("key.removed")
    assert store.head() == before
    assert store.find(chosen) is None
    signer.left = 3
    # The token is back: the same confirmation is recorded, and takes the first number.
    done = journal.record(chosen, preregistration)
    assert isinstance(done, Recorded)
    assert (done.seq, done.again) == (1, False)
    assert isinstance(journal.record_act(act, READY), RecordedAct)


def test_a_registration_stands_without_its_proof(station: Station, store: Store) -> None:
    journal, signer = journal_of(station, store, left=1)
    chosen = new_id()
    done = journal.record(chosen, preregistration)
    assert isinstance(done, Recorded)
    assert done.proof == ""
    signer.left = 1
    assert done.proof.startswith("SPT1:")
    again = journal.record(chosen, preregistration)
    assert isinstance(again, Recorded)
    assert again.again


def test_a_question_is_not_asked(station: Station, store: Store) -> None:
    link = WakeUp(station.profile.store, Role.LINK)
    store.note_link(ROW)
    rung: list[bool] = []
    signer = Pulled(station.signer, 0)
    inquiries = Inquiries(station.profile, lambda: store, signer, lambda: rung.append(True))
    try:
        outcome = inquiries.ask(StandingAsked("RSSMRA80A01L219M"), seconds=0.2)
    finally:
        link.close()
    assert outcome == Trouble("key.removed")
    assert rung == []
    assert store.questions.to_send(now=time.time_ns() // 1_000_000, most=9) == []
