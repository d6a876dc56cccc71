"""A thermal printer that is asked: a slip counts as printed when the printer says that it is cut.

The bytes of a job are followed by two questions which the printer answers when it gets to them: a
process id (GS ( H), which Epson's printers send back when all before it is on paper, and the paper
sensor (GS r), which every printer with status knows. Meanwhile the printer tells what happens
(GS a), and is asked now and then (DLE EOT). A job that stops within is withdrawn, so that its rest
does not come out when somebody else stands there. A printer that answers nothing gets its job all
the same, and then only a person can see the paper.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import string
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from hw.errors import DeviceTrouble, TroubleKind
from hw.paper import Certainty, Delivered, PrinterCondition, PrinterStatus
from hw.printer.appsocket import AppSocketAddress, AppSocketPrinter
from hw.printer.escpos_status import (
    AUTOMATIC_STATUS,
    MARK_BYTES,
    NO_AUTOMATIC_STATUS,
    PAPER_SENSOR,
    Information,
    Processed,
    SensorStatus,
    process_id_request,
)
from hw.printer.thermal_link import Link, ThermalAddress
from hw.printer.thermal_talk import AbandonedError, Talk, ThermalTimes

_MARK_LETTERS: Final = string.ascii_uppercase + string.digits
_IDENTITY_LETTERS: Final = 16
_PAUSE_SECONDS: Final = 0.1

_PASSES: Final = frozenset({PrinterCondition.OVERHEATED, PrinterCondition.PAUSED})
"""What goes by without a hand: a hot head, a finger on the feed button."""

_SENDS_PROCESS_ID: Final = "EPSON"
_BUT_NOT: Final = frozenset(
    {"TM-J2000", "TM-J2100", "TM-L60II", "TM-T88III", "TM-U210", "TM-U220", "TM-U230"}
)
"""Models that Epson's reference names as not knowing GS ( H."""


def random_mark() -> bytes:
    """Four letters or digits that tell this job's answer from an earlier one's."""
    return "".join(secrets.choice(_MARK_LETTERS) for _ in range(MARK_BYTES)).encode("ascii")


