"""The main jobs, unattended: a preregistration without network or power, a counter, a home.

A citizen preregisters without network, the power fails, and all arrives. Then a clerk registers
somebody at the counter, and he activates his credentials at home.

`python -m tests.workbench.demo --into build/demo` plays the story with real touches in the real
window, prints each step as it happens and a closing table, leaves pictures, papers, letters and the
hub's registry in the folder, and ends with `DEMO ok operations=N accepted=N`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
import traceback
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kiosk.flows.document_check import Headline
from sync.edge.outbox import OutboxEntry
from sync.model.operation import AUDIT_PAGE
from tests.emulated.cards.bad_documents import cloned
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.identity_documents import cie
from tests.emulated.cards.ts_cns import ts_cns
from tests.emulated.services import wait_until
from tests.workbench import counter_scenes
from tests.workbench.citizen import MARIA, fill_form
from tests.workbench.display import Display
from tests.workbench.letters import confirmation_link, plain_text
from tests.workbench.papers import keep_pages, slip_text
from tests.workbench.scenes import confirm_by_fingers, hold_code
from tests.workbench.search import readable
from tests.workbench.stage import Stage

_FORM = "preregistration."
_OPERATIONS = 3  # a preregistration, an identification, a registration at the counter
_REGISTERED = 12
_SECONDS = 30.0
_FRAME = 0.4
_PICTURED = frozenset({"review", "asking.email", "asking.delegation", "summary"})


class StoryError(Exception):
    """The story did not go as told; the text says where."""


@dataclass
class Story:
    """What happened when, and what is left to show for it."""

    stage: Stage
    folder: Path
    began: float = field(default_factory=time.monotonic)
    moments: dict[str, float] = field(default_factory=dict)
    pictures: int = 0

    def tell(self, text: str) -> None:
        """One step, as it happens."""
        print(f"[{time.monotonic() - self.began:6.1f} s] {text}", flush=True)

    def mark(self, moment: str) -> None:
        """Remember when something happened, in seconds since the begin."""
        self.moments[moment] = time.monotonic() - self.began

    def picture(self, name: str) -> None:
        """Keep what the window shows."""
        self.pictures += 1
        time.sleep(_FRAME)  # what was touched last is drawn
        self.stage.display.picture(self.folder / f"{self.pictures:02d}-{name}.png")

    def demand(self, *, that: bool, otherwise: str) -> None:
        """The story stops where something is not as it must be."""
        if not that:
            raise StoryError(otherwise)


def play(story: Story) -> None:
    """The whole story."""
    number = preregister(story)
    lose_power(story)
    arrive(story)
    see_accepted(story, number)
    confirm_address(story)
    check_cards(story)
    serve_and_activate(story)


def preregister(story: Story) -> str:
    """A citizen leaves her data at a kiosk without network; returns her number as shown."""
    stage, person = story.stage, story.stage.person
    stage.network.cut()
    story.tell("the network is cut; a citizen comes to the kiosk and touches 'Italiano'")
    person.wait_for("welcome")
    wait_until(lambda: person.can_touch("network.offline"), _SECONDS, "the pill says offline")
    person.touch("language.it")
    story.picture("welcome")
    person.touch("service.preregistration")
    person.wait_for(f"{_FORM}ask-membership")
    person.touch("option.no")
    person.wait_for(f"{_FORM}privacy")
    story.picture("privacy")
    person.touch("continue")
    person.wait_for(f"{_FORM}insert-card")
    story.tell("she read the privacy notice and inserts her health card")
    story.picture("insert-card")
    stage.reader.insert(ts_cns(MARIA.holder))
    person.wait_for(f"{_FORM}review")
    story.tell("the form filled itself; she corrects the address and answers the rest by touch")
    correct_street(story)
    fill_form(person, MARIA, lambda screen: _page(story, screen))
    stage.reader.remove()
    touched = time.monotonic()
    person.touch("continue")
    person.wait_for(f"{_FORM}done")
    story.mark("recorded")
    waited = time.monotonic() - touched
    story.picture("receipt")
    number = str(person.ask("number"))
    story.tell(f"recorded and shown after {waited:.2f} s, touch included: number {number}")
    print_papers(story)
    return number


def correct_street(story: Story) -> None:
    """She mends what the card says of her address."""
    person = story.stage.person
    person.touch("edit.residence-street")
    person.wait_for(f"{_FORM}asking.residence-street")
    person.erases()
    person.types(MARIA.texts["residence-street"])
    story.picture("keyboard")
    person.touch("continue")
    person.wait_for(f"{_FORM}review")


def print_papers(story: Story) -> None:
    """The slip comes by itself; she asks for the page of the receipt and for the summary."""
    stage, person = story.stage, story.stage.person
    wait_until(lambda: bool(stage.slip_printer.slips), _SECONDS, "the slip")
    for count, paper in enumerate(("receipt-page", "summary"), 1):
        person.touch(f"print.{paper}")
        wait_until(partial(_at_least, stage.page_printer.papers, count), _SECONDS, paper)
    story.picture("printed")
    keep_pages(stage.page_printer.papers, story.folder)
    (story.folder / "slip.txt").write_text(slip_text(stage.slip_printer.slips), "utf-8")
    story.tell("the slip, the receipt and the summary came out of the printers")


def lose_power(story: Story) -> None:
    """The power is cut; nothing on the disk tells who was there."""
    stage = story.stage
    stage.power_cut()
    story.tell("the power is cut: window and link are killed, what was in memory is gone")
    found = readable(stage.station_dir, MARIA.secrets)
    story.demand(that=not found, otherwise=f"readable on the kiosk's disk: {', '.join(found)}")
    story.tell(f"the kiosk's disk was searched for {len(MARIA.secrets)} of her data: none is there")
    stage.power_on()
    stage.person.wait_for("welcome")
    story.tell("the power is back; the kiosk shows the welcome page, nobody's form")


def arrive(story: Story) -> None:
    """The network is back; the operation travels, the hub answers."""
    stage = story.stage
    stage.network.restore()
    story.mark("network")
    story.tell("the network is back")
    wait_until(lambda: stage.outbox_state() == "accepted", _SECONDS, "the acknowledgement")
    story.mark("accepted")
    story.tell("the hub verified and entered it, and its signed acknowledgement is here")


def see_accepted(story: Story, number: str) -> None:
    """She looks at the kiosk how far it has come."""
    person = story.stage.person
    person.touch("service.registration-status")
    person.wait_for("registration-status.ask-number")
    person.touch("option.scan")
    person.wait_for("scanning.registration-number")
    hold_code(story.stage, story.folder / "page-1.png")
    person.wait_for("registration-status.found", seconds=_SECONDS)
    story.tell("she holds the receipt before the camera instead of typing its number")
    story.picture("accepted")
    said = " ".join(person.sees())
    story.demand(that=number in said, otherwise="the kiosk does not show her number")
    story.tell("the kiosk shows her registration as accepted")


def confirm_address(story: Story) -> None:
    """The letter comes; she opens its link and confirms."""
    stage = story.stage
    letters = stage.mail.wait_for(1)
    link = confirmation_link(letters[0])
    if link is None:
        raise StoryError("the letter has no link")
    (story.folder / "letter.txt").write_text(plain_text(letters[0]), "utf-8")
    story.tell(f"the letter '{letters[0]['Subject']}' is there; she opens its link and confirms")
    with urllib.request.urlopen(link, timeout=10) as page:
        page.read()
    answer = urllib.request.Request(link, data=urllib.parse.urlencode({}).encode(), method="POST")
    with urllib.request.urlopen(answer, timeout=10) as page:
        (story.folder / "confirmed.html").write_bytes(page.read())
    stage.mail.wait_for(2)
    story.mark("confirmed")


def check_cards(story: Story) -> None:
    """He has his identity card checked, and then a copy of it that somebody sold him."""
    person = story.stage.person
    person.leaves("registration-status.found", to="welcome")
    story.stage.network.cut()
    said = check_card(story, cie(), "true-card")
    story.demand(that=said == "sound", otherwise=f"the true card is told {said}")
    story.tell("an identity card is read by its six digits and proven, without any network")
    away = confirm_by_fingers(story.stage)
    story.picture("confirmed")
    story.tell("its holder confirms with a finger of each hand, three pictures each")
    story.tell(f"the sensor was pulled meanwhile; it asked on {away:.2f} s after it was back")
    person.leaves("identification.done", to="welcome")
    said = check_card(story, cloned(), "copied-card")
    story.demand(that=said == "wrong", otherwise=f"the copied card is told {said}")
    story.tell("a copy of its chip, every byte and signature right, is told to be a copy")


def check_card(story: Story, chip: EmrtdChip, name: str) -> str:
    """One card, from the welcome page to the verdict; the verdict's headline.

    Who brought the true card stays at its verdict, the other goes.
    """
    stage, person = story.stage, story.stage.person
    person.touch("service.identity-check")
    person.wait_for("identity-check.intro")
    person.touch("continue")
    person.wait_for("identity-check.choose-card")
    person.touch("option.identity-card")
    person.wait_for("identity-document.type-can")
    person.types(chip.document.can)
    person.touch("continue")
    person.wait_for("identity-document.waiting")
    began = time.monotonic()
    stage.reader.insert(chip)
    person.wait_for("identity-check.verdict", seconds=_SECONDS)
    story.tell(f"read, verified and shown {time.monotonic() - began:.2f} s after it was put down")
    story.picture(name)
    stage.reader.remove()
    headlines = [one.value for one in Headline if person.can_touch(f"headline.{one.value}")]
    if name == "true-card":
        person.touch("option.clerk")
        person.wait_for("identity-check.clerk")
        story.picture("page-for-the-clerk")
        person.touch("back")
        person.wait_for("identity-check.verdict")
        return " ".join(headlines)
    person.leaves("identity-check.verdict", to="welcome")
    return " ".join(headlines)


def serve_and_activate(story: Story) -> None:
    """At the counter, and then at home."""
    stage = story.stage
    stage.network.restore()
    secrets = counter_scenes.serve(stage, story.folder, story.tell)
    counter_scenes.activate(stage, story.folder, story.tell, secrets)


def close(story: Story) -> tuple[int, int]:
    """The closing table and the hub's registry; returns operations and accepted ones."""
    stage = story.stage
    wait_until(lambda: stage.outbox_state() == "accepted", _SECONDS, "the last acknowledgement")
    listing = _hub(stage, "registry")
    (story.folder / "registry.txt").write_text(listing, "utf-8")
    operations: list[OutboxEntry] = []
    print("\nstation     operation  recorded      sent          accepted      state     kind")
    for station in stage.site.stations:
        for entry in stage.outbox(station):
            if entry.kind != AUDIT_PAGE:  # what somebody did; a page tells of it
                operations.append(entry)
            times = (entry.recorded_at, entry.sent_at, entry.acknowledged_at)
            cells = [f"{moment:%H:%M:%S.%f}"[:12] if moment else "-" for moment in times]
            row = "  ".join(f"{cell:<12}" for cell in cells)
            print(f"{station}  {entry.seq:>9}  {row}  {entry.state.value:<8}  {entry.kind}")
    print(f"\nThe hub's registry:\n{listing}")
    wait_until(lambda: "gone" in _hub(stage, "identifications"), _SECONDS, "the shed templates")
    acts = _hub(stage, "identifications")
    print(f"Its identifications:\n{acts}")
    accepted = sum(entry.state.value == "accepted" for entry in operations)
    lines = [line for line in listing.splitlines() if MARIA.holder.codice_fiscale in line]
    story.demand(that=len(lines) == 1, otherwise="the registry must hold her exactly once")
    return len(operations), accepted


