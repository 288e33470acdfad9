"""Every context's news: what the hub of a front is given, and what the AsyncAPI document shows."""

from web.live import messages, people, reading, rooms

NEWS = (messages.NEWS, rooms.NEWS, reading.NEWS, people.NEWS)
