from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.flows.clerk.desk import MirrorStanding
from kiosk.runtime.mirroring import Mirroring
from sync.edge.inquiries import Asker, Inquiries, Trouble, Wait
from sync.edge.mirror import Held, Mirror
from sync.edge.mirror.shelf import Shelf
from sync.model.identity import Person
from sync.model.inquiry import Changes, ChangesSince, Denied, Inquiry, Reply
from sync.wire.duty_statement import DutyStatement
from sync.wire.envelope import Unsigned
from sync.wire.receipt import Accepted, Outcome, Refused
from tests.unit.edge.mirror.material import booking, number, registration, stamp, told
from tests.unit.model.examples import MARTA


class Anna:
    """An operator whose card is in, and is not asked for anything."""

    def statement(self, station: str, now: int) -> DutyStatement | Unsigned:
        raise AssertionError("nothing is asked of the card here", station, now)


ANNA = Anna()


class Hub(Inquiries):
    """Answers from a list; without one more it says that there is nothing new."""

    def __init__(self) -> None:
        self.replies: list[Reply | Trouble] = []
        self.asked: list[Inquiry] = []
        self.operators: list[Asker | None] = []

    def ask(
        self,
        inquiry: Inquiry,
        *,
        operator: Asker | None = None,
        seconds: float = 1.0,
        wait: Wait | None = None,
    ) -> Reply | Trouble:
        del seconds, wait
        self.asked.append(inquiry)
        self.operators.append(operator)
        if self.replies:
            return self.replies.pop(0)
        assert isinstance(inquiry, ChangesSince)
        return Changes((), inquiry.position, inquiry.position, more=False)

    def abandon(self, wait: Wait) -> None:
        wait.end()


class Desk:
    """A shelf with an open mirror, and somebody who keeps it."""

    def __init__(self, folder: Path) -> None:
        self.hub = Hub()
        self.outcomes: dict[UUID, Outcome] = {}
        self.standings: list[MirrorStanding] = []
        self.heard: list[str] = []
        self.shelf = Shelf(folder, None)
        found = self.shelf.open_for(b"a" * 32, b"A" * 32)
        assert isinstance(found, Mirror)
        self.mirror = found
        self.keeper = Mirroring(
            self.shelf,
            self.hub,
            self.outcomes.get,
            self.standings.append,
            lambda: time.time_ns() // 1_000_000,
            round_seconds=0.05,
            heard=self.heard.append,
        )

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, self.standings[-3:]
            time.sleep(0.01)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "mirror")
    yield made
    made.keeper.stop()
    made.shelf.close()


def test_it_fetches_until_there_is_no_more_and_tells(desk: Desk) -> None:
    first = told(registration())
    desk.hub.replies = [
        Changes(first.entries, 1, 2, more=True),
        told(registration(2, person=MARTA), start=1),
    ]
    desk.keeper.start(ANNA)
    desk.until(lambda: bool(desk.standings) and desk.standings[-1].registrations == 2)
    assert desk.standings[-1].missing == 0
    assert desk.standings[-1].age_seconds == 0
    assert desk.hub.asked[:2] == [ChangesSince(0, 200), ChangesSince(1, 200)]
    assert set(desk.hub.operators) == {ANNA}


def test_without_a_network_it_is_quiet_and_goes_on_later(desk: Desk) -> None:
    desk.hub.replies = [Trouble("inquiry.offline"), told(registration())]
    desk.keeper.start(ANNA)
    desk.until(lambda: bool(desk.standings) and desk.standings[-1].registrations == 1)
    assert desk.standings[0].code is None
    assert desk.standings[0].age_seconds is None


def test_what_is_wrong_is_told_and_taken_back(desk: Desk) -> None:
    desk.hub.replies = [Trouble("inquiry.stale"), told(registration())]
    desk.keeper.start(ANNA)
    desk.until(lambda: bool(desk.standings) and desk.standings[-1].registrations == 1)
    assert desk.standings[0].code == "inquiry.stale"
    assert desk.standings[-1].code is None


def test_a_registry_that_was_put_back_is_fetched_anew(desk: Desk) -> None:
    desk.mirror.question()
    desk.mirror.take(told(registration(), registration(2, person=MARTA)), now=1)
    desk.hub.replies = [Denied("changes.position"), told(registration())]
    desk.keeper.start(ANNA)
    desk.until(lambda: bool(desk.standings) and desk.standings[-1].registrations == 1)
    assert desk.hub.asked[1] == ChangesSince(0, 200)


def test_an_operator_whom_the_hub_knows_no_more_is_told_of_until_it_does(desk: Desk) -> None:
    desk.hub.replies = [Denied("operator.unknown"), told(registration())]
    desk.keeper.start(ANNA)
    desk.until(lambda: len(desk.heard) > 1)
    assert desk.heard[:2] == ["operator.unknown", ""]
    assert desk.standings[0].code == "operator.unknown"


def test_decisions_reach_the_mirror(desk: Desk) -> None:
    seen, other = registration(), registration(2, person=MARTA)
    desk.mirror.question()
    desk.mirror.take(told(seen, other), now=1)
    desk.mirror.note(booking(seen), stamp(1))
    desk.mirror.note(booking(other), stamp(2))
    desk.keeper.start(ANNA)
    desk.until(lambda: bool(desk.standings) and desk.standings[-1].waiting == 2)
    desk.outcomes[UUID(hex=stamp(1).operation_id)] = Accepted()
    desk.outcomes[UUID(hex=stamp(2).operation_id)] = Refused("credential.overtaken")
    desk.keeper.poke()
    desk.until(lambda: desk.standings[-1].waiting == 0)
    refused = desk.mirror.by_number(number(2))
    assert isinstance(refused, Held)
    assert refused.registration == other


def test_a_decision_does_not_wait_for_the_next_round(desk: Desk) -> None:
    seen = registration()
    desk.mirror.question()
    desk.mirror.take(told(seen), now=1)
    desk.mirror.note(booking(seen), stamp(1))
    desk.keeper._round_seconds = 60.0
    desk.keeper.start(ANNA)
    desk.until(lambda: bool(desk.standings) and desk.standings[-1].waiting == 1)
    desk.outcomes[UUID(hex=stamp(1).operation_id)] = Accepted()
    desk.until(lambda: desk.standings[-1].waiting == 0)


def test_a_damaged_mirror_is_begun_anew(desk: Desk, tmp_path: Path) -> None:
    many = [registration(place, person=_person(place)) for place in range(1, 80)]
    desk.mirror.question()
    desk.mirror.take(told(*many), now=1)
    desk.shelf.close()
    file = next((tmp_path / "mirror").glob("*.db"))
    data = bytearray(file.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 + 100] ^= 1
    file.write_bytes(data)
    assert isinstance(desk.shelf.open_for(b"a" * 32, b"A" * 32), Mirror)
    desk.hub.replies = [told(registration(), start=100), told(registration())]
    desk.keeper.start(ANNA)
    desk.until(lambda: bool(desk.standings) and desk.standings[-1].registrations == 1)


def _person(place: int) -> Person:
    return replace(MARTA, codice_fiscale=f"{MARTA.codice_fiscale[:12]}{place:03}U")
