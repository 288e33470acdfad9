"""What the program needs from the outside, by need: Protocols and the dataclasses they speak.

One module a context; import from it. Adapters live in `infra`; fakes in `tests/fakes`. Ids are
lower-case UUID text, times RFC 3339 text (see `chatstream.domain.times`). Unless a method says
otherwise it may raise TransientFailure when its store is away, has a timeout of its own, and never
blocks the event loop.
"""
