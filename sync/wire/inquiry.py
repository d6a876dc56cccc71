"""A question to the hub and its reply, on their way: sealed, signed, bound to each other.

The question is a COSE_Sign1 by the station's key. Its payload, sealed to the hub and bound to the
protected header, holds who asks and that operator's statement of being there
(`sync.wire.duty_statement`), what, and a public key that is made for this one question; its private
half never leaves the asker's memory. The reply is a COSE_Sign1 by the hub, sealed to that
key and bound to the hash of the whole question. Who carries them learns neither, and who takes the
hub's keys later cannot open the replies of before.

A question that is played again is found by its id while it is fresh (`Fresh`), and refused when it
is not. Its reply could be read by nobody but the first asker anyway.
"""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sync.model import inquiry_plain
from sync.model.console_views import SignedListPart, SignedListSince
from sync.model.errors import Problem
from sync.model.inquiry import Inquiry, Reply
from sync.wire import canonical, cose, duty_statement, sealing
from sync.wire.canonical import Malformed
from sync.wire.duty_statement import DutyStatement
from sync.wire.sealing import SealingKey, UnsealingKey
from sync.wire.signer import Signer, VerifyingKey
from sync.wire.topics import is_station_name
from sync.wire.trust import HubTrust

FORMAT: Final = 1
QUESTION_PURPOSE: Final = "application/sportello-question+cose"
REPLY_PURPOSE: Final = "application/sportello-reply+cose"

MOST_QUESTION_BYTES: Final = 16 * 1024
MOST_REPLY_BYTES: Final = 512 * 1024
"""Of a reply on its way; packed it may hold `MOST_REPLY_PLAIN_BYTES`."""

MOST_REPLY_PLAIN_BYTES: Final = canonical.MOST_BYTES

ID_BYTES: Final = 16
HASH_BYTES: Final = 32

FRESH_MILLISECONDS: Final = 10 * 60 * 1000
"""How far a question's time may be from the hub's clock."""

_HEADER: Final = -70002  # a private label, RFC 9052 3.1: below -65536
_KINDS: Final = 40
_KEYS: Final = "trust"
"""As `sync.wire.list_versions` names the list of the hub's keys."""


@dataclass(frozen=True, slots=True)
class InquiryTrouble:
    """Why a question or a reply is not taken.

    Attributes:
        code: `inquiry.malformed`, `inquiry.foreign` (not signed by who it says), `inquiry.unreadable`
            (sealed to another key), `inquiry.unknown-kind` (of a newer program), `inquiry.stale`,
            `inquiry.repeated`, `inquiry.other-question` (a reply to something else).
    """

    code: str


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """A question as the asker keeps it until the reply comes.

    Attributes:
        data: the exact bytes to be carried; nothing in them tells what is asked.
        id: 16 bytes by chance; the reply has it in clear.
        reply_key: opens the reply; in memory only.
        is_for_keys: whether it asks for the list of the hub's keys.
    """

    data: bytes
    id: bytes
    reply_key: UnsealingKey
    is_for_keys: bool = False

    @property
    def hash(self) -> bytes:
        """SHA-256 of `data`."""
        return hashlib.sha256(self.data).digest()


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the hub opened it.

    Attributes:
        asked_at: milliseconds since 1970 by the station's clock.
        statement: the operator's own, of being signed in there, not verified; None where a citizen
            asks.
        hash: SHA-256 of its exact bytes.
        reply_key: what the reply is sealed to.
    """

    station: str
    id: bytes
    asked_at: int
    statement: DutyStatement | None
    inquiry: Inquiry = field(repr=False)
    hash: bytes
    reply_key: SealingKey

    @property
    def operator(self) -> bytes | None:
        """Thumbprint of the certificate of who is said to ask."""
        return None if self.statement is None else self.statement.thumbprint


@dataclass(frozen=True, slots=True)
class Outside:
    """What anyone may read of a question.

    Attributes:
        sealing_key_id: which of the hub's keys opens it.
    """

    station: str
    id: bytes
    asked_at: int
    sealing_key_id: bytes


def ask(
    inquiry: Inquiry,
    station: str,
    operator: DutyStatement | None,
    signer: Signer,
    sealing_key: SealingKey,
    *,
    asked_at: int,
    random: Callable[[int], bytes] = os.urandom,
) -> Asked:
    """A question, signed by the station and sealed to the hub.

    Args:
        inquiry: what is asked.
        station: the station's name.
        operator: the statement of who is signed in, or None.
        signer: the station's key.
        sealing_key: the hub's.
        asked_at: milliseconds since 1970; by the hub's clock where the station knows it better.
        random: so many bytes by chance, for the id.
    """
    reply_key = UnsealingKey.generate()
    question_id = random(ID_BYTES)
    kind, plain = inquiry_plain.inquiry_to_plain(inquiry)
    shown = None if operator is None else operator.to_plain()
    body = canonical.encode([kind, plain, shown, reply_key.sealing_key.to_bytes()])
    header = [FORMAT, station, question_id, asked_at, sealing_key.key_id]
    signed = cose.sign(
        QUESTION_PURPOSE,
        lambda protected: sealing.seal(body, sealing_key, _info(protected)),
        signer,
        extra={_HEADER: header},
    )
    return Asked(signed.data, question_id, reply_key, is_for_keys(inquiry))


def is_for_keys(inquiry: Inquiry) -> bool:
    """Whether an inquiry asks for the list of the hub's keys, which is believed for its root."""
    return isinstance(inquiry, SignedListSince) and inquiry.name == _KEYS


