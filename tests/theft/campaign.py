"""A station is used, its power is cut, its disk is taken; every byte of it is searched.

Window, link, hub and broker are real processes. On the disk lie the station's folder, what its
programs log, their home and temporary files; its key store does not, as a TPM's or a token's secrets
do not. What is searched for is what people had and typed, what is in their letters, and every text
and every byte string that the hub finds in the bodies of their operations.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sync.hub import settings, setup
from sync.wire import envelope
from sync.wire.canonical import Malformed
from tests.emulated.cards.holder import Holder
from tests.emulated.cards.identity_documents import CAN
from tests.emulated.cards.ts_cns import ts_cns
from tests.emulated.services import wait_until
from tests.theft.image import DiskImage
from tests.theft.search import SHORTEST, Finding, findings
from tests.workbench import walks
from tests.workbench.at_counter import TYPING, Applicant, AtCounter, read_letters
from tests.workbench.citizen import MARIA, Citizen, fill_form
from tests.workbench.counter import ANNA, BRUNO, OPERATOR_PIN
from tests.workbench.display import Display
from tests.workbench.pki import REPOSITORY
from tests.workbench.population import Population
from tests.workbench.stage import STATION, Stage

SECONDS = 60.0
REGISTERED = 40
MEGABYTES = 256
_FORM = "preregistration."
_LONG_BYTES = 24
_PAGES = (b"preregistration.", b"identification.", b"identity-", b"fingerprint.", b"clerk.")
"""The audit trail names the pages that people went through."""
_BEGUN = Applicant(codice_fiscale="MRTMRA83T56A269B", surname="Nevermore", name="Quothilde")


@dataclass
class Taken:
    """What the thief has of one station, and what must not be in it.

    Attributes:
        disk: the station's own; another one has another.
        secrets: by what they are.
        before: what stood on the disk when its programs ran and nobody had used it yet.
    """

    disk: DiskImage
    secrets: dict[str, str | bytes] = field(default_factory=dict)
    before: bytes | None = None

    def is_unused(self) -> None:
        """Nobody has used the station yet: to be said once, before anybody does.

        Raises:
            ValueError: it was said before; what was typed since would count as a program's.
        """
        if self.before is not None:
            raise ValueError("the disk was used")
        self.before = self.disk.content()

    def must_not_hold(self, what: str, *values: str | bytes) -> None:
        """These must be nowhere.

        Raises:
            ValueError: another value goes by that name: it would not be searched for.
        """
        for number, value in enumerate(values):
            if len(value) < SHORTEST:
                continue
            if self.secrets.setdefault(f"{what} {number}", value) != value:
                raise ValueError(f"two secrets are called {what} {number}")

    def found(self) -> list[Finding]:
        """Search every byte.

        What is digits only stands in tables of programs too: so spelt it counts where it did not
        stand on the disk before somebody typed it.
        """
        digits = {
            what: one for what, one in self.secrets.items() if one[:1].isdigit() and one.isdigit()
        }
        known = {(one.what, one.spelling) for one in findings(self.before or b"", digits)}
        found = findings(self.disk.content(), self.secrets)
        return [one for one in found if (one.what, one.spelling) not in known]


def citizens(taken: Taken, display: Display) -> None:
    """A preregistration by health card with e-mail, fingers taken, and a form begun; power cut."""
    folder = taken.disk.folder / "c"
    with Stage(display, fitted=True, idle_seconds=180, disk=folder) as stage:
        person = stage.person
        taken.is_unused()
        begin(stage, MARIA)
        fill_form(person, MARIA)
        person.touch("continue")
        person.wait_for(f"{_FORM}done")
        stage.reader.remove()
        person.leaves(f"{_FORM}done", to="welcome")
        walks.to_finger_review(stage)
        person.touch("continue")
        person.wait_for("identification.confirm")
        person.touch("continue")
        person.wait_for("identification.done")
        person.leaves("identification.done", to="welcome")
        secure(stage)
        # Somebody is in the middle of a form when the program is killed, and again at the power cut.
        stage.network.cut()
        begin(stage, MARIA)
        person.touch("continue")
        person.wait_for(f"{_FORM}asking.residence-cap")
        person.types("10138")
        person.touch("continue")
        person.wait_until_left(f"{_FORM}asking.residence-cap")
        stage.kiosk.kill()
        stage.kiosk.start()
        stage.person.touch("resumed.confirm")
        time.sleep(1.0)
        stage.power_cut()
        taken.must_not_hold("of Maria", *MARIA.secrets, MARIA.holder.name + " " + "MARTINI")
        holder = Holder()
        taken.must_not_hold("of the card", holder.surname, holder.codice_fiscale, CAN)
        _from_the_hub(taken, stage)


def clerks(taken: Taken, display: Display) -> None:
    """Sign-in, a registration with its letters, a search, a form begun; power cut, offline."""
    folder = taken.disk.folder / "k"
    with Stage(
        display, role="counter", idle_seconds=600, registered=REGISTERED, disk=folder
    ) as stage:
        at, mario = AtCounter(stage.person, stage.reader, pace=TYPING), Applicant()
        taken.is_unused()
        at.to_menu()
        at.wait_for_mirror()
        before = len(stage.page_printer.papers)
        at.register(mario)
        at.await_papers("pin-letter", "case-summary")
        at.print_code_letter()
        secrets = read_letters(stage.page_printer.papers[before:])
        at.finish()
        secure(stage)
        somebody = next(iter(Population(REGISTERED).registrations()))
        at.open_scanned(somebody.person.codice_fiscale)
        at.person.presses("Escape")
        at.person.wait_for("clerk.menu")
        # A form is left by kill -9, the program starts again, and then the power goes.
        stage.network.cut()
        begun: list[str] = []
        with suppress(Exception):  # whatever who writes makes of a window that is gone
            at.register(_BEGUN, on_page=lambda page: _die(stage, begun, page))
        if not begun:
            raise AssertionError("no form was filled when the program was to be killed")
        stage.kiosk.start()
        time.sleep(1.0)
        stage.power_cut()
        taken.must_not_hold("of letters", *secrets.spellings)
        taken.must_not_hold("of Mario", *_texts(mario), *_texts(_BEGUN))
        taken.must_not_hold("of clerks", ANNA.name, BRUNO.name, OPERATOR_PIN)
        for one in Population(REGISTERED).registrations():
            taken.must_not_hold(
                f"of registration {one.number}",
                one.person.codice_fiscale,
                f"{one.person.surname} {one.person.name}",
                one.contacts.email,
            )
        _from_the_hub(taken, stage)


def begin(stage: Stage, citizen: Citizen) -> None:
    """From the welcome page to the data of the card."""
    stage.person.wait_for("welcome")
    walks.to_insert_card(stage.person)
    stage.reader.insert(ts_cns(citizen.holder))
    stage.person.wait_for(f"{_FORM}review")


def secure(stage: Stage) -> None:
    """The hub makes a backup elsewhere and tells; the station destroys what it kept."""
    wait_until(
        lambda: all(one.state.value in {"accepted", "refused"} for one in stage.outbox()),
        SECONDS,
        "the hub's decisions",
    )
    with closing(sqlite3.connect(stage.site.hub_dir / "registry.db", timeout=30)) as raw:
        raw.execute("UPDATE station SET secured_seq = decided_seq")
        raw.commit()
    stage.network.cut()
    time.sleep(0.5)
    stage.network.restore()
    wait_until(lambda: not _kept(stage), SECONDS, "what is secured to be destroyed")


def _kept(stage: Stage) -> int:
    """Envelopes that the station still keeps."""
    store = stage.station_dir / "store" / "journal.db"
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)) as raw:
        return int(raw.execute("SELECT count(*) FROM journal WHERE envelope <> x''").fetchone()[0])


def _die(stage: Stage, begun: list[str], page: str) -> None:
    begun.append(page)
    stage.kiosk.kill()


def _texts(applicant: Applicant) -> list[str]:
    one = applicant
    return [
        one.codice_fiscale,
        f"{one.surname} {one.name}",
        one.street,
        one.email,
        one.mobile,
        one.document,
    ]


def _from_the_hub(taken: Taken, stage: Stage) -> None:
    """Every text and byte string in the bodies of what this station recorded, as the hub reads it."""
    keys = setup.load_keys(settings.load(stage.site.hub_dir))
    opened = {key.key_id: key for key in keys.unsealing}
    known = _sources()
    number = 0
    with closing(sqlite3.connect(stage.site.hub_dir / "registry.db", timeout=30)) as raw:
        rows = raw.execute(
            "SELECT seq, envelope FROM entry WHERE station = ? AND envelope NOT NULL", (STATION,)
        ).fetchall()
    for seq, data in rows:
        try:
            read = envelope.parse(data)
        except Malformed:
            continue
        key = opened.get(read.header.sealing_key_id)
        body = None if key is None else envelope.open_body(read, key)
        for leaf in _leaves(body):
            text = leaf.encode() if isinstance(leaf, str) else leaf
            if not _is_program(text, known):
                number += 1
                taken.must_not_hold(f"of {read.header.kind} {seq}, leaf {number}", leaf)


def _is_program(text: bytes, known: bytes) -> bool:
    """Whether it is a word of the program, or the name of a page, put together of such words."""
    parts = text.split(b".")
    is_name = len(parts) > 1 and all(part and part in known for part in parts)
    return text in known or (is_name and text.startswith(_PAGES))


def _leaves(plain: object) -> Iterator[str | bytes]:
    match plain:
        case str() if len(plain) > SHORTEST:
            yield plain
        case bytes() if len(plain) >= _LONG_BYTES:
            yield plain
        case dict():
            for value in plain.values():
                yield from _leaves(value)
        case list() | tuple():
            for value in plain:
                yield from _leaves(value)
        case _:
            pass


def _sources() -> bytes:
    """The program's own words: what stands in it is nobody's data."""
    files = (
        file
        for part in ("kiosk", "sync", "hw")
        for suffix in ("*.py", "*.po", "*.txt")
        for file in Path(REPOSITORY, part).rglob(suffix)
    )
    return b"\n".join(file.read_bytes() for file in files)
