"""The window of a device that is no station yet: it asks for the one-time code and enrols."""
