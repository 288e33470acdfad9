"""What people publish: its texts, its versions, and how they are inspected."""
