"""Judges how a job at an IPP printer stands: from what the printer says, and from the clock.

Pure: the caller asks the printer and passes in what it hears. `PRINTED` is earned by one thing
only: a completed job that the printer calls successful (RFC 8011 5.3.7, 5.3.8).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from typing import Final

from hw.paper import Certainty, PrinterCondition
from hw.printer.ipp_conditions import STOPPED, PrinterReport
from hw.printer.ipp_message import Attributes, integer, text, texts

JOB_ATTRIBUTES: Final = (
    "job-id",
    "job-name",
    "job-uuid",
    "job-state",
    "job-state-reasons",
    "job-impressions",
    "job-impressions-completed",
    "job-media-sheets-completed",
    "job-k-octets-processed",
)


class JobState(IntEnum):
    """job-state (RFC 8011 5.3.7)."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    PROCESSING_STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


@dataclass(frozen=True, slots=True)
class JobReport:
    """How a printer described our job, made from its attributes by `job_report`.

    Attributes:
        state: job-state; 0 where it does not say.
        reasons: job-state-reasons.
        name: job-name; empty where it does not say.
        uuid: job-uuid; empty where it does not say.
        done: impressions, sheets and kilobytes done, each None where it does not say.
        impressions: how many there are in all; None where it does not say.
    """

    state: int
    reasons: tuple[str, ...] = ()
    name: str = ""
    uuid: str = ""
    done: tuple[int | None, int | None, int | None] = (None, None, None)
    impressions: int | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will be printed of it."""
        return self.state in {JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED}

    @property
    def paper(self) -> int | None:
        """How much is on paper, in sheets or else in pages; None where it does not say."""
        return self.done[1] if self.done[1] is not None else self.done[0]


def job_report(attributes: Attributes) -> JobReport:
    """Read a job's attributes."""
    done = [integer(attributes, name) for name in JOB_ATTRIBUTES[-3:]]
    return JobReport(
        state=integer(attributes, "job-state") or 0,
        reasons=texts(attributes, "job-state-reasons")[:16],
        name=text(attributes, "job-name"),
        uuid=text(attributes, "job-uuid"),
        done=(done[0], done[1], done[2]),
        impressions=integer(attributes, "job-impressions"),
    )


def certainty_of(job: JobReport) -> Certainty | None:
    """How sure it is that all of an ended job is on paper; None where it is not."""
    if job.state != JobState.COMPLETED:
        return None
    reasons = set(job.reasons)
    if reasons & {"job-completed-with-errors", "queued-in-device"} or _cut_short(reasons):
        # With errors: a part may be missing. Queued: another took it over, who says nothing.
        return None if "job-completed-with-errors" in reasons or _cut_short(reasons) else _TAKEN
    done, whole = job.done[0], job.impressions
    if (job.done[1] if done is None else done) == 0:
        # Success with no page behind it: some count never, some count right.
        return Certainty.TAKEN
    if done is not None and whole and done < whole:
        return Certainty.TAKEN
    if reasons & {"job-completed-successfully", "job-completed-with-warnings"}:
        return Certainty.PRINTED
    return Certainty.TAKEN


_TAKEN: Final = Certainty.TAKEN


def _cut_short(reasons: set[str]) -> bool:
    """Whether a job was stopped on its way, whatever the printer calls its end.

    cupsd 2.4 calls a job that it could not convert `completed` for a while, for the reason
    `processing-to-stop-point`, though nothing was printed (measured).
    """
    return "processing-to-stop-point" in reasons or any(
        each.startswith(("job-canceled", "aborted-by")) for each in reasons
    )


class Turn(Enum):
    """What is to be done next about a job."""

    WAIT = "ask again"
    ENDED = "it ended by itself"
    WITHDRAW = "give up: take it back from the printer"
    GONE = "nobody knows of it any more"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one look at the job means.

    Attributes:
        turn: what is to be done.
        certainty: of a job that ended well.
        code: of one that did not, or that is to be withdrawn.
    """

    turn: Turn
    certainty: Certainty | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long a job is waited for, in seconds.

    Attributes:
        stopped: while the printer says that something must be done at it.
        stalled: while nothing moves and the printer gives no reason.
        silent: while the printer does not answer.
        job: in all.
    """

    stopped: float = 15.0
    stalled: float = 45.0
    silent: float = 20.0
    job: float = 180.0


