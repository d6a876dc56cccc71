"""The USB bus: the one door to pyusb, and what the kernel tells of ports."""
