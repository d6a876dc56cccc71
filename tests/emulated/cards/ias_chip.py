"""The IAS application of the CIE, as far as a reader comes without a PIN: NIS and its proof.

From the public middleware and SDKs of the CIE. The chip comes of two families: one enters the
application by its name, the other from the master file.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from tests.emulated.cards.emrtd_apdu import (
    NO_CURRENT_EF,
    NO_REFERENCE,
    NOT_ALLOWED,
    NOT_FOUND,
    NOT_SATISFIED,
    OK,
    WRONG_DATA,
    WRONG_INSTRUCTION,
    CommandApdu,
    Refused,
    object_of,
)
from tests.emulated.cards.emrtd_protocols import der_integer, sequence

IAS_NAME = bytes.fromhex("A0000000308000000009816001")
CIE_NAME = bytes.fromhex("A00000000039")
EF_NIS, EF_SERIAL, EF_SERVICES_KEY, EF_IAS_SOD = 0x1001, 0x1002, 0x1005, 0x1006
_SERVICES_KEY_REFERENCE = 0x83


@dataclass(frozen=True, slots=True, repr=False)
class IasContents:
    """What the application holds.

    Attributes:
        nis: the service number, twelve digits.
        private: key of the services' internal authentication.
        security_object: signed hashes of the files (EF 1006); None where the chip has none.
        published: what EF 1005 tells as the public key; the private key's own if None.
        by_name: the application is entered by its name (Gemalto, STM); else the chip does not know
            that name, and its folder is entered from the master file (NXP).
    """

    nis: bytes
    private: rsa.RSAPrivateKey
    security_object: bytes | None = None
    published: bytes | None = None
    by_name: bool = True

    @property
    def public_key_file(self) -> bytes:
        """EF 1005: RSAPublicKey, DER."""
        if self.published is not None:
            return self.published
        numbers = self.private.public_key().public_numbers()
        return sequence(der_integer(numbers.n), der_integer(numbers.e))

    def files(self) -> dict[int, bytes]:
        """The files by identifier."""
        found = {EF_NIS: self.nis, EF_SERVICES_KEY: self.public_key_file}
        if self.security_object is not None:
            found[EF_IAS_SOD] = self.security_object
        return found


class IasApplication:
    """The application's state: what is selected and which key is set."""

    def __init__(self, contents: IasContents) -> None:
        self.contents = contents
        self._files = contents.files()
        self._inside = False
        self._key: int | None = None

    def enter(self, name: bytes, *, from_master: bool) -> bool:
        """SELECT by name; whether the name is one of this application's."""
        self._key = None
        if name == IAS_NAME and self.contents.by_name:
            self._inside = False
            return True
        if name == CIE_NAME and (from_master or self.contents.by_name):
            self._inside = True
            return True
        return False

    def content(self, identifier: int) -> bytes:
        """A file by its identifier.

        Raises:
            Refused: it is not here, or not to be read.
        """
        if not self._inside or identifier not in self._files:
            raise Refused(NOT_ALLOWED if identifier == EF_SERIAL else NOT_FOUND)
        return self._files[identifier]

    def identifier_of(self, short: int) -> int:
        """The identifier behind a short one: 1 is EF 1001, and so on."""
        return 0x1000 | short

    def answer(self, command: CommandApdu) -> tuple[bytes, bytes]:
        """Data and status of MSE:Set and INTERNAL AUTHENTICATE.

        Raises:
            Refused: as a chip refuses.
        """
        if command.ins == 0x22:
            reference = object_of(command.data, 0x84)
            if reference != bytes([_SERVICES_KEY_REFERENCE]):
                raise Refused(NO_REFERENCE)
            if (command.p1, command.p2) != (0x41, 0xA4) or not self._inside:
                raise Refused(NOT_SATISFIED)
            self._key = reference[0]
            return b"", OK
        if command.ins == 0x88:
            if self._key is None:
                raise Refused(NOT_SATISFIED)
            return self._sign(command.data), OK
        raise Refused(NO_CURRENT_EF if command.ins == 0xB0 else WRONG_INSTRUCTION)

    def _sign(self, challenge: bytes) -> bytes:
        """RSA over the challenge itself in PKCS#1 padding of block type 1, without a hash."""
        numbers = self.contents.private.private_numbers()
        modulus = numbers.public_numbers.n
        size = (modulus.bit_length() + 7) // 8
        if not 8 <= len(challenge) <= size - 11:
            raise Refused(WRONG_DATA)
        block = b"\x00\x01" + b"\xff" * (size - 3 - len(challenge)) + b"\x00" + challenge
        return pow(int.from_bytes(block, "big"), numbers.d, modulus).to_bytes(size, "big")
