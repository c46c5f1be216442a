"""Conversations with patients: the list, the bubbles, the answer. The inbox and the chart's tab show the same."""
