"""Tables of other systems as CSV: read strictly, row by row, by a mapping that the office writes.

What a row lacks or has wrong is told with its line, its column and the reason; nothing is guessed
and nothing half done.
"""
