"""Pages and slips, as bytes in memory: nothing here writes a file or asks the network.

`receipt` and `forms` are what the rest of the kiosk calls; `typesetting` is the door to WeasyPrint,
`slip` the door to python-escpos.
"""
