"""The USB bus: who is plugged in, who comes and goes, and what can be done to a device."""
