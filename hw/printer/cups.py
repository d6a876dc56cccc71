"""Printing through a queue of CUPS, for printers that do not speak IPP themselves.

CUPS is believed as far as it can know. Where its queue leads to an IPP printer, that printer is
asked too: between jobs CUPS tells of paper and covers what it last heard (measured: nothing), and
its own UUID stays the same whatever device stands behind it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from hw.errors import DeviceTrouble, TroubleKind
from hw.paper import PrinterStatus
from hw.printer.ipp import A4, IppPrinter, IppTimes, job_name
from hw.printer.ipp_address import parse_ipp
from hw.printer.ipp_client import NOT_FOUND, IppClient
from hw.printer.ipp_conditions import PrinterReport
from hw.printer.ipp_errand import Errand, Ticket
from hw.printer.ipp_job import JobReport, JobState
from hw.printer.ipp_message import Answer
from hw.printer.ipp_transport import Endpoint, Lifeline, Loss
from hw.printer.ipp_trouble import not_for_secrets, understood
from hw.printer.spool_secrecy import ETC_CUPS, why_handed_on, why_not_for_secrets

_AGAIN_SECONDS: Final = 0.25
_IPP_SCHEMES: Final = frozenset({"ipp", "ipps"})


class CupsPrinter(IppPrinter):
    """Implements `Printer` for one queue.

    Args:
        where: the queue's endpoint.
        settings: folder of this machine's `cupsd.conf` and `cups-files.conf`.
        identity, media, times, name: as for `IppPrinter`.
    """

    def __init__(
        self,
        where: Endpoint,
        *,
        settings: Path = ETC_CUPS,
        identity: str = "",
        media: str = A4,
        times: IppTimes | None = None,
        name: Callable[[], str] = job_name,
    ) -> None:
        super().__init__(where, identity=identity, media=media, times=times, name=name)
        self._why_not = partial(why_not_for_secrets, settings)

    def status(self) -> PrinterStatus | DeviceTrouble:
        """How the printer stands; `tells` only where the device itself can be asked."""
        found = self._report(Lifeline())
        if isinstance(found, DeviceTrouble):
            return found
        return replace(found.status, tells=self._device(found.device_uri) is not None)

    def _report(self, lifeline: Lifeline) -> PrinterReport | DeviceTrouble:
        """The queue, and the device behind it where it can be asked."""
        queue = understood(self._client.printer(lifeline))
        if isinstance(queue, DeviceTrouble):
            return queue
        device = self._device(queue.device_uri)
        if device is None:
            # What CUPS says of its papers is its driver's guess, not what lies in the tray.
            return replace(queue, ready=(), uuid=queue.device_uri)
        answer = understood(device.printer(lifeline))
        if isinstance(answer, DeviceTrouble):
            return answer
        both = (*answer.conditions, *queue.conditions)
        return replace(
            queue,
            conditions=tuple(dict.fromkeys(both)),
            firm=tuple(dict.fromkeys((*answer.firm, *queue.firm))),
            blocked=answer.blocked or queue.blocked,
            reasons=(*answer.reasons, *queue.reasons),
            ready=answer.ready,
            uuid=answer.uuid or queue.device_uri,
            model=answer.model,
            behind=answer,
        )

    def _device(self, device_uri: str) -> IppClient | None:
        """A door to the device behind the queue; None where it speaks no IPP."""
        if not _asks_back(device_uri):
            return None
        try:
            where = parse_ipp(urlsplit(device_uri)._replace(query="", fragment="").geturl())
        except ValueError:
            return None
        return IppClient(where, self._media, self._times.connect, self._times.answer)

    def _secrecy(self, found: PrinterReport) -> DeviceTrouble | None:
        """Neither the queue nor what stands behind it may keep a secret on a disk."""
        reason = self._why_not() if self._where.local else "spooler on another machine"
        return not_for_secrets(reason or _why_handed_on(found))

    def _obstacle(self, found: PrinterReport, ticket: Ticket) -> DeviceTrouble | None:
        """A queue that tries again by itself would print what somebody took long ago."""
        if found.error_policy not in {"", "abort-job"}:
            details = (("policy", found.error_policy),)
            return DeviceTrouble(TroubleKind.REFUSED, "printer.queue-repeats", details)
        return super()._obstacle(found, ticket)

    def _job(self, errand: Errand, lifeline: Lifeline) -> JobReport | Answer | Loss:
        """The job at the queue; once that has let it go, the same job at the device.

        CUPS calls jobs `completed` that were never converted, and `canceled` those that the
        device goes on printing (measured): only the device knows.
        """
        queued = self._client.job(errand.job, lifeline)
        if not isinstance(queued, JobReport):
            return queued
        # CUPS 2.4 leaves its last-but-one reason in place when a job ends.
        reasons = tuple(each for each in queued.reasons if each != "processing-to-stop-point")
        queued = replace(queued, reasons=reasons, uuid="")
        device = self._device(errand.found.device_uri)
        if device is None:
            # Its backend has let the bytes go when it ends; nobody says more.
            return replace(queued, reasons=()) if queued.state == JobState.COMPLETED else queued
        if queued.ended:
            return self._at_device(device, errand, queued, lifeline)
        self._one_only(device, errand, lifeline)
        if errand.at_device is not None:
            done = device.job(errand.at_device, lifeline)
            if isinstance(done, JobReport) and done.ended:
                # A cupsd that came back would now send it again: the device was busy till here.
                self._client.cancel(errand.job, lifeline)
                return replace(done, uuid="")
        return queued

    def _one_only(self, device: IppClient, errand: Errand, lifeline: Lifeline) -> None:
        """See which job of the device is ours; take back a second one of the same name.

        A cupsd that crashed and came back sends the whole job once more (measured).
        """
        found = device.find_all(errand.ticket.name, "not-completed", lifeline)
        if isinstance(found, Loss) or not found:
            return
        if errand.at_device is None:
            errand.at_device = min(found)
        doubles = [number for number in found if number != errand.at_device]
        if doubles:
            self._client.cancel(errand.job, lifeline)
        for number in doubles:
            device.cancel(number, lifeline)

    def _at_device(
        self, device: IppClient, errand: Errand, queued: JobReport, lifeline: Lifeline
    ) -> JobReport | Answer | Loss:
        for which in ("not-completed", "completed"):
            if errand.at_device is None:
                found = device.find(errand.ticket.name, which, lifeline)
                if isinstance(found, Loss):
                    return found
                errand.at_device = found
        if errand.at_device is not None:
            job = device.job(errand.at_device, lifeline)
            return replace(job, uuid="") if isinstance(job, JobReport) else job
        if queued.state == JobState.COMPLETED:
            return Answer(min(NOT_FOUND))
        return queued

    def _cancel(self, errand: Errand) -> Answer | Loss:
        """At the queue, and at the device where it has the job already."""
        asked = self._client.cancel(errand.job, Lifeline())
        device = self._device(errand.found.device_uri)
        if device is not None:
            if errand.at_device is None:
                found = device.find(errand.ticket.name, "not-completed", Lifeline())
                errand.at_device = found if isinstance(found, int) else None
            if errand.at_device is not None:
                device.cancel(errand.at_device, Lifeline())
        return asked

    def _forget(self, job: int) -> None:
        """Have CUPS drop the job's history; it holds the job's name and times, no document."""
        deadline = time.monotonic() + self._times.withdraw
        while time.monotonic() < deadline:
            self._client.cancel(job, Lifeline(), purge=True)
            asked = self._client.job(job, Lifeline())
            if isinstance(asked, Answer) and asked.status in NOT_FOUND:
                return
            time.sleep(_AGAIN_SECONDS)


def _asks_back(device_uri: str) -> bool:
    return urlsplit(device_uri).scheme in _IPP_SCHEMES


def _why_handed_on(queue: PrinterReport) -> str | None:
    """Why what stands behind a queue is no printer, as far as can be known.

    `cups-pdf:`, `file:`, `lpd:` and `smb:` lead to files and spoolers, `socket:` to whoever has
    that address now. A cable leads to the device whose serial number stands in its URI.
    """
    address = urlsplit(queue.device_uri)
    if queue.behind is not None:
        return why_handed_on(address.path, queue.behind)
    if address.scheme == "usb" and "serial" in parse_qs(address.query):
        return None
    return "device behind the queue unknown"
