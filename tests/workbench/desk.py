"""`make run`: the kiosk for a person to use, with a side panel to insert, pull and cut.

`python -m tests.workbench.desk counter` is the same for a counter, with operators' cards.

The kiosk is the real one in its own process and window; the panel is a second window, in this
process, with the hands of `tests.workbench.stage`. It needs a display.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.emulated.cards.bad_documents import altered, cloned
from tests.emulated.cards.cns_certificates import CnsIssuer, rsa_key
from tests.emulated.cards.cns_chip import ATHENA_2021, PIN, CnsChip
from tests.emulated.cards.document_files import BORN_ABROAD
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.holder import Holder
from tests.emulated.cards.identity_documents import cie
from tests.emulated.cards.ts_cns import bank_card, ts_cns
from tests.workbench.counter import OPERATOR_PIN, Clerk
from tests.workbench.display import Display
from tests.workbench.letters import confirmation_link
from tests.workbench.stage import Stage

if TYPE_CHECKING:
    from kivy.uix.widget import Widget

CITIZENS = (
    Holder(),
    Holder(
        surname="MARTINI",
        name="MARIA",
        birth_date="16121983",
        sex="F",
        codice_fiscale="MRTMRA83T56A269B",
    ),
)

DOCUMENTS: Mapping[str, Callable[[], EmrtdChip]] = {
    "an identity card": cie,
    "one of somebody born abroad": lambda: cie(person=BORN_ABROAD),
    "an expired one": lambda: cie(issued="20150115", expires="20250101"),
    "a copied one": cloned,
    "an altered one": lambda: altered(cie(), 11),
}


class Hands:
    """What the panel's buttons do; each returns what to say about it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._networked = True
        self._powered = True

    def insert(self, holder: Holder) -> str:
        """Put a health card into the reader."""
        self._stage.reader.insert(ts_cns(holder))
        return f"Health card of {holder.name.title()} {holder.surname.title()} is in"

    def insert_operator(self, clerk: Clerk) -> str:
        """Put an operator's card into the reader."""
        self._stage.operator_in(clerk)
        return f"{clerk.name}'s card is in; its PIN is {OPERATOR_PIN}"

    def insert_with_pin(self) -> str:
        """Put a health card into the reader that can sign after its PIN."""
        key = rsa_key(2048, 40)
        certificate = CnsIssuer.make().card_certificate(key.public_key(), Holder())
        self._stage.reader.insert(CnsChip(ATHENA_2021, key, certificate, Holder()))
        return f"Mario Rossi's health card is in; its PIN is {PIN}"

    def insert_document(self, name: str) -> str:
        """Put an identity card on the reader."""
        chip = DOCUMENTS[name]()
        self._stage.reader.insert(chip)
        return f"{name} lies on the reader; its six digits are {chip.document.can}"

    def insert_other(self) -> str:
        """Put a card of another kind into the reader."""
        self._stage.reader.insert(bank_card())
        return "A bank card is in"

    def pull(self) -> str:
        """Pull whatever card is in the reader."""
        self._stage.reader.remove()
        return "The reader is empty"

    def network(self) -> str:
        """Cut the wire to the broker, or mend it."""
        self._networked = not self._networked
        if self._networked:
            self._stage.network.restore()
            return "The network is up"
        self._stage.network.cut()
        return "The network is cut"

    def power(self) -> str:
        """Cut the station's power, or switch it on again."""
        self._powered = not self._powered
        if self._powered:
            self._stage.power_on()
            return "The power is on"
        self._stage.power_cut()
        return "The power is cut"

    def hub(self) -> str:
        """Kill the hub, or start it again."""
        if self._stage.hub.running:
            self._stage.hub.kill()
            return "The hub is dead"
        self._stage.hub.start()
        return "The hub is up"

    def letter(self) -> str:
        """Print the newest letter's confirmation link."""
        letters = self._stage.mail.messages()
        link = confirmation_link(letters[-1]) if letters else None
        print(link or "no letter with a link yet", flush=True)
        return f"{len(letters)} letters; the link is in the terminal"

    def registry(self) -> str:
        """Print the hub's registry."""
        subprocess.run(
            [
                *(sys.executable, "-m", "sync.hub", "registry"),
                *("--hub-dir", str(self._stage.site.hub_dir)),
            ],
            check=False,
        )
        return "The registry is in the terminal"


def run_panel(stage: Stage) -> None:
    """Show the panel until it is closed."""
    # Imported here because Kivy opens its window's library on import, which needs the display.
    from kivy.config import Config  # noqa: PLC0415

    for key, value in {"width": "360", "height": "980", "left": "1290", "top": "20"}.items():
        Config.set("graphics", key, value)
    Config.set("graphics", "position", "custom")
    Config.set("graphics", "multisamples", "0")
    from kivy.base import runTouchApp  # noqa: PLC0415
    from kivy.clock import Clock  # noqa: PLC0415
    from kivy.uix.boxlayout import BoxLayout  # noqa: PLC0415
    from kivy.uix.button import Button  # noqa: PLC0415
    from kivy.uix.label import Label  # noqa: PLC0415

    hands = Hands(stage)
    panel = BoxLayout(orientation="vertical", padding=12, spacing=8)
    said = Label(text="Broker, hub, mail server, pcscd and the kiosk are running", size_hint_y=0.7)
    said.bind(size=lambda label, size: setattr(label, "text_size", size))

    def button(text: str, act: Callable[[], str]) -> Widget:
        def touched(*_args: Any) -> None:
            def work() -> None:
                try:
                    news = act()
                except Exception as fault:  # noqa: BLE001  # a panel shows what went wrong
                    news = f"{type(fault).__name__}: {fault}"
                Clock.schedule_once(lambda _seconds: setattr(said, "text", news))

            threading.Thread(target=work, daemon=True).start()

        made = Button(text=text, font_size=18)
        made.bind(on_release=touched)
        return made

    for holder in CITIZENS:
        panel.add_widget(
            button(f"Insert {holder.name.title()}'s card", partial(hands.insert, holder))
        )
    for clerk in stage.clerks:
        panel.add_widget(
            button(f"Insert {clerk.name}'s card", partial(hands.insert_operator, clerk))
        )
    panel.add_widget(button("Insert a health card with PIN", hands.insert_with_pin))
    for name in DOCUMENTS:
        panel.add_widget(button(f"Put down: {name}", partial(hands.insert_document, name)))
    panel.add_widget(button("Insert a bank card", hands.insert_other))
    panel.add_widget(button("Pull the card", hands.pull))
    panel.add_widget(button("Cut or mend the network", hands.network))
    panel.add_widget(button("Cut or restore the power", hands.power))
    panel.add_widget(button("Kill or start the hub", hands.hub))
    panel.add_widget(button("Newest letter's link", hands.letter))
    panel.add_widget(button("Show the registry", hands.registry))
    panel.add_widget(said)
    runTouchApp(panel)


def main() -> int:
    """Open the kiosk and the panel; ends when the panel is closed."""
    if not os.environ.get("DISPLAY"):
        print("make run needs a display; without one, make demo shows the story unattended")
        return 1
    role = "counter" if "counter" in sys.argv[1:] else "citizen"
    with Display(own=False) as display, Stage(display, idle_seconds=600, role=role) as stage:
        print(f"the kiosk's station folder is {stage.station_dir}", flush=True)
        run_panel(stage)
    return 0


if __name__ == "__main__":
    sys.exit(main())
