"""What the hub corrects is on the screen of a real window that stands there with nobody near it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from sync.hub.__main__ import main
from tests.emulated.cards.pcscd import why_not
from tests.emulated.services import wait_until
from tests.workbench.display import Display
from tests.workbench.stage import Stage

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]

SECONDS = 60.0


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Display() as display, Stage(display) as made:
        yield made


def correct(stage: Stage, title: str) -> None:
    file = stage.site.folder / "texts.toml"
    said = json.dumps(title)
    file.write_text(f'["welcome.title"]\nit = {said}\nen = {said}\n', encoding="utf-8")
    words = ("lists", "set", "texts", str(file), "--catalogue", "kiosk/strings")
    assert main([*words, "--hub-dir", str(stage.site.hub_dir)]) == 0


def test_a_corrected_text_is_on_the_first_page_without_a_touch_and_after_a_crash(
    stage: Stage,
) -> None:
    person = stage.person
    person.wait_for("welcome")
    assert "Benvenuto" in person.sees()
    correct(stage, "Buongiorno a tutti")
    wait_until(lambda: "Buongiorno a tutti" in person.sees(), SECONDS, "the corrected title")
    stage.kiosk.kill()
    stage.link.kill()
    stage.kiosk.start()
    person.wait_for("welcome")
    assert "Buongiorno a tutti" in person.sees()
