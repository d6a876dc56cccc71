"""Pages of a counter, for who works there all day: keyboard first, much at one look."""
