"""What `station.toml` may say to the window: everything else ends with the entry's name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from hw.camera.wire import TURNS
from hw.keystore.opening import KeyStoreSettings, StoreKind
from hw.rig.settings import RESTARTS, SENSORS
from kiosk import settings
from kiosk.screens.hand_scanner import Layout, Suffix
from kiosk.settings import CameraEntry, KeyEntry, Settings, SettingsError
from kiosk.station_keys import key_store_settings, open_keys, tpm_of_tls
from tests.workbench.pki import to_toml

STATION: Final = {
    "name": "kiosk-0001",
    "office": "Comune di Esempio",
    "comune": "L219",
    "community": "sistemapiemonte",
    "privacy_notice": "2026-1",
}


def load(folder: Path, text: str) -> Settings:
    (folder / "station.toml").write_text(text, encoding="utf-8")
    return settings.load(folder)


def said(folder: Path, table: str, entry: str, value: str) -> Settings:
    """The settings of a station of which `table.entry` is written as `value`."""
    known: Mapping[str, object] = STATION if table == "station" else {}
    lines = [f"{name} = {text!r}" for name, text in known.items() if name != entry]
    station = "" if table == "station" else to_toml({"station": STATION})
    return load(folder, "\n".join([station, f"[{table}]", *lines, f"{entry} = {value}"]))


def test_a_station_without_devices_has_none(tmp_path: Path) -> None:
    found = load(tmp_path, to_toml({"station": STATION}))
    assert (found.slip_printer, found.page_printer, found.fingerprint) == ("", "", "")
    assert found.camera is None
    assert not found.identifies
    assert found.restarts == {}
    assert (found.scanner_prefix, found.scanner_suffix, found.scanner_layout) == (
        "",
        "enter",
        "same",
    )


def test_devices_are_as_they_are_told(tmp_path: Path) -> None:
    text = (
        to_toml({"station": {**STATION, "identifies": True}})
        + """
