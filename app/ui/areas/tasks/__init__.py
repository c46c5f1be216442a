"""What is to be done: the inboxes of tasks, one task with what is needed for it, and what a person has open."""
