"""Child processes that do what may crash or hang: started, asked, heard, killed."""
