"""The servers alone, in the foreground: `python -m infra.embedded FOLDER PORT`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from chatstream.errors import ConfigurationError
from infra.embedded.stack import Stack


def main(arguments: list[str]) -> int:
    """Start the servers, write their settings to `var/run/env.sh`, wait for Ctrl-C, stop them."""
    if len(arguments) != 2:
        print("usage: python -m infra.embedded FOLDER PORT", file=sys.stderr)
        return 2
    signals = {signal.SIGINT, signal.SIGTERM}
    try:
        with Stack(Path(arguments[0]), int(arguments[1]), say=print) as stack:
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            stack.start_servers()
            signal.pthread_sigmask(signal.SIG_BLOCK, signals)
            print(stack.write_environment(), end="", flush=True)
            signal.sigwait(signals)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
