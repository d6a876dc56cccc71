"""Pages and slips, as bytes in memory: nothing here writes a file or asks the network.

`receipt` and `forms` are what the rest of the kiosk calls, `press.preload` makes their first page as
quick as the others. `typesetting` is the door to WeasyPrint, `slip` speaks ESC/POS.
"""