class ThermalPrinter:
    """Implements `Printer` for one thermal printer; one job at a time, others queue."""

    def __init__(
        self,
        address: ThermalAddress,
        *,
        times: ThermalTimes | None = None,
        mark: Callable[[], bytes] = random_mark,
    ) -> None:
        """Make a printer that is given up when it takes too long.

        Args:
            address: from `thermal_link.parse_address`.
            times: how long what may take.
            mark: makes each job's process id.
        """
        self._address = address
        self._times = times or ThermalTimes()
        self._mark = mark
        self._turn = threading.Lock()
        self._reach = threading.Lock()
        self._link: Link | None = None
        self._at_work = False
        self._abandoned = False
        self._left_over = False
        self._mute_until = 0.0
        self._last_use = float("-inf")
        self._last = PrinterStatus()
        self._plain = _plain_printer(address, self._times)

    def status(self) -> PrinterStatus | DeviceTrouble:
        """Ask how the printer stands; while a job runs, how it stood last.

        Trouble: `printer.unreachable`, `printer.interrupted`, `printer.stalled`.
        """
        if not self._turn.acquire(blocking=False):
            return self._last
        try:
            with self._open() as link:
                return self._ask(Talk(link, self._times))
        except TimeoutError as error:
            return _trouble(TroubleKind.REFUSED, "printer.stalled", error)
        except _UnreachableError as error:
            return _trouble(TroubleKind.ABSENT, "printer.unreachable", error.cause)
        except OSError as error:
            return _trouble(TroubleKind.REMOVED, "printer.interrupted", error)
        finally:
            self._turn.release()

    def abandon(self) -> None:
        """End the job under way; what of it is not on paper is withdrawn where possible."""
        with self._reach:
            self._abandoned = self._at_work
            if self._link is not None:
                self._link.wake()
        if self._plain is not None:
            self._plain.abandon()

    def deliver(
        self,
        data: bytes,
        *,
        secret: bool = False,  # noqa: ARG002 - nothing is kept of any job
        identity: str = "",
    ) -> Delivered | DeviceTrouble:
        """Have one job printed.

        Returns:
            What was delivered, or trouble. Nothing was printed: `printer.unreachable`, `.swapped`,
            and whatever has the detail `sent: no`. A part may
            hang out and no more will come: `printer.paper-out`, `.cover-open`, `.cutter`, `.jam`,
            `.overheated`, `.paused`, `.fault`; so it is with `printer.abandoned`. A part may be
            printed and the rest may still come: `printer.interrupted`, `printer.stalled`, and
            `printer.unfinished`, where the printer stopped and does not drop its job.
        """
        with self._turn, self._working():
            try:
                with self._open() as link:
                    outcome = self._deliver(Talk(link, self._times), data, identity)
                return outcome or self._deliver_plainly(data)
            except AbandonedError:
                return DeviceTrouble(TroubleKind.REFUSED, "printer.abandoned")
            except _UnreachableError as error:
                # It was switched off, and what was in it is gone.
                self._left_over, self._mute_until = False, 0.0
                return _trouble(TroubleKind.ABSENT, "printer.unreachable", error.cause)
            except TimeoutError as error:
                return _trouble(TroubleKind.REFUSED, "printer.stalled", error)
            except OSError as error:
                return _trouble(TroubleKind.REMOVED, "printer.interrupted", error)

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        with self._reach:
            self._at_work, self._abandoned = True, False
        try:
            yield
        finally:
            with self._reach:
                self._at_work = False

    @contextlib.contextmanager
    def _open(self) -> Iterator[Link]:
        """The way to the printer, within reach of `abandon`."""
        with self._opened() as link:
            with self._reach:
                self._link = link
                if self._abandoned:
                    link.wake()
            try:
                yield link
            finally:
                with self._reach:
                    self._link = None
                self._last_use = time.monotonic()

    def _opened(self) -> Link:
        """The open way. These printers take one connection at a time, and need a moment between.

        Raises:
            _UnreachableError: nobody answers.
        """
        patience = self._last_use + self._times.between
        while True:
            try:
                return Link.open(self._address, self._times.connect)
            except ConnectionRefusedError as error:
                if time.monotonic() > patience:
                    raise _UnreachableError(error) from error
            except OSError as error:
                raise _UnreachableError(error) from error
            time.sleep(_PAUSE_SECONDS)

    def _ask(self, talk: Talk) -> PrinterStatus:
        """How it stands. Who it is is asked only where it can answer that: not without paper."""
        if time.monotonic() < self._mute_until:
            return self._last
        conditions = talk.conditions()
        if conditions is None:
            self._last = PrinterStatus(tells=False)
            self._mute_until = time.monotonic() + self._times.mute
        elif any(condition.stops for condition in conditions):
            self._last = PrinterStatus(conditions)
        else:
            maker = talk.information(Information.MAKER)
            # Who does not tell its maker is not asked twice more, each time waiting in vain.
            model = talk.information(Information.MODEL) if maker else ""
            serial = talk.information(Information.SERIAL) if maker else ""
            named = f"{maker} {model}".strip()
            self._last = PrinterStatus(conditions, _identity((maker, model, serial)), named)
        return self._last

    def _deliver_plainly(self, data: bytes) -> Delivered | DeviceTrouble:
        if self._abandoned or self._plain is None:
            return DeviceTrouble(TroubleKind.REFUSED, "printer.abandoned")
        return self._plain.deliver(data)

    def _deliver(self, talk: Talk, data: bytes, identity: str) -> Delivered | DeviceTrouble | None:
        """The outcome; None where the printer says nothing, and has got nothing yet."""
        standing = self._ask(talk)
        if trouble := _stopped(standing.conditions, ("sent", "no")):
            return trouble
        if identity and standing.identity != identity:
            return DeviceTrouble(TroubleKind.ABSENT, "printer.swapped", (("sent", "no"),))
        if not standing.tells:
            return self._deliver_unasked(talk, data)
        if self._left_over and not talk.settled():
            return DeviceTrouble(TroubleKind.REFUSED, "printer.unfinished", (("sent", "no"),))
        self._left_over = False
        mark = self._mark() if _sends_process_id(standing.model) else None
        questions = (process_id_request(mark) if mark else b"") + PAPER_SENSOR
        try:
            stopped = self._send(talk, AUTOMATIC_STATUS + data + questions)
            outcome = stopped or self._await_proof(talk, mark, len(data))
        except AbandonedError:
            talk.rest()
            self._left_over = not talk.clear()
            raise
        except TimeoutError:
            # Silence: it may come to life again, and must not print this then.
            self._left_over = not talk.clear()
            raise
        if isinstance(outcome, Delivered):
            talk.tell(NO_AUTOMATIC_STATUS)
            return outcome
        return self._withdrawn(talk, mark, outcome, len(data))

    def _send(self, talk: Talk, job: bytes) -> tuple[PrinterCondition, ...]:
        """Hand the job over; what stopped the printer meanwhile, empty where nothing did."""
        deadline = time.monotonic() + self._times.job
        talk.heard.clear()
        for _ in talk.sending(job, deadline):
            if stopping := _for_good(talk.pushed):
                return stopping
        return ()

    def _await_proof(
        self, talk: Talk, mark: bytes | None, size: int
    ) -> Delivered | tuple[PrinterCondition, ...]:
        """Wait for the answers to the questions behind the job.

        Raises:
            TimeoutError: it says neither that it is done nor that anything is the matter.
        """
        deadline = time.monotonic() + self._times.end
        sensed = False
        while True:
            talk.listen(min(deadline, time.monotonic() + self._times.ask_every))
            if mark is not None and Processed(mark) in talk.heard:
                return Delivered(size, Certainty.PRINTED)
            if stopping := _for_good(talk.pushed):
                return stopping
            sensed = sensed or any(isinstance(answer, SensorStatus) for answer in talk.heard)
            if sensed and mark is None:
                # It got to the end of the job; the last lines may still be on their way out.
                talk.listen_through(time.monotonic() + self._times.settle)
            # A printer that fell silent now is not a clean one: its power may have failed.
            answered = talk.conditions()
            conditions = answered or ()
            if stopping := _for_good(conditions):
                return stopping
            standing = any(condition.stops for condition in conditions)
            if sensed and mark is None and answered is not None and not standing:
                return Delivered(size, Certainty.PRINTED)
            if time.monotonic() > deadline:
                if standing:
                    return conditions
                if sensed:
                    # It did not send the process id back, or fell silent: a person must look.
                    return Delivered(size, Certainty.TAKEN)
                raise TimeoutError("no answer behind the job")

    def _withdrawn(
        self,
        talk: Talk,
        mark: bytes | None,
        conditions: tuple[PrinterCondition, ...],
        size: int,
    ) -> Delivered | DeviceTrouble:
        """The outcome of a job that the printer stopped in: nothing more of it shall come out."""
        self._left_over = not talk.clear()
        if mark is not None and Processed(mark) in talk.heard:
            self._left_over = False
            return Delivered(size, Certainty.PRINTED)
        self._last = PrinterStatus(conditions)
        if self._left_over:
            facts = (("condition", conditions[0].value),)
            return DeviceTrouble(TroubleKind.REFUSED, "printer.unfinished", facts)
        return _stopped(conditions, ("paper", "a part")) or DeviceTrouble(
            TroubleKind.REFUSED, "printer.stalled"
        )

    def _deliver_unasked(self, talk: Talk, data: bytes) -> Delivered | None:
        """Hand the job to a printer that says nothing; None where AppSocket has to do that.

        A network printer's manners are then those of AppSocket, the connection's end included.
        """
        if self._plain is not None:
            return None
        deadline = time.monotonic() + self._times.job
        for _ in talk.sending(data, deadline):
            pass
        talk.drain(deadline)
        return Delivered(len(data), Certainty.TAKEN)


