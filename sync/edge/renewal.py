"""A station asks for its next certificate before the one it has ends, without anybody's visit.

The TLS key stays the same: its certificate is one file, which is replaced whole, so that no power
cut leaves a key without its certificate. A station that was off for months has a certificate that
the broker takes no more; its signing key is still the one that the hub knows, and the renewal is
posted to the hub's pages instead.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sync.edge import authorities
from sync.edge.enrolment import DeviceKeys, Post, jitter_of, renewal_due
from sync.edge.replacing import replace_file
from sync.edge.station import ProfileError, StationProfile
from sync.model.errors import Problem
from sync.wire import device_certificate, enrolment, enrolment_answer, enrolment_request
from sync.wire.enrolment_answer import Stage
from sync.wire.signer import NotSignedError, VerifyingKey
from sync.wire.trust import HubTrust, TrustTrouble

NOT_DUE: Final = ""

_UNKNOWN: Final = "enrolment.hub-foreign"


class Renewal:
    """The renewal of one station's certificate.

    Args:
        profile: the station.
        keys: its keys.
        now_ms: milliseconds since 1970.
    """

    def __init__(
        self, profile: StationProfile, keys: DeviceKeys, now_ms: Callable[[], int]
    ) -> None:
        self._profile = profile
        self._keys = keys
        self._now_ms = now_ms
        self._made: bytes = b""

    def ends(self) -> datetime | None:
        """When the certificate ends; None where it cannot be read."""
        facts = self._facts()
        return None if facts is None else facts.ends

    def is_due(self) -> bool:
        """Whether it is to be renewed now; never by a clock from before the certificate."""
        facts = self._facts()
        if facts is None:
            return False
        now = datetime.fromtimestamp(self._now_ms() / 1000, tz=UTC)
        return now >= renewal_due(facts.begins, facts.ends, jitter_of(self._profile.name))

    def request(self) -> bytes | str:
        """The signed renewal, the same at every call until it is answered; or a failure code."""
        if self._made:
            return self._made
        try:
            asked = self._keys.certification_request(self._profile.tls_key, self._profile.name)
            self._made = enrolment_request.make_renewal(
                station=self._profile.name,
                signer=self._keys.signer,
                signing_key=VerifyingKey.from_spki(self._keys.spki),
                certification_request=asked,
                made_at=self._now_ms(),
            )
        except NotSignedError as error:
            return error.code
        except (OSError, ValueError, TypeError):  # TypeError: a password for a key without one
            return "enrolment.key-unusable"
        return self._made

    def post(self, address: str, post: Post) -> str:
        """Post the renewal to the hub's pages and take the answer; empty, or a failure code."""
        hub, request = self._hub(), self.request()
        if isinstance(request, str):
            return request
        if isinstance(hub, str):
            return hub
        data = post(
            address + enrolment.REQUEST_PATH, enrolment_request.seal(request, hub.sealing_key)
        )
        return data if isinstance(data, str) else self.take(data)

    def take(self, data: bytes) -> str:
        """Put the certificate of an answer in place.

        Returns:
            Empty where it is there; `enrolment.waiting`, `enrolment.refused`, or why the answer or
            its certificate is not good (`enrolment.answer-foreign`, `enrolment.certificate-wrong`,
            `enrolment.unwritable`, ...).
        """
        hub = self._hub()
        if isinstance(hub, str):
            return hub
        answer = enrolment_answer.load(data, hub, enrolment_request.hash_of(self._made))
        if isinstance(answer, Problem):
            return answer.code
        if answer.stage is Stage.REFUSED:
            self._made = b""
            return "enrolment.refused"
        if answer.issued is None:
            return "enrolment.waiting"
        return self._install(answer.issued)

    def _install(self, issued: enrolment_answer.Issued) -> str:
        found = device_certificate.read(issued.certificate)
        try:
            if isinstance(found, Problem) or not self._fits(issued, found.begins):
                return "enrolment.certificate-wrong"
            authorities.adopt(self._profile.tls_ca, issued.authorities)
            pem = device_certificate.to_pem((issued.certificate,))
            replace_file(self._profile.tls_certificate, pem)
        except NotSignedError as error:
            return error.code
        except OSError:
            return "enrolment.unwritable"
        self._made = b""
        return ""

    def _fits(self, issued: enrolment_answer.Issued, at: datetime) -> bool:
        asked = self._keys.certification_request(self._profile.tls_key, self._profile.name)
        spki = device_certificate.spki_of(asked, self._profile.name)
        wrong = device_certificate.problem(
            issued.certificate,
            name=self._profile.name,
            spki=spki or b"",
            authorities=issued.authorities,
            at=at,
        )
        return wrong is None

    def _hub(self) -> HubTrust | str:
        try:
            hub = self._profile.hub_trust()
        except ProfileError:
            return _UNKNOWN
        return _UNKNOWN if isinstance(hub, TrustTrouble) else hub

    def _facts(self) -> device_certificate.Facts | None:
        try:
            found = device_certificate.read(self._profile.tls_certificate.read_bytes())
        except OSError:
            return None
        return None if isinstance(found, Problem) else found
