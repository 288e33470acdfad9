"""What people publish, over HTTP: posts, feeds, subscriptions, search, and the operators' queue."""
