"""Electronic travel documents."""
