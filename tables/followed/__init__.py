"""Topics that each process reads itself, from a time on, and folds into a small state in memory."""
