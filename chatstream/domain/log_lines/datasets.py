"""The datasets of lines: which kind of process wrote them, and in which form."""

from __future__ import annotations

APP = "chatstream.app"
"""Our own processes: JSON lines that are documents of the Elastic Common Schema already."""
NGINX_ACCESS = "nginx.access"
"""A request each, as JSON (`log_format line` of infra/nginx)."""
NGINX_ERROR = "nginx.error"
"""nginx' own form, without the request that each line ended with."""
KAFKA = "kafka.server"
"""Flat names in JSON, by a pattern of log4j2 (infra/embedded/kafka.py)."""
POSTGRES = "postgresql.log"
"""Behind the prefix `%m [%p] [%b] %e ` (`log_line_prefix` of infra/embedded/postgres.py)."""
ELASTICSEARCH = "elasticsearch.server"
"""Elasticsearch's ECSJsonLayout: flat names in JSON."""
SUPERVISOR = "supervisord.log"
"""What the supervisor says of the processes it starts and ends."""

DATASETS = (APP, NGINX_ACCESS, NGINX_ERROR, KAFKA, POSTGRES, ELASTICSEARCH, SUPERVISOR)
