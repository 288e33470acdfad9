"""STOMP 1.1–1.2 over WebSocket: frames, the session of one connection, and the sockets."""
