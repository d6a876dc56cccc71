"""Every device is pulled and returned on every page that uses it, at a real window."""
