"""Child processes that do what may crash or hang: started, asked, heard, killed.

`process` is the side of whoever starts one, `serving` the side of the child, `frames` what they
say to each other. All three are of the standard library alone, as some children run on another
interpreter than ours.
"""
