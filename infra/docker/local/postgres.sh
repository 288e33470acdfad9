#!/usr/bin/env bash
# The wheel's server, told as the official image is: POSTGRES_USER, POSTGRES_PASSWORD_FILE, POSTGRES_DB,
# POSTGRES_INITDB_ARGS, PGDATA, and SQL files that are run once. A half-made folder is never taken for a whole one.
set -euo pipefail
sockets=/var/run/postgresql
if [ ! -e "$PGDATA/PG_VERSION" ]; then
    fresh=$PGDATA.new
    rm -rf "$fresh"
    mkdir -p "$(dirname "$PGDATA")"
    read -r -a arguments <<<"${POSTGRES_INITDB_ARGS:-}"
    initdb -D "$fresh" -U "$POSTGRES_USER" --auth-local=trust --pwfile="$POSTGRES_PASSWORD_FILE" \
        --no-instructions "${arguments[@]}"
    printf 'host all all all scram-sha-256\n' >>"$fresh/pg_hba.conf"
    pg_ctl -D "$fresh" -w -o "-k $sockets -c listen_addresses=''" start
    sql=(psql -h "$sockets" -U "$POSTGRES_USER" -v ON_ERROR_STOP=1 -q)
    "${sql[@]}" -d postgres -c "CREATE DATABASE \"$POSTGRES_DB\""
    for file in /docker-entrypoint-initdb.d/*.sql; do
        "${sql[@]}" -d "$POSTGRES_DB" -f "$file"
    done
    pg_ctl -D "$fresh" -w -m fast stop
    mv "$fresh" "$PGDATA"
fi
# The first words are `postgres` and what it is told.
shift
exec postgres -D "$PGDATA" -k "$sockets" -c listen_addresses='*' "$@"
