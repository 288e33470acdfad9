"""Messages: said, edited, deleted; judged before they are stored."""
