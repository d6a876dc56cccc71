"""Signed requests of the Modello di Interoperabilità: voucher, integrity, tracking evidence.

A request to an e-service of the PDND carries a voucher, which the PDND issues for a signed client
assertion (RFC 7521, RFC 7523) and a purpose; the signature of the body's digest and of the headers
(pattern INTEGRITY_REST_02); and who asks it from where, whose digest the voucher names (pattern
AUDIT_REST_02). A voucher may be bound to a key of this hub (DPoP, RFC 9449).
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

LIFETIME_SECONDS: Final = 60
"""A signed request is sent at once; what is older is a replay."""

CLOCK_TOLERANCE_SECONDS: Final = 60

_ALGORITHMS: Final = ["RS256", "ES256"]


class KeyFileError(Exception):
    """A key or a set of keys cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """As whom and for what this hub asks.

    Attributes:
        client_id: the client at the PDND.
        key_id: `kid` that the PDND gave to the public key.
        purpose_id: the approved purpose.
        assertion_audience: whom the client assertion is for: the PDND's authorization server.
        service_audience: whom signatures are for: the e-service.
        location: names this installation in the tracking evidence.
        assurance: level of assurance of the operator's sign-in, `LoA3`.
    """

    client_id: str
    key_id: str
    purpose_id: str
    assertion_audience: str
    service_audience: str
    location: str
    assurance: str = "LoA3"


@dataclass(frozen=True, slots=True)
class RequestSigner:
    """Makes the signatures of one client.

    Attributes:
        key: RSA private key of the client, as its PEM.
        clock: seconds since 1970.
        fresh_id: an identifier that was never used.
    """

    purpose: Purpose
    key: RSAKey
    clock: Callable[[], float]
    fresh_id: Callable[[], str] = lambda: str(uuid.uuid4())

    def tracking_evidence(self, asked_by: str) -> str:
        """Who asks, from where, and how sure that is (AUDIT_REST_02)."""
        return self._signed(
            "JWT",
            {
                **self._claims(self.purpose.service_audience),
                "purposeId": self.purpose.purpose_id,
                "dnonce": str(uuid.UUID(self.fresh_id()).int % 10**13),
                "userID": asked_by,
                "userLocation": self.purpose.location,
                "LoA": self.purpose.assurance,
            },
            seconds=10 * LIFETIME_SECONDS,  # the voucher that names it is used more than once
        )

    def client_assertion(self, evidence: str) -> str:
        """What the PDND gives a voucher for; names the digest of the tracking evidence."""
        return self._signed(
            "JWT",
            {
                **self._claims(self.purpose.assertion_audience),
                "sub": self.purpose.client_id,
                "purposeId": self.purpose.purpose_id,
                "digest": {
                    "alg": "SHA256",
                    "value": hashlib.sha256(evidence.encode("ascii")).hexdigest(),
                },
            },
        )

    def signature(self, headers: Mapping[str, str]) -> str:
        """`Agid-JWT-Signature` over the headers given, which hold the body's digest."""
        return self._signed(
            "JWT",
            {
                **self._claims(self.purpose.service_audience),
                "sub": self.purpose.client_id,
                "signed_headers": [{name.lower(): value} for name, value in headers.items()],
            },
        )

    def _claims(self, audience: str) -> dict[str, Any]:
        return {"iss": self.purpose.client_id, "aud": audience, "jti": self.fresh_id()}

    def _signed(self, kind: str, claims: dict[str, Any], seconds: int = LIFETIME_SECONDS) -> str:
        now = int(self.clock())
        header = {"alg": "RS256", "kid": self.purpose.key_id, "typ": kind}
        return jwt.encode(header, {**claims, "iat": now, "exp": now + seconds}, self.key)


@dataclass(frozen=True, slots=True)
class ProofKey:
    """A key that a voucher is bound to (RFC 9449); lives as long as the program.

    Attributes:
        clock: seconds since 1970.
    """

    key: ECKey
    clock: Callable[[], float]

    @classmethod
    def generate(cls, clock: Callable[[], float]) -> ProofKey:
        """A new one, on P-256."""
        return cls(ECKey.generate_key("P-256"), clock)

    def proof(self, method: str, url: str, voucher: str | None = None) -> str:
        """The `DPoP` header of a request (RFC 9449 clause 4.2)."""
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": self.key.as_dict(private=False)}
        claims: dict[str, Any] = {
            "jti": str(uuid.uuid4()),
            "htm": method,
            "htu": url,
            "iat": int(self.clock()),
        }
        if voucher is not None:
            digest = hashlib.sha256(voucher.encode("ascii")).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
        return jwt.encode(header, claims, self.key, algorithms=["ES256"])


def digest_header(body: bytes) -> str:
    """The `Digest` header of a body (RFC 3230, RFC 5843)."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def load_key(pem: bytes) -> RSAKey:
    """The client's private key.

    Raises:
        KeyFileError: no RSA key of 2048 bits or more.
    """
    try:
        key = RSAKey.import_key(pem)
    except (JoseError, ValueError, TypeError) as error:
        raise KeyFileError(f"not an RSA private key in PEM: {type(error).__name__}") from None
    if not key.is_private or key.raw_value.key_size < 2048:
        raise KeyFileError("an RSA private key of 2048 bits or more is needed")
    return key


def load_keys(text: bytes) -> KeySet:
    """The public keys of the e-service's answers, a JWK set (RFC 7517 clause 5).

    Raises:
        KeyFileError: not a JWK set of public keys.
    """
    try:
        return KeySet.import_key_set(json.loads(text))
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise KeyFileError(f"not a JWK set: {type(error).__name__}") from None


def answer_is_signed(
    body: bytes, headers: Mapping[str, str], keys: KeySet, audience: str, now: float
) -> bool:
    """Whether an answer's body is what the e-service signed, for us and just now.

    Args:
        body: the exact bytes.
        headers: of the answer, names in small letters.
        keys: the e-service's.
        audience: our client.
        now: seconds since 1970.
    """
    digest = headers.get("digest", "")
    if digest != digest_header(body):
        return False
    try:
        token = jwt.decode(headers.get("agid-jwt-signature", ""), keys, algorithms=_ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    claims = token.claims
    aud = claims.get("aud")
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or not isinstance(expires, int):
        return False
    timely = issued - CLOCK_TOLERANCE_SECONDS <= now < expires + CLOCK_TOLERANCE_SECONDS
    return (
        timely
        and audience in (aud if isinstance(aud, list) else [aud])
        and _covers(claims.get("signed_headers"), headers)
    )


def _covers(signed: object, headers: Mapping[str, str]) -> bool:
    """Whether the digest is among the signed headers, and every one of them is as it came."""
    if not isinstance(signed, list):
        return False
    seen: dict[str, object] = {}
    for entry in signed:
        if not isinstance(entry, dict):
            return False
        seen |= {str(name).lower(): value for name, value in entry.items()}
    return "digest" in seen and all(headers.get(name) == value for name, value in seen.items())
