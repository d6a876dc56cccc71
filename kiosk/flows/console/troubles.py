"""Codes that the console and the sign-in tell, beside those of a clerk's pages; texts `problem.<code>`."""

from __future__ import annotations

from typing import Final

from sync.model.errors import Problem

CONSOLE_TROUBLES: Final = frozenset(
    problem.code
    for problem in (
        Problem("card.forbidden"),
        Problem("card.not-reported"),
        Problem("card.serial"),
        Problem("certificate.forbidden"),
        Problem("certificate.none"),
        Problem("certificate.server"),
        Problem("console.comune"),
        Problem("console.not-here"),
        Problem("daily.day"),
        Problem("daily.key"),
        Problem("daily.not-here"),
        Problem("daily.reason"),
        Problem("daily.told-before"),
        Problem("daily.wait"),
        Problem("daily.wrong"),
        Problem("download.no-medium"),
        Problem("download.not-written"),
        Problem("download.nothing"),
        Problem("email.certified"),
        Problem("enrolment.expired"),
        Problem("enrolment.used"),
        Problem("officer.master"),
        Problem("officer.proof"),
        Problem("operator.midnight"),
        Problem("operator.other-holder"),
        Problem("sign-in.wait"),
        Problem("station.label"),
        Problem("station.name"),
        Problem("station.protection"),
        Problem("station.reason"),
        Problem("station.unknown"),
        Problem("user.environment"),
        Problem("user.forbidden"),
        Problem("user.profile"),
        Problem("user.reason"),
        Problem("user.type"),
        Problem("user.unchanged"),
    )
)
"""Of the sign-in, of downloads, and of acts that the hub refuses."""
