"""The chart's laboratory tab."""
