"""Cameras and the codes that are read in their pictures."""
