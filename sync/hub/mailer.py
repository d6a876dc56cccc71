"""Hands letters to the mail server: at least once, never lost.

A letter leaves the outbox when the server has said that it took it. If the hub dies between that
word and its own note, the letter goes out again under the same `Message-ID` with the same link. A
server that is away delays every letter; a letter that the server does not take now is tried again
later without holding the others up; one that it will never take stays and raises an alarm.
"""

from __future__ import annotations

import random
import smtplib
import ssl
import threading
from collections.abc import Callable
from email.message import EmailMessage
from typing import Final

from sync.hub import refusals
from sync.hub.log_events import Event, log
from sync.hub.settings import SmtpSettings
from sync.hub.store import alarms, letters
from sync.hub.store.database import Store, StoreError
from sync.hub.store.letters import QueuedLetter
from sync.hub.writer import Writer

ALARM_STATION: Final = "hub"
REFUSED: Final = "letter.refused"

_AT_ONCE: Final = 50
_TIMEOUT_SECONDS: Final = 10.0
_IDLE_SECONDS: Final = 30.0
_MOST_SERVER_DELAY: Final = 300.0
_FIRST_LETTER_DELAY: Final = 10.0
_MOST_LETTER_DELAY: Final = 3600.0
_CLOSING: Final = 421


class ServerAwayError(Exception):
    """No letter can be sent now: the mail server is away, or the registry cannot be written.

    Attributes:
        reason: a short technical word, never a server's own text: it may quote an address.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnsendableError(Exception):
    """A letter that can never be sent as it is.

    Attributes:
        code: why, free of personal data.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Mailer:
    """Sends what is due."""

    def __init__(
        self,
        settings: SmtpSettings,
        compose: Callable[[Store, QueuedLetter], EmailMessage],
        open_reader: Callable[[], Store],
        writer: Writer,
        clock: Callable[[], int],
    ) -> None:
        """Set the mailer up; `run` sends.

        Args:
            settings: which server, and how fast.
            compose: makes the message of a letter, or raises `UnsendableError`.
            open_reader: opens the registry for reading, in the mailer's own thread.
            writer: notes what became of each letter.
            clock: milliseconds since 1970.
        """
        self._settings = settings
        self._compose = compose
        self._open_reader = open_reader
        self._writer = writer
        self._clock = clock
        self._wakeup = threading.Event()
        self._stopping = threading.Event()
        self._failures = 0

    def wake(self) -> None:
        """Says that a letter was queued. From any thread."""
        self._wakeup.set()

    def stop(self) -> None:
        """Ends `run` after the letter in hand. From any thread."""
        self._stopping.set()
        self._wakeup.set()

    def run(self) -> None:
        """The thread's work, until `stop`."""
        reader = self._open_reader()
        try:
            while not self._stopping.is_set():
                self._wakeup.clear()
                try:
                    pause = self.step(reader)
                except (ServerAwayError, StoreError) as away:
                    pause = self._server_delay()
                    word = away.code if isinstance(away, StoreError) else away.reason
                    log(Event.MAIL_SERVER_AWAY, error=word, seconds=round(pause))
                    # A letter that is queued meanwhile does not bring the server back.
                    self._stopping.wait(pause)
                    continue
                self._wakeup.wait(pause)
        finally:
            reader.close()

    def step(self, reader: Store) -> float:
        """Sends what is due now, up to some dozens.

        Returns:
            Seconds until there may be something to do again.

        Raises:
            ServerAwayError: the server cannot be used; what was not sent is still due.
        """
        waiting = letters.due(reader, self._clock(), _AT_ONCE)
        if waiting:
            server = self._connect()
            try:
                for letter in waiting:
                    self._send(server, reader, letter)
                    if self._stopping.wait(1 / self._settings.per_second):
                        return 0.0
            finally:
                _leave(server)
        self._failures = 0
        due_at = letters.next_due_at(reader)
        if due_at is None:
            return _IDLE_SECONDS
        return min(max(due_at - self._clock(), 0) / 1000, _IDLE_SECONDS)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        try:
            server = smtplib.SMTP(settings.host, settings.port, timeout=_TIMEOUT_SECONDS)
        except (OSError, smtplib.SMTPException) as error:
            raise ServerAwayError(_word(error)) from None
        try:
            server.ehlo_or_helo_if_needed()
            if settings.starttls:
                cafile = None if settings.ca is None else str(settings.ca)
                server.starttls(context=ssl.create_default_context(cafile=cafile))
            if settings.user and settings.password_file is not None:
                password = settings.password_file.read_text(encoding="utf-8").strip()
                server.login(settings.user, password)
        except (OSError, smtplib.SMTPException) as error:
            _leave(server)
            raise ServerAwayError(_word(error)) from None
        return server

    def _send(self, server: smtplib.SMTP, reader: Store, letter: QueuedLetter) -> None:
        """Hands one letter over and notes what became of it."""
        if not letters.is_due(reader, letter.id):
            return  # withdrawn since the list was made
        # The try is noted first: a hub that dies now, or cannot write afterwards, does not send
        # the same letter over and over.
        pause = _letter_delay(letter)
        again_at = self._clock() + round(pause * 1000)
        self._note(lambda store: letters.trying(store, letter.id, again_at))
        try:
            message = self._compose(reader, letter)
        except UnsendableError as unsendable:
            self._refused(letter, unsendable.code)
            return
        except Exception as error:  # noqa: BLE001  one letter's defect must not stop the others
            self._delayed(letter, type(error).__name__, pause)
            return
        try:
            server.send_message(message)
        except smtplib.SMTPException as error:
            self._not_taken(letter, error, pause)
        except OSError as error:
            self._delayed(letter, _word(error), pause)
            raise ServerAwayError(_word(error)) from None
        else:
            self._note(lambda store: letters.sent(store, letter.id, self._clock()))
            log(Event.LETTER_SENT, letter=letter.id, kind=letter.kind.value)

    def _not_taken(self, letter: QueuedLetter, error: smtplib.SMTPException, pause: float) -> None:
        """The server answered no: for now (4yz) or for good (5yz), RFC 5321 4.2.1.

        Raises:
            ServerAwayError: it hung up, is closing (421), or does not like the sender. Perhaps it
                hangs up on this very letter: that one waits by itself from now on.
        """
        status = _status(error)
        away = (smtplib.SMTPServerDisconnected, smtplib.SMTPSenderRefused)
        if isinstance(error, away) or status == _CLOSING:
            self._delayed(letter, _word(error), pause)
            raise ServerAwayError(_word(error)) from None
        if status is not None and 400 <= status < 500:
            self._delayed(letter, str(status), pause)
            return
        self._refused(letter, _word(error) if status is None else str(status))

    def _refused(self, letter: QueuedLetter, code: str) -> None:
        """It will never be sent: it stays for a person to see, without what it carried."""

        def note(store: Store) -> None:
            letters.refused(store, letter.id, code, self._clock())
            alarms.raise_alarm(store, ALARM_STATION, REFUSED, self._clock(), detail=code)
            if letter.mailed_code is not None:
                refusals.mail_refused(store, letter, self._clock())

        self._note(note)
        log(Event.LETTER_REFUSED, letter=letter.id, code=code)

    def _delayed(self, letter: QueuedLetter, code: str, pause: float) -> None:
        self._note(lambda store: letters.delayed(store, letter.id, code))
        log(Event.LETTER_DELAYED, letter=letter.id, code=code, seconds=round(pause))

    def _server_delay(self) -> float:
        """1 s, then twice as much each time, up to 5 minutes; never all hubs at once."""
        seconds = min(2.0 ** min(self._failures, 16), _MOST_SERVER_DELAY)
        self._failures += 1
        return seconds * random.uniform(0.5, 1.0)  # noqa: S311  spreads load, guards nothing

    def _note(self, work: Callable[[Store], object]) -> None:
        """Writes in a transaction of its own, and waits until it is on the disk."""

        def written(store: Store) -> None:
            with store.transaction():
                work(store)

        try:
            self._writer.call(written)
        except StoreError as error:
            raise ServerAwayError(error.code) from None


def _letter_delay(letter: QueuedLetter) -> float:
    """Seconds until the next try: 10, then twice as much each time, up to an hour."""
    seconds = min(_FIRST_LETTER_DELAY * 2.0 ** min(letter.attempts, 16), _MOST_LETTER_DELAY)
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311  spreads load, guards nothing


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _status(error: smtplib.SMTPException) -> int | None:
    """The server's reply code, of the one recipient where each has its own."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        for status, _text in error.recipients.values():
            return int(status)
    if isinstance(error, smtplib.SMTPResponseException):
        return int(error.smtp_code)
    return None


def _word(error: Exception) -> str:
    """A short word for the log and the registry; a server's own text may quote an address."""
    status = _status(error) if isinstance(error, smtplib.SMTPException) else None
    return type(error).__name__ if status is None else f"{type(error).__name__}-{status}"
