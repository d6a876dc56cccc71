"""A store of soft tokens with one RSA and one EC key, and the module that misbehaves before it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.emulated import faulty_module
from tests.emulated.cards.cns_certificates import CnsIssuer, rsa_key
from tests.emulated.soft_token import SoftTokens

EC_KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> SoftTokens:
    """Two tokens: `rsa` and `ec`, with a key each and its certificate under identifier 01."""
    tokens = SoftTokens.make(tmp_path_factory.mktemp("soft") / "store")
    issuer = CnsIssuer.make()
    for label, key in (("rsa", rsa_key(2048, 2)), ("ec", EC_KEY)):
        tokens.add(label)
        tokens.put(label, key, issuer.card_certificate(key.public_key()))
    return tokens


@pytest.fixture
def tokens(filled: SoftTokens, tmp_path: Path) -> SoftTokens:
    """A copy of the store, that a test may spoil."""
    copy = SoftTokens.make(tmp_path / "store")
    shutil.rmtree(copy.folder / "tokens")
    shutil.copytree(filled.folder / "tokens", copy.folder / "tokens")
    return copy


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module that misbehaves."""
    return faulty_module.build(tmp_path_factory.mktemp("faulty"))
