"""The chart's visits: the list, one visit with all that was done in it, the note and the end of a visit."""
