"""A thief takes the disk of a used station: nothing of anybody may be read in any byte of it."""
