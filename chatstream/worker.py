"""The one module with an app: `CHATSTREAM_SERVICE=chat faust -A chatstream.worker worker`.

The service and every setting are read from the environment here, at import, and nowhere else.
"""

from __future__ import annotations

import mode.loop

mode.loop.use("uvloop")

from chatstream.app import create_app  # noqa: E402 (the loop is chosen before Faust is imported)
from chatstream.settings import load_settings  # noqa: E402

settings = load_settings()
app = create_app(settings)
