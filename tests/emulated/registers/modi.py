"""An authorization server and an e-service of the PDND over HTTPS, which verify what they get.

They judge with `cryptography` alone, so that a fault of the library that signs is seen. Whatever a
verifying party of the Modello di Interoperabilità must refuse is refused, and noted in `refused`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

ASSERTION_CLAIMS = {"iss", "sub", "aud", "jti", "iat", "exp", "purposeId", "digest"}


@cache
def _key(_name: str) -> rsa.RSAPrivateKey:
    """One for each name and process: to make one takes a while."""
    return rsa.generate_private_key(65537, 2048)


class Refusal(Exception):  # noqa: N818  what it is called where it is raised
    """Why a request is not served."""


@dataclass(frozen=True)
class Token:
    """A compact JWS taken apart, its signature not judged yet."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def b64(data: bytes) -> str:
    """base64url without padding (RFC 7515 clause 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_b64(text: str) -> bytes:
    """The inverse of `b64`."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parse(text: str) -> Token:
    """A compact JWS taken apart."""
    try:
        header, claims, signature = text.split(".")
        return Token(
            json.loads(from_b64(header)),
            json.loads(from_b64(claims)),
            f"{header}.{claims}".encode("ascii"),
            from_b64(signature),
        )
    except ValueError:
        raise Refusal("not a JWS") from None


