from __future__ import annotations

from pathlib import Path

import pytest

from sync.edge.mirror import Mirror, MirrorTrouble, rekeying, schema
from sync.edge.mirror.shelf import Shelf
from sync.edge.vault import Vault
from sync.model.inquiry import ChangesSince
from sync.model.searching import Filters, Found
from sync.wire import key_wrap
from tests.unit.edge.mirror.material import T0, registration, told

ANNA, ANNAS = b"a" * 32, b"A" * 32
BRUNO, BRUNOS = b"b" * 32, b"B" * 32


def opened(shelf: Shelf, thumbprint: bytes, secret: bytes | None) -> Mirror:
    found = shelf.open_for(thumbprint, secret)
    assert isinstance(found, Mirror), found
    return found


def fill(mirror: Mirror) -> None:
    mirror.question()
    assert mirror.take(told(registration()), now=T0) is None


def is_filled(mirror: Mirror) -> bool:
    return mirror.question() == ChangesSince(1)


def test_an_operators_card_opens_the_mirror_again_after_a_restart(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "mirror", None)
    fill(opened(shelf, ANNA, ANNAS))
    shelf.close()
    shelf = Shelf(tmp_path / "mirror", None)
    assert is_filled(opened(shelf, ANNA, ANNAS))
    shelf.close()


def test_another_card_does_not_open_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "mirror", None)
    fill(opened(shelf, ANNA, ANNAS))
    shelf.close()
    for thumbprint, secret in ((BRUNO, BRUNOS), (ANNA, BRUNOS)):
        shelf = Shelf(tmp_path / "mirror", None)
        assert not is_filled(opened(shelf, thumbprint, secret))
        shelf.close()


def test_who_signs_in_while_it_is_open_gets_a_key_of_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "mirror", None)
    fill(opened(shelf, ANNA, ANNAS))
    opened(shelf, BRUNO, BRUNOS)
    shelf.close()
    shelf = Shelf(tmp_path / "mirror", None)
    assert is_filled(opened(shelf, BRUNO, BRUNOS))
    shelf.close()


def test_mirrors_of_two_operators_become_one_and_the_other_is_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    for thumbprint, secret in ((ANNA, ANNAS), (BRUNO, BRUNOS)):
        shelf = Shelf(folder, None)
        fill(opened(shelf, thumbprint, secret))
        shelf.close()
    assert len(list(folder.glob("*.db"))) == 2
    shelf = Shelf(folder, None)
    opened(shelf, ANNA, ANNAS)
    opened(shelf, BRUNO, BRUNOS)
    assert len(list(folder.glob("*.db"))) == 1
    shelf.close()
    for thumbprint, secret in ((ANNA, ANNAS), (BRUNO, BRUNOS)):
        shelf = Shelf(folder, None)
        assert is_filled(opened(shelf, thumbprint, secret))
        shelf.close()


def test_a_card_without_secret_has_a_mirror_in_memory_that_ends_with_the_program(
    tmp_path: Path,
) -> None:
    folder, memory = tmp_path / "mirror", tmp_path / "memory"
    shelf = Shelf(folder, memory)
    fill(opened(shelf, ANNA, None))
    assert is_filled(opened(shelf, BRUNO, BRUNOS))
    shelf.close()
    assert not list(folder.glob("*.key"))
    shelf = Shelf(folder, memory)
    assert not is_filled(opened(shelf, ANNA, None))
    shelf.close()
    assert Shelf(folder, None).open_for(ANNA, None) == MirrorTrouble("mirror.no-memory")


def test_a_damaged_mirror_is_begun_anew_under_its_key(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, None)
    fill(opened(shelf, ANNA, ANNAS))
    anew = shelf.renew()
    assert isinstance(anew, Mirror)
    assert not is_filled(anew)
    assert list(tmp_path.glob("*.aside"))
    shelf.tidy()
    assert not list(tmp_path.glob("*.aside*"))
    fill(anew)
    shelf.close()
    shelf = Shelf(tmp_path, None)
    assert is_filled(opened(shelf, ANNA, ANNAS))
    shelf.close()


def test_a_wrapped_key_is_bound_to_secret_and_purpose() -> None:
    wrapped = key_wrap.wrap(bytes(32), ANNAS, b"this")
    assert key_wrap.unwrap(wrapped, ANNAS, b"this") == bytes(32)
    assert key_wrap.unwrap(wrapped, BRUNOS, b"this") is None
    assert key_wrap.unwrap(wrapped, ANNAS, b"that") is None
    assert key_wrap.unwrap(wrapped[:-1], ANNAS, b"this") is None
    assert key_wrap.unwrap(b"", ANNAS, b"this") is None


