"""Tests of care plan, devices and weeks in the chart."""
