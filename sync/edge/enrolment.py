"""How a device becomes a station, at the device's end (R-004-10, 13, 14; C-004-1).

What has been reached is in one file of the folder `enrolment`, put in place whole: after a power
cut at any instant the device goes on where it was. Keys are made before it and never again; the
one-time code is in no file, only what it has proven.

    begin (code, offer)  ->  requested (kept: request, and the same sealed)  ->  asked, again and again
    ->  installed: certificates, the hub's keys, and last of all `station.toml`
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sync.edge.replacing import replace_file, sync_folder
from sync.model.errors import Problem
from sync.wire import (
    canonical,
    device_certificate,
    enrolment,
    enrolment_answer,
    enrolment_request,
    trust,
)
from sync.wire.canonical import Malformed
from sync.wire.enrolment_answer import Answer, Issued, Stage
from sync.wire.signer import NotSignedError, Signer, VerifyingKey
from sync.wire.trust import HubTrust, TrustTrouble

FOLDER: Final = "enrolment"
STATE_FILE: Final = "request.cbor"
STICK_REQUEST: Final = "sportello-request.bin"
"""Name of the request on a stick."""
STICK_ANSWER: Final = "sportello-answer.bin"
"""Name of the answer on a stick."""
STICK_TOKEN: Final = "sportello-token.bin"  # noqa: S105  the name of a file
"""Name of the token on a stick, as the console writes it."""

_FORMAT: Final = 1
_MOST_BYTES: Final = 1 << 20

Post = Callable[[str, bytes], bytes | str]
"""Posts bytes to an address; the answer's bytes, or the failure code of why there are none."""


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """The device's keys, made before anything is asked.

    Attributes:
        signer: the signing key.
        spki: its public half, SubjectPublicKeyInfo in DER.
        tls_password: with which the TLS key's file is encrypted; empty for none.
        certify: where the TLS key is in a device: makes it, unless its file is there, and its PKCS
            #10 for a name; raises `NotSignedError` with why not.
        close: lets the key store go; nothing is signed after it.
    """

    signer: Signer
    spki: bytes
    tls_password: bytes = field(default=b"", repr=False)
    certify: Callable[[Path, str], bytes] | None = None
    close: Callable[[], None] = lambda: None

    def certification_request(self, tls_key: Path, name: str) -> bytes:
        """PKCS #10 in DER for the TLS key of that file, which must be there unless `certify` is.

        Raises:
            NotSignedError: the device that has the key does not sign.
            OSError: the file cannot be read.
            ValueError: it is no such key, or has another password.
        """
        if self.certify is not None:
            return self.certify(tls_key, name)
        password = self.tls_password or None
        return device_certificate.certification_request(name, tls_key.read_bytes(), password)


@dataclass(frozen=True, slots=True)
class Begun:
    """What a device knows before it has a request.

    Attributes:
        password: the one-time code; in memory only.
        address: of the hub's pages; empty where everything goes by stick.
        offer: the hub's, vouched for by the code.
    """

    password: str = field(repr=False)
    address: str
    offer: enrolment.Offer


@dataclass(frozen=True, slots=True)
class Requested:
    """A request that was made and kept.

    Attributes:
        station: the name that the device gets.
        address: as in `Begun`.
        root: the root of the trust in the hub's keys.
        trust_list: signed list of those.
        request: the signed request.
        sealed: the same as it is sent or written to a stick.
        check_code: for the eye, `ABCD-EFGH`.
    """

    station: str
    address: str
    root: VerifyingKey = field(compare=False)
    trust_list: bytes = field(repr=False)
    request: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    check_code: str


@dataclass(frozen=True, slots=True)
class EnrolmentTrouble:
    """Why it does not go on. `for_good`: another one-time code is needed."""

    code: str
    for_good: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """The hub has the request; not to be asked again before so many seconds."""

    stage: Stage
    seconds: int


def begin_with_token(token: enrolment.Token, trust_list: bytes) -> Begun:
    """From a stick: the file brings what the hub would offer."""
    offer = enrolment.Offer(token.station, token.root, trust_list)
    return Begun(token.password, token.address, offer)


def begin_with_code(
    password: str, address: str, post: Post, root: VerifyingKey | None = None
) -> Begun | EnrolmentTrouble:
    """Ask the hub for its offer.

    Args:
        password: the one-time code (`enrolment.parse_password`).
        address: of the hub's pages.
        post: reaches them.
        root: of the token in a QR code; None where the code was typed.

    Returns:
        The beginning; or `enrolment.unreachable`, `enrolment.code-unknown` (no such registration,
        used or too old), `enrolment.offer-foreign`, `enrolment.offer-damaged`.
    """
    data = post(address + enrolment.OFFER_PATH, enrolment.make_question(password))
    if isinstance(data, str):
        return EnrolmentTrouble(data)
    if not data:
        return EnrolmentTrouble("enrolment.code-unknown", for_good=True)
    offer = enrolment.read_offer(data, password, root)
    if isinstance(offer, Problem):
        return EnrolmentTrouble(offer.code, for_good=True)
    return Begun(password, address, offer)


