#!/usr/bin/env bash
# A node from the trimmed installation, told by variables with dots as the official image is. A shell has no
# such variables: they are read from `env`, and written as text, so that OFF stays a word.
set -euo pipefail
conf=/tmp/config
mkdir -p "$conf" /tmp/elasticsearch
cp /etc/elasticsearch/* "$conf/"
{
    printf 'path.data: /usr/share/elasticsearch/data\npath.logs: /tmp/elasticsearch\n'
    env -0 | while IFS='=' read -r -d '' name value; do
        case $name in *.*) printf '%s: "%s"\n' "$name" "$value" ;; esac
    done
} >"$conf/elasticsearch.yml"
java=$(readlink -f "$(command -v java)")
export ES_HOME=/usr/share/elasticsearch ES_PATH_CONF=$conf ES_TMPDIR=/tmp/elasticsearch
export LIBFFI_TMPDIR=/tmp/elasticsearch ES_JAVA_HOME=${java%/bin/java}
cd "$ES_HOME"
exec "$java" -Xms4m -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dcli.name=server -Dcli.script=bin/elasticsearch -Dcli.libs=lib/tools/server-cli \
    -Des.path.home="$ES_HOME" -Des.path.conf="$conf" -Des.distribution.type=tar \
    -Des.java.type=ES_JAVA_HOME -cp 'lib/*:lib/cli-launcher/*' \
    org.elasticsearch.launcher.CliToolLauncher
