"""A population register that is asked over HTTPS, as the PDND and the Modello di Interoperabilità say.

Least data: one person is asked for, what the form does not need is dropped, nothing is kept.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from joserfc.jwk import KeySet

from sync.hub.registers import RegisterTrouble, anpr, modi
from sync.hub.registers.modi import ProofKey, Purpose, RequestSigner
from sync.model.inquiry import PersonFound, RegisterName

_ROME: Final = ZoneInfo("Europe/Rome")
_MARGIN_SECONDS: Final = 15.0
_MOST_VOUCHERS: Final = 200
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """Where a remote register is and how it is asked.

    Attributes:
        token_url: of the PDND's authorization server.
        service_url: of the operation of the e-service.
        purpose: as whom and for what.
        key_file: RSA private key of the client, PEM.
        answer_keys: JWK set of the e-service; its answers must be signed where it is given.
        bound: vouchers are bound to a key of this program (DPoP).
        case: use case, `C020`.
        reason: what is written as the reason of a request.
        ca: PEM file of the authorities to believe; the system's where None.
        seconds: longest time that an answer is waited for, and again that its body may take.
    """

    token_url: str
    service_url: str
    purpose: Purpose
    key_file: Path
    answer_keys: Path | None
    bound: bool
    case: str
    reason: str
    ca: Path | None
    seconds: float


@dataclass(frozen=True, slots=True, repr=False)
class _Voucher:
    text: str
    evidence: str
    until: float


class RemoteRegister:
    """Implements `PopulationRegister`. May be used from any thread."""

    def __init__(
        self,
        name: RegisterName,
        settings: RemoteSettings,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Reads the keys; asks nobody yet.

        Raises:
            KeyFileError: a key cannot be used.
            OSError: a file cannot be read.
        """
        self._name = name
        self._settings = settings
        self._clock = clock
        self._signer = RequestSigner(
            settings.purpose, modi.load_key(settings.key_file.read_bytes()), clock
        )
        self._answer_keys: KeySet | None = None
        if settings.answer_keys is not None:
            self._answer_keys = modi.load_keys(settings.answer_keys.read_bytes())
        self._proof = ProofKey.generate(clock) if settings.bound else None
        context = ssl.create_default_context(
            cafile=None if settings.ca is None else str(settings.ca)
        )
        self._client = httpx.Client(
            verify=context, timeout=settings.seconds, follow_redirects=False, trust_env=False
        )
        self._lock = threading.Lock()
        self._vouchers: dict[str, _Voucher] = {}

    @property
    def name(self) -> RegisterName:
        """Which of the registers it is."""
        return self._name

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def find(
        self, codice_fiscale: str, comune: str, asked_by: str = ""
    ) -> PersonFound | RegisterTrouble | None:
        """What the register knows; CIA knows people only in the comune that was asked for."""
        try:
            found = self._find(codice_fiscale, asked_by)
        except httpx.HTTPError as error:
            return RegisterTrouble("register.away", type(error).__name__)
        if isinstance(found, PersonFound) and self._name is RegisterName.CIA:
            return found if getattr(found.residence, "comune", "") == comune else None
        return found

    def _find(self, code: str, asked_by: str) -> PersonFound | RegisterTrouble | None:
        for attempt in (1, 2):
            voucher = self._voucher(asked_by, fresh=attempt > 1)
            if isinstance(voucher, RegisterTrouble):
                return voucher
            status, headers, body = self._ask(code, voucher)
            if status != 401:
                break
        if status == 401:
            return RegisterTrouble("register.refused", "401")
        if status == 404 or anpr.NOT_FOUND & anpr.error_codes(body):
            return None
        if status in {429, 502, 503, 504}:
            return RegisterTrouble("register.away", str(status))
        if status != 200:
            return RegisterTrouble("register.refused", str(status))
        if self._answer_keys is not None and not modi.answer_is_signed(
            body, headers, self._answer_keys, self._settings.purpose.client_id, self._clock()
        ):
            return RegisterTrouble("register.nonsense", "signature")
        found = anpr.answer(self._name, body, code)
        return RegisterTrouble("register.nonsense", "content") if found is None else found

    def _ask(self, code: str, voucher: _Voucher) -> tuple[int, dict[str, str], bytes]:
        settings = self._settings
        body = anpr.question(uuid.uuid4().hex, code, self._today(), settings.case, settings.reason)
        signed = {
            "Digest": modi.digest_header(body),
            "Content-Type": "application/json",
            "Content-Encoding": "identity",
        }
        headers = {
            **signed,
            "Accept": "application/json",
            "Authorization": f"{'DPoP' if self._proof else 'Bearer'} {voucher.text}",
            "Agid-JWT-Signature": self._signer.signature(signed),
            "Agid-JWT-TrackingEvidence": voucher.evidence,
        }
        if self._proof is not None:
            headers["DPoP"] = self._proof.proof("POST", settings.service_url, voucher.text)
        with self._client.stream(
            "POST", settings.service_url, content=body, headers=headers
        ) as response:
            return response.status_code, dict(response.headers), self._read(response)

    def _voucher(self, asked_by: str, *, fresh: bool) -> _Voucher | RegisterTrouble:
        """A voucher for this operator: it names the evidence of who asks."""
        with self._lock:
            held = self._vouchers.get(asked_by)
        if held is not None and not fresh and self._clock() < held.until:
            return held
        evidence = self._signer.tracking_evidence(asked_by)
        headers = {}
        if self._proof is not None:
            headers["DPoP"] = self._proof.proof("POST", self._settings.token_url)
        with self._client.stream(
            "POST",
            self._settings.token_url,
            data={
                "client_id": self._settings.purpose.client_id,
                "client_assertion": self._signer.client_assertion(evidence),
                "client_assertion_type": _ASSERTION_TYPE,
                "grant_type": "client_credentials",
            },
            headers=headers,
        ) as response:
            body = self._read(response)
            if response.status_code != 200:
                return RegisterTrouble("register.refused", f"voucher {response.status_code}")
        voucher = self._read_voucher(body, evidence)
        if isinstance(voucher, RegisterTrouble):
            return voucher
        with self._lock:
            if len(self._vouchers) >= _MOST_VOUCHERS:
                self._vouchers.clear()
            self._vouchers[asked_by] = voucher
        return voucher

    def _read_voucher(self, body: bytes, evidence: str) -> _Voucher | RegisterTrouble:
        try:
            plain: Any = json.loads(body)
            text, seconds, kind = plain["access_token"], plain["expires_in"], plain["token_type"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return RegisterTrouble("register.nonsense", "voucher")
        wanted = "dpop" if self._proof is not None else "bearer"
        if not isinstance(text, str) or not text.isascii() or not isinstance(seconds, int):
            return RegisterTrouble("register.nonsense", "voucher")
        if str(kind).lower() != wanted:
            return RegisterTrouble("register.nonsense", "voucher of another kind")
        # The evidence is dead after its own time, however long the voucher lives.
        life = min(seconds, 10 * modi.LIFETIME_SECONDS) - _MARGIN_SECONDS
        return _Voucher(text, evidence, self._clock() + life)

    def _read(self, response: httpx.Response) -> bytes:
        """The body as it came; never more than an answer may have, nor one that drips for ever."""
        body = bytearray()
        deadline = time.monotonic() + self._settings.seconds
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > anpr.MOST_BYTES:
                raise httpx.DecodingError(
                    "an answer of this size is none", request=response.request
                )
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("an answer that slow is none", request=response.request)
        return bytes(body)

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock(), tz=UTC).astimezone(_ROME).date()
