"""The proof of a health card from reader to verdict: whose turn it is at the card, and how it ends.

The card is asked for its tries over our own channel, which has the card for itself; only when that
is closed does the module open the card. Right before the PIN is presented pcscd's count tells that
no other card was put in its place; where two health cards lie in the readers none is asked. In the end the card is powered down, whatever the module
did, so that nobody can use it as one whose PIN was presented.
"""

from __future__ import annotations

import threading
from datetime import date
from typing import Final

from hw.cards.any_slot import AnySlot, FindSlots
from hw.cards.cns_token import Place, prove_health_card, read_pin_tries
from hw.cards.emrtd.trust_anchors import EMPTY, TrustAnchors
from hw.cards.insertions import CountInsertions, PatientCount, moved
from hw.document_readings import HealthCardProof, HolderClaim, PinTries
from hw.errors import DeviceTrouble, TroubleKind
from hw.pkcs11.door import TokenDoor
from hw.ports import CardChannel

_SEVERAL: Final = DeviceTrouble(TroubleKind.REFUSED, "token.several")


class HealthCardProver:
    """Proves the TS-CNS that lies in any reader, as long as there is one.

    May be used from any thread, by one at a time.
    """

    def __init__(
        self, find_slots: FindSlots, count: CountInsertions, seconds: float, door: TokenDoor
    ) -> None:
        """Take cards from `find_slots`, ask each for at most `seconds`, prove through `door`.

        `count` tells which card lies where.
        """
        self._count = PatientCount(count, seconds)
        self._tries = AnySlot(find_slots, seconds, _tries_in)
        self._every = AnySlot(find_slots, seconds, _tries_in)  # of operators: not abandoned with us
        self._door = door
        self._anchors = EMPTY
        self._turn = threading.Lock()
        self._abandoned = threading.Event()

    def trust(self, anchors: TrustAnchors) -> None:
        """Judge by `anchors` from the next proof on."""
        self._anchors = anchors

    def pin_tries(self) -> PinTries | DeviceTrouble:
        """The tries left, as the card tells them; none is spent.

        Returns:
            The tries, or trouble: `token.several` where more than one health card lies in the
            readers, and as `AnySlotReader.read` has it.
        """
        told = self._tries.read_sole(_SEVERAL)
        return told if isinstance(told, DeviceTrouble) else told[1]

    def every_tries(self, reader: str = "") -> dict[str, PinTries] | DeviceTrouble:
        """The tries of every CNS in `reader`, or in any, by the reader's name.

        The cards are powered down afterwards, CNS or not.
        """
        told = self._every.read_every(reader)
        return told if isinstance(told, DeviceTrouble) else dict(told)

    def prove(
        self, pin: str, claim: HolderClaim | None, today: date
    ) -> HealthCardProof | DeviceTrouble:
        """Prove the card; see `prove_health_card`."""
        with self._turn:
            self._abandoned.clear()
            self._door.close()
            before = self._count()
            if isinstance(before, DeviceTrouble):
                return before
            told = self._tries.read_sole(_SEVERAL)
            if isinstance(told, DeviceTrouble):
                return told
            reader, tries = told
            occupied = self._tries.names
            place = Place(reader, occupied, lambda: moved(before, self._count(), reader))
            self._door.pass_over(name for name in occupied if name != reader)
            try:
                outcome = prove_health_card(
                    self._door, pin, tries, claim, self._anchors, today, place=place
                )
            finally:
                after = self._power_down(reader)
            return _diagnosed(outcome, tries, after)

    def abandon(self) -> None:
        """Make what another thread waits for return `card.abandoned` or `token.abandoned` now."""
        self._abandoned.set()
        self._tries.abandon()
        self._door.abandon()

    def _power_down(self, reader: str) -> PinTries | None:
        """Connecting and closing powers a card down, and what was verified is forgotten.

        Returns what the card tells of its tries now; None where it does not answer as a CNS does.
        """
        if self._abandoned.is_set():
            # Nobody waits any more, and a card that is mute would keep them waiting.
            threading.Thread(
                target=self._tries.read_every,
                args=(reader,),
                name="card-power-down",
                daemon=True,
            ).start()
            return None
        told = self._tries.read_every(reader)
        return told[0][1] if not isinstance(told, DeviceTrouble) and told else None


def _diagnosed(
    outcome: HealthCardProof | DeviceTrouble, before: PinTries, after: PinTries | None
) -> HealthCardProof | DeviceTrouble:
    """The outcome, once it is known whether the card itself works, and counted the PIN.

    A module that sends a card what it does not understand reports an error without a meaning, or
    even a wrong PIN. Where the card answers us all the same it is the module that does not know it.
    """
    if not isinstance(outcome, DeviceTrouble) or after is None:
        return outcome
    uncounted = after.left is not None and after.left == before.left
    if outcome.code == "token.failed" or (outcome.code == "token.pin-wrong" and uncounted):
        details = tuple(each for each in outcome.details if each[0] != "left")
        return DeviceTrouble(TroubleKind.REFUSED, "token.unsupported-card", details)
    return outcome


def _tries_in(channel: CardChannel, reader: str) -> tuple[str, PinTries] | DeviceTrouble:
    tries = read_pin_tries(channel)
    return tries if isinstance(tries, DeviceTrouble) else (reader, tries)