[devices]
slip_printer = "/dev/usb/lp*"
page_printer = "ipp://printer.example/ipp/print"
fingerprint = "uru4000"
camera = "v4l2:HD Webcam"
camera_width = 640
camera_height = 480
camera_rate = 15
camera_turned = 270
camera_mirrored = true
scanner_prefix = "]A0"
scanner_suffix = "tab"
scanner_layout = "us-on-italian"
[services]
pcscd = ["sudo", "-n", "sv", "restart", "pcscd"]
cups = []
"""
    )
    found = load(tmp_path, text)
    assert found.identifies
    assert found.slip_printer == "/dev/usb/lp*"
    assert found.page_printer == "ipp://printer.example/ipp/print"
    assert found.fingerprint == "uru4000"
    assert found.camera == CameraEntry("v4l2:HD Webcam", 640, 480, 15, 270, mirrored=True)
    assert (found.scanner_prefix, found.scanner_suffix, found.scanner_layout) == (
        "]A0",
        "tab",
        "us-on-italian",
    )
    assert found.restarts == {"pcscd": ("sudo", "-n", "sv", "restart", "pcscd"), "cups": ()}


@pytest.mark.parametrize(
    ("table", "entry", "values"),
    [
        ("station", "identifies", ['"yes"', "1", "[]"]),
        ("station", "office", ["7", "true", '"a\\u0000b"', f'"{"x" * 401}"']),
        ("station", "languages", ['"it"', "[]", '["de"]', "[[]]", "[{}]", '["it", 1]', "[true]"]),
        ("devices", "slip_printer", ["7", "true", '["tcp://a"]', '"tcp://a b"', '"tcp://a\\n"']),
        ("devices", "page_printer", ["7", "{}", '"ipp://a\\u0000"', '"ipp://a/b c"']),
        ("devices", "fingerprint", ["true", '"URU4000"', '"other"', '["uru4000"]']),
        ("devices", "camera", ["7", "true", '"v4l2:a\\nb"', '"v4l2:\\u0007"', f'"{"x" * 401}"']),
        (
            "devices",
            "camera_width",
            ["0", "15", "4097", "-640", "640.0", '"640"', "true", "1" * 99],
        ),
        ("devices", "camera_height", ["0", "4097", "nan", "inf", '"480"', "[480]"]),
        ("devices", "camera_rate", ["0", "121", "30.0", "true"]),
        ("devices", "camera_turned", ["45", "1", "-90", "360", "90.0", '"90"', "true", "false"]),
        ("devices", "camera_mirrored", ["1", '"true"', "[]"]),
        ("devices", "scanner_prefix", ["1", '"a\\tb"', '"a\\nb"', '"\\u001d"', "[]"]),
        ("devices", "scanner_suffix", ["1", '""', '"Enter"', '"\\r"', "true"]),
        ("devices", "scanner_layout", ["1", '""', '"us"', '["same"]']),
        ("devices", "pkcs11_module", ["1", '"/usr\\u0000"']),
        ("devices", "document_reader", ["1", '"false"']),
        ("services", "pcscd", ["1", '"systemctl restart pcscd"', '[""]', "[1]", '["a", ["b"]]']),
        ("services", "cups", ["true", "{}", '["a\\u0000b"]', '["a", ""]']),
        ("services", "systemd", ['["reboot"]']),
        ("session", "idle_seconds", ["14", "1801", "true", '"90"', "90.5"]),
        ("session", "warning_seconds", ["4", "86", "true"]),
        ("session", "memory_folder", ["1", '"/dev/shm/a\\u0000b"']),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_wrong_entry_is_told_by_its_name(
    tmp_path: Path, table: str, entry: str, values: list[str]
) -> None:
    for value in values:
        with pytest.raises(SettingsError, match=rf"station\.toml: {table}\.{entry}\b"):
            said(tmp_path, table, entry, value)


def test_numbers_must_go_together(tmp_path: Path) -> None:
    text = to_toml({"station": STATION}) + "[session]\nidle_seconds = 20\nwarning_seconds = 16\n"
    with pytest.raises(SettingsError, match=r"session\.warning_seconds .* from 5 to 15"):
        load(tmp_path, text)


def test_every_idle_time_that_is_allowed_has_a_warning(tmp_path: Path) -> None:
    for idle in (*range(15, 60), 1800):
        found = said(tmp_path, "session", "idle_seconds", str(idle))
        assert 5 <= found.warning_seconds <= idle - 5


@pytest.mark.parametrize("table", ["station", "devices", "services", "session", "log", "window"])
def test_a_table_must_be_one(tmp_path: Path, table: str) -> None:
    for value in ("7", '"v4l2:"', "[]", "[[1]]"):
        others = "" if table == "station" else to_toml({"station": STATION})
        with pytest.raises(SettingsError, match=rf"station\.toml: {table} must be a table"):
            load(tmp_path, f"{table} = {value}\n{others}")


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe[\x00", b"[devices", b"a = 1\na = 2", b"a = \x00", b"a = " + b"[" * 5000],
    ids=["not utf-8", "half", "twice", "nul", "deep"],
)
def test_what_is_no_toml_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "station.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"station\.toml is not TOML"):
        settings.load(tmp_path)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"station\.toml cannot be read"):
        settings.load(tmp_path)
    (tmp_path / "station.toml").mkdir()
    with pytest.raises(SettingsError, match=r"station\.toml cannot be read"):
        settings.load(tmp_path)


def test_the_words_of_the_settings_are_those_of_the_devices() -> None:
    assert set(settings._TURNS) == TURNS
    assert set(settings._SERVICES) == set(RESTARTS)
    assert set(settings._LAYOUTS) == {layout.value for layout in Layout}
    assert {suffix.value for suffix in Suffix} == {"enter", "tab", "none"}
    assert set(SENSORS) == {"uru4000", "libfprint"}


def test_a_misspelt_entry_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"devices\.fingerprnt is no entry"):
        said(tmp_path, "devices", "fingerprnt", '"uru4000"')


# --- where the station's keys live


def test_a_station_keeps_its_key_in_a_file_unless_it_is_told_otherwise(tmp_path: Path) -> None:
    found = load(tmp_path, to_toml({"station": STATION}))
    assert found.key == KeyEntry("software", "file", "device:/dev/tpmrm0", "", "", None)
    assert settings.load_key(tmp_path) == found.key
    store = key_store_settings(tmp_path)
    assert (store.folder, store.kind) == (tmp_path / "key", StoreKind.SOFTWARE)


def test_the_key_store_is_as_it_is_told(tmp_path: Path) -> None:
    load(
        tmp_path,
        to_toml({"station": STATION})
        + '[key]\nstore = "tpm"\ntls = "tpm"\ntpm = "device:/dev/tpm7"\n',
    )
    entry = settings.load_key(tmp_path)
    assert tpm_of_tls(entry) == "device:/dev/tpm7"
    assert key_store_settings(tmp_path, entry) == KeyStoreSettings(
        tmp_path / "key", StoreKind.TPM, tpm="device:/dev/tpm7"
    )
    load(
        tmp_path,
        to_toml({"station": STATION})
        + '[key]\nstore = "pkcs11"\nmodule = "/usr/lib/softhsm/libsofthsm2.so"\n'
        'token = "station 1"\npin_file = "key/token.pin"\n',
    )
    entry = settings.load_key(tmp_path)
    assert tpm_of_tls(entry) is None
    assert key_store_settings(tmp_path, entry) == KeyStoreSettings(
        tmp_path / "key",
        StoreKind.PKCS11,
        module=Path("/usr/lib/softhsm/libsofthsm2.so"),
        token="station 1",
        pin_file=tmp_path / "key" / "token.pin",
    )


@pytest.mark.parametrize(
    ("entries", "named"),
    [
        ('store = "paper"', "key.store"),
        ("store = 3", "key.store"),
        ('tls = "token"', "key.tls"),
        ('store = "tpm"\ntpm = "device: x"', "key.tpm"),
        ('store = "pkcs11"\ntoken = "t"\npin_file = "p"', "key.module"),
        ('store = "pkcs11"\nmodule = "m"\npin_file = "p"', "key.token"),
        ('store = "pkcs11"\nmodule = "m"\ntoken = "t"', "key.pin_file"),
        ('pin = "123456"', "key.pin"),
    ],
)
def test_an_entry_of_the_key_store_that_makes_no_sense_is_named(
    tmp_path: Path, entries: str, named: str
) -> None:
    text = to_toml({"station": STATION}) + f"[key]\n{entries}\n"
    for read in (settings.load, settings.load_key):
        (tmp_path / "station.toml").write_text(text, "utf-8")
        with pytest.raises(SettingsError, match=named) as told:
            read(tmp_path)
        assert "123456" not in str(told.value)


def test_a_key_store_that_cannot_be_used_is_told_with_its_code(tmp_path: Path) -> None:
    entries = {
        "": "key/signing.pem: key.absent",
        'store = "tpm"\ntpm = "device:/dev/no-such-tpm"': "tpm key: key.absent",
        'store = "pkcs11"\nmodule = "/none.so"\ntoken = "t"\npin_file = "p"': "key.module-absent",
    }
    for text, named in entries.items():
        load(tmp_path, to_toml({"station": STATION}) + f"[key]\n{text}\n")
        with pytest.raises(SettingsError, match=named):
            open_keys(tmp_path)
