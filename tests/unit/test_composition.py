"""The composed program refuses a wrong station with one line that names the entry, and code 2."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from hw.rig.settings import RESTARTS
from tests.workbench.authority import Authority, public_pem
from tests.workbench.pki import to_toml

STATION: Final[Mapping[str, str | int]] = {
    "name": "kiosk-0001",
    "code": 1,
    "office": "Comune di Esempio",
    "comune": "L219",
    "community": "sistemapiemonte",
    "privacy_notice": "2026-1",
}
WRONG: Final = [
    ("slip_printer", "lpt1:"),
    ("slip_printer", "/etc/passwd"),
    ("slip_printer", "/dev/../etc/passwd"),
    ("slip_printer", "/dev/usb/"),
    ("slip_printer", "/dev/ttyUSB0?speed=fast"),
    ("slip_printer", "/dev/ttyUSB0?speed=300"),
    ("slip_printer", "/dev/ttyUSB0?flow=maybe"),
    ("slip_printer", "/dev/ttyUSB0?parity=even"),
    ("slip_printer", "tcp://"),
    ("slip_printer", "tcp://[::1"),
    ("slip_printer", "tcp://printer:http"),
    ("slip_printer", "tcp://printer:99999"),
    ("slip_printer", "tcp://printer:0"),
    ("slip_printer", "tcp://printer#1"),
    ("slip_printer", "tcp://me:secret@printer"),
    ("slip_printer", "tcp://printer/tray"),
    ("slip_printer", "tcp://printer..example"),
    ("slip_printer", f"tcp://{'p' * 64}.example"),
    ("page_printer", "printer.example"),
    ("page_printer", "ipp://"),
    ("page_printer", "ipp://printer:99999/ipp"),
    ("page_printer", "ipp://me:secret@printer/ipp"),
    ("page_printer", "ipps://printer/ipp?sha256=00"),
    ("page_printer", "ipp://printer/ipp?tray=2"),
    ("page_printer", "ipp://printer#1"),
    ("page_printer", "cups://"),
    ("page_printer", "cups://queue@"),
    ("page_printer", "cups://queue@server:x"),
    ("page_printer", "cups://queue@server..example"),
    ("page_printer", "/dev/usb/lp0"),
    ("camera", "webcam"),
    ("camera", "v4l2"),
    ("camera", "v4l:"),
    ("camera", "v4l2:/etc/passwd"),
    ("camera", "v4l2:/dev/../etc/passwd"),
    ("camera", "picamera2:front"),
    ("camera", "http://"),
    ("camera", "http:camera.example"),
    ("camera", "http://camera:port/video"),
    ("camera", "http://camera:99999/video"),
    ("camera", "rtsp://camera/video"),
]
OTHERS: Final = [
    ("station.toml: station.community", "", "nobody"),
    ("station.toml: devices.camera_turned", "camera_turned = 45\n", ""),
    ("station.toml: services.cups", '[services]\ncups = "restart"\n', ""),
]
FULL: Final = """identifies = true
[broker]
host = "localhost"
port = 8883
[devices]
slip_printer = "/dev/usb/lp*"
page_printer = "cups://office"
fingerprint = "uru4000"
camera = "http://camera.example/video"
camera_turned = 90
camera_mirrored = true
scanner_suffix = "tab"
[services]
cups = ["true"]
"""
SCRIPT = """
import io, json, logging, sys
from contextlib import redirect_stderr
from dataclasses import replace
from pathlib import Path
from hw.device_health import DeviceKind
from hw.errors import DeviceTrouble, TroubleKind
from hw.rig import open_rig
from kiosk import app, fitting, settings
from kiosk.flows.office import StationRole

answers = []
for folder in sys.argv[3:]:
    words = io.StringIO()
    with redirect_stderr(words):
        code = app.run(Path(folder), StationRole.INSTALLER)
    answers.append((code, words.getvalue()))

log = io.StringIO()
logging.getLogger("sportello.kiosk").addHandler(logging.StreamHandler(log))
app._tell_remedy(DeviceKind.CAMERA, "usb-reset", None)
details = (("reason", "the cable of Mr ROSSI"),)
trouble = DeviceTrouble(TroubleKind.REFUSED, "service.not-restarted", details)
app._tell_remedy(DeviceKind.CARD_READER, "restart-pcscd", trouble)

counters = []
config = settings.load(Path(sys.argv[2]))
for printer in ("", "tcp://192.0.2.1", "ipps://printer.example/ipp/print", "cups://office"):
    try:
        fitting.office_of(replace(config, page_printer=printer), "a", StationRole.COUNTER)
        counters.append("")
    except settings.SettingsError as error:
        counters.append(str(error))

try:
    fitting.breached_passwords(replace(config, breached_passwords=Path("nowhere.bin")))
except settings.SettingsError as error:
    counters.append(str(error))

