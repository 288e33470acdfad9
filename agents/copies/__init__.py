"""What chat keeps of other contexts, in every chat database."""
