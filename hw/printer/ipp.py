"""Printing over IPP: the job is followed to its end, and its end is told as it was.

Each job is sent once and never again. It has a name of its own, by which it is known again after
anything; when it is given up it is withdrawn, and whether that worked is part of the answer.
Nothing is kept on disk; the name holds nothing of what is on the paper.

Which codes mean what for the paper:

- nothing was printed, nothing will be: `printer.unreachable`, `.untrusted`, `.refused`,
  `.wrong-format`, `.swapped`, `.not-for-secrets`, and every code with the detail `sent: no`;
- a part or all may be printed, no more will be: `printer.paper-out`, `.jam`, `.cover-open`,
  `.wrong-paper`, `.ink-out`, `.overheated`, `.cutter`, `.paused`, `.fault`, `.stalled`,
  `.interrupted`, `.cancelled`, `.aborted`, `.abandoned`;
- all, a part or nothing may be printed: `printer.job-lost`;
- the same, and it may still come: `printer.silent`, `printer.not-withdrawn`.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from hw.errors import DeviceTrouble, TroubleKind
from hw.paper import Delivered, PrinterStatus
from hw.printer.ipp_client import NOT_FOUND, IppClient
from hw.printer.ipp_conditions import PrinterReport, holds
from hw.printer.ipp_errand import Errand, Ticket
from hw.printer.ipp_job import (
    JobReport,
    JobWatch,
    Judgement,
    Turn,
    Waiting,
    certainty_of,
    condition_code,
)
from hw.printer.ipp_message import Answer, Attribute, Operation, Tag
from hw.printer.ipp_transport import Endpoint, Lifeline, Loss, LossStage, Patience
from hw.printer.ipp_trouble import (
    abandoned_before,
    not_for_secrets,
    refusal,
    status_of,
    trouble,
    turned_away,
    understood,
    unsent,
)
from hw.printer.spool_secrecy import why_handed_on

A4: Final = "iso_a4_210x297mm"
_AGAIN_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class IppTimes:
    """How long each thing may take, in seconds.

    Attributes:
        connect: to connect, TLS included.
        answer: for an answer to a question.
        step: for each piece of the document that the printer takes.
        poll: between two looks at a job.
        withdraw: to take a job back.
        waiting: how long a job is followed.
    """

    connect: float = 3.0
    answer: float = 5.0
    step: float = 15.0
    poll: float = 0.5
    withdraw: float = 6.0
    waiting: Waiting = field(default_factory=Waiting)


def job_name() -> str:
    """A name that no other job has."""
    return f"sportello-{secrets.token_hex(8)}"


class IppPrinter:
    """Implements `Printer` for one IPP printer; one job at a time.

    Args:
        where: its endpoint.
        identity: of the device that must stand there, as `status` told it; another one gets no
            job (`printer.swapped`). Empty: any will do.
        media: paper of the jobs, as a PWG name.
        times: how long each thing may take.
        name: makes the names of the jobs.
    """

    def __init__(
        self,
        where: Endpoint,
        *,
        identity: str = "",
        media: str = A4,
        times: IppTimes | None = None,
        name: Callable[[], str] = job_name,
    ) -> None:
        self._where = where
        self._identity = identity
        self._media = media
        self._times = times or IppTimes()
        self._name = name
        self._client = IppClient(where, media, self._times.connect, self._times.answer)
        self._abandoning = threading.Lock()
        self._lifeline: Lifeline | None = None

    def status(self) -> PrinterStatus | DeviceTrouble:
        """How the printer stands: `printer.unreachable`, `printer.untrusted` where it cannot say."""
        found = self._report(Lifeline())
        if isinstance(found, DeviceTrouble):
            return found
        return replace(found.status, takes_secrets=self._secrecy(found) is None)

    def abandon(self) -> None:
        """Have the job under way withdrawn; `deliver` tells whether that worked."""
        with self._abandoning:
            if self._lifeline is not None:
                self._lifeline.cut()

    def deliver(
        self, data: bytes, *, secret: bool = False, identity: str = ""
    ) -> Delivered | DeviceTrouble:
        """Have one document printed, once, and wait for its end.

        Returns:
            `Certainty.PRINTED` where the printer called the job completed successfully, `TAKEN`
            where it called it completed and no more; else trouble, see the module.
        """
        with self._under_way() as lifeline:
            found = self._report(lifeline)
            if isinstance(found, DeviceTrouble):
                return unsent(found) if not lifeline.cut_off else abandoned_before()
            ticket = Ticket(self._name(), _format_of(data), self._options(found), identity)
            obstacle = self._secrecy(found) if secret else None
            obstacle = obstacle or self._obstacle(found, ticket)
            if obstacle is not None:
                return unsent(obstacle)
            if found.operations and Operation.CREATE_JOB not in found.operations:
                outcome = self._print_at_once(ticket, data, found, lifeline)
            else:
                outcome = self._create_and_send(ticket, data, found, lifeline)
        return outcome

    def _report(self, lifeline: Lifeline) -> PrinterReport | DeviceTrouble:
        """Ask the printer how it stands. What a spooler adds, its class adds here."""
        return understood(self._client.printer(lifeline))

    def _secrecy(self, found: PrinterReport) -> DeviceTrouble | None:
        """Why this way is not for secrets; None where the bytes go straight to the device."""
        return not_for_secrets(why_handed_on(self._where.path, found))

    def _job(self, errand: Errand, lifeline: Lifeline) -> JobReport | Answer | Loss:
        """Ask how the job stands."""
        return self._client.job(errand.job, lifeline)

    def _cancel(self, errand: Errand) -> Answer | Loss:
        """Ask for the job to be taken back."""
        return self._client.cancel(errand.job, Lifeline())

    def _forget(self, job: int) -> None:
        """Leave no history of a job that ended, where this way keeps one."""

    @contextlib.contextmanager
    def _under_way(self) -> Iterator[Lifeline]:
        lifeline = Lifeline()
        with self._abandoning:
            self._lifeline = lifeline
        try:
            yield lifeline
        finally:
            with self._abandoning:
                self._lifeline = None

    def _options(self, found: PrinterReport) -> tuple[Attribute, ...]:
        options: list[Attribute] = [("media", Tag.KEYWORD, [self._media])]
        if "one-sided" in found.sides:
            options.append(("sides", Tag.KEYWORD, ["one-sided"]))
        if "none" in found.scalings:
            options.append(("print-scaling", Tag.KEYWORD, ["none"]))
        return tuple(options)

    def _obstacle(self, found: PrinterReport, ticket: Ticket) -> DeviceTrouble | None:
        """Why nothing is to be sent at all."""
        if {self._identity, ticket.identity} - {"", found.identity}:
            return DeviceTrouble(TroubleKind.ABSENT, "printer.swapped")
        if found.blocked is not None:
            return trouble(f"printer.{found.blocked.value}", found)
        if not found.accepting:
            return trouble("printer.paused", found)
        if found.formats and ticket.document_format not in found.formats:
            return trouble("printer.wrong-format", found)
        names = found.ready or found.media
        if names and not holds(names, self._media):
            return trouble("printer.wrong-paper", found)
        return None

    def _create_and_send(
        self, ticket: Ticket, data: bytes, found: PrinterReport, lifeline: Lifeline
    ) -> Delivered | DeviceTrouble:
        """The job first, then its document: whatever breaks then, the job has a known number."""
        job = self._client.create(ticket, lifeline)
        if lifeline.cut_off:
            if isinstance(job, int):
                self._client.cancel(job, Lifeline())
            return abandoned_before()
        if not isinstance(job, int):
            return unsent(refusal(job))
        errand = Errand(job, ticket, len(data), found)
        sent = self._client.send(job, ticket, data, self._sending(), lifeline)
        if isinstance(sent, Answer) and not sent.successful:
            if not turned_away(sent):
                return self._withdraw(errand, "printer.interrupted", whole=False)
            self._client.cancel(job, Lifeline())
            return unsent(refusal(sent))
        return self._after_sending(errand, sent if isinstance(sent, Loss) else None, lifeline)

    def _print_at_once(
        self, ticket: Ticket, data: bytes, found: PrinterReport, lifeline: Lifeline
    ) -> Delivered | DeviceTrouble:
        """Job and document in one: for a lost answer the job is looked for by its name."""
        taken = self._client.print(ticket, data, self._sending(), lifeline)
        if isinstance(taken, int):
            return self._after_sending(Errand(taken, ticket, len(data), found), None, lifeline)
        if isinstance(taken, Answer) and turned_away(taken):
            return unsent(refusal(taken))
        if isinstance(taken, Loss) and taken.stage in {LossStage.CONNECTING, LossStage.UNTRUSTED}:
            return abandoned_before() if lifeline.cut_off else unsent(refusal(taken))
        failed = isinstance(taken, Answer) and not taken.successful
        for which in ("not-completed", "completed"):
            job = self._client.find(ticket.name, which, Lifeline())
            if isinstance(job, int):
                errand = Errand(job, ticket, len(data), found)
                if failed:
                    return self._withdraw(errand, "printer.interrupted", whole=False)
                loss = taken if isinstance(taken, Loss) else None
                return self._after_sending(errand, loss, lifeline)
        fact = status_of(taken) if isinstance(taken, Answer) else ("reason", taken.reason)
        return trouble("printer.interrupted" if failed else "printer.silent", found, fact)

    def _sending(self) -> Patience:
        return Patience(self._times.connect, self._times.step, self._times.waiting.job)

    def _after_sending(
        self, errand: Errand, loss: Loss | None, lifeline: Lifeline
    ) -> Delivered | DeviceTrouble:
        """Go on behind the document, which may have been cut short or left unanswered."""
        if lifeline.cut_off:
            whole = loss is None or loss.stage is LossStage.ANSWERING
            return self._withdraw(errand, "printer.abandoned", whole=whole)
        if loss is not None and (
            loss.stage is not LossStage.ANSWERING or loss.reason.startswith("HTTP")
        ):
            if loss.stage in {LossStage.CONNECTING, LossStage.UNTRUSTED}:
                self._client.cancel(errand.job, Lifeline())
                return unsent(refusal(loss))
            return self._withdraw(errand, self._why_cut_short(loss), whole=False)
        return self._follow(errand, lifeline)

    def _why_cut_short(self, loss: Loss) -> str:
        """A printer that stands still takes no more of a document: its own reason comes first."""
        found = self._report(Lifeline())
        if isinstance(found, PrinterReport) and found.firm:
            return condition_code(found)
        return "printer.stalled" if loss.reason == "TimeoutError" else "printer.interrupted"

    def _follow(self, errand: Errand, lifeline: Lifeline) -> Delivered | DeviceTrouble:
        watch = JobWatch(
            self._times.waiting, errand.ticket.name, errand.found.uuid, time.monotonic()
        )
        while True:
            judgement = self._look(errand, watch, lifeline)
            if lifeline.cut_off and judgement.turn in {Turn.WAIT, Turn.WITHDRAW}:
                return self._withdraw(errand, "printer.abandoned", whole=True)
            match judgement.turn:
                case Turn.ENDED:
                    return self._told(errand, judgement)
                case Turn.GONE:
                    self._forget(errand.job)
                    return trouble(judgement.code, errand.found)
                case Turn.WITHDRAW:
                    return self._withdraw(errand, judgement.code, whole=True)
                case Turn.WAIT:
                    lifeline.wait(self._times.poll)

    def _look(self, errand: Errand, watch: JobWatch, lifeline: Lifeline) -> Judgement:
        """One look at printer and job. The printer first: a job's end is then the newer word."""
        printer = self._report(lifeline)
        job = self._job(errand, lifeline)
        now = time.monotonic()
        if isinstance(job, Answer) and job.status in NOT_FOUND:
            return watch.unknown()
        if not isinstance(job, JobReport):
            return watch.silence(now)
        errand.last = job
        if isinstance(printer, DeviceTrouble):
            # The spooler answers for the job, the device behind it does not answer: no progress.
            printer = PrinterReport(state=0)
        errand.seen = printer
        return watch.look(job, printer, now)

    def _told(self, errand: Errand, judgement: Judgement) -> Delivered | DeviceTrouble:
        if judgement.certainty is None:
            told = trouble(judgement.code, errand.seen, *errand.facts())
            self._forget(errand.job)
            return told
        self._forget(errand.job)
        return Delivered(errand.size, judgement.certainty)

    def _withdraw(self, errand: Errand, code: str, *, whole: bool) -> Delivered | DeviceTrouble:
        """Take the job back and see what became of it.

        Args:
            errand: the job.
            code: why; told where it is certain that no more will be printed.
            whole: whether the printer had every byte: else its end, however good, is a part's.
        """
        deadline = time.monotonic() + self._times.withdraw
        asked: Answer | Loss | None = None
        while True:
            if asked is None or isinstance(asked, Loss):
                asked = self._cancel(errand)
            job = self._job(errand, Lifeline())
            if isinstance(job, JobReport) and not errand.owns(job):
                return trouble("printer.job-lost", errand.found)
            if isinstance(job, JobReport) and job.ended:
                return self._withdrawn(errand, job, code, whole=whole)
            if isinstance(job, Answer) and job.status in NOT_FOUND:
                known = isinstance(asked, Answer) and asked.successful
                return trouble(_settled(code) if known else "printer.job-lost", errand.found)
            if time.monotonic() > deadline:
                break
            time.sleep(_AGAIN_SECONDS)
        self._forget(errand.job)
        mute = isinstance(asked, Loss) or isinstance(job, Loss)
        return trouble(
            "printer.silent" if mute else "printer.not-withdrawn",
            errand.seen,
            ("cause", code.removeprefix("printer.")),
            *errand.facts(),
        )

    def _withdrawn(
        self, errand: Errand, job: JobReport, code: str, *, whole: bool
    ) -> Delivered | DeviceTrouble:
        errand.last = job
        certainty = certainty_of(job) if whole else None
        if certainty is not None:
            # It was done before it could be withdrawn.
            return self._told(errand, Judgement(Turn.ENDED, certainty=certainty))
        return self._told(errand, Judgement(Turn.ENDED, code=_settled(code)))


def _settled(code: str) -> str:
    """A printer that was silent and then let the job go after all was interrupted, no more."""
    return "printer.interrupted" if code == "printer.silent" else code


def _format_of(data: bytes) -> str:
    return "application/pdf" if data.startswith(b"%PDF") else "application/octet-stream"
