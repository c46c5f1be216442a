"""A patient's chart: one header on all tabs, tabs that their own packages bring, actions at the foot."""
