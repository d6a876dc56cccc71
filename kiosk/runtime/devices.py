"""Cards for the flows: watches the readers, reads the health card, maps readings to events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol
from uuid import UUID

from hw import readings
from hw.errors import DeviceTrouble
from hw.ports import CardListener
from kiosk import log_events
from kiosk.flows import events
from kiosk.flows.card_data import CardData
from kiosk.flows.events import Event


class CardDesk(Protocol):
    """The part of the rig that deals with cards."""

    def watch_cards(self, listener: CardListener) -> None:
        """Tell `listener` what happens, beginning with how things stand."""
        ...

    def stop_watching_cards(self) -> None:
        """Tell no more."""
        ...

    def read_health_card(self) -> readings.HealthCardReading | DeviceTrouble:
        """Read the card; blocks."""
        ...

    def abandon_reading(self) -> None:
        """End a reading of another thread."""
        ...


class Cards:
    """Turns what the readers tell into the flows' events.

    Args:
        desk: the card part of the rig.
        post: takes the events; callable from every thread.
    """

    def __init__(self, desk: CardDesk, post: Callable[[Event], None]) -> None:
        self._desk = desk
        self._post = post
        self._watching = False

    def watch(self) -> None:
        """Begin to tell, or tell again how the readers stand. Blocks for a moment."""
        self.stop()
        self._watching = True
        self._desk.watch_cards(self._told)

    def stop(self) -> None:
        """Tell no more."""
        if self._watching:
            self._watching = False
            self._desk.stop_watching_cards()

    def read(self, session_id: UUID) -> None:
        """Read the health card and post the outcome. Blocks until it is read or cannot be."""
        match self._desk.read_health_card():
            case DeviceTrouble() as trouble:
                log_events.write(log_events.DEVICE_TROUBLE, code=trouble.code)
                self._post(events.CardReadFailed(session_id, trouble.code))
            case reading:
                self._post(events.CardRead(session_id, card_data(reading)))

    def abandon(self) -> None:
        """Let a reading that is under way end now."""
        self._desk.abandon_reading()

    def _told(self, event: readings.CardEvent) -> None:
        match event:
            case readings.CardInserted():
                log_events.write(log_events.CARD_SEEN, inserted=True)
                self._post(events.CardInserted())
            case readings.CardRemoved():
                log_events.write(log_events.CARD_SEEN, inserted=False)
                self._post(events.CardRemoved())
            case readings.ReaderReady():
                # Readers that can be used and are empty until a card is told of.
                self._post(events.CardRemoved())
            case DeviceTrouble():
                log_events.write(log_events.DEVICE_TROUBLE, code=event.code)
                self._post(events.ReaderFailed(event.code))


def card_data(reading: readings.HealthCardReading) -> CardData:
    """What a flow needs of a reading, in the card's own words."""
    return CardData(
        codice_fiscale=reading.codice_fiscale,
        surname=reading.surname,
        name=reading.name,
        birth_date=reading.birth_date_text,
        sex=reading.sex,
        residence_comune=reading.residence_comune,
        residence_address=reading.residence_address,
        expires_on=_digits(reading.expires_on),
    )


def _digits(day: date | None) -> str:
    return day.strftime("%d%m%Y") if day else ""
