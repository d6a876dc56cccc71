"""USB devices that are not there, below libusb and libudev.

`bus` lays out what /sys and /dev show and tells of arrivals and departures; `usbfs` answers what
programs ask of a device's file; `uru4000` is a sensor. The programs under test run with umockdev's
preload library, which leads their calls here: see `EmulatedBus.environment`.
"""
