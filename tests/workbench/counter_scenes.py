"""The counter's scenes of the demonstration: a registration ex-novo, and its activation at home."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sync.hub.store import registrations
from sync.hub.store.database import Store
from sync.model.credential import State
from tests.emulated.services import wait_until
from tests.workbench.at_counter import TYPING, Applicant, AtCounter, Secrets, read_letters
from tests.workbench.browser import Visitor, chromium
from tests.workbench.display import Display
from tests.workbench.papers import keep_pages
from tests.workbench.search import readable
from tests.workbench.second_counter import SECOND, SecondCounter
from tests.workbench.stage import Stage

APPLICANT: Final = Applicant()
USERNAME: Final = "mario.rossi80"
_PASSWORD: Final = "torre-verde 48 lucciola"
_SECONDS: Final = 40.0
_FRAME: Final = 0.5

Tell = Callable[[str], None]


class SceneError(Exception):
    """A scene did not go as told; the text says where."""


def serve(stage: Stage, folder: Path, tell: Tell) -> Secrets:
    """A clerk registers somebody ex-novo by keyboard and scanner; what stands in the letters."""
    tell("a clerk opens the counter in the next room: card in the reader, PIN on the keys")
    with SecondCounter(stage) as counter:
        clerk = AtCounter(counter.person, counter.reader, pace=TYPING)
        clerk.to_menu()
        clerk.wait_for_mirror()
        picture(counter.display, folder / "counter-1-menu.png")
        tell("signed in; a copy of the registry is here, so that everything works offline too")
        seconds = clerk.register(
            APPLICANT, lambda page: picture(counter.display, folder / f"counter-{page}.png")
        )
        tell(f"a man registers: health card before the scanner, {TYPING:.0f} keys a second,")
        tell(f"no mouse; {seconds:.1f} s from the menu to the print page, pictures included")
        clerk.await_papers("pin-letter", "case-summary")
        clerk.print_code_letter()
        picture(counter.display, folder / "counter-4-letters.png")
        papers = counter.page_printer.papers
        (folder / "counter").mkdir()
        keep_pages(papers, folder / "counter")
        secrets = read_letters(papers)
        if not (secrets.pin and secrets.code):
            raise SceneError("the letters hold no PIN or no code")
        tell("PIN letter, code letter and summary came out; before that, nothing else opened")
        clerk.finish()
        found = [text for text in clerk.seen for one in secrets.spellings if one in text]
        found += readable(stage.site.stations[SECOND], secrets.spellings)
        found += readable(stage.site.folder / "logs", secrets.spellings)
        if found:
            raise SceneError(f"{len(found)} places tell PIN or code")
        tell("PIN and code stand on paper alone: pages, logs and the counter's disk were searched")
        wait_until(lambda: _accepted(stage), _SECONDS, "the counter's acknowledgement")
    return secrets


def activate(stage: Stage, folder: Path, tell: Tell, secrets: Secrets) -> None:
    """He types code and PIN from his letters at home, and has strong credentials."""
    with (
        tempfile.TemporaryDirectory(prefix="sportello-") as profile,
        chromium(Path(profile)) as browser,
    ):
        visitor = Visitor(browser, stage.hub.web_url)
        visitor.show_letters(APPLICANT.codice_fiscale, secrets.code, secrets.pin)
        browser.save_screenshot(str(folder / "home-1-regulation.png"))
        visitor.conclude_activation(USERNAME, _PASSWORD)
        browser.save_screenshot(str(folder / "home-2-active.png"))
        if visitor.heading != "Le tue credenziali sono attive":
            raise SceneError(f"the last page at home says: {visitor.heading}")
    tell("at home, in a browser without script, he types the code and the PIN of his letters,")
    tell("accepts the rules, chooses username, password and question: credentials active")
    store = Store.open_reader(stage.site.hub_dir / "registry.db")
    try:
        held = registrations.of_person(store, APPLICANT.codice_fiscale)
    finally:
        store.close()
    credential = None if held is None else held.registration.credential
    if credential is None or credential.state is not State.ATTIVATO or not credential.strong:
        raise SceneError("the registry does not say active and strong")
    tell(f"the registry says {credential.state.value}, strong: yes")


def picture(display: Display, target: Path) -> None:
    """Keep what a window shows, once what was pressed last is drawn."""
    time.sleep(_FRAME)
    display.picture(target)


def _accepted(stage: Stage) -> bool:
    return all(one.state.value == "accepted" for one in stage.outbox(SECOND))
