"""A real aiosmtpd in this process whose answers a test decides."""

from __future__ import annotations

import email
import email.policy
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class MailBox:
    """Keeps what it accepts.

    Attributes:
        accepted: letters that were answered with 250.
        offered: how many times a letter's content arrived at all.
        on_recipient, on_content: asked for the reply to RCPT and to the content; None is yes.
            Raising ConnectionError hangs up.
    """

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.offered = 0
        self.logins: list[bytes] = []
        self.on_recipient: Callable[[str], str | None] = lambda _address: None
        self.on_content: Callable[[EmailMessage], str | None] = lambda _letter: None

    async def handle_RCPT(  # noqa: N802  names and arguments of aiosmtpd
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        reply = self.on_recipient(address)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        letter = email.message_from_bytes(content, policy=email.policy.default)
        self.offered += 1
        try:
            reply = self.on_content(letter)
        except ConnectionError:
            transport: Any = server.transport
            transport.abort()
            return "421 gone"
        if reply is None:
            self.accepted.append(letter)
        return reply or "250 OK"

    def login(self, _server: Any, _session: Any, _envelope: Any, _kind: str, data: Any) -> Any:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login + b":" + data.password)
        return AuthResult(success=data.password == b"right")


class InProcessMailServer:
    """aiosmtpd at a port of loopback, with or without STARTTLS. A context manager."""

    def __init__(
        self, port: int, tls: ssl.SSLContext | None = None, *, ask_login: bool = False
    ) -> None:
        self.box = MailBox()
        options: dict[str, Any] = {}
        if tls is not None:
            options = {"tls_context": tls, "require_starttls": True}
        if ask_login:
            options |= {"authenticator": self.box.login, "auth_required": True}
        self._controller = Controller(self.box, hostname="127.0.0.1", port=port, **options)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