class Enrolment:
    """The enrolment of the device of one folder.

    Args:
        folder: the station's folder to be; made where it is not there.
        now_ms: milliseconds since 1970.
    """

    def __init__(self, folder: Path, now_ms: Callable[[], int]) -> None:
        self._folder = folder
        self._now_ms = now_ms

    @property
    def tls_key(self) -> Path:
        """Where the TLS key is."""
        return self._folder / "tls" / "station.key"

    def requested(self) -> Requested | None:
        """The request that was made, also before a power cut; None where there is none."""
        try:
            data = (self._folder / FOLDER / STATE_FILE).read_bytes()
            plain = canonical.decode(data, limit=_MOST_BYTES)
            form, station, address, root, listed, request, sealed = canonical.items(
                plain, exactly=7
            )
            if form != _FORMAT:
                return None
            signed = canonical.octets(request)
            return Requested(
                enrolment.station_name(station),
                canonical.text(address, longest=enrolment.LONGEST_ADDRESS),
                VerifyingKey.from_spki(canonical.octets(root)),
                canonical.octets(listed),
                signed,
                canonical.octets(sealed),
                _shown(signed),
            )
        except (OSError, Malformed):
            return None

    def make_tls_key(self, password: bytes) -> None:
        """Make the TLS key, unless there is one already. Raises `OSError`."""
        if self.tls_key.exists():
            return
        _folder(self.tls_key.parent)
        replace_file(self.tls_key, device_certificate.make_tls_key(password or None))

    def request(self, begun: Begun, keys: DeviceKeys) -> Requested | EnrolmentTrouble:
        """Make the request and keep it; one that was made with the same code is kept.

        Returns:
            The request; or `enrolment.hub-foreign` (the list of the hub's keys is not of its
            root), `enrolment.unwritable`, `enrolment.key-unusable`, or a code of the key store.
        """
        before = self.requested()
        if before is not None and _made_with(before, begun.password):
            return before  # the hub takes one request for each code
        offer = begun.offer
        hub = trust.load(offer.trust_list, offer.root)
        if isinstance(hub, TrustTrouble):
            return EnrolmentTrouble("enrolment.hub-foreign", for_good=True)
        try:
            if keys.certify is None:
                self.make_tls_key(keys.tls_password)
            asked = keys.certification_request(self.tls_key, offer.station)
            data = enrolment_request.make_request(
                password=begun.password,
                station=offer.station,
                signer=keys.signer,
                signing_key=VerifyingKey.from_spki(keys.spki),
                certification_request=asked,
                made_at=self._now_ms(),
            )
            sealed = enrolment_request.seal(data, hub.sealing_key, begun.password)
            self._keep(begun, data, sealed)
        except NotSignedError as error:
            return EnrolmentTrouble(error.code)
        except ValueError:
            return EnrolmentTrouble("enrolment.key-unusable")
        except OSError:
            return EnrolmentTrouble("enrolment.unwritable")
        kept = self.requested()
        return EnrolmentTrouble("enrolment.unwritable") if kept is None else kept

    def forget(self) -> None:
        """Another one-time code is used: the request made with the one before is dropped."""
        (self._folder / FOLDER / STATE_FILE).unlink(missing_ok=True)

    def ask(self, requested: Requested, post: Post) -> Issued | Waiting | EnrolmentTrouble:
        """Send the request, which is also how one asks on. Blocks for the hub."""
        data = post(requested.address + enrolment.REQUEST_PATH, requested.sealed)
        return EnrolmentTrouble(data) if isinstance(data, str) else self.answered(requested, data)

    def answered(self, requested: Requested, data: bytes) -> Issued | Waiting | EnrolmentTrouble:
        """What an answer means, by whichever way it came."""
        hub = trust.load(requested.trust_list, requested.root)
        if not isinstance(hub, HubTrust):
            return EnrolmentTrouble("enrolment.hub-foreign", for_good=True)
        name = enrolment_request.hash_of(requested.request)
        answer = enrolment_answer.load(data, hub, name)
        if isinstance(answer, Problem):
            return EnrolmentTrouble(answer.code)
        return _meaning(answer)

    def install(
        self,
        requested: Requested,
        issued: Issued,
        keys: DeviceKeys,
        settings: Callable[[Issued], bytes],
    ) -> EnrolmentTrouble | None:
        """Put everything in place, `station.toml` last: without it the device is no station.

        Args:
            requested: the request that was answered.
            issued: what the hub issued.
            keys: the device's.
            settings: makes the content of `station.toml`.

        Returns:
            None; or `enrolment.certificate-wrong` (not for this name or these keys, not of these
            authorities, or a comune's server certificate, R-004-9), `enrolment.hub-foreign`,
            `enrolment.unwritable`.
        """
        try:
            if not self._fits(requested, issued, keys):
                return EnrolmentTrouble("enrolment.certificate-wrong", for_good=True)
        except NotSignedError as error:
            return EnrolmentTrouble(error.code)
        if isinstance(trust.load(issued.trust_list, requested.root), TrustTrouble):
            return EnrolmentTrouble("enrolment.hub-foreign", for_good=True)
        pem = device_certificate.to_pem
        files = {
            "tls/ca.pem": pem(issued.authorities),
            "tls/station.pem": pem((issued.certificate,)),
            "key/certificate.pem": pem((issued.signing_certificate,)),
            "trust/root.pem": requested.root.to_pem(),
            "trust/hub.cose": issued.trust_list,
        }
        try:
            for name, content in files.items():
                _folder((self._folder / name).parent)
                replace_file(self._folder / name, content)
            replace_file(self._folder / "station.toml", settings(issued), mode=0o644)
            self.forget()
            sync_folder(self._folder / FOLDER)
        except OSError:
            return EnrolmentTrouble("enrolment.unwritable")
        return None

    def _fits(self, requested: Requested, issued: Issued, keys: DeviceKeys) -> bool:
        tls = device_certificate.read(issued.certificate)
        signing = device_certificate.read(issued.signing_certificate)
        if isinstance(tls, Problem) or isinstance(signing, Problem):
            return False
        asked = keys.certification_request(self.tls_key, requested.station)
        spki = device_certificate.spki_of(asked, requested.station)
        wrong = device_certificate.problem(
            issued.certificate,
            name=requested.station,
            spki=spki or b"",
            authorities=issued.authorities,
            # The device's own clock may be wrong: what is judged here is whose it is.
            at=tls.begins,
        )
        named = issued.station == requested.station == signing.name
        return wrong is None and named and signing.spki == keys.spki

    def _keep(self, begun: Begun, request: bytes, sealed: bytes) -> None:
        offer = begun.offer
        plain = [
            _FORMAT,
            offer.station,
            begun.address,
            offer.root.spki,
            offer.trust_list,
            request,
            sealed,
        ]
        _folder(self._folder / FOLDER)
        replace_file(self._folder / FOLDER / STATE_FILE, canonical.encode(plain))


