"""What the console asks and is told, as plain values, and what names the state of a user's record."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from sync.model.certificates import CertificateKind, CertificateState
from sync.model.console_plain import HASH_BYTES, from_set, to_set
from sync.model.console_views import (
    CardRecord,
    CertificateAsked,
    CertificateTold,
    DayPass,
    DaySignIn,
    EnrolmentCodeAsked,
    EnrolmentCodeTold,
    RenewalAsked,
    Renewed,
    SignedListPart,
    SignedListSince,
    StationRecord,
    StationsAsked,
    StationsTold,
    UserRecord,
    UsersAsked,
    UsersTold,
)
from sync.model.plain_reader import PlainReader
from sync.model.smart_cards import CardState
from sync.model.users import Environment, Profile, UserState, UserType

MOST_RECORDS: Final = 200
"""Of one reply, at most; who answers puts in as many as a message can carry."""

_DIGEST_OF: Final = b"sportello user record 1 "


def digest_of(record: UserRecord) -> bytes:
    """Names the state of a user's record as an administrator saw it (`UserChange.basis`), 32 bytes.

    It is of what the record says of the user in this comune. The card, how many comuni know the
    user, and a Security Officer's receipt are not in it: they go their own way, and do not make a
    change of e-mail or profiles another one.
    """
    plain = from_user(record)
    for other in ("card", "comuni", "digest", "master_received"):
        del plain[other]
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(_DIGEST_OF + text.encode()).digest()


def from_station(record: StationRecord) -> dict[str, Any]:
    """A station's record as a plain value."""
    return {
        "name": record.name,
        "label": record.label,
        "kind": record.kind.value,
        "state": record.state.value,
        "check_code": record.check_code,
        "request": record.request,
        "expires": None if record.expires is None else record.expires.isoformat(),
        "serial": record.serial,
        "protection": record.protection,
        "place": record.place,
        "last_seen": record.last_seen,
    }


def to_station(reader: PlainReader) -> StationRecord:
    """A station's record read back."""
    record = StationRecord(
        name=reader.text("name"),
        label=reader.text("label"),
        kind=reader.choice("kind", CertificateKind),
        state=reader.choice("state", CertificateState),
        check_code=reader.text("check_code"),
        request=reader.octets("request"),
        expires=reader.day_or_none("expires"),
        serial=reader.text("serial"),
        protection=reader.text("protection"),
        place=reader.text("place"),
        last_seen=reader.whole("last_seen"),
    )
    reader.finish()
    if len(record.request) not in {0, HASH_BYTES}:
        reader.refuse("request")
    return record


def from_user(record: UserRecord) -> dict[str, Any]:
    """A user's record as a plain value."""
    card = record.card
    return {
        "codice_fiscale": record.codice_fiscale,
        "surname": record.surname,
        "name": record.name,
        "email": record.email,
        "pec": record.pec,
        "user_type": record.user_type.value,
        "environments": from_set(record.environments),
        "profiles": from_set(record.profiles),
        "state": record.state.value,
        "card": None if card is None else _from_card(card),
        "comuni": record.comuni,
        "digest": record.digest,
        "master_received": record.master_received,
    }


def to_user(reader: PlainReader) -> UserRecord:
    """A user's record read back."""
    card = reader.part_or_none("card")
    record = UserRecord(
        codice_fiscale=reader.text("codice_fiscale"),
        surname=reader.text("surname"),
        name=reader.text("name"),
        email=reader.text("email"),
        pec=reader.text("pec"),
        user_type=reader.choice("user_type", UserType),
        environments=to_set(reader, "environments", Environment),
        profiles=to_set(reader, "profiles", Profile),
        state=reader.choice("state", UserState),
        card=None if card is None else _to_card(card),
        comuni=reader.whole("comuni"),
        digest=reader.octets("digest"),
        master_received=reader.flag("master_received"),
    )
    reader.finish()
    if len(record.digest) not in {0, HASH_BYTES}:
        reader.refuse("digest")
    return record


def _from_card(card: CardRecord) -> dict[str, Any]:
    return {
        "state": card.state.value,
        "serial": card.serial,
        "due": None if card.due is None else card.due.isoformat(),
        "codes_sent": card.codes_sent,
    }


def _to_card(reader: PlainReader) -> CardRecord:
    card = CardRecord(
        state=reader.choice("state", CardState),
        serial=reader.text("serial"),
        due=reader.day_or_none("due"),
        codes_sent=reader.whole("codes_sent"),
    )
    reader.finish()
    return card


# --- inquiries


