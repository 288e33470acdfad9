"""The inside of a stats worker: its calls for fronts and for its peers, gathered and in parts."""
