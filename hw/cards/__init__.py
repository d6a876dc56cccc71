"""Cards: applications on an open card, one module each."""
