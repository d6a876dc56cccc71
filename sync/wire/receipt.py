"""The hub's signed acknowledgement: what it holds of a station's chain, and what it decided.

It is cumulative and is sent after COMMIT only. `up_to` and `head` say up to where the chain is
stored, so both ends can prove what the other held. `answers` go on from where the station knows
outcomes (`Batch.known`), without a gap, as far as the hub has decided and as there is room; what
is stored and not decided yet is answered by a later acknowledgement, which the hub sends when it
has decided, and again whenever the station asks. `secured` says what the hub can no longer lose:
the station destroys what it kept of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from uuid import UUID

from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.envelope import HASH_BYTES
from sync.wire.signer import Signer
from sync.wire.topics import is_station_name
from sync.wire.trust import HubTrust

FORMAT: Final = 2
"""With `secured`. Where nothing is secured format 1 is written, which older stations read too."""

_FORMAT_WITHOUT_SECURED: Final = 1
PURPOSE: Final = "application/sportello-acknowledgement+cose"
MOST_BYTES: Final = 64 * 1024
MOST_ANSWERS: Final = 100

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The operation is in the registry."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The operation is stored and visible, and has no effect until a person has decided.

    Attributes:
        code: stable name of the reason, as of `Problem.code`.
        rule: the seed rule that it breaks, or None.
        remedy: stable name of what would mend it, a key of the catalogue; may be empty.
    """

    code: str
    rule: str | None = None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """The chain goes on over the entry's hash; the operation itself never came."""


Outcome = Accepted | Refused | Missing


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one operation; `operation_id` is None where the hub cannot know it."""

    seq: int
    operation_id: UUID | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the hub says to a station.

    Attributes:
        up_to: the last entry of the station's chain that is stored, 0 for none.
        head: that entry's hash; `envelope.genesis(station)` where `up_to` is 0.
        answers: outcomes, in order of `seq`, each at most `up_to`; `MOST_ANSWERS` at most.
        hub_time: milliseconds since 1970 by the hub's clock. A hub never signs two different
            acknowledgements for one station with the same or a falling time.
        trouble: why the message was not stored, a stable code (`batch.gap`, `chain.fork`,
            `envelope.signature`, `batch.malformed` ...), or None where it was.
        secured: up to where all entries are stored, decided and in a backup; at most `up_to`, 0
            for none. A station destroys the keys of what is secured.
    """

    station: str
    up_to: int
    head: bytes
    answers: tuple[Answer, ...]
    hub_time: int
    trouble: str | None = None
    secured: int = 0


def sign(acknowledgement: Acknowledgement, signer: Signer) -> bytes:
    """The acknowledgement's exact bytes.

    Raises:
        ValueError: a field is out of range.
    """
    plain = _to_plain(acknowledgement)
    try:
        _from_plain(plain)
    except Malformed as trouble:
        raise ValueError(f"acknowledgement out of range: {trouble.code}") from None
    return cose.sign(PURPOSE, canonical.encode(plain), signer).data


def verify(data: bytes, trust: HubTrust) -> Acknowledgement | None:
    """The acknowledgement in `data`, or None where it is malformed or no trusted hub signed it."""
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        key = trust.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return None
        return _from_plain(canonical.decode(signed.payload, limit=MOST_BYTES))
    except Malformed:
        return None


def _to_plain(acknowledgement: Acknowledgement) -> list[object]:
    secured = [acknowledgement.secured] if acknowledgement.secured else []
    return [
        FORMAT if secured else _FORMAT_WITHOUT_SECURED,
        acknowledgement.station,
        acknowledgement.up_to,
        acknowledgement.head,
        acknowledgement.hub_time,
        acknowledgement.trouble,
        [
            [
                answer.seq,
                None if answer.operation_id is None else answer.operation_id.bytes,
                _outcome_to_plain(answer.outcome),
            ]
            for answer in acknowledgement.answers
        ],
        *secured,
    ]


def _outcome_to_plain(outcome: Outcome) -> list[object]:
    match outcome:
        case Accepted():
            return ["accepted"]
        case Refused(code, rule, remedy):
            return ["refused", code, rule, remedy]
        case Missing():
            return ["missing"]


def _from_plain(plain: object) -> Acknowledgement:
    parts = canonical.items(plain)
    form = canonical.natural(parts[0]) if parts else 0
    if (form, len(parts)) not in {(_FORMAT_WITHOUT_SECURED, 7), (FORMAT, 8)}:
        raise Malformed("acknowledgement.version")
    _, station, up_to, head, hub_time, trouble, answers, *secured = parts
    acknowledgement = Acknowledgement(
        station=canonical.text(station, longest=32),
        up_to=canonical.natural(up_to),
        head=canonical.octets(head, exactly=HASH_BYTES),
        answers=tuple(_answer_from_plain(answer) for answer in canonical.items(answers)),
        hub_time=canonical.natural(hub_time),
        trouble=None if trouble is None else _code(trouble),
        secured=canonical.natural(secured[0]) if secured else 0,
    )
    seqs = [0, *(answer.seq for answer in acknowledgement.answers)]
    in_order = all(before < after for before, after in pairwise(seqs))
    if not is_station_name(acknowledgement.station) or not in_order:
        raise Malformed("acknowledgement.shape")
    if max(seqs[-1], acknowledgement.secured) > acknowledgement.up_to:
        raise Malformed("acknowledgement.shape")
    return acknowledgement


def _answer_from_plain(plain: object) -> Answer:
    seq, operation_id, outcome = canonical.items(plain, exactly=3)
    return Answer(
        canonical.natural(seq),
        None if operation_id is None else UUID(bytes=canonical.octets(operation_id, exactly=16)),
        _outcome_from_plain(outcome),
    )


def _outcome_from_plain(plain: object) -> Outcome:
    match canonical.items(plain):
        case ["accepted"]:
            return Accepted()
        case ["missing"]:
            return Missing()
        case ["refused", code, rule, remedy]:
            return Refused(
                _code(code),
                None if rule is None else canonical.text(rule, longest=32),
                "" if remedy == "" else _code(remedy),
            )
        case _:
            raise Malformed("acknowledgement.shape")


def _code(value: object) -> str:
    code = canonical.text(value, longest=64)
    if not _CODE.fullmatch(code):
        raise Malformed("acknowledgement.shape")
    return code