def look(data: bytes) -> Outside | InquiryTrouble:
    """What stands on the outside of a question; nothing is verified."""
    try:
        return _outside(cose.parse(data, QUESTION_PURPOSE, limit=MOST_QUESTION_BYTES))
    except Malformed:
        return InquiryTrouble("inquiry.malformed")


def open_question(
    data: bytes, station_key: Callable[[str], VerifyingKey | None], unsealing: UnsealingKey
) -> Question | InquiryTrouble:
    """The question in `data`, if its station signed it and it is sealed to the hub.

    Whether it is fresh is for `Fresh`, whether the operator is there and may ask it for
    `DutyStatement` and `rosters.inquiry_problem`.

    Args:
        data: as it came.
        station_key: the key of a station of that name, None for one that does not exist.
        unsealing: the hub's key.
    """
    try:
        signed = cose.parse(data, QUESTION_PURPOSE, limit=MOST_QUESTION_BYTES)
        outside = _outside(signed)
        key = station_key(outside.station)
        if key is None or signed.key_id != key.key_id or not cose.verify(signed, key):
            return InquiryTrouble("inquiry.foreign")
        plain = sealing.unseal(signed.payload, unsealing, _info(signed.protected))
        if plain is None:
            return InquiryTrouble("inquiry.unreadable")
        return _question(outside, plain, hashlib.sha256(data).digest())
    except Malformed:
        return InquiryTrouble("inquiry.malformed")


def answer(reply: Reply, question: Question, signer: Signer, *, answered_at: int) -> bytes:
    """The hub's reply to a question.

    Raises:
        ValueError: it is larger than an asker takes; fewer changes go into one reply.
    """
    kind, plain = inquiry_plain.reply_to_plain(reply)
    body = canonical.encode([kind, plain])
    signed = cose.sign(
        REPLY_PURPOSE,
        lambda protected: sealing.seal(body, question.reply_key, _info(protected)),
        signer,
        extra={_HEADER: [FORMAT, question.id, question.hash, answered_at]},
    )
    if len(body) > MOST_REPLY_PLAIN_BYTES or len(signed.data) > MOST_REPLY_BYTES:
        raise ValueError("the reply is too large")
    return signed.data


def id_of_reply(data: bytes) -> bytes | None:
    """To which question's id a reply says it belongs; None where it is none. Nothing is verified."""
    try:
        return _reply_header(cose.parse(data, REPLY_PURPOSE, limit=MOST_REPLY_BYTES).headers)[0]
    except Malformed:
        return None