_GOES_ON: Final = Judgement(Turn.WAIT)


class JobWatch:
    """Follows one job from the moment when the printer has all of it."""

    def __init__(self, waiting: Waiting, name: str, printer_uuid: str, now: float) -> None:
        """Begin.

        Args:
            waiting: how long.
            name: the job's name that no other job has.
            printer_uuid: of the device that took it; empty where it told none.
            now: of the caller's steady clock, seconds.
        """
        self._waiting = waiting
        self._name = name
        self._printer_uuid = printer_uuid
        self._began = self._heard = self._moved = now
        self._stands_since: float | None = None
        self._last: JobReport | None = None

    def silence(self, now: float) -> Judgement:
        """The printer did not answer."""
        if now - self._heard > self._waiting.silent or now - self._began > self._waiting.job:
            return Judgement(Turn.WITHDRAW, code="printer.silent")
        return _GOES_ON

    def unknown(self) -> Judgement:
        """The printer answered that it has no such job."""
        return Judgement(Turn.GONE, code="printer.job-lost")

    def look(self, job: JobReport, printer: PrinterReport, now: float) -> Judgement:
        """The printer told how the job, and how itself stands."""
        self._heard = now
        if self._is_another(job, printer):
            return Judgement(Turn.GONE, code="printer.job-lost")
        if job.ended:
            self._last = job
            return _end(job, printer)
        if self._last is None or _progress(job) != _progress(self._last):
            self._moved = now
            self._stands_since = None
        self._last = job
        return self._patience(job, printer, now)

    def _is_another(self, job: JobReport, printer: PrinterReport) -> bool:
        """Whether another device answers now, or the same number means another job."""
        if self._printer_uuid and printer.uuid and printer.uuid != self._printer_uuid:
            return True
        if self._last is not None and self._last.uuid and job.uuid and job.uuid != self._last.uuid:
            return True
        return bool(job.name) and self._name not in job.name

    def _patience(self, job: JobReport, printer: PrinterReport, now: float) -> Judgement:
        stands = (
            bool(printer.firm)
            or printer.state == STOPPED
            or job.state == JobState.PROCESSING_STOPPED
        )
        if not stands:
            self._stands_since = None
        elif self._stands_since is None:
            self._stands_since = now
        if self._stands_since is not None and now - self._stands_since > self._waiting.stopped:
            return Judgement(Turn.WITHDRAW, code=condition_code(printer))
        late = now - self._began > self._waiting.job
        if late or now - self._moved > self._waiting.stalled:
            return Judgement(Turn.WITHDRAW, code=_why_not_moving(printer, stands=stands))
        return _GOES_ON


def _why_not_moving(printer: PrinterReport, *, stands: bool) -> str:
    """A warning of an empty tray is the reason where nothing moves."""
    if stands:
        return condition_code(printer)
    return f"printer.{printer.suspected[0].value}" if printer.suspected else "printer.stalled"


def _progress(job: JobReport) -> JobReport:
    """What of a report shows that something moves."""
    return replace(job, reasons=(), name="", uuid="")


def condition_code(printer: PrinterReport) -> str:
    """The failure code of what stops a printer most."""
    worst = printer.firm[0] if printer.firm else PrinterCondition.OTHER
    return f"printer.{worst.value}"


def _end(job: JobReport, printer: PrinterReport) -> Judgement:
    certainty = certainty_of(job)
    if certainty is not None:
        return Judgement(Turn.ENDED, certainty=certainty)
    if job.state == JobState.CANCELED:
        return Judgement(Turn.ENDED, code="printer.cancelled")
    if job.state == JobState.ABORTED and printer.firm:
        return Judgement(Turn.ENDED, code=condition_code(printer))
    return Judgement(Turn.ENDED, code="printer.aborted")
