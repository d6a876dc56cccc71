"""The machine: hypothesis plays everybody, and after every step the registry is as the model says."""

from __future__ import annotations

import random
from collections import Counter as Counter_
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sync.edge.mirror import Held, MirrorTrouble
from sync.edge.mirror.keeping import UNPRINTED
from sync.edge.trouble import StoreTrouble
from sync.hub.decide import Decided
from sync.hub.home.procedures import LATE_MILLISECONDS as LATE
from sync.hub.store import registrations
from sync.model import codes, operation, transitions
from sync.model.contacts import Contacts
from sync.model.counter import (
    Booking,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    IssuedSecrets,
    PartChange,
    RecordEdit,
    ResidenceChange,
    Subject,
)
from sync.model.credential import OperationKind, basis_of
from sync.model.home import Chosen, Conclusion, HomeStep
from sync.model.inquiry import Denied, Ticket
from sync.model.preregistration import DataSource
from sync.model.registration import Part, Registration
from sync.model.registration_parts import digest, value
from sync.texts.acceptance import to_accept
from sync.wire.receipt import Accepted
from tests.counter_machine.reference import Registry as Reference
from tests.counter_machine.reference import Seen
from tests.counter_machine.world import Counter, World, last_day, quick_digest
from tests.workbench.population import Population

PEOPLE: Final = tuple(Population(3, seed=7).registrations())
KINDS: Final = tuple(OperationKind)
STREETS: Final = ("Via Uno", "Via Due", "Via Tre")

who = st.integers(0, len(PEOPLE) - 1)
where = st.integers(0, 2)


@dataclass(frozen=True)
class Paper:
    """The letters of one act, in somebody's hand."""

    act: str
    codice_fiscale: str
    kind: OperationKind
    pin: str
    code: str


@dataclass(frozen=True)
class Sent:
    """What a counter recorded: judged by the model when the hub decides on it."""

    act: str
    at: int
    judge: Callable[[Reference, int, int], bool]


def texts(one: Registration) -> dict[str, str]:
    """The parts that the model compares, as texts."""
    return {part.value: digest(value(one, part)).hex() for part in Part}