def _meaning(answer: Answer) -> Issued | Waiting | EnrolmentTrouble:
    match answer.stage:
        case Stage.ISSUED if answer.issued is not None:
            return answer.issued
        case Stage.APPROVAL | Stage.GENERATOR:
            return Waiting(answer.stage, answer.wait_seconds)
        case _:
            return EnrolmentTrouble(_REFUSALS.get(answer.code, "enrolment.refused"), for_good=True)


_REFUSALS: Final = {
    "enrolment.used": "enrolment.used",
    "enrolment.expired": "enrolment.expired",
    "station.protection": "enrolment.protection",
}


def _made_with(requested: Requested, password: str) -> bool:
    sealed = enrolment_request.look(requested.sealed)
    return not isinstance(sealed, Problem) and sealed.locator == enrolment.locator(password)


def _shown(request: bytes) -> str:
    return enrolment.shown(enrolment_request.check_code(enrolment_request.hash_of(request)))


def _folder(path: Path) -> None:
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(path.parent)


# --- renewal


def renewal_due(begins: datetime, ends: datetime, jitter: float) -> datetime:
    """When a certificate is to be renewed: at two thirds of its life, some days sooner or later.

    Args:
        begins: of its validity.
        ends: likewise.
        jitter: from 0 up to 1; every station its own, so that they do not all ask on one day.
    """
    life = ends - begins
    return begins + life * (0.62 + 0.08 * jitter)


def jitter_of(station: str) -> float:
    """A station's own jitter, from 0 up to 1, ever the same."""
    return int.from_bytes(hashlib.sha256(station.encode()).digest()[:4]) / (1 << 32)


def at_least_now(now_ms: int) -> datetime:
    """A moment of the station's clock."""
    return datetime.fromtimestamp(now_ms / 1000, tz=UTC)
