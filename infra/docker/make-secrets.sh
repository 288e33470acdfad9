#!/usr/bin/env bash
# make-secrets FILE…: a random secret in each file that is not there; what is there stays. Each appears whole.
# Readable for all: the volume it lies in is mounted where it is needed, under other users than this one.
set -euo pipefail
umask 022
for file in "$@"; do
    if [ -s "$file" ]; then
        echo "$(basename "$file") is there"
        continue
    fi
    fresh=$(mktemp "$file.XXXXXX")
    head -c 24 /dev/urandom | base64 | tr -d '\n' >"$fresh"
    chmod 0444 "$fresh"
    mv "$fresh" "$file"
    echo "$(basename "$file") is made"
done
