"""Widgets of a desk: for a real keyboard first, for mouse and finger too."""
