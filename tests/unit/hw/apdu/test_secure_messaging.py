"""Sessions: every length and instruction there and back, and dead after the first breach."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.apdu import tlv
from hw.apdu.chain import card_link, secured
from hw.apdu.command import Command, Response, read_binary, read_far
from hw.apdu.secure_messaging import (
    SecureMessaging,
    SessionCipher,
    most_plain,
    pad,
    protected_size,
    unpad,
)
from hw.cards.emrtd.ciphers import Aes, TripleDes
from hw.errors import DeviceTrouble, TroubleKind
from tests.unit.hw.apdu.script import Script

REMOVED = DeviceTrouble(TroubleKind.REMOVED, "card.removed")
KEYS = bytes(range(32)), bytes(range(32, 64))


def triple_des() -> TripleDes:
    return TripleDes(KEYS[0][:16], KEYS[1][:16], bytes.fromhex("887022120C06C226"))


def aes() -> Aes:
    return Aes(KEYS[0][:16], KEYS[1][:16])


def aes_256() -> Aes:
    return Aes(*KEYS)


CIPHERS: tuple[Callable[[], SessionCipher], ...] = (triple_des, aes, aes_256)


class Peer:
    """The chip's end of a session: takes protected commands apart by hand, answers what it is told.

    `transmit` makes it a channel of plain bytes.
    """

    def __init__(self, cipher: SessionCipher, answer: Response) -> None:
        self._cipher = cipher
        self._answer = answer
        self.header = b""
        self.data = b""
        self.le: bytes | None = None
        self.wire = b""
        self.sent = b""

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        self.wire = command
        self._cipher.advance()
        header, body = command[:4], self._body(command)
        objects = {each.tag: each.value for each in tlv.read_all(body)}
        signed = body[: -2 - 8]
        block = self._cipher.block
        assert header[0] & 0x0C == 0x0C
        assert objects[0x8E] == self._cipher.mac(
            (pad(header, block) + signed) if signed else header
        )
        self.header, self.le, self.data = header, objects.get(0x97), b""
        if header[1] & 1 and 0x85 in objects:
            self.data = unpad(self._cipher.decrypt(objects[0x85]), block)
        elif 0x87 in objects:
            assert objects[0x87][0] == 1
            self.data = unpad(self._cipher.decrypt(objects[0x87][1:]), block)
        self.sent = self.protected(self._answer, odd=bool(header[1] & 1))
        return self.sent

    def protected(self, answer: Response, *, odd: bool = False) -> bytes:
        self._cipher.advance()
        body = b""
        if answer.data:
            cryptogram = self._cipher.encrypt(pad(answer.data, self._cipher.block))
            body = tlv.encode(0x85, cryptogram) if odd else tlv.encode(0x87, b"\x01" + cryptogram)
        status = answer.status.to_bytes(2, "big")
        body += tlv.encode(0x99, status)
        return body + tlv.encode(0x8E, self._cipher.mac(body)) + status

    @staticmethod
    def _body(command: bytes) -> bytes:
        """The data field, short or extended; the Le after it must be zero and of that format."""
        if command[4]:
            assert command[5 + command[4] :] == b"\x00"
            return command[5 : 5 + command[4]]
        size = int.from_bytes(command[5:7], "big")
        assert command[7 + size :] == b"\x00\x00"
        return command[7 : 7 + size]

    def loss(self) -> DeviceTrouble | None:
        return None

    def close(self) -> None:
        pass


SIZES = st.one_of(st.integers(0, 300), st.sampled_from([255, 256, 1000, 32767, 65279]))
LENGTHS = st.one_of(st.none(), st.integers(1, 300), st.sampled_from([512, 32768, 65279, 65536]))


@given(
    st.sampled_from(CIPHERS),
    st.integers(0, 255).filter(lambda ins: ins >> 4 not in {6, 9}),
    SIZES,
    LENGTHS,
    st.sampled_from([0x9000, 0x6282, 0x6A82, 0x6982]),
    SIZES,
)
def test_commands_and_answers_of_every_length_survive(
    make: Callable[[], SessionCipher],
    ins: int,
    size: int,
    le: int | None,
    status: int,
    answer_size: int,
) -> None:
    answered = b"\xa5" * (0 if le is None else min(answer_size, le, 65000))
    command = Command(ins, 0x12, 0x34, b"\x5a" * size, le)
    peer = Peer(make(), Response(answered, status))
    session = SecureMessaging(card_link(peer), make())
    for _ in range(2):  # the counters go on in step
        assert session.exchange(command) == Response(answered, status)
        assert peer.header == bytes((0x0C, ins, 0x12, 0x34))
        assert peer.data == command.data
        short = size <= 255 and (le is None or le <= 256)
        expected = None if le is None else (le % (1 << 16)).to_bytes(2, "big")
        assert peer.le == (expected[1:] if expected and short else expected)


@pytest.mark.parametrize(("make", "most"), [(triple_des, 231), (aes, 223), (aes_256, 223)])
def test_the_longest_short_answer_needs_no_extended_length(
    make: Callable[[], SessionCipher], most: int
) -> None:
    assert most_plain(256, make().block) == most
    for le, size in ((most, 1), (most + 1, 2)):
        peer = Peer(make(), Response(bytes(le), 0x9000))
        session = SecureMessaging(card_link(peer), make())
        assert session.exchange(read_binary(0, le)) == Response(bytes(le), 0x9000)
        assert (peer.wire[4] == 0) == (size == 2)  # extended as soon as it would not fit
    assert len(peer.sent) - 2 > 256


@given(st.integers(0, 70000), st.sampled_from([8, 16]))
def test_most_plain_is_the_most(most_answer: int, block: int) -> None:
    most = most_plain(most_answer, block)
    if most:
        assert protected_size(most, block) <= most_answer
    assert protected_size(most + 1, block) > most_answer


@given(st.integers(1, 66000), st.sampled_from([triple_des, aes]))
def test_protected_size_is_what_a_chip_sends(plain: int, make: Callable[[], SessionCipher]) -> None:
    sent = Peer(make(), Response(b"", 0x9000)).protected(Response(bytes(plain), 0x9000))
    assert protected_size(plain, make().block) == len(sent) - 2


def test_the_aes_256_example() -> None:
    """Values of the Go reader gmrtd (nfc_session_test.go), recomputed; no ICAO values exist."""
    cipher = Aes(
        bytes.fromhex("74B94F408BBB2CD92571FD5B6370A94CCE7A2FA42AE3EB4DA47B97CE6EAA24C6"),
        bytes.fromhex("9E28D5D9FF1D979BE752E8926BF0E1D35A440FC0AEFC4AA3BC5610055AC8B113"),
        (0x20).to_bytes(16, "big"),
    )
    script = Script(["990290008E08E083EAA61ADABFCE9000"])
    session = SecureMessaging(card_link(script), cipher)
    assert session.exchange(Command(0xA4, 0x02, 0x0C, b"\x01\x1e")) == Response(b"", 0x9000)
    assert script.commands == [
        "0CA4020C1D8711011D35E7EB510E21A0DD12380D9AD2B92D8E0828CB68B81D3FAFC000"
    ]


def test_the_aes_128_example_of_tr_03110() -> None:
    """BSI, Worked Example for EAC (TR-03110): the first protected command after PACE."""
    cipher = Aes(
        bytes.fromhex("68406B4162100563D9C901A6154D2901"),
        bytes.fromhex("73FF268784F72AF833FDC9464049AFC9"),
    )
    cipher.advance()
    plain = bytes.fromhex("830D44454356434141543030303031")
    assert cipher.encrypt(pad(plain, 16)).hex() == "be90237eeb4ba0ff253ea246ae31c8b8"
    cipher.advance()
    assert cipher.mac(bytes.fromhex("99029000")).hex() == "a89570a68664a7d6"


def test_far_offsets_travel_in_data_objects() -> None:
    answer = Response(bytes.fromhex("5302AABB"), 0x9000)
    peer = Peer(aes(), answer)
    assert SecureMessaging(card_link(peer), aes()).exchange(read_far(0x8000, 4)) == answer
    assert peer.header == bytes.fromhex("0CB10000")
    assert peer.data == bytes.fromhex("54028000")
    assert tlv.read_all(peer.sent[:-2])[0].tag == 0x85


@pytest.mark.parametrize("make", CIPHERS)
def test_a_protected_answer_in_parts_is_put_together(make: Callable[[], SessionCipher]) -> None:
    whole = Peer(make(), Response(b"", 0x9000))
    _step(whole)
    sent = whole.protected(Response(b"\xaa" * 100, 0x9000)).hex()
    script = Script([f"{sent[:40]}6120", f"{sent[40:80]}6110", sent[80:]])
    session = SecureMessaging(card_link(script), make())
    assert session.exchange(read_binary(0, 100)) == Response(b"\xaa" * 100, 0x9000)
    assert script.commands[1:] == ["00C0000020", "00C0000010"]


def test_a_refused_outer_length_is_repeated_below_the_session() -> None:
    peer = Peer(aes(), Response(b"", 0x9000))
    _step(peer)
    sent = peer.protected(Response(b"\xaa" * 4, 0x9000)).hex()
    script = Script(["6C2A", sent])
    session = SecureMessaging(card_link(script), aes())
    assert session.exchange(read_binary(0, 4)) == Response(b"\xaa" * 4, 0x9000)
    assert script.commands[0][:-2] == script.commands[1][:-2]
    assert script.commands[1].endswith("2A")


def test_protected_6cxx_and_61xx_are_obeyed_within_the_session() -> None:
    peer = Peer(aes(), Response(b"", 0x6C02))
    answers = []
    for answer in (
        Response(b"", 0x6C02),
        Response(b"\xaa", 0x6101),
        Response(b"\xbb", 0x9000),
    ):
        _step(peer)
        answers.append(peer.protected(answer).hex())
    script = Script(answers)
    session = SecureMessaging(card_link(script), aes())
    assert secured(session).exchange(read_binary(0, 8)) == Response(b"\xaa\xbb", 0x9000)
    assert [command[:4] for command in script.commands] == ["0CB0", "0CB0", "0CC0"]


def _step(peer: Peer) -> None:
    """Count a command that is not looked at."""
    peer._cipher.advance()


def _altered(sent: bytes, at: int) -> bytes:
    return sent[:at] + bytes((sent[at] ^ 1,)) + sent[at + 1 :]


BREACHES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "error in the clear": (lambda _: b"\x6a\x82", "unprotected"),
    "success in the clear": (lambda _: b"\x90\x00", "unprotected"),
    "data in the clear": (lambda _: b"\x44\xbb\x90\x00", "tlv-length-form"),
    "no checksum": (lambda sent: sent[:-12] + sent[-2:], "no-checksum"),
    "checksum cut": (
        lambda sent: sent[:-12] + b"\x8e\x04" + sent[-10:-6] + sent[-2:],
        "checksum-size",
    ),
    "checksum wrong": (lambda sent: _altered(sent, len(sent) - 5), "wrong-checksum"),
    "data wrong": (lambda sent: _altered(sent, 6), "wrong-checksum"),
    "status unlike": (lambda sent: sent[:-2] + b"\x62\x82", "two-status-words"),
    "objects swapped": (lambda sent: sent[-16:-12] + sent[:-16] + sent[-12:], "no-status"),
    "object added": (lambda sent: b"\x80\x00" + sent, "unexpected-object"),
    "indicator": (lambda sent: sent[:2] + b"\x02" + sent[3:], "padding-indicator"),
    "bytes after": (lambda sent: sent[:-2] + b"\x00" + sent[-2:], "tlv-no-tag"),
}


@pytest.mark.parametrize("breach", BREACHES)
@pytest.mark.parametrize("make", CIPHERS)
def test_any_breach_ends_the_session(make: Callable[[], SessionCipher], breach: str) -> None:
    alter, reason = BREACHES[breach]
    peer = Peer(make(), Response(b"", 0x9000))
    _step(peer)
    script = Script([alter(peer.protected(Response(bytes(10), 0x9000))).hex()])
    session = SecureMessaging(card_link(script), make())
    trouble = session.exchange(read_binary(0, 10))
    assert isinstance(trouble, DeviceTrouble)
    assert (trouble.code, trouble.kind) == ("card.secure-messaging", TroubleKind.PROTOCOL)
    assert ("reason", reason) in trouble.details
    assert not session.alive
    after = session.exchange(read_binary(0, 10))
    assert isinstance(after, DeviceTrouble)
    assert ("reason", "session-ended") in after.details
    assert len(script.commands) == 1


@pytest.mark.parametrize("steps", [0, 2])
def test_an_answer_of_another_turn_is_refused(steps: int) -> None:
    peer = Peer(aes(), Response(b"", 0x9000))
    for _ in range(steps):
        _step(peer)
    script = Script([peer.protected(Response(bytes(10), 0x9000)).hex()])
    trouble = SecureMessaging(card_link(script), aes()).exchange(read_binary(0, 10))
    assert isinstance(trouble, DeviceTrouble)
    assert ("reason", "wrong-checksum") in trouble.details


@pytest.mark.parametrize(
    ("objects", "reason"),
    [
        ("870101", "cryptogram-not-of-blocks"),
        ("870401AABBCC", "cryptogram-not-of-blocks"),
        ("8711" + "01" + "00" * 16, "padding"),
        ("87210100112233445566778899AABBCCDDEEFF" + "00" * 16, "padding"),
        ("99029000", "unexpected-object"),
        ("8510" + "00" * 16, "unexpected-object"),
    ],
)
def test_what_is_authentic_but_malformed_is_refused_too(objects: str, reason: str) -> None:
    chip = aes()
    chip.advance()
    chip.advance()
    body = bytes.fromhex(objects + "99029000")
    script = Script([(body + b"\x8e\x08" + chip.mac(body) + b"\x90\x00").hex()])
    trouble = SecureMessaging(card_link(script), aes()).exchange(read_binary(0, 200))
    assert isinstance(trouble, DeviceTrouble)
    assert ("reason", reason) in trouble.details


def test_more_than_was_asked_for_is_refused() -> None:
    peer = Peer(aes(), Response(bytes(11), 0x9000))
    trouble = SecureMessaging(card_link(peer), aes()).exchange(read_binary(0, 10))
    assert isinstance(trouble, DeviceTrouble)
    assert ("reason", "more-than-asked") in trouble.details


def test_a_protected_error_keeps_the_session() -> None:
    session = SecureMessaging(card_link(Peer(aes(), Response(b"", 0x6A82))), aes())
    assert session.exchange(read_binary(0, 10)) == Response(b"", 0x6A82)
    assert session.alive


def test_a_lost_card_ends_the_session() -> None:
    session = SecureMessaging(card_link(Script([REMOVED])), aes())
    assert session.exchange(read_binary(0, 10)) == REMOVED
    assert not session.alive


def test_a_stop_wipes_the_keys() -> None:
    cipher = aes()
    session = SecureMessaging(card_link(Script([])), cipher)
    session.wipe()
    session.wipe()
    assert not session.alive
    assert set(cipher._enc) | set(cipher._mac) == {0}
    assert repr(cipher) == "Aes(...)"


class Stopping:
    """A channel on which the session is stopped while the card answers."""

    def __init__(self) -> None:
        self.session: SecureMessaging | None = None

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        del command
        assert self.session is not None
        self.session.wipe()
        return b"\x90\x00"

    def loss(self) -> DeviceTrouble | None:
        return None

    def close(self) -> None:
        pass


def test_a_stop_while_the_card_answers_is_no_crash() -> None:
    channel = Stopping()
    channel.session = SecureMessaging(card_link(channel), aes())
    trouble = channel.session.exchange(read_binary(0, 10))
    assert isinstance(trouble, DeviceTrouble)
    assert ("reason", "session-ended") in trouble.details


@given(st.sampled_from(CIPHERS), st.binary(max_size=300), st.sampled_from([0xB0, 0xB1]))
def test_no_answer_raises(make: Callable[[], SessionCipher], answer: bytes, ins: int) -> None:
    script = Script([answer.hex()] * 400)
    link = secured(SecureMessaging(card_link(script), make()))
    assert isinstance(link.exchange(Command(ins, 0, 0, le=256)), DeviceTrouble)


@given(
    st.sampled_from(CIPHERS),
    st.lists(st.tuples(st.sampled_from([0x85, 0x87, 0x97, 0x99, 0x8E, 0x53]), st.binary())),
    st.sampled_from([0xB0, 0xB1]),
)
def test_no_authentic_nonsense_raises(
    make: Callable[[], SessionCipher], objects: list[tuple[int, bytes]], ins: int
) -> None:
    chip = make()
    chip.advance()
    chip.advance()
    body = b"".join(tlv.encode(tag, value) for tag, value in objects)
    script = Script([(body + tlv.encode(0x8E, chip.mac(body)) + b"\x90\x00").hex()])
    answer = SecureMessaging(card_link(script), make()).exchange(Command(ins, 0, 0, le=256))
    assert isinstance(answer, (Response, DeviceTrouble))


@given(st.binary(max_size=100), st.sampled_from([8, 16]))
def test_padding_comes_off_again(data: bytes, block: int) -> None:
    assert unpad(pad(data, block), block) == data
    assert len(pad(data, block)) % block == 0
    assert 0 < len(pad(data, block)) - len(data) <= block
