"""What stations send of acts, and what a hub keeps of an envelope."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from io import BytesIO
from typing import Any, Final

import cbor2

from sync.model import operation
from sync.model.counter import CounterAct
from sync.model.errors import Problem
from sync.model.reconciliation import apply
from sync.model.registration import Registration
from sync.wire import canonical, envelope, remnant
from sync.wire.canonical import Malformed
from sync.wire.envelope import Envelope
from tests.fuzz.material import parts, script
from tests.unit.model.console_examples import AUDITED, CONSOLE_ACTS, INSTALLED
from tests.unit.model.counter_examples import ACTS, CONCLUSION, REGISTRATION, stamp
from tests.unit.model.examples import COMPLETE, IDENTIFIED, READY
from tests.unit.wire.material import OURS, chain

_TODAY: Final = date(2026, 11, 22)
_KINDS: Final = (
    *(operation.IDENTIFICATION, operation.READINESS, operation.PREREGISTRATION),
    *(operation.kind_of(act) for act in (*ACTS, CONCLUSION, *CONSOLE_ACTS, AUDITED, INSTALLED)),
)
_DEEP: Final = 16


def acts(data: bytes) -> None:
    """The first byte says of which kind the value is; it need not be one of the protocol's."""
    kind, rest = (_KINDS[data[0] % len(_KINDS)], data[1:]) if data else (_KINDS[0], b"")
    for plain in _values(rest):
        found = operation.from_plain(kind, operation.VERSION, plain)
        if isinstance(found, Problem):
            _shown(found)
            continue
        for problem in operation.problems(found, today=_TODAY):
            _shown(problem)
        if operation.is_counter_act(found):
            _judged(found)
        again = operation.from_plain(kind, operation.VERSION, operation.to_plain(found))
        if again != found:
            raise AssertionError("what was read cannot be written")


def _judged(act: CounterAct) -> None:
    """Whatever a station sends, the registry has an answer to it, and the same one again."""
    for registration in (None, REGISTRATION):
        after = apply(registration, act, stamp())
        if isinstance(after, Problem):
            _shown(after)
        elif isinstance(after, Registration):
            again = apply(after, act, stamp())
            if isinstance(again, Registration) and again != after:
                raise AssertionError("what stands already stands otherwise")


def _values(data: bytes) -> Iterable[Any]:
    """As a hub reads it, and as it would be were any CBOR let in."""
    try:
        yield canonical.decode(data)
    except Malformed:
        pass
    else:
        return
    try:
        yield cbor2.load(BytesIO(data), max_depth=_DEEP)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError):
        return


def _shown(problem: Problem) -> None:
    """Nothing of what was sent is in a problem."""
    field = problem.field or ""
    if not problem.code.isascii() or not field.isascii() or len(field) > 200:
        raise AssertionError("a problem that cannot be shown")


def acts_seeds() -> Iterable[bytes]:
    known = (*ACTS, CONCLUSION, *CONSOLE_ACTS, AUDITED, INSTALLED)
    for kind, act in enumerate((IDENTIFIED, READY, COMPLETE, *known)):
        yield bytes([kind]) + canonical.encode(operation.to_plain(act))
    yield b"\0" + canonical.encode({"fingers": [], "document": {}, "way": "operator"})
    yield b"\0" + canonical.encode({"document": {}, "x" * 300: None})
    yield b"\1" + canonical.encode({"devices": [{}] * 3, "made_on": "2026-02-30"})


@cache
def _whole() -> Envelope:
    return chain(1)[0]


def remnants(data: bytes) -> None:
    """A remnant as it stands, or (first byte odd) one that is made of the input's parts."""
    which, rest = (data[0], data[1:]) if data else (0, b"")
    if which % 2:
        protected, signature, hashed = [*parts(rest, 3), b"", b"", b""][:3]
        rest = canonical.encode([remnant.FORMAT, protected, signature, hashed, which])
    try:
        left = remnant.parse(rest)
    except Malformed:
        pass
    else:
        if remnant.verify(left, OURS.station.verifying_key) and which % 2 == 0:
            true = remnant.parse(remnant.leave(_whole()))
            if left.signature != true.signature or left.signed_hash != true.signed_hash:
                raise AssertionError("a signature that was never made")
        _ = repr(left)
    try:
        whole = envelope.parse(rest)
    except Malformed:
        return
    if remnant.parse(remnant.leave(whole)).header != whole.header:
        raise AssertionError("another header")


def remnants_seeds() -> Iterable[bytes]:
    whole = _whole()
    signed = whole.signed
    yield b"\0" + remnant.leave(whole)
    yield b"\0" + whole.data
    yield b"\1" + script((signed.protected, signed.signature, bytes(32)))
