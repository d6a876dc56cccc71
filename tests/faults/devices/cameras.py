"""The camera is pulled on every page that reads a code."""

from __future__ import annotations

from typing import ClassVar

from PIL import Image

from tests.faults.devices.page import Page
from tests.workbench import walks

_SCAN = "option.scan"


class CameraPage(Page):
    """A page that looks for a code; the code is held up when the camera is back."""

    field: ClassVar[str] = "registration-status.ask-number"
    looking: ClassVar[str] = "scanning.registration-number"
    found: ClassVar[tuple[str, ...]] = ("registration-status.not-found",)

    def held(self) -> Image.Image:
        """What somebody holds before it."""
        return walks.held_number()

    def to_field(self) -> None:
        """From the first page to the field that can be typed as well."""
        walks.to_number(self.person)

    def look(self) -> None:
        """From the field to the camera's picture."""
        self.stage.camera.show(walks.WALL)
        self.go(_SCAN, self.looking)

    def arrive(self) -> None:
        """The camera looks for a code."""
        self.to_field()
        self.look()

    def pull(self) -> None:
        """The cable, at once or when pictures come."""
        self.rest(0.8)
        self.stage.camera.go_away()

    def give_back(self) -> None:
        """The cable; somebody holds a code before it."""
        self.stage.camera.show(self.held())
        self.stage.camera.come_back()

    def troubled(self) -> bool:
        """Typing is on offer, on the page itself and on that of the failure."""
        return self.on("scanning.") and self.person.can_touch("refuse")

    def serves(self) -> bool:
        """The code was read."""
        self.tries_again("scanning.failed")
        return self.on(*self.found)

    def settle(self) -> None:
        """Back to the field, and look again."""
        self.stage.camera.show(walks.WALL)
        self.go("back", self.field)
        self.look()


class ReceiptCode(CameraPage):
    """The number of a registration."""

    name = "scanning.registration-number"
    share = 4


class CardCode(CameraPage):
    """The codice fiscale for the preregistration."""

    name = "scanning.codice-fiscale"
    share = 3
    field = "preregistration.asking.codice-fiscale"
    looking = "scanning.codice-fiscale"
    found = ("preregistration.asking.surname", "preregistration.asking.name")

    def held(self) -> Image.Image:
        """The card's bar code."""
        return walks.held_card()

    def to_field(self) -> None:
        """The form without a card."""
        walks.to_typed_code(self.person)


class BeforeLooking(CameraPage):
    """Pulled while the field stands there, and looked for all the same."""

    name = "registration-status.ask-number"
    share = 2

    def arrive(self) -> None:
        """The field."""
        self.to_field()

    def pull(self) -> None:
        """The cable; then the camera is asked for. Its failure may be told at once."""
        self.stage.camera.go_away()
        self.rest(0.5)
        self.go(_SCAN, "scanning.")

    def settle(self) -> None:
        """Back to the field."""
        self.go("back", self.field)


class CameraAwayForLong(CameraPage):
    """Away until the page says so, and back while that page stands."""

    name = "scanning.failed"
    patience = 20.0

    def troubled(self) -> bool:
        """The page of the failure."""
        return self.on("scanning.failed") and self.person.can_touch("refuse")


PAGES = (ReceiptCode, CardCode, BeforeLooking, CameraAwayForLong)
