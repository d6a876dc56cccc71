"""Population registers, and tables of other systems."""
