"""What scrapes the processes, and what it alarms of."""
