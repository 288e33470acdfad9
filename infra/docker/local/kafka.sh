#!/usr/bin/env bash
# A broker from Kafka's jars, told by KAFKA_… variables as the official image is: KAFKA_NODE_ID is node.id,
# two underscores are one, three are a hyphen. CLUSTER_ID formats an empty folder.
set -euo pipefail
properties=/tmp/server.properties
for name in "${!KAFKA_@}"; do
    case $name in *_OPTS) continue ;; esac
    key=${name#KAFKA_}
    key=${key,,}
    key=${key//___/-}
    key=${key//__/ }
    key=${key//_/.}
    printf '%s=%s\n' "${key// /_}" "${!name}"
done >"$properties"
read -r -a heap <<<"${KAFKA_HEAP_OPTS:-}"
read -r -a logging <<<"${KAFKA_LOG4J_OPTS:-}"
run=(java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "${logging[@]}" -cp '/opt/kafka/libs/*')
if [ ! -e "$KAFKA_LOG_DIRS/meta.properties" ]; then
    "${run[@]}" kafka.tools.StorageTool format --cluster-id="$CLUSTER_ID" -c "$properties"
fi
exec "${run[@]}" "${heap[@]}" kafka.Kafka "$properties"