def _hub(stage: Stage, command: str) -> str:
    """What a command of the hub's prints."""
    return subprocess.run(
        [sys.executable, "-m", "sync.hub", command, "--hub-dir", str(stage.site.hub_dir)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def _at_least(things: Sequence[object], count: int) -> bool:
    return len(things) >= count


def _page(story: Story, screen: str) -> None:
    name = screen.removeprefix(_FORM)
    if name in _PICTURED:
        story.picture(name.replace(".", "-"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Play it; the exit code is 0 when every operation was accepted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, required=True, help="folder for what is left to see")
    folder: Path = parser.parse_args(arguments).into.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print("setting the stage: broker, hub, mail server, pcscd, printers, link, kiosk", flush=True)
    try:
        with (
            Display() as display,
            Stage(display, fitted=True, second=True, registered=_REGISTERED) as stage,
        ):
            story = Story(stage, folder)
            try:
                play(story)
                operations, accepted = close(story)
            except Exception:
                stage.keep_logs(folder)
                raise
    except Exception as fault:  # noqa: BLE001  # whatever goes wrong is told in one line a script reads
        traceback.print_exc()
        print(f"DEMO failed: {type(fault).__name__}: {fault}")
        return 1
    print(f"pictures, papers, letter and registry are in {folder.name}/")
    good = operations == accepted == _OPERATIONS
    print(f"DEMO {'ok' if good else 'short'} operations={operations} accepted={accepted}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
