"""The kiosk's window: screens that draw a session and tell what the person did.

Kivy is imported below this package only. Kivy reads its environment when it is first imported, so
the settings stand here, where no module of the package can come before them.
"""

from __future__ import annotations

import os

_KIVY_ENVIRONMENT = {
    # Arguments, configuration and log belong to the kiosk; nothing is written to a home directory.
    "KIVY_NO_ARGS": "1",
    "KIVY_NO_CONFIG": "1",
    "KIVY_NO_FILELOG": "1",
    "KIVY_LOG_MODE": "PYTHON",
    # One pixel is one pixel: the theme scales by the size of the window alone.
    "KIVY_METRICS_DENSITY": "1",
    "KIVY_METRICS_FONTSCALE": "1",
    "KIVY_DPI": "96",
    # Providers that are not tried cost no start time; the clipboard would start helper processes.
    "KIVY_CLIPBOARD": "dummy",
    "KIVY_WINDOW": "sdl2",
    "KIVY_TEXT": "sdl2",
    "KIVY_IMAGE": "sdl2",
}

for _name, _value in _KIVY_ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)
