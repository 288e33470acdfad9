#!/usr/bin/env bash
# healthy.sh PORT: exit 0 when the broker on this container's PORT answers an ApiVersions request.
# https://kafka.apache.org/protocol.html: size 10, key 18, version 0, correlation id 1, no client id.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/$1"
printf '\x00\x00\x00\x0a\x00\x12\x00\x00\x00\x00\x00\x01\xff\xff' >&3
# The answer: its size, then the correlation id; read as text to the first byte 1.
IFS= read -r -t 3 -d $'\x01' _ <&3
