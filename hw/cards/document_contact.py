"""One contact with the document in one slot: its thread, its channel, its end.

A call into a card cannot be cancelled, so each contact has a thread of its own. It is left behind
where the card is mute, sends nothing more once it is over, and its keys are forgotten at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final

from hw.cards.contact_troubles import ANOTHER
from hw.cards.emrtd.kept import Kept
from hw.cards.emrtd.progress import Progress
from hw.cards.emrtd.reader import Contact
from hw.document_readings import DocumentRequest
from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardChannel, CardSlot

ABANDONED: Final = DeviceTrouble(TroubleKind.REFUSED, "card.abandoned")
"""Nobody waits for the answer any more."""
UNRESPONSIVE: Final = DeviceTrouble(TroubleKind.PROTOCOL, "card.unresponsive")
"""The card does not answer, or an earlier contact still hangs in it."""
_SETTLED: Final = ANOTHER | {"card.unresponsive"}
_TAKEN_SECONDS: Final = 0.1
"""A slot that is not free after this long is held by a contact that hangs."""


class Attempt:
    """One contact.

    Attributes:
        outcomes: gets one value: None where everything was read, trouble, or what was raised.
        connected: the card answered its reset.
        answered: it answered a command.
    """

    def __init__(
        self,
        slot: CardSlot,
        taken: threading.Lock,
        over: threading.Event,
        random: Callable[[int], bytes],
    ) -> None:
        """Prepare a contact with the card in `slot`.

        Args:
            slot: the reader.
            taken: held by whoever talks to the card in it.
            over: set when the whole reading is over.
            random: source of randomness.
        """
        self.outcomes: SimpleQueue[DeviceTrouble | BaseException | None] = SimpleQueue()
        self.answered = False
        self.connected = False
        self._slot = slot
        self._taken = taken
        self._random = random
        self._over = over
        self._ended = threading.Event()
        self._asked_at = time.monotonic()
        self._contact: Contact | None = None

    def over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._ended.is_set() or self._over.is_set()

    @property
    def opened(self) -> bool:
        """Whether the chip was opened in this contact."""
        return self._contact is not None and self._contact.opened

    def silence(self) -> float:
        """Seconds since the card was asked last, or since the beginning."""
        return time.monotonic() - self._asked_at

    def stop(self) -> None:
        """Send nothing more and forget the keys."""
        self._ended.set()
        contact = self._contact
        if contact is not None:
            contact.wipe()

    def start(
        self, request: DocumentRequest, kept: Kept, progress: Progress, most: int | None
    ) -> None:
        """Begin, on a thread of its own."""
        name = f"document-{self._slot.name}"
        start(lambda: self._run(request, kept, progress, most), name)

    def _run(
        self, request: DocumentRequest, kept: Kept, progress: Progress, most: int | None
    ) -> None:
        if not self._taken.acquire(timeout=_TAKEN_SECONDS):
            self.outcomes.put(UNRESPONSIVE)  # an earlier contact hangs in this card
            return
        try:
            self.outcomes.put(self._talk(request, kept, progress, most))
        except BaseException as bug:  # noqa: BLE001 - whatever it is, the caller gets it
            self.outcomes.put(bug)  # it is raised where somebody waits for it
        finally:
            self._taken.release()

    def _talk(
        self, request: DocumentRequest, kept: Kept, progress: Progress, most: int | None
    ) -> DeviceTrouble | None:
        channel = self._slot.connect()
        if isinstance(channel, DeviceTrouble):
            return channel
        self.connected = True
        contact = Contact(
            _WatchedChannel(channel, self),
            self._slot.name,
            request,
            kept,
            progress,
            most=most,
            random=self._random,
        )
        self._contact = contact
        if self.over():
            contact.wipe()
        try:
            outcome = contact.read()
            if outcome is not None and not self.over() and outcome.code not in _SETTLED:
                # Half an answer of a card that is lifted looks like many things. (Asking takes up
                # to 0.7 s; what seems to be another card is looked at once more anyway.)
                outcome = channel.loss() or outcome
        finally:
            contact.wipe()
            channel.close()
        return outcome

    def heard(self, *, asking: bool) -> None:
        """The card is asked, or has answered."""
        self._asked_at = time.monotonic()
        self.answered = self.answered or not asking


class _WatchedChannel:
    """A channel that knows how long the card is silent, and sends nothing after the end."""

    def __init__(self, channel: CardChannel, attempt: Attempt) -> None:
        self._channel = channel
        self._attempt = attempt

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        if self._attempt.over():
            return ABANDONED
        self._attempt.heard(asking=True)
        answer = self._channel.transmit(command)
        if self._attempt.over():
            return ABANDONED
        self._attempt.heard(asking=False)
        return answer

    def loss(self) -> DeviceTrouble | None:
        return self._channel.loss()

    def close(self) -> None:
        self._channel.close()


def start(work: Callable[[], None], name: str) -> None:
    """Run `work` on a thread that does not keep the program from ending."""
    threading.Thread(target=work, name=name, daemon=True).start()
