"""Tests of the lists beside the chart."""
