"""What is abuse and what follows: rules over a message, its room's counters and its account's."""
