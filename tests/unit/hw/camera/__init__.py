"""Cameras and codes: memory of pictures, sources, decoding."""