def open_answer(data: bytes, asked: Asked, trust: HubTrust) -> Reply | InquiryTrouble:
    """The reply in `data`, if a trusted hub signed it as the reply to `asked`.

    A station that was off while the hub changed its keys knows none of them. Of the list of keys
    alone it takes a reply that a key unknown to it signed: who could read the question has one of the
    hub's keys, and the list is believed for the signature of the root, whoever brings it.
    """
    try:
        signed = cose.parse(data, REPLY_PURPOSE, limit=MOST_REPLY_BYTES)
        question_id, question_hash, _ = _reply_header(signed.headers)
        key = trust.signing_key(signed.key_id)
        is_unknown = key is None and asked.is_for_keys
        if not is_unknown and (key is None or not cose.verify(signed, key)):
            return InquiryTrouble("inquiry.foreign")
        if (question_id, question_hash) != (asked.id, asked.hash):
            return InquiryTrouble("inquiry.other-question")
        plain = sealing.unseal(
            signed.payload, asked.reply_key, _info(signed.protected), limit=MOST_REPLY_PLAIN_BYTES
        )
        if plain is None:
            return InquiryTrouble("inquiry.unreadable")
        kind, value = canonical.items(
            canonical.decode(plain, limit=MOST_REPLY_PLAIN_BYTES), exactly=2
        )
        reply = inquiry_plain.reply_from_plain(canonical.text(kind, longest=_KINDS), value)
    except Malformed:
        return InquiryTrouble("inquiry.malformed")
    if is_unknown and not (isinstance(reply, SignedListPart) and reply.name == _KEYS):
        return InquiryTrouble("inquiry.foreign")
    return _trouble_of(reply) if isinstance(reply, Problem) else reply


class Fresh:
    """Takes each question once, and none that is old: what a hub keeps in memory.

    After a restart a question of the last minutes could be played again; its reply goes to the
    first asker's key still, and what counts is never done by an inquiry.
    """

    def __init__(self, most: int = 100_000) -> None:
        """Keep the ids of the last `most` questions that are still fresh."""
        self._most = most
        self._seen: OrderedDict[tuple[str, bytes], int] = OrderedDict()

    def trouble(self, question: Question, now: int) -> InquiryTrouble | None:
        """None for a question that is fresh and new; it is known from then on.

        Args:
            question: as it was opened.
            now: milliseconds since 1970 by the hub's clock.
        """
        # Without the hub's keys a station believes nobody about the time either: who asks for them
        # may ask by any clock, and is told what is no secret.
        is_late = abs(now - question.asked_at) > FRESH_MILLISECONDS
        if is_late and not is_for_keys(question.inquiry):
            return InquiryTrouble("inquiry.stale")
        self._forget(now)
        name = (question.station, question.id)
        if name in self._seen:
            return InquiryTrouble("inquiry.repeated")
        self._seen[name] = now
        return None

    def _forget(self, now: int) -> None:
        """Lets go of those that would be stale by now, whatever their clock said."""
        while self._seen:
            name, taken = next(iter(self._seen.items()))
            if now - taken <= 2 * FRESH_MILLISECONDS and len(self._seen) < self._most:
                return
            del self._seen[name]


def _info(protected: bytes) -> bytes:
    return hashlib.sha256(protected).digest()


def _trouble_of(problem: Problem) -> InquiryTrouble:
    known = problem.code == "inquiry.unknown-kind"
    return InquiryTrouble("inquiry.unknown-kind" if known else "inquiry.malformed")


def _outside(signed: cose.Signed) -> Outside:
    header = signed.headers.get(_HEADER)
    form, station, question_id, asked_at, sealing_key_id = canonical.items(header, exactly=5)
    if type(form) is not int or form != FORMAT:
        raise Malformed("inquiry.shape")
    name = canonical.text(station, longest=32)
    if not is_station_name(name):
        raise Malformed("inquiry.shape")
    return Outside(
        name,
        canonical.octets(question_id, exactly=ID_BYTES),
        canonical.natural(asked_at),
        canonical.octets(sealing_key_id, exactly=HASH_BYTES),
    )


def _question(outside: Outside, plain: bytes, hashed: bytes) -> Question | InquiryTrouble:
    kind, value, operator, reply_key = canonical.items(canonical.decode(plain), exactly=4)
    inquiry = inquiry_plain.inquiry_from_plain(canonical.text(kind, longest=_KINDS), value)
    if isinstance(inquiry, Problem):
        return _trouble_of(inquiry)
    return Question(
        station=outside.station,
        id=outside.id,
        asked_at=outside.asked_at,
        statement=None if operator is None else duty_statement.from_plain(operator),
        inquiry=inquiry,
        hash=hashed,
        reply_key=SealingKey(canonical.octets(reply_key)),
    )


def _reply_header(headers: Mapping[Any, Any]) -> tuple[bytes, bytes, int]:
    form, question_id, question_hash, answered_at = canonical.items(headers.get(_HEADER), exactly=4)
    if type(form) is not int or form != FORMAT:
        raise Malformed("inquiry.shape")
    return (
        canonical.octets(question_id, exactly=ID_BYTES),
        canonical.octets(question_hash, exactly=HASH_BYTES),
        canonical.natural(answered_at),
    )
