"""Digests of secrets, codes sealed for the mail."""

from __future__ import annotations

import os
import threading
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from sync.model import codes
from sync.model.secret_digests import digest_problem
from sync.wire import mail_seal, sealing, secret_digest
from tests.unit.wire.material import OURS, THEIRS, flipped

KEY = bytes(range(32))
ID = UUID(int=7)


def code() -> bytearray:
    return codes.make_code(lambda below: 7 % below)


@pytest.mark.rule("R-003-1")
def test_a_digest_is_of_its_secret_alone() -> None:
    made = secret_digest.digest(bytearray(b"19283746"))
    assert digest_problem(made) is None
    assert "m=65536,t=3,p=1" in made
    assert secret_digest.verify(made, b"19283746")
    assert secret_digest.verify(made, bytearray(b"19283746"))
    assert not secret_digest.verify(made, b"19283747")
    assert made != secret_digest.digest(b"19283746")


def test_a_digest_that_asks_for_other_work_is_of_nothing() -> None:
    weak = Argon2id(salt=bytes(16), length=32, iterations=1, lanes=1, memory_cost=64)
    text = weak.derive_phc_encoded(b"19283746")
    assert not secret_digest.verify(text, b"19283746")
    assert not secret_digest.verify("", b"19283746")


def test_no_digest_is_believed_whose_lanes_could_block_another() -> None:
    """Two computations of several lanes side by side wait for each other for ever."""
    several = Argon2id(salt=bytes(16), length=32, iterations=3, lanes=2, memory_cost=65536)
    assert not secret_digest.verify(several.derive_phc_encoded(b"19283746"), b"19283746")


def test_computations_side_by_side_all_end() -> None:
    made: list[str] = []
    many = [
        threading.Thread(target=lambda: made.append(secret_digest.digest(b"19283746")), daemon=True)
        for _ in range(6)
    ]
    for one in many:
        one.start()
    for one in many:
        one.join(30)
    assert len(set(made)) == len(many)


def test_argon2id_is_that_of_the_standard() -> None:
    """RFC 9106, 5.3."""
    made = Argon2id(
        salt=b"\2" * 16,
        length=32,
        iterations=3,
        lanes=4,
        memory_cost=32,
        ad=b"\4" * 12,
        secret=b"\3" * 8,
    ).derive(b"\1" * 32)
    expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert made.hex() == expected


@pytest.mark.rule("R-003-1")
def test_the_database_alone_gives_nothing_to_try_on() -> None:
    phc = "$argon2id$v=19$m=65536,t=3,p=1$" + "A" * 22 + "$" + "A" * 43
    kept = secret_digest.protect(phc, KEY, b"pin 7")
    assert b"argon2" not in kept
    assert secret_digest.unprotect(kept, KEY, b"pin 7") == phc
    assert secret_digest.unprotect(kept, KEY, b"pin 8") is None
    assert secret_digest.unprotect(kept, bytes(32), b"pin 7") is None
    assert secret_digest.unprotect(b"", KEY) is None
    for changed in flipped(kept):
        assert secret_digest.unprotect(changed, KEY, b"pin 7") is None
    assert secret_digest.unprotect(secret_digest.protect(phc, KEY), KEY) == phc


@pytest.mark.rule("R-003-25")
def test_a_code_for_the_mail_is_opened_by_who_sends_it() -> None:
    sealed = mail_seal.seal_code(code(), OURS.unsealing.sealing_key, ID)
    assert bytes(code()) not in sealed
    assert mail_seal.open_code(sealed, OURS.unsealing, ID) == code()
    assert mail_seal.open_code(sealed, THEIRS.unsealing, ID) is None
    assert mail_seal.open_code(sealed, OURS.unsealing, UUID(int=8)) is None
    assert mail_seal.open_code(b"", OURS.unsealing, ID) is None
    assert len(sealed) < 2048


@pytest.mark.parametrize("wrong", [b"", b"ABCDEFGHJKMN", b"x" * 12, b"\xff" * 12, b"A" * 5000])
def test_what_is_no_code_is_never_mailed(wrong: bytes) -> None:
    purpose = mail_seal._PURPOSE + ID.bytes
    sealed = sealing.seal(wrong, OURS.unsealing.sealing_key, purpose)
    assert mail_seal.open_code(sealed, OURS.unsealing, ID) is None


def test_bytes_by_chance_are_no_code() -> None:
    for _ in range(20):
        assert mail_seal.open_code(os.urandom(1300), OURS.unsealing, ID) is None
