"""Signing in by daily password (R-004-34): compared here, answered with a certificate of the day.

The certificate's key was made in the station's memory; until the midnight that ends the day its
thumbprint is the operator's. It gives what the profiles give but for the console itself: for that a
smart card is needed (R-004-3). A wrong try costs the same time and brings the same answer whether the
person is unknown, has no password today, or typed it wrongly. The key acts at the station that asked
for it alone, and ends when its holder signs in at another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync.hub.acting import day
from sync.hub.console import consequences, derivation
from sync.hub.console.derivation import Offices
from sync.hub.console.desk import of_password, tries_of
from sync.hub.home import pace
from sync.hub.home.checking import BusyError, Comparer
from sync.hub.home.pace import Origin, Pace
from sync.hub.store import cards, operators, secrets, users
from sync.hub.store.database import Store
from sync.hub.store.operators import KnownOperator, Source
from sync.hub.store.users import DailyPassword, User
from sync.model import certificates, daily_password
from sync.model.console_views import DayPass, DaySignIn
from sync.model.inquiry import Denied
from sync.model.rosters import Right
from sync.wire.canonical import Malformed
from sync.wire.signer import SoftwareSigner, VerifyingKey

WRONG: Final = "daily.wrong"
WAIT: Final = "daily.wait"
MOST_WRONG: Final = 15
"""So many wrong tries, and a password is spent."""

BY_CARD_ALONE: Final = frozenset({Right.USERS, Right.STATIONS, Right.APPOINT, Right.OFFICER})
"""What no daily password opens (R-004-3)."""

_OF_A_PERSON: Final = Pace(3, 60, 60 * 60, 24 * 60 * 60)
_BUSY_SECONDS: Final = 5
# A station's clock may be some minutes behind the hub's.
_BACKDATED: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, repr=False)
class Compared:
    """What comparing has shown, for what was kept at that moment.

    Attributes:
        password: the password that was compared, None where there is none.
        is_right: whether it was typed.
    """

    asked: DaySignIn
    station: str
    password: DailyPassword | None
    is_right: bool


@dataclass(frozen=True, slots=True)
class DaySignIns:
    """Signs people in.

    Attributes:
        comparer: compares slowly.
        digests: the hub's key for digests.
        signer: signs certificates of the day.
        name: of the hub, the issuer.
        offices: what the settings say of the comuni.
        new_serial: a certificate's serial number.
    """

    comparer: Comparer
    digests: bytes = field(repr=False)
    signer: SoftwareSigner
    name: str
    offices: Offices
    new_serial: Callable[[], int] = x509.random_serial_number

    def compare(self, reader: Store, asked: DaySignIn, station: str, now: int) -> Compared | Denied:
        """Compares what was typed. Changes nothing, takes a good part of a second.

        Returns:
            What `settle` judges, or `daily.wait`, `home.busy`, `daily.key` (no key on P-256).
        """
        seconds = self._waiting(reader, asked, station, now)
        if seconds:
            return Denied(WAIT, wait_seconds=seconds)
        try:
            VerifyingKey.from_spki(asked.key)
        except Malformed:
            return Denied("daily.key")
        kept = self._password(reader, asked.codice_fiscale, station, now)
        typed = daily_password.parse(asked.password) or ""
        try:
            with self.comparer.place():
                is_right = self.comparer.matches(
                    None if kept is None else kept.digest,
                    typed.encode(),
                    of_password(0 if kept is None else kept.user),
                )
        except BusyError:
            return Denied("home.busy", wait_seconds=_BUSY_SECONDS)
        return Compared(asked, station, kept, is_right)

    def settle(self, store: Store, compared: Compared, now: int) -> DayPass | Denied:
        """Judges what `compare` has shown, and counts the try. Within a transaction.

        Returns:
            Who is signed in until midnight, or `daily.wait`, `daily.wrong`.
        """
        pace.sweep(store, now)
        users.forget_passwords(store, now)
        asked, station = compared.asked, compared.station
        seconds = self._waiting(store, asked, station, now)
        if seconds:
            return Denied(WAIT, wait_seconds=seconds)
        kept = self._password(store, asked.codice_fiscale, station, now)
        same = kept is not None and replace(kept, wrong=0) == (
            None if compared.password is None else replace(compared.password, wrong=0)
        )
        user = None if kept is None or not same else users.by_id(store, kept.user)
        line = None if user is None or not compared.is_right else self._line(store, user, now)
        if kept is None or user is None or line is None:
            return self._failed(store, compared, kept, now)
        secrets.forget_attempts(store, tries_of(self.digests, asked.codice_fiscale))
        return self._sign_in(store, line, kept, user, compared, now)

    def _password(
        self, store: Store, codice_fiscale: str, station: str, now: int
    ) -> DailyPassword | None:
        """The password of the station's comune; of a station of no comune the only one."""
        comune = certificates.comune_of(station)
        for kept in users.passwords(store, codice_fiscale, now):
            user = users.by_id(store, kept.user)
            if user is not None and comune in {"", user.comune}:
                return kept
        return None

    def _line(self, store: Store, user: User, now: int) -> KnownOperator | None:
        """What the card would open, were it not forgotten; None where it opens nothing."""
        card = cards.of_person(store, user.codice_fiscale)
        if consequences.password_problem(user, card, by=None) is not None:
            return None
        line = derivation.current(store, user, card, self.offices)
        return line if line is not None and day(now) <= line.entry.until else None

    def _waiting(self, store: Store, asked: DaySignIn, station: str, now: int) -> int:
        mine = tries_of(self.digests, asked.codice_fiscale)
        origin = Origin.station(station).subject(self.digests)
        return max(pace.waiting(store, mine, now), pace.waiting(store, origin, now))

    def _failed(
        self, store: Store, compared: Compared, kept: DailyPassword | None, now: int
    ) -> Denied:
        origin = Origin.station(compared.station)
        _, seconds = pace.failed(store, origin.subject(self.digests), origin.pace, now)
        mine = tries_of(self.digests, compared.asked.codice_fiscale)
        _, wait = pace.failed(store, mine, _OF_A_PERSON, now)
        if kept is not None:
            wrong = kept.wrong + 1
            digest = None if wrong >= MOST_WRONG else kept.digest
            users.set_password(store, replace(kept, wrong=wrong, digest=digest))
        return Denied(WRONG, wait_seconds=max(seconds, wait))

    def _sign_in(
        self,
        store: Store,
        line: KnownOperator,
        kept: DailyPassword,
        user: User,
        compared: Compared,
        now: int,
    ) -> DayPass:
        certificate = self.certificate(user.codice_fiscale, compared.asked.key, now, kept.until)
        entry = replace(
            line.entry,
            thumbprint=hashlib.sha256(certificate).digest(),
            rights=line.entry.rights - BY_CARD_ALONE,
            until=date.fromisoformat(kept.day),
        )
        known = KnownOperator(entry, certificate, Source.DAY, user.id, station=compared.station)
        operators.end_day_keys(store, user.id, now)
        operators.add_day_key(store, known, now, kept.until)
        return DayPass(certificate, entry.name, kept.until, (kept.until - now) // 1000)

    def certificate(self, codice_fiscale: str, key: bytes, now: int, until: int) -> bytes:
        """The certificate of a day's key, DER.

        Args:
            codice_fiscale: of the subject.
            key: SubjectPublicKeyInfo of a key on P-256, DER.
            now: milliseconds since 1970.
            until: likewise, the midnight that ends the day.

        Raises:
            Malformed: it is no such key.
        """
        VerifyingKey.from_spki(key)
        public = serialization.load_der_public_key(key)
        issuing = serialization.load_pem_private_key(self.signer.to_pem(), password=None)
        if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(
            issuing, ec.EllipticCurvePrivateKey
        ):
            raise Malformed("key.malformed")
        begins = datetime.fromtimestamp(now / 1000, tz=UTC).replace(microsecond=0) - _BACKDATED
        made = (
            x509.CertificateBuilder()
            .subject_name(
                x509.Name(
                    [
                        x509.NameAttribute(NameOID.COMMON_NAME, f"{codice_fiscale}/daily"),
                        x509.NameAttribute(NameOID.SERIAL_NUMBER, f"TINIT-{codice_fiscale}"),
                    ]
                )
            )
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)]))
            .public_key(public)
            .serial_number(self.new_serial())
            .not_valid_before(begins)
            .not_valid_after(datetime.fromtimestamp(until / 1000, tz=UTC))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(issuing, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.DER)
