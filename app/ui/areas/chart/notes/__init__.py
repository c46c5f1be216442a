"""The chart's notes: visit notes with their addenda, searched and printed; excuse notes beside them."""
