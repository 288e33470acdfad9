"""The copy of the posts in Redis or Valkey, where a setting names a server."""
