"""The chart's devices."""
