"""A chat client for tests: HTTP calls and STOMP sockets as an application would make them."""
