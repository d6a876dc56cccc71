"""The registry on both of its engines: the port, many processes at once, moving, backups."""
