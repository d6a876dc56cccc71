"""USB devices through the real libusb and libudev: a recording, an emulated sensor."""
