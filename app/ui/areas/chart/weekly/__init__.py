"""The chart's weekly summaries."""