stations = []
for folder in map(Path, sys.argv[1:3]):
    config = settings.load(folder)
    office = fitting.office_of(config, "kiosk-0001", StationRole.INSTALLER)
    devices = app._devices(config)
    rig = open_rig(devices)
    previews = app._previews(rig)
    rig.close()
    camera = devices.camera
    stations.append({
        "office": [office.role.value, office.identifies, office.takes_fingers,
                   office.scans_codes, office.slip_printer, office.page_printer],
        "camera": [camera.width, camera.height, camera.turned, camera.mirrored] if camera else None,
        "restarts": {name: list(words) for name, words in devices.restarts.items()},
        "previews": [previews.camera is not None, previews.finger is not None],
        "suffix": fitting.hand_scanner(config)._suffix.value,
    })
print(json.dumps([answers, log.getvalue(), counters, stations]))
"""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and certificates of a station that could work."""
    folder = tmp_path_factory.mktemp("station")
    (folder / "key").mkdir()
    (folder / "trust").mkdir()
    issued = Authority.create("signing").issue_signing("kiosk-0001")
    issued.write(folder / "key/certificate.pem", folder / "key/signing.pem")
    (folder / "trust/root.pem").write_bytes(public_pem(issued.key))
    return folder


def variant(station: Path, into: Path, text: str) -> Path:
    """The same station with another `station.toml`."""
    into.mkdir()
    for each in ("key", "trust"):
        (into / each).symlink_to(station / each)
    (into / "station.toml").write_text(text)
    return into


def with_device(entry: str, value: str) -> str:
    broker: Mapping[str, str | int] = {"host": "localhost", "port": 8883}
    return to_toml({"station": STATION, "broker": broker, "devices": {entry: value}})


@dataclass(frozen=True, slots=True)
class Said:
    """What the program said: exit code and words for each wrong station; its log; counters; the rest."""

    answers: list[tuple[int, str]]
    log: list[str]
    counters: list[str]
    bare: dict[str, object]
    full: dict[str, object]


@pytest.fixture(scope="module")
def said(station: Path, tmp_path_factory: pytest.TempPathFactory) -> Said:
    """All in one process of its own: the composition root brings the window with it."""
    place = tmp_path_factory.mktemp("stations")
    texts = [with_device(entry, value) for entry, value in WRONG]
    for _, more, community in OTHERS:
        text = with_device("camera", "v4l2:") + more
        texts.append(text.replace("sistemapiemonte", community or "sistemapiemonte"))
    right = [with_device("camera", ""), to_toml({"station": STATION}) + FULL]
    folders = [
        variant(station, place / f"{number}", text) for number, text in enumerate(right + texts)
    ]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, folders)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers, log, counters, (bare, full) = json.loads(done.stdout.splitlines()[-1])
    return Said([(code, words) for code, words in answers], log.splitlines(), counters, bare, full)


def test_every_wrong_entry_ends_the_program_with_its_name(said: Said) -> None:
    starts = [f"station.toml: devices.{entry}: " for entry, _ in WRONG]
    starts += [start for start, _, _ in OTHERS]
    for (code, words), start in zip(said.answers, starts, strict=True):
        assert code == 2, (start, words)
        assert words.startswith(start), (start, words)
        assert words.count("\n") == 1, words
        assert "secret" not in words


def test_a_remedy_is_logged_by_codes_alone(said: Said) -> None:
    done, hindered = said.log
    for word in ("device.remedy", "camera", "usb-reset", "done"):
        assert word in done
    for word in ("device.remedy", "card-reader", "restart-pcscd", "service.not-restarted"):
        assert word in hindered
    assert "ROSSI" not in "".join(said.log)


def test_screens_know_what_the_station_has(said: Said) -> None:
    assert said.bare["office"] == ["installer", False, False, False, False, False]
    assert said.full["office"] == ["installer", True, True, True, True, True]
    assert said.bare["previews"] == [False, False]
    assert said.full["previews"] == [True, True]
    assert (said.bare["suffix"], said.full["suffix"]) == ("enter", "tab")


def test_devices_get_what_the_settings_say(said: Said) -> None:
    assert said.bare["camera"] is None
    assert said.full["camera"] == [1280, 720, 90, True]
    usual = {name: list(words) for name, words in RESTARTS.items()}
    assert said.bare["restarts"] == usual
    assert said.full["restarts"] == {**usual, "cups": ["true"]}


@pytest.mark.rule("R-003-24")
def test_a_counter_needs_a_printer_that_takes_its_letters(said: Said) -> None:
    none, nameless, *good = said.counters[:4]
    assert none.startswith("station.toml: devices.page_printer: a counter prints")
    assert nameless.startswith("station.toml: devices.page_printer: a printer at tcp://")
    assert good == ["", ""]


def test_a_list_of_stolen_passwords_that_is_not_there_is_named(said: Said) -> None:
    assert said.counters[4].startswith("station.toml: session.breached_passwords: ")
