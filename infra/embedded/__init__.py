"""Real servers on one machine, without containers: fetched, laid out, supervised."""