def test_when_an_operator_leaves_the_mirror_goes_on_under_a_key_they_never_had(
    tmp_path: Path,
) -> None:
    shelf = Shelf(tmp_path, None)
    fill(opened(shelf, ANNA, ANNAS))
    opened(shelf, BRUNO, BRUNOS)
    shelf.close()
    taken = {file.name: file.read_bytes() for file in tmp_path.glob("*.key")}
    shelf = Shelf(tmp_path, None)
    mirror = shelf.open_for(ANNA, ANNAS, {ANNA})
    assert isinstance(mirror, Mirror)
    assert is_filled(mirror)
    found = mirror.search(Filters(surname=(registration().person.surname or "")[1:5]))
    assert isinstance(found, Found)
    assert found.total == 1
    shelf.close()
    (key,) = tmp_path.glob("*.key")
    assert key.name not in taken
    assert [file.stem for file in tmp_path.glob("*.db")] == [key.name.split(".")[0]]
    # Bruno copied the files before he left, and has his card still.
    (old,) = (
        key_wrap.unwrap(data, BRUNOS, name.split(".")[0].encode() + b" " + BRUNO)
        for name, data in taken.items()
        if key_wrap.unwrap(data, ANNAS, name.split(".")[0].encode() + b" " + ANNA) is None
    )
    assert old is not None
    (path,) = tmp_path.glob("*.db")
    with pytest.raises(schema.Unusable):
        schema.connect(path, old)


def test_a_mirror_that_cannot_be_copied_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path, None)
    opened(shelf, BRUNO, BRUNOS)
    fill(opened(shelf, ANNA, ANNAS))

    def broken(path: Path, key: bytes, fresh: Path, fresh_key: bytes) -> bool:
        fresh.write_bytes(path.read_bytes()[:7] + key[:0] + fresh_key[:0])
        return False

    monkeypatch.setattr(rekeying, "copy", broken)
    anew = shelf.open_for(ANNA, ANNAS, {ANNA})
    assert isinstance(anew, Mirror)
    assert not is_filled(anew)
    assert len(list(tmp_path.glob("*.db"))) == len(list(tmp_path.glob("*.key"))) == 1
    fill(anew)
    assert shelf.open_for(ANNA, ANNAS, {ANNA}) is anew
    shelf.close()


def test_only_a_whole_mirror_with_its_key_is_copied(tmp_path: Path) -> None:
    there, copy = tmp_path / "there.db", tmp_path / "copy.db"
    made = Mirror.open(there, ANNAS)
    assert isinstance(made, Mirror)
    made.close()
    assert not rekeying.copy(there, BRUNOS, copy, ANNAS)
    assert not copy.exists()
    assert not rekeying.copy(there, ANNAS, tmp_path / "nowhere" / "copy.db", BRUNOS)
    assert rekeying.copy(there, ANNAS, copy, BRUNOS)


# --- the key store


def test_a_mirror_needs_the_card_and_the_key_store(tmp_path: Path) -> None:
    """A stolen disk with a stolen card, without the key store: another mirror is begun, empty."""
    ours = Vault(bytes(32))
    shelf = Shelf(tmp_path, None, vault=ours)
    fill(opened(shelf, ANNA, ANNAS))
    path = opened(shelf, ANNA, ANNAS).path
    shelf.close()
    again = Shelf(tmp_path, None, vault=ours)
    assert is_filled(opened(again, ANNA, ANNAS))
    again.close()
    (file,) = tmp_path.glob("mirror-*.key")
    about = path.stem.encode() + b" " + ANNA
    assert key_wrap.unwrap(file.read_bytes(), ANNAS, about) is None
    thief = Shelf(tmp_path, None, vault=Vault(bytes(range(32))))
    assert not is_filled(opened(thief, ANNA, ANNAS))
    thief.close()


def test_a_mirror_of_before_is_kept_and_its_key_kept_anew(tmp_path: Path) -> None:
    before = Shelf(tmp_path, None)
    fill(opened(before, ANNA, ANNAS))
    before.close()
    after = Shelf(tmp_path, None, vault=Vault(bytes(32)))
    mirror = opened(after, ANNA, ANNAS)
    assert is_filled(mirror)
    after.close()
    (file,) = tmp_path.glob("mirror-*.key")
    about = mirror.path.stem.encode() + b" " + ANNA
    assert key_wrap.unwrap(file.read_bytes(), ANNAS, about) is None
