"""What OpenSC is told where it is the module: keep nothing, and leave other readers alone.

By its defaults OpenSC connects to the card in every reader, keeps the PIN in memory to present it
again, may cache files of cards in the home folder, and takes the PIN from a reader with keys. Other
modules do not read this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

VARIABLE: Final = "OPENSC_CONF"
"""Environment variable with the path of the configuration."""
_TEXT: Final = """app default {
  ignored_readers = %s;
  reader_driver pcsc {
    enable_pinpad = false;
  }
  framework pkcs15 {
    use_file_caching = no;
    use_pin_caching = false;
  }
}
"""


def configuration(passed_over: Sequence[str]) -> str:
    """A configuration (opensc.conf) that passes over the readers of these names.

    OpenSC passes over every reader whose name contains one of them. A name that cannot be written
    down is left out, so that its reader is looked at as it would be anyway.
    """
    writable = [name for name in passed_over if name.isprintable() and not set(name) & set('"\\')]
    names = ", ".join(f'"{name}"' for name in writable if name) or '"no reader is called so"'
    return _TEXT % names