def verify_rs256(token: Token, key: rsa.RSAPublicKey) -> None:
    """Refuses what `key` did not sign by RS256."""
    if token.header.get("alg") != "RS256":
        raise Refusal("algorithm")
    try:
        key.verify(token.signature, token.signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise Refusal("signature") from None


def sign_rs256(key: rsa.RSAPrivateKey, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """A compact JWS."""
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    signature = key.sign(signed.encode("ascii"), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{b64(signature)}"


@dataclass
class Pdnd:
    """Both servers in one process: `/token` and `/service`.

    Attributes:
        client_key: what the client's signatures are verified with.
        people: answers by codice fiscale, as ANPR writes them.
        bound: vouchers must be bound by DPoP.
        refused: why requests were refused, in order.
        served: how many questions were answered.
        tamper: changes the answer's bytes after they were signed.
        status: answers with this status and nothing else, where it is set.
        delay: seconds before an answer.
    """

    client_key: rsa.RSAPublicKey
    client_id: str
    key_id: str
    purpose_id: str
    people: dict[str, dict[str, Any]]
    bound: bool = False
    refused: list[str] = field(default_factory=list)
    served: int = 0
    vouchers: int = 0
    tamper: Callable[[bytes], bytes] | None = None
    status: int | None = None
    delay: float = 0.0
    sign_answers: bool = True
    answer_audience: str = ""
    voucher_seconds: int = 600
    asked_by: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.own_key, self.service_key = _key("pdnd"), _key("service")
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def answer_jwks(self) -> str:
        """The public key of the answers, as a JWK set."""
        numbers = self.service_key.public_key().public_numbers()
        return json.dumps(
            {
                "keys": [
                    {
                        "kty": "RSA",
                        "kid": "service-1",
                        "use": "sig",
                        "n": b64(numbers.n.to_bytes(256, "big")),
                        "e": b64(numbers.e.to_bytes(3, "big")),
                    }
                ]
            }
        )

    def once(self, identifier: object) -> None:
        """Refuses a `jti` that was seen."""
        if not isinstance(identifier, str) or len(identifier) < 16:
            raise Refusal("jti")
        with self._lock:
            if identifier in self._seen:
                raise Refusal("replay")
            self._seen.add(identifier)

    def timely(self, claims: Mapping[str, Any]) -> None:
        """Refuses what is not valid now or for longer than ten minutes."""
        now, issued, expires = time.time(), claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or not isinstance(expires, int):
            raise Refusal("times")
        if not issued - 5 <= now < expires or expires - issued > 600:
            raise Refusal("times")

    def voucher(self, form: Mapping[str, str], proof: str | None, url: str) -> dict[str, Any]:
        """Issues a voucher for a client assertion."""
        if form.get("grant_type") != "client_credentials":
            raise Refusal("grant")
        if form.get("client_id") != self.client_id:
            raise Refusal("client")
        token = parse(form.get("client_assertion", ""))
        if set(token.header) != {"alg", "kid", "typ"} or token.header["kid"] != self.key_id:
            raise Refusal("assertion header")
        verify_rs256(token, self.client_key)
        claims = token.claims
        if set(claims) - ASSERTION_CLAIMS:
            raise Refusal("assertion claims")
        if claims["iss"] != self.client_id or claims["sub"] != self.client_id:
            raise Refusal("assertion issuer")
        if claims["aud"] != "pdnd-auth" or claims["purposeId"] != self.purpose_id:
            raise Refusal("assertion audience or purpose")
        self.timely(claims)
        self.once(claims["jti"])
        now = int(time.time())
        content: dict[str, Any] = {
            "iss": "pdnd",
            "aud": "e-service",
            "purposeId": self.purpose_id,
            "client_id": self.client_id,
            "iat": now,
            "exp": now + self.voucher_seconds,
            "jti": b64(hashlib.sha256(str(time.time_ns()).encode()).digest()),
            "digest": claims.get("digest"),
        }
        if self.bound:
            content["cnf"] = {"jkt": self.proven(proof, "POST", url, None)}
        self.vouchers += 1
        text = sign_rs256(self.own_key, {"alg": "RS256", "typ": "at+jwt", "kid": "pdnd-1"}, content)
        kind = "DPoP" if self.bound else "Bearer"
        return {"access_token": text, "token_type": kind, "expires_in": self.voucher_seconds}

    def proven(self, proof: str | None, method: str, url: str, voucher: str | None) -> str:
        """The thumbprint of the key that a DPoP proof proves (RFC 9449 clause 4.3)."""
        if proof is None:
            raise Refusal("no proof")
        token = parse(proof)
        jwk = token.header.get("jwk", {})
        if (
            token.header.get("typ") != "dpop+jwt"
            or token.header.get("alg") != "ES256"
            or "d" in jwk
        ):
            raise Refusal("proof header")
        point = b"\x04" + from_b64(jwk["x"]) + from_b64(jwk["y"])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        r, s = (int.from_bytes(token.signature[at : at + 32], "big") for at in (0, 32))
        try:
            key.verify(encode_dss_signature(r, s), token.signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise Refusal("proof signature") from None
        claims = token.claims
        if claims.get("htm") != method or claims.get("htu") != url:
            raise Refusal("proof of another request")
        if abs(time.time() - claims.get("iat", 0)) > 60:
            raise Refusal("proof time")
        self.once(claims.get("jti"))
        if voucher is not None:
            wanted = b64(hashlib.sha256(voucher.encode()).digest())
            if claims.get("ath") != wanted:
                raise Refusal("proof of another voucher")
        members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
        canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
        return b64(hashlib.sha256(canonical.encode()).digest())

    def serve(self, headers: Mapping[str, str], body: bytes, url: str) -> dict[str, Any] | None:
        """Answers a question, or None where nobody is known; raises `Refusal`."""
        scheme, _, voucher = headers.get("authorization", "").partition(" ")
        if scheme != ("DPoP" if self.bound else "Bearer"):
            raise Refusal("scheme")
        access = parse(voucher)
        verify_rs256(access, self.own_key.public_key())
        if access.claims["exp"] < time.time():
            raise Refusal("voucher expired")
        if self.bound:
            thumbprint = self.proven(headers.get("dpop"), "POST", url, voucher)
            if access.claims["cnf"]["jkt"] != thumbprint:
                raise Refusal("voucher of another key")
        self._judge_evidence(headers.get("agid-jwt-trackingevidence", ""), access)
        self._judge_signature(headers, body)
        question = json.loads(body)
        if set(question) != {"idOperazioneClient", "criteriRicerca", "datiRichiesta"}:
            raise Refusal("question")
        self.served += 1
        return self.people.get(question["criteriRicerca"]["codiceFiscale"])

    def _judge_evidence(self, evidence: str, access: Token) -> None:
        digest = {"alg": "SHA256", "value": hashlib.sha256(evidence.encode()).hexdigest()}
        if access.claims["digest"] != digest:
            raise Refusal("evidence is not the voucher's")
        token = parse(evidence)
        verify_rs256(token, self.client_key)
        claims = token.claims
        if claims.get("aud") != "e-service" or claims.get("purposeId") != self.purpose_id:
            raise Refusal("evidence audience or purpose")
        self.timely(claims)
        if not all(claims.get(name) for name in ("userID", "userLocation", "LoA", "dnonce")):
            raise Refusal("evidence content")
        self.asked_by.append(claims["userID"])

    def _judge_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        token = parse(headers.get("agid-jwt-signature", ""))
        verify_rs256(token, self.client_key)
        claims = token.claims
        if claims.get("aud") != "e-service" or claims.get("iss") != self.client_id:
            raise Refusal("signature audience")
        self.timely(claims)
        self.once(claims.get("jti"))
        wanted = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
        if headers.get("digest") != wanted:
            raise Refusal("digest")
        signed: dict[str, str] = {}
        for entry in claims.get("signed_headers", []):
            signed |= entry
        if not {"digest", "content-type", "content-encoding"} <= set(signed):
            raise Refusal("headers not signed")
        if any(headers.get(name) != value for name, value in signed.items()):
            raise Refusal("headers changed")

    def signed_answer(self, plain: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
        """An answer's body and its headers."""
        body = json.dumps(plain).encode()
        digest = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
        now = int(time.time())
        claims = {
            "iss": "e-service",
            "aud": self.answer_audience or self.client_id,
            "jti": b64(hashlib.sha256(str(time.time_ns()).encode()).digest()),
            "iat": now,
            "exp": now + 60,
            "signed_headers": [{"digest": digest}, {"content-type": "application/json"}],
        }
        signature = sign_rs256(
            self.service_key, {"alg": "RS256", "typ": "JWT", "kid": "service-1"}, claims
        )
        headers = {"Digest": digest, "Agid-JWT-Signature": signature} if self.sign_answers else {}
        return (self.tamper(body) if self.tamper else body), headers


class PdndServer:
    """`Pdnd` on a port of its own, with a certificate that a test made."""

    def __init__(self, pdnd: Pdnd, certificate: Path, key: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(pdnd))
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(pdnd: Pdnd) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            url = f"https://{headers.get('host', '')}{self.path}"
            time.sleep(pdnd.delay)
            if pdnd.status is not None and self.path == "/service":
                self._answer(pdnd.status, b"{}", {})
                return
            try:
                if self.path == "/token":
                    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                    plain = pdnd.voucher(form, headers.get("dpop"), url)
                    self._answer(200, json.dumps(plain).encode(), {})
                    return
                person = pdnd.serve(headers, body, url)
            except Refusal as refusal:
                pdnd.refused.append(str(refusal))
                self._answer(401, b"{}", {})
                return
            if person is None:
                errors = {"listaErrori": [{"codiceErroreAnomalia": "EN122"}]}
                self._answer(404, *pdnd.signed_answer(errors))
            else:
                self._answer(200, *pdnd.signed_answer(person))

        def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
