"""Everything of a chart in order of time."""
