"""The one module with an app: `CHATSTREAM_SERVICE=chat faust -A chatstream.worker worker`.

The service and every setting are read from the environment here, at import, and nowhere else; a
stats worker also reads which generation of the tables it counts. `guests` are the apps of further
services, where the process is shared.
"""

from __future__ import annotations

import mode.loop

mode.loop.use("uvloop")

from chatstream import logs  # noqa: E402 (the loop is chosen before Faust is imported)
from chatstream.app import create_app  # noqa: E402
from chatstream.domain.generations import FIRST  # noqa: E402
from chatstream.settings import load_settings  # noqa: E402
from infra import metrics, spans  # noqa: E402
from schemas.catalogue import service_of  # noqa: E402
from schemas.services import STATS  # noqa: E402
from tables.followed.generations import counting_at_start  # noqa: E402

logs.install()
metrics.tell_no_beginnings()
settings = load_settings()
service = service_of(settings.service)
lines = logs.configure(service.name, settings.worker_name, settings.log_level)
spans.export_to(settings.traces.endpoint, settings.traces.ratio, service.name, settings.worker_name)
app = create_app(settings, counting_at_start(settings) if service == STATS else FIRST)
guests = [create_app(own, is_guest=True) for own in settings.of_guests()]
if lines is not None:
    for each in (app, *guests):
        each.conf.logging_config = lines  # Faust sets logging up anew when it starts
