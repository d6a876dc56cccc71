"""Making the list of those whose signatures on documents and cards count."""
