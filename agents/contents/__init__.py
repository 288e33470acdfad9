"""What people publish: the agents of the content service."""
