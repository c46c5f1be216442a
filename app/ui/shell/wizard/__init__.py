"""Set up my clinic here: one step a page, in the same window."""