def from_page(asked: StationsAsked | UsersAsked) -> dict[str, Any]:
    """A question for some records as a plain value."""
    return {"comune": asked.comune, "offset": asked.offset}


def from_named(asked: EnrolmentCodeAsked | CertificateAsked) -> dict[str, Any]:
    """A question about one station as a plain value."""
    return {"comune": asked.comune, "station": asked.station}


def stations_asked(reader: PlainReader) -> StationsAsked:
    """Read back."""
    return StationsAsked(comune=reader.text("comune"), offset=reader.whole("offset"))


def users_asked(reader: PlainReader) -> UsersAsked:
    """Read back."""
    return UsersAsked(comune=reader.text("comune"), offset=reader.whole("offset"))


def enrolment_code_asked(reader: PlainReader) -> EnrolmentCodeAsked:
    """Read back."""
    return EnrolmentCodeAsked(comune=reader.text("comune"), station=reader.text("station"))


def certificate_asked(reader: PlainReader) -> CertificateAsked:
    """Read back."""
    return CertificateAsked(comune=reader.text("comune"), station=reader.text("station"))


def day_sign_in(reader: PlainReader) -> DaySignIn:
    """Read back."""
    return DaySignIn(
        codice_fiscale=reader.text("codice_fiscale"),
        password=reader.text("password"),
        key=reader.octets("key"),
    )


def signed_list_since(reader: PlainReader) -> SignedListSince:
    """Read back."""
    return SignedListSince(
        name=reader.text("name"),
        version=reader.whole("version"),
        offset=reader.whole("offset"),
        # Hubs of before knew no differences, and refuse a member that they do not know.
        delta=reader.flag("delta") if reader.has("delta") else False,
    )


def renewal_asked(reader: PlainReader) -> RenewalAsked:
    """Read back."""
    return RenewalAsked(request=reader.octets("request"))


# --- replies


def from_records(told: StationsTold | UsersTold) -> dict[str, Any]:
    """Some records as a plain value."""
    records = (
        [from_station(record) for record in told.records]
        if isinstance(told, StationsTold)
        else [from_user(record) for record in told.records]
    )
    return {"records": records, "more": told.more}


def from_day_pass(told: DayPass) -> dict[str, Any]:
    """A sign-in of a day as a plain value."""
    return {
        "certificate": told.certificate,
        "name": told.name,
        "until": told.until,
        "seconds": told.seconds,
    }


def from_list_since(asked: SignedListSince) -> dict[str, Any]:
    """A question for a newer list as a plain value; a hub of before knows it without `delta`."""
    plain = {"name": asked.name, "version": asked.version, "offset": asked.offset}
    return {**plain, "delta": True} if asked.delta else plain


def from_list_part(told: SignedListPart) -> dict[str, Any]:
    """A part of a signed list as a plain value; stations of before know it without `base`."""
    base = {"base": told.base} if told.base else {}
    return {
        **base,
        "name": told.name,
        "version": told.version,
        "offset": told.offset,
        "of": told.of,
        "data": told.data,
    }


def stations_told(reader: PlainReader) -> StationsTold:
    """Read back."""
    return StationsTold(
        records=tuple(to_station(part) for part in reader.parts("records", most=MOST_RECORDS)),
        more=reader.flag("more"),
    )


def users_told(reader: PlainReader) -> UsersTold:
    """Read back."""
    return UsersTold(
        records=tuple(to_user(part) for part in reader.parts("records", most=MOST_RECORDS)),
        more=reader.flag("more"),
    )


def enrolment_code_told(reader: PlainReader) -> EnrolmentCodeTold:
    """Read back."""
    return EnrolmentCodeTold(
        token=reader.text("token"), password=reader.text("password"), until=reader.whole("until")
    )


def certificate_told(reader: PlainReader) -> CertificateTold:
    """Read back."""
    return CertificateTold(station=reader.text("station"), pem=reader.octets("pem"))


def day_pass(reader: PlainReader) -> DayPass:
    """Read back."""
    return DayPass(
        certificate=reader.octets("certificate"),
        name=reader.text("name"),
        until=reader.whole("until"),
        seconds=reader.whole("seconds"),
    )


def signed_list_part(reader: PlainReader) -> SignedListPart:
    """Read back."""
    return SignedListPart(
        name=reader.text("name"),
        version=reader.whole("version"),
        offset=reader.whole("offset"),
        of=reader.whole("of"),
        data=reader.octets("data"),
        base=reader.whole("base") if reader.has("base") else 0,
    )


def renewed(reader: PlainReader) -> Renewed:
    """Read back."""
    return Renewed(data=reader.octets("data"))
