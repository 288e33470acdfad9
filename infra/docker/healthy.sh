#!/usr/bin/env bash
# healthy PORT PATH: exit 0 when a server on this container's PORT answers GET PATH with 200.
# The shell's own sockets: an interpreter started every few seconds would cost more than the service.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
IFS=' ' read -r -t 3 _ status _ <&3
[ "$status" = 200 ]