class _UnreachableError(Exception):
    """Nobody answers at the printer's address."""

    def __init__(self, cause: OSError) -> None:
        super().__init__("unreachable")
        self.cause = cause


def _plain_printer(address: ThermalAddress, times: ThermalTimes) -> AppSocketPrinter | None:
    if not isinstance(address, AppSocketAddress):
        return None
    return AppSocketPrinter(
        address,
        connect_seconds=times.connect,
        stall_seconds=times.stall,
        end_seconds=times.end,
        job_seconds=times.job,
    )


def _for_good(conditions: tuple[PrinterCondition, ...]) -> tuple[PrinterCondition, ...]:
    """`conditions` where one of them needs a hand; empty where they go by, or none is there."""
    if any(condition.stops and condition not in _PASSES for condition in conditions):
        return conditions
    return ()


def _stopped(
    conditions: tuple[PrinterCondition, ...], fact: tuple[str, str]
) -> DeviceTrouble | None:
    """Trouble named after the worst condition that stops a printer; None where none does.

    `fact` says what may be on paper.
    """
    for condition in conditions:
        if condition.stops:
            return DeviceTrouble(TroubleKind.REFUSED, f"printer.{condition.value}", (fact,))
    return None


def _sends_process_id(model: str) -> bool:
    """Whether the reference of this model names GS ( H."""
    maker, _, name = model.partition(" ")
    return maker.upper() == _SENDS_PROCESS_ID and name.upper() not in _BUT_NOT


def _identity(texts: tuple[str, str, str]) -> str:
    """A hash of maker, model and serial number; empty where the printer tells no number."""
    if not texts[2]:
        return ""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:_IDENTITY_LETTERS]


def _trouble(kind: TroubleKind, code: str, error: OSError) -> DeviceTrouble:
    reason = error.strerror or type(error).__name__
    return DeviceTrouble(kind, code, (("reason", reason),))
