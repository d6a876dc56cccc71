"""The questions that are asked of an IPP printer, each in one exchange (RFC 8011 4.2, 4.3)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

from hw.printer.ipp_conditions import PRINTER_ATTRIBUTES, PrinterReport, report
from hw.printer.ipp_errand import Ticket
from hw.printer.ipp_job import JOB_ATTRIBUTES, JobReport, job_report
from hw.printer.ipp_message import Answer, Attribute, Operation, Tag, encode, integer, text
from hw.printer.ipp_transport import Endpoint, Lifeline, Loss, Patience, exchange

USER: Final = "sportello"
"""requesting-user-name of every job: the station's, never a person's."""

NOT_FOUND: Final = frozenset({0x0406, 0x0407})
"""client-error-not-found and client-error-gone (RFC 8011 B.1.4.7, B.1.4.8)."""


class IppClient:
    """Asks one printer or queue.

    Args:
        where: its endpoint.
        media: paper that jobs are for, as a PWG name.
        connect_seconds: to connect.
        answer_seconds: for each answer.
    """

    def __init__(
        self, where: Endpoint, media: str, connect_seconds: float, answer_seconds: float
    ) -> None:
        self.where = where
        self._media = media
        self._quick = Patience(connect_seconds, answer_seconds, connect_seconds + answer_seconds)
        self._numbers = itertools.count(1)

    def printer(self, lifeline: Lifeline) -> PrinterReport | Answer | Loss:
        """How the printer stands. An `Answer` is a refusal."""
        asked = self._ask(
            Operation.GET_PRINTER_ATTRIBUTES,
            [("requested-attributes", Tag.KEYWORD, PRINTER_ATTRIBUTES)],
            lifeline,
        )
        if isinstance(asked, Loss) or not asked.successful:
            return asked
        return report(asked.printer, self._media)

    def create(self, ticket: Ticket, lifeline: Lifeline) -> int | Answer | Loss:
        """Make an empty job; its number. An `Answer` is a refusal."""
        names: list[Attribute] = [("job-name", Tag.NAME, [ticket.name])]
        asked = self._ask(Operation.CREATE_JOB, names, lifeline, ticket.options)
        return _job_number(asked)

    def send(
        self, job: int, ticket: Ticket, data: bytes, patience: Patience, lifeline: Lifeline
    ) -> Answer | Loss:
        """Give an empty job its one document."""
        head: list[Attribute] = [
            ("job-id", Tag.INTEGER, [job]),
            ("requesting-user-name", Tag.NAME, [USER]),
            ("document-format", Tag.MIME_TYPE, [ticket.document_format]),
            ("last-document", Tag.BOOLEAN, [1]),
        ]
        request = self._request(Operation.SEND_DOCUMENT, head, ())
        return exchange(self.where, request, data, patience, lifeline)

    def print(
        self, ticket: Ticket, data: bytes, patience: Patience, lifeline: Lifeline
    ) -> int | Answer | Loss:
        """Job and document at once, for printers that know nothing else; the job's number."""
        head: list[Attribute] = [
            ("requesting-user-name", Tag.NAME, [USER]),
            ("job-name", Tag.NAME, [ticket.name]),
            ("document-format", Tag.MIME_TYPE, [ticket.document_format]),
        ]
        request = self._request(Operation.PRINT_JOB, head, ticket.options)
        return _job_number(exchange(self.where, request, data, patience, lifeline))

    def job(self, number: int, lifeline: Lifeline) -> JobReport | Answer | Loss:
        """How a job stands. An `Answer` is a refusal; one of `NOT_FOUND`: there is none."""
        asked = self._ask(
            Operation.GET_JOB_ATTRIBUTES,
            [
                ("job-id", Tag.INTEGER, [number]),
                ("requested-attributes", Tag.KEYWORD, JOB_ATTRIBUTES),
            ],
            lifeline,
        )
        if isinstance(asked, Loss) or not asked.successful or not asked.jobs:
            return asked
        return job_report(asked.jobs[0])

    def cancel(self, number: int, lifeline: Lifeline, *, purge: bool = False) -> Answer | Loss:
        """Take a job back; with `purge` (of CUPS) leave no history of it either."""
        more: list[Attribute] = [("job-id", Tag.INTEGER, [number])]
        if purge:
            more.append(("purge-job", Tag.BOOLEAN, [1]))
        return self._ask(Operation.CANCEL_JOB, more, lifeline)

    def find(self, name: str, which: str, lifeline: Lifeline) -> int | Loss | None:
        """The number of the first job with this name, None where there is none.

        `which` is `completed` or `not-completed`.
        """
        found = self.find_all(name, which, lifeline)
        return found if isinstance(found, Loss) else min(found, default=None)

    def find_all(self, name: str, which: str, lifeline: Lifeline) -> list[int] | Loss:
        """The numbers of all jobs with this name; `which` as for `find`."""
        asked = self._ask(
            Operation.GET_JOBS,
            [
                ("limit", Tag.INTEGER, [100]),
                ("which-jobs", Tag.KEYWORD, [which]),
                ("requested-attributes", Tag.KEYWORD, ["job-id", "job-name"]),
            ],
            lifeline,
        )
        if isinstance(asked, Loss):
            return asked
        numbers = [integer(job, "job-id") for job in asked.jobs if name in text(job, "job-name")]
        return [number for number in numbers if number is not None]

    def _ask(
        self,
        operation: Operation,
        attributes: Sequence[Attribute],
        lifeline: Lifeline,
        template: Sequence[Attribute] = (),
    ) -> Answer | Loss:
        # Some printers want the target's attributes first, then who asks (RFC 8011 4.1.5).
        target = [each for each in attributes if each[0] == "job-id"]
        others = [each for each in attributes if each[0] != "job-id"]
        who: Attribute = ("requesting-user-name", Tag.NAME, [USER])
        request = self._request(operation, [*target, who, *others], template)
        return exchange(self.where, request, b"", self._quick, lifeline)

    def _request(
        self, operation: Operation, attributes: Sequence[Attribute], template: Sequence[Attribute]
    ) -> bytes:
        head: list[Attribute] = [
            ("attributes-charset", Tag.CHARSET, ["utf-8"]),
            ("attributes-natural-language", Tag.LANGUAGE, ["en"]),
            ("printer-uri", Tag.URI, [self.where.uri]),
        ]
        groups: list[tuple[Tag, Sequence[Attribute]]] = [(Tag.OPERATION, [*head, *attributes])]
        if template:
            groups.append((Tag.JOB, template))
        return encode(operation, next(self._numbers), groups)


def _job_number(asked: Answer | Loss) -> int | Answer | Loss:
    if isinstance(asked, Loss) or not asked.successful:
        return asked
    number = integer(asked.jobs[0], "job-id") if asked.jobs else None
    return asked if number is None else number
