"""What ought to happen, said as simply as it can be said: dictionaries, and the seed's own table.

It shares no code with the product. It judges each act when it reaches the hub, from what the clerk
had on the page: the state table (R-003-13), the later visit (R-003-22), the part that nobody else
changed (R-003-32), one registration a person (R-003-9).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

TABLE: Final = {
    ("registrato", "N"): {"riscontro_forte", "revoca"},
    ("registrato", "Y"): {"revoca"},
    ("riscontrato", "N"): {"riscontro_forte", "revoca"},
    ("riscontrato", "Y"): {"riscontro_forte", "revoca"},
    ("attivato", "N"): {"promozione", "reset", "revoca"},
    ("attivato", "Y"): {"rigenera_pin", "reset", "revoca"},
}


@dataclass
class Last:
    """The last operation of a person; `code` is of its newest activation or revocation letter."""

    act: str
    kind: str
    at: int
    status: str
    pin: str
    code: str
    renewal: str = ""
    renewed_at: int = 0


@dataclass
class Person:
    """What the registry should hold of somebody."""

    numbers: set[str]
    first: tuple[int, str]
    state: str = "riscontrato"
    strong: str = "N"
    last: Last | None = None
    parts: dict[str, str] = field(default_factory=dict)
    data_at: int = 0
    username: str = ""
    ticket: bytes = b""
    ticket_issued: int = 0
    ticket_until: int = 0
    tied: bool = False

    def running(self) -> Last | None:
        """The operation in progress."""
        return self.last if self.last is not None and self.last.status == "A" else None


@dataclass
class Seen:
    """What the clerk's page showed: ids of the last operation and of the one in progress."""

    state: str
    strong: str
    last: str
    running: str
    renewal: str = ""
    seen_at: int = 0

    def counts_at(self, at: int, arrived: int) -> int:
        """Who saw something comes after it; nobody comes after they arrived."""
        return min(max(at, self.seen_at + 1) if self.seen_at else at, arrived)


class Registry:
    """The whole of it: people by codice fiscale."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}

    def find(self, code: str, number: str) -> Person | None:
        """Whose number it is; else the person, who may have been registered anew (R-003-9)."""
        found = next((one for one in self.people.values() if number in one.numbers), None)
        return found or self.people.get(code)

    def register(
        self,
        code: str,
        number: str,
        act: str,
        at: int,
        pin: str,
        secret: str,
        parts: dict[str, str],
    ) -> bool:
        """A registration made at a counter; False: its letters do not stand."""
        person = self.people.get(code)
        if person is None:
            self.people[code] = Person(
                {number},
                (at, number),
                last=Last(act, "riscontro_forte", at, "A", pin, secret),
                parts=dict(parts),
                data_at=at,
            )
            return True
        if "riscontro_forte" not in TABLE[person.state, person.strong]:
            person.numbers.add(number)
            return False
        person.numbers.add(number)
        person.first = min(person.first, (at, number))
        late = person.last is not None and (at, act) < (person.last.at, person.last.act)
        # Of data of one millisecond their own order decides (ADR 0132): the registry is asked.
        person.tied = at == person.data_at
        if at > person.data_at or (at == person.data_at and not late):
            person.parts |= parts
            person.data_at = at
        if late:
            return False
        person.last = Last(act, "riscontro_forte", at, "A", pin, secret)
        person.state = "riscontrato" if person.state == "registrato" else person.state
        return True

    def book(
        self,
        code: str,
        number: str,
        kind: str,
        act: str,
        times: tuple[int, int],
        seen: Seen,
        pin: str,
        secret: str,
    ) -> bool:
        """A booking, recorded and arrived at `times`; False: it does not stand."""
        at = seen.counts_at(*times)
        person = self.find(code, number)
        if person is None:
            return False
        last = person.last
        knew = last is not None and last.act in {seen.last, seen.running}
        if last is not None and not knew and (at, act) < (last.at, last.act):
            return False
        if kind not in TABLE[person.state, person.strong]:
            return False
        if last is not None and knew:
            at = max(at, last.at + 1)
        person.last = Last(act, kind, at, "A", pin, secret)
        if person.state == "registrato" and kind == "riscontro_forte":
            person.state = "riscontrato"
        return True

    def renew(
        self, code: str, number: str, act: str, times: tuple[int, int], seen: Seen, secret: str
    ) -> bool:
        """A new activation code; False: it does not stand."""
        person = self.find(code, number)
        running = None if person is None else person.running()
        if person is None or running is None or running.act != seen.running:
            return False
        if running.kind == "revoca" or person.state == "registrato":
            return False
        at = seen.counts_at(*times)
        if running.renewal and running.renewal == seen.renewal:
            at = max(at, running.renewed_at + 1)
        elif running.renewal and (at, act) < (running.renewed_at, running.renewal):
            return False
        running.code, running.renewal, running.renewed_at = secret, act, at
        return True

    def edit(self, code: str, number: str, at: int, changes: dict[str, tuple[str, str]]) -> bool:
        """Parts as they were seen and as they shall be; False: somebody else changed one."""
        person = self.find(code, number)
        if person is None:
            return False
        for part, (seen, wanted) in changes.items():
            if person.parts[part] not in {seen, wanted}:
                return False
        changed = {part: wanted for part, (_, wanted) in changes.items()}
        if any(person.parts[part] != wanted for part, wanted in changed.items()):
            person.parts |= changed
            person.data_at = max(person.data_at, at)
        return True

    def may_conclude(self, code: str, pin: str, secret: str) -> bool:
        """Whether these letters open the procedure."""
        person = self.people.get(code)
        running = None if person is None else person.running()
        if running is None or running.code != secret:
            return False
        return running.kind == "revoca" or running.pin == pin

    def conclude(self, code: str, username: str) -> None:
        """The procedure in progress is concluded."""
        person = self.people[code]
        running = person.running()
        if running is None:
            raise AssertionError("nothing to conclude")
        if running.kind == "revoca":
            del self.people[code]
            return
        person.state, person.strong = "attivato", "Y"
        running.status = "S"
        if running.kind in {"riscontro_forte", "reset"}:
            person.username = username
