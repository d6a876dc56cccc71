"""Renews the station's certificate in time, by whichever way leads to the hub (R-004-19)."""

from __future__ import annotations

from datetime import date
from typing import Final

from kiosk import log_events
from sync.edge import posting
from sync.edge.enrolment import Post
from sync.edge.inquiries import Inquiries, Wait
from sync.edge.renewal import Renewal
from sync.model.console_views import RenewalAsked, Renewed

_ANSWER_SECONDS: Final = 20.0


class Renewing:
    """Asks when it is time; `look` is called now and then, on a thread that may wait.

    Args:
        renewal: the station's.
        inquiries: asks the hub over the link.
        address: of the hub's pages, for when the broker takes the certificate no more; empty
            where it is not known.
        post: reaches them.
    """

    def __init__(
        self,
        renewal: Renewal,
        inquiries: Inquiries,
        address: str = "",
        post: Post = posting.post,
    ) -> None:
        self._renewal = renewal
        self._inquiries = inquiries
        self._address = address
        self._post = post
        self.code = ""

    def expires(self) -> date | None:
        """Last day of the certificate."""
        ends = self._renewal.ends()
        return None if ends is None else ends.date()

    def look(self, wait: Wait) -> None:
        """Renew where it is due. Blocks for the hub. Never raises."""
        if not self._renewal.is_due():
            self.code = ""
            return
        self.code = self._asked(wait)
        if self.code and self._address and not wait.is_over():
            self.code = self._renewal.post(self._address, self._post)
        log_events.write(log_events.RENEWAL, code=self.code or "done")

    def _asked(self, wait: Wait) -> str:
        request = self._renewal.request()
        if isinstance(request, str):
            return request
        reply = self._inquiries.ask(RenewalAsked(request), seconds=_ANSWER_SECONDS, wait=wait)
        return self._renewal.take(reply.data) if isinstance(reply, Renewed) else posting.UNREACHABLE
