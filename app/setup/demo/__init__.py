"""The demo clinic: invented people, weeks of visits in every state, the same for the same seed."""