class CounterMachine(RuleBasedStateMachine):
    """Three counters, three people, one hub."""

    steps: ClassVar[int] = 0
    counted: ClassVar[Counter_[str]] = Counter_()
    """How often acts stood or not, and procedures were concluded, over all runs."""

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.hub = self.world.hub
        self.model = Reference()
        self.sent: dict[str, list[Sent]] = {one.name: [] for one in self.world.counters}
        self.last_at = {one.name: 0 for one in self.world.counters}
        self.papers: list[Paper] = []
        self.made: set[str] = set()
        self.used: set[str] = set()
        self.names = 0
        self.dice = random.Random(1)  # the same run again does the same
        self.hub.decided = self.on_decided

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.settle()
            finally:
                self.world.close()

    # --- what clerks do

    @rule(place=where, person=who)
    def register(self, place: int, person: int) -> None:
        counter, form = self.world.counters[place], PEOPLE[person]
        if counter.of_person(form.person.codice_fiscale) is not None:
            return  # R-003-44, 45: the page goes on with that one
        self._register(counter, form)

    def _register(self, counter: Counter, form: Registration) -> None:
        if form.residence is None or form.document is None:
            raise AssertionError("complete people only")
        paper, issued, act_id = self.letters(counter, form, OperationKind.RISCONTRO_FORTE)
        act = CounterRegistration(
            registration_number=None,
            community=form.community,
            language="it",
            privacy_notice="2026-1",
            source=DataSource.TYPED,
            register="",
            person=form.person,
            residence=form.residence,
            domicile=None,
            contacts=form.contacts,
            document=form.document,
            delegation=None,
            note=None,
            identified=True,
            secrets=issued,
            office=counter.office,
        )
        at = counter.at()
        recorded = counter.record(act, act_id)
        number = getattr(recorded, "registration_number", "")
        parts = texts(replace(form, domicile=None, note=""))
        # Without a note of its own a registration leaves the note that is there.
        merged = {name: text for name, text in parts.items() if name != Part.NOTE.value}

        def judge(model: Reference, when: int, _: int) -> bool:
            known = form.person.codice_fiscale in model.people
            return model.register(
                form.person.codice_fiscale,
                number,
                paper.act,
                when,
                paper.pin,
                paper.code,
                merged if known else parts,
            )

        self.note(counter, paper.act, at, judge)

    @rule(place=where, person=who, which=st.integers(0, 3))
    def visit_and_conclude(self, place: int, person: int, which: int) -> None:
        """A good day: booked with a good line, concluded at home the same evening."""
        counter, before = self.world.counters[place], len(self.papers)
        if counter.cut:
            return
        counter.sync()
        if counter.of_person(PEOPLE[person].person.codice_fiscale) is None:
            self._register(counter, PEOPLE[person])
        else:
            self._book(place, person, which, stubborn=False)
        counter.sync()
        if len(self.papers) > before:
            self._show(self.papers[-1], spoilt=False)

    @rule(place=where, person=who, kind=st.integers(0, 9), stubborn=st.booleans())
    def book(self, place: int, person: int, kind: int, *, stubborn: bool) -> None:
        self._book(place, person, kind, stubborn=stubborn)

    def _book(self, place: int, person: int, kind: int, *, stubborn: bool) -> None:
        counter = self.world.counters[place]
        held = self.seen_by(counter, person)
        if held is None:
            return
        credential = held.registration.credential
        choices = transitions.bookable(credential)
        forbidden = tuple(one for one in KINDS if one not in choices)
        if stubborn and kind == 0 and forbidden:
            chosen = forbidden[0]  # a station that does what no page offers
        elif choices:
            chosen = choices[kind % len(choices)]
        else:
            return
        paper, issued, act_id = self.letters(counter, held.registration, chosen)
        act = Booking(
            subject=subject(held),
            kind=chosen,
            basis=basis_of(credential),
            delegation=None,
            identified=True,
            secrets=issued,
            office=counter.office,
        )
        at = counter.at()
        counter.record(act, act_id)
        seen, number = self.seen(held), held.registration.number
        self.note(
            counter,
            paper.act,
            at,
            lambda model, when, arrived: model.book(
                paper.codice_fiscale,
                number,
                chosen.value,
                paper.act,
                (when, arrived),
                seen,
                paper.pin,
                paper.code,
            ),
        )

    @rule(place=where, person=who)
    def renew(self, place: int, person: int) -> None:
        counter = self.world.counters[place]
        held = self.seen_by(counter, person)
        running = None if held is None else held.registration.credential.running
        if held is None or running is None:
            return
        paper, issued, act_id = self.letters(counter, held.registration, running.kind, renew=True)
        act = CodeRegeneration(
            subject=subject(held),
            basis=basis_of(held.registration.credential),
            identified=True,
            secrets=issued,
            office=counter.office,
        )
        at = counter.at()
        counter.record(act, act_id)
        seen, number = self.seen(held), held.registration.number

        def judge(model: Reference, when: int, arrived: int) -> bool:
            stands = model.renew(
                paper.codice_fiscale, number, paper.act, (when, arrived), seen, paper.code
            )
            if stands:  # the PIN stays: the person still has the letter of the booking
                found = model.find(paper.codice_fiscale, number)
                last = None if found is None else found.last
                pin = "" if last is None else last.pin
                if found is not None:
                    found.ticket = b""  # what the former code has opened is shut
                self.papers.append(replace(paper, pin=pin))
            return stands

        self.papers.pop()
        self.note(counter, paper.act, at, judge)

    @rule(place=where, person=who, street=st.integers(0, 2), mail=st.booleans())
    def edit(self, place: int, person: int, street: int, *, mail: bool) -> None:
        counter = self.world.counters[place]
        held = self.seen_by(counter, person)
        home = None if held is None else held.registration.residence
        if held is None or home is None:
            return
        one = held.registration
        moved = replace(home, street=STREETS[street])
        changes = [PartChange(Part.RESIDENCE, digest(one.residence), moved)]
        act: CounterAct
        if mail:
            contacts = Contacts(f"nuovo{street}@example.org", mobile=one.contacts.mobile)
            changes.append(PartChange(Part.CONTACTS, digest(one.contacts), contacts))
            act = RecordEdit(subject(held), tuple(changes), counter.office)
        else:
            act = ResidenceChange(subject(held), changes[0], counter.office)
        act_id, at = counter.next_id(), counter.at()
        counter.record(act, act_id)
        wanted = {
            change.part.value: (change.seen.hex(), digest(change.value).hex()) for change in changes
        }
        self.note(
            counter,
            act_id.hex,
            at,
            lambda model, when, _: model.edit(one.person.codice_fiscale, one.number, when, wanted),
        )

    # --- what citizens do

    @precondition(lambda self: self.papers)
    @rule(which=st.integers(0, 7), spoil=st.integers(0, 7), at=st.integers(-2, 2))
    def show_the_codes(self, which: int, spoil: int, at: int) -> None:
        """Right letters, old letters, other people's letters; and sometimes a wrong code.

        At home where `at` is negative, else at a kiosk, which records the conclusion.
        """
        paper, spoilt = self.papers[-1 - which % len(self.papers)], spoil == 0
        self._show(paper, spoilt=spoilt, kiosk=None if at < 0 else self.world.counters[at])

    def _show(self, paper: Paper, *, spoilt: bool, kiosk: Counter | None = None) -> None:
        revokes = paper.kind is OperationKind.REVOCA
        code = codes.make_code(self.dice.randrange).decode() if spoilt else paper.code
        pin = None if revokes else paper.pin
        at = "" if kiosk is None or spoilt else kiosk.name
        told = self.hub.check(paper.codice_fiscale, code, pin, at)
        expected = not spoilt and self.model.may_conclude(paper.codice_fiscale, pin or "", code)
        if isinstance(told, Denied):
            assert told.code in {"codes.wrong", "codes.wait", "codes.spent"}, told
            assert not expected or told.code != "codes.wrong", (paper.kind, told)
            return
        assert expected, (paper.kind, told.kind)
        assert paper.code not in self.used
        self.conclude(paper, told, kiosk)

    def conclude(self, paper: Paper, told: Ticket, kiosk: Counter | None) -> None:
        person = self.model.people[paper.codice_fiscale]
        person.ticket, person.ticket_until = told.ticket, told.valid_until
        person.ticket_issued = self.hub.now
        running = person.running()
        assert running is not None
        kind = OperationKind(running.kind)
        steps = transitions.home_steps(kind)
        self.names += 1
        username = f"persona{self.names}.nome"
        chosen = None
        if HomeStep.USERNAME in steps:
            chosen = Chosen(username, quick_digest(b"password"), "Colore?", quick_digest(b"blu"))
        done = Conclusion(told.ticket, kind, to_accept(kind), chosen, "it")
        if kiosk is not None:
            self._conclude_at(kiosk, paper, done, running.act, username)
            return
        outcome = self.hub.conclude(done)
        assert outcome == Accepted(), outcome
        self.concluded(paper.codice_fiscale, kind, username)
        assert self.hub.conclude(done) != Accepted()  # the same ticket twice

    def _conclude_at(
        self, kiosk: Counter, paper: Paper, done: Conclusion, act: str, username: str
    ) -> None:
        """Recorded now, at the hub when there is a line; what has moved on by then refuses it."""
        conclusion_id, at = kiosk.record_conclusion(done), kiosk.at()

        def judge(model: Reference, when: int, _: int) -> bool:
            person = model.people.get(paper.codice_fiscale)
            now = None if person is None else person.running()
            if person is None or now is None or now.act != act or person.ticket != done.ticket:
                return False
            late, until = self.hub.now - person.ticket_until, person.ticket_until
            if late > 0 and not (person.ticket_issued <= when <= until and late <= LATE):
                return False
            self.concluded(paper.codice_fiscale, done.kind, username)
            return True

        self.note(kiosk, conclusion_id, at, judge)

    def concluded(self, code: str, kind: OperationKind, username: str) -> None:
        running = self.model.people[code].running()
        assert running is not None
        self.used.add(running.code)
        self.counted[f"concluded {kind.value}"] += 1
        self.model.conclude(code, username)

    # --- what happens to them

    @rule(place=where, hours=st.integers(-48, 48))
    def shift_a_clock(self, place: int, hours: int) -> None:
        self.world.counters[place].skew = hours * 3_600_000

    @rule(hours=st.integers(0, 6))
    def time_passes(self, hours: int) -> None:
        self.hub.now += hours * 3_600_000 + 1

    @rule(place=where)
    def cut_or_mend(self, place: int) -> None:
        counter = self.world.counters[place]
        counter.cut = not counter.cut

    @rule(place=where, seldom=st.integers(0, 3))
    def damage(self, place: int, seldom: int) -> None:
        if seldom == 0:
            self.world.counters[place].damage_mirror()

    @rule(place=where, most=st.integers(1, 8), lose=st.booleans())
    def send(self, place: int, most: int, *, lose: bool) -> None:
        counter = self.world.counters[place]
        if not counter.cut:
            counter.send(most, lose_answer=lose)

    @rule(place=where)
    def pull(self, place: int) -> None:
        counter = self.world.counters[place]
        if not counter.cut:
            counter.pull()

    @rule(place=where)
    def talk(self, place: int) -> None:
        """A good line: everything, both ways."""
        counter = self.world.counters[place]
        if not counter.cut:
            counter.sync()

    @rule(most=st.integers(1, 20))
    def decide(self, most: int) -> None:
        self.hub.decide(most)

    @rule()
    def restart_the_hub(self) -> None:
        self.hub.restart()

    # --- what must be so

    @invariant()
    def the_registry_is_as_the_model_says(self) -> None:
        CounterMachine.steps += 1
        if not hasattr(self, "world"):
            return
        held = {one.codice_fiscale: one for one in registrations.registrations(self.hub.store)}
        assert held.keys() == self.model.people.keys()
        for code, person in self.model.people.items():
            one = held[code].registration
            credential, last = one.credential, person.last
            assert (credential.state.value, "Y" if credential.strong else "N") == (
                person.state,
                person.strong,
            )
            assert one.number == person.first[1]
            for number in person.numbers:
                found = registrations.by_number(self.hub.store, number)
                assert found is not None
                assert found.codice_fiscale == code
            assert (credential.last is None) == (last is None)
            if credential.last is not None and last is not None:
                assert credential.last.operation_id == last.act
                assert credential.last.status.value == last.status
                assert credential.last.kind.value == last.kind
            assert texts(one) == person.parts

    def settle(self) -> None:
        """The line is good again: nothing is lost, and every mirror is the registry."""
        for counter in self.world.counters:
            counter.cut = False
        for _ in range(2):
            for counter in self.world.counters:
                counter.sync()
        self.the_registry_is_as_the_model_says()
        held = {one.number: one.registration for one in registrations.registrations(self.hub.store)}
        for counter in self.world.counters:
            verdicts = counter.store.standing()
            assert not isinstance(verdicts, StoreTrouble)
            assert verdicts.decided == len(counter.acts) == len(self.sent[counter.name])
            position = counter.mirror.position()
            assert not isinstance(position, MirrorTrouble)
            assert (position.registrations, position.waiting) == (len(held), 0)
            assert all(each.refused is not None for each in counter.mirror.kept())
            for number, one in held.items():
                mine = counter.mirror.by_number(number)
                assert isinstance(mine, Held)
                assert mine.registration == one
        self.nothing_is_left_untold()

    # --- its own

    def letters(
        self, counter: Counter, one: Registration, kind: OperationKind, *, renew: bool = False
    ) -> tuple[Paper, IssuedSecrets, Any]:
        act_id = counter.next_id()
        code = codes.make_code(self.dice.randrange).decode()
        assert code not in self.made
        self.made.add(code)
        pin = None
        if kind is not OperationKind.REVOCA and not renew:
            pin = codes.make_pin(self.dice.randrange).decode()
        paper = Paper(act_id.hex, one.person.codice_fiscale, kind, pin or "", code)
        self.papers.append(paper)
        issued = IssuedSecrets(
            None if pin is None else quick_digest(pin.encode()),
            quick_digest(code.encode()),
            None,
            last_day(min(self.hub.now, counter.at())),
        )
        return paper, issued, act_id

    def seen_by(self, counter: Counter, person: int) -> Held | None:
        return counter.of_person(PEOPLE[person].person.codice_fiscale)

    def seen(self, held: Held) -> Seen:
        credential = held.registration.credential
        basis = basis_of(credential)
        return Seen(
            basis.state.value,
            "Y" if basis.strong else "N",
            basis.last,
            basis.running,
            basis.renewal,
            basis.seen_at,
        )

    def note(
        self, counter: Counter, act: str, at: int, judge: Callable[[Reference, int, int], bool]
    ) -> None:
        self.sent[counter.name].append(Sent(act, at, judge))

    def on_decided(self, decided: Decided) -> None:
        """The model judges what the hub has just decided, in the hub's order."""
        name = decided.station.name
        for seq in range(decided.first, decided.last + 1):
            sent = self.sent[name][seq - 1]
            arrived = self.hub.arrived(name, seq)
            # Nothing counts before what its station recorded before it, nor after it came.
            at = self.last_at[name] = min(max(sent.at, self.last_at[name]), arrived)
            stands = sent.judge(self.model, at, arrived)
            self.untie()
            outcome = self.hub.outcome(name, seq)
            assert (outcome == Accepted()) == stands, (sent.act, outcome, stands)
            if not stands:
                self.is_told(name, seq, sent.act)
            self.counted["stands" if stands else getattr(outcome, "code", "")] += 1

    def untie(self) -> None:
        """Data of one millisecond are as the registry has them."""
        for code, person in self.model.people.items():
            held = registrations.of_person(self.hub.store, code) if person.tied else None
            if held is not None:
                person.parts, person.tied = texts(held.registration), False

    def is_told(self, name: str, seq: int, act: str) -> None:
        """A refused act of a clerk is in its office's list; void letters are written of by mail.

        A person who is deleted since has no letters, and nothing open.
        """
        kind = self.hub.kind(name, seq)
        if kind == operation.CONCLUSION:
            return
        office = next(one.office for one in self.world.counters if one.name == name)
        row = self.hub.store.row(
            "SELECT office, codice_fiscale FROM dispute WHERE operation_id = ?", act
        )
        assert row is not None, (kind, act)
        assert row[0] == office
        paper = next((one for one in self.papers if one.act == act), None)
        person = self.model.people.get("" if paper is None else paper.codice_fiscale)
        if paper is None or person is None or not row[1]:
            return
        held = registrations.of_person(self.hub.store, paper.codice_fiscale)
        assert held is not None
        if held.registration.contacts.email:
            assert self.hub.has_written_of(act), (kind, act)

    def nothing_is_left_untold(self) -> None:
        """What is open in the registry is in the list of its counter, and nothing else is."""
        for counter in self.world.counters:
            listed = counter.mirror.disputes()
            assert not isinstance(listed, MirrorTrouble)
            mine = {one.operation_id for one in listed if one.code != UNPRINTED}
            rows = self.hub.store.rows(
                "SELECT operation_id FROM dispute WHERE closed = 0 AND (office = ? OR station = ?)",
                counter.office,
                counter.name,
            )
            assert {row[0] for row in rows} <= mine


def subject(held: Held) -> Subject:
    """Whose registration it is, as the page shows it."""
    return Subject(held.registration.person.codice_fiscale, held.registration.number)
