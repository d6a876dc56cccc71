"""Keys out of printed data and shared secrets, against published values byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.cards.emrtd.ciphers import Suite, retail_mac
from hw.cards.emrtd.key_derivation import (
    bac_seed,
    check_digit,
    derive,
    password_key,
    password_of,
)
from hw.document_readings import CardAccessNumber, MrzKey

SPECIMEN = MrzKey("L898902C", "690806", "940623")


def test_keys_of_icao_9303_11_appendix_d() -> None:
    assert password_of(SPECIMEN).hex() == "239ab9cb282daf66231dc5a4df6bfbaedf477565"
    seed = bac_seed(SPECIMEN)
    assert seed.hex().upper() == "239AB9CB282DAF66231DC5A4DF6BFBAE"
    assert derive(seed, 1, Suite.TRIPLE_DES).hex().upper() == "AB94FDECF2674FDFB9B391F85D7F76F2"
    assert derive(seed, 2, Suite.TRIPLE_DES).hex().upper() == "7962D9ECE03D1ACD4C76089DCE131543"


def test_session_keys_of_icao_9303_11_appendix_d() -> None:
    seed = bytes.fromhex("0036D272F5C350ACAC50C3F572D23600")
    assert derive(seed, 1, Suite.TRIPLE_DES).hex().upper() == "979EC13B1CBFE9DCD01AB0FED307EAE5"
    assert derive(seed, 2, Suite.TRIPLE_DES).hex().upper() == "F1CB1F1FB5ADF208806B89DC579DC1F8"


def test_the_checksum_of_icao_9303_11_appendix_d() -> None:
    mac = retail_mac(
        bytes.fromhex("7962D9ECE03D1ACD4C76089DCE131543"),
        bytes.fromhex("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2"),
    )
    assert mac.hex().upper() == "5F1448EEA8AD90A7"


def test_a_number_longer_than_its_field() -> None:
    """ICAO 9303-11 appendix D.2: `D23145890734`, which overflows into the optional data."""
    key = MrzKey("D23145890734", "340712", "950712")
    assert bac_seed(key).hex() == "b366ad857ddca2b08c0e299811714730"


def test_keys_of_icao_9303_11_appendix_g() -> None:
    """G.1: PACE with the zone's fields `T22000129 3 640812 5 101031 8`."""
    key = MrzKey("T22000129", "640812", "101031")
    assert password_of(key).hex().upper() == "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD"
    assert password_key(key, Suite.AES_128).hex().upper() == "89DED1B26624EC1E634C1989302849DD"


def test_session_keys_of_icao_9303_11_appendix_g() -> None:
    secret = bytes.fromhex("28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925")
    assert derive(secret, 1, Suite.AES_128).hex().upper() == "F5F0E35C0D7161EE6724EE513A0D9A7F"
    assert derive(secret, 2, Suite.AES_128).hex().upper() == "FE251C7858B356B24514B3BD5F4297D1"


def test_longer_keys() -> None:
    """Values of the Go reader gmrtd (kdf_test.go), recomputed; no ICAO values exist."""
    secret = "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD12345678"
    assert derive(bytes.fromhex(secret), 3, Suite.AES_192).hex() == (
        "4487bb60d75e55928ab2406733d060bb600c7fa4aeeab92b"
    )
    secret += "ABCDEF1234567890"
    assert derive(bytes.fromhex(secret), 3, Suite.AES_256).hex() == (
        "ac92515edd0f4714cbb46c683cc1a66debb68b3cc34f29904db757ac88988d31"
    )


def test_the_session_of_a_secret() -> None:
    """BSI, Worked Example for EAC (TR-03110): K, and the first protected command under it."""
    secret = bytes.fromhex("6E7D077CCD367C2EAA683F1E8EC534302E2D00B6ADAF8A87A6EDA78740F17606")
    cipher = Suite.AES_128.session(secret)
    cipher.advance()
    cipher.advance()
    assert cipher.mac(bytes.fromhex("99029000")).hex() == "a89570a68664a7d6"


def test_the_token_of_icao_9303_11_appendix_g() -> None:
    """G.1: T_IFD over the chip's public key, in DO 7F49 with the protocol's identifier."""
    key = bytes.fromhex("FE251C7858B356B24514B3BD5F4297D1")
    point = (
        "049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB"
        "7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094"
    )
    data = bytes.fromhex("7F494F060A04007F000702020402028641" + point)
    assert Suite.AES_128.token_mac(key, data).hex().upper() == "C2B0BD78D94BA866"


def test_the_token_of_a_3des_protocol_is_a_retail_mac() -> None:
    key = derive(b"secret", 2, Suite.TRIPLE_DES)
    assert Suite.TRIPLE_DES.token_mac(key, b"data") == retail_mac(key, b"data")


def test_the_digits_of_a_can_are_its_password() -> None:
    assert password_of(CardAccessNumber("123456")) == b"123456"


@pytest.mark.parametrize(
    ("text", "digit"),
    [("L898902C<", "3"), ("690806", "1"), ("940623", "6"), ("CA00000AA", "4"), ("<<<<<<", "0")],
)
def test_check_digits(text: str, digit: str) -> None:
    assert check_digit(text) == digit


def test_what_is_typed_becomes_what_is_printed() -> None:
    assert password_of(MrzKey("l898902c<", "690806", "940623")) == password_of(SPECIMEN)
    assert password_of(MrzKey("AB-1", "69<<<<", "")) == password_of(MrzKey("AB<1", "69", "<<<<<<"))


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_typed_text_raises(number: str, birth: str, expiry: str) -> None:
    assert len(password_of(MrzKey(number, birth, expiry))) == 20
    password_of(CardAccessNumber(number))


@given(st.binary(max_size=64), st.integers(1, 3), st.sampled_from(Suite))
def test_keys_have_their_size_and_parity(secret: bytes, counter: int, suite: Suite) -> None:
    key = derive(secret, counter, suite)
    assert len(key) == suite.key_size
    if suite is Suite.TRIPLE_DES:
        assert all(byte.bit_count() % 2 == 1 for byte in key)


@given(st.binary(max_size=64), st.sampled_from(Suite))
def test_what_is_encrypted_is_decrypted(data: bytes, suite: Suite) -> None:
    data = data[: len(data) // 16 * 16]
    key = derive(b"secret", 1, suite)
    vector = bytes(range(suite.block))
    assert suite.decrypt(key, suite.encrypt(key, data)) == data
    assert suite.decrypt(key, suite.encrypt(key, data, vector), vector) == data
