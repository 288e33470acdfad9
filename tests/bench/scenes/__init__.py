"""One measurement each; every one gives a Section."""
