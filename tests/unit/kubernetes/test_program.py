"""What pods run and are told is what the program has: services, commands, settings, folders."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from psycopg2.extensions import parse_dsn

from chatstream.commands.cli import cli
from chatstream.settings import Settings
from infra.embedded.command import CLONE
from infra.security import keys
from schemas.catalogue import LINEAGES, SERVICES
from schemas.services import CONTENT, COUPON, FRONT, FRONT_AUTH, FRONT_COUPON, STATS, USER
from tests.unit.kubernetes.conftest import Load
from tests.unit.kubernetes.kustomize import Document
from tests.unit.kubernetes.manifests import (
    GATEWAY,
    OVERLAYS,
    container,
    environment,
    named,
    objects,
    pod,
    said,
    workloads,
)

DOCUMENT = CLONE / "docs" / "operations" / "kubernetes.md"
# What is optional needs a Connect, which no overlay has.
RUN = [service.name for service in SERVICES if not service.is_optional]
EACH = [(overlay, name) for overlay in OVERLAYS for name in RUN]
GROUPED = [(overlay, name) for overlay, name in EACH if "front" not in name]


def variables() -> set[str]:
    """Every variable that the settings have."""
    found = set()
    for name, field in Settings.model_fields.items():
        group = getattr(field.annotation, "model_fields", None)
        inner = [name] if group is None else [f"{name}__{each}" for each in group]
        found |= {f"CHATSTREAM_{each.upper()}" for each in inner}
    return found


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_service_has_pods_of_its_name_and_no_other_is_run(overlay: str) -> None:
    run = {
        container(each)["args"][1]: name
        for name, each in workloads(overlay).items()
        if container(each)["args"][0] == "worker"
    }
    assert run == {name: name for name in RUN}


def command_of(args: list[str]) -> click.Context:
    """The command that these arguments call, which takes them as they are."""
    found: click.Command = cli
    while isinstance(found, click.Group):
        name, *args = args
        command = found.commands.get(name)
        assert command is not None, name
        found = command
    return found.make_context(found.name, list(args))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_calls_a_command_of_the_program(overlay: str) -> None:
    for each in workloads(overlay).values():
        assert not {"command", "tty", "stdin"} & container(each).keys()
        command_of(container(each)["args"])
    with pytest.raises(click.UsageError):
        command_of(["gateway", "--front=a:1", "--front-auth=b:1", "--unknown"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_all_that_workers_find_made_is_made_by_jobs_before(overlay: str) -> None:
    jobs = {n: container(w)["args"] for n, w in workloads(overlay).items() if w["kind"] == "Job"}
    assert jobs.pop("kibana", None) == (
        ["kibana", "import", "--overwrite"] if overlay == "production" else None
    )
    made = {*command_of(jobs.pop("databases")).params["only"]}
    made |= {*command_of(jobs.pop("templates")).params["only"]}
    assert made == {"databases", "templates"}  # keys are a Secret
    assert jobs == {"topics": ["topics", "create"]}
    services = {each["metadata"]["name"] for each in objects(overlay, "services")}
    assert not {"topics", "databases", "templates"} & services


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_variable_is_one_that_the_program_reads(overlay: str) -> None:
    others = {"FAUST_LOOP", "PYTHONUNBUFFERED", "POD_NAMESPACE"}
    for each in workloads(overlay).values():
        assert environment(overlay, each).keys() - others <= variables()


@pytest.mark.parametrize(("overlay", "name"), EACH)
def test_a_pod_reads_its_settings(load: Load, overlay: str, name: str) -> None:
    settings = load(overlay, name)
    port = container(workloads(overlay)[name])["ports"][0]["containerPort"]
    assert (settings.web.port, settings.worker_name) == (port, f"{name}-0")
    assert settings.kafka.partitions & (settings.kafka.partitions - 1) == 0
    assert settings.kafka.replication == (3 if overlay == "production" else 1)
    assert urlsplit(settings.web.public_url).hostname
    assert settings.web.trusted_proxies == ("10.0.0.0/8",)
    assert {*settings.postgres.lineages} == {each.name for each in LINEAGES if not each.is_optional}


@pytest.mark.parametrize(("overlay", "name"), GROUPED)
def test_a_worker_is_a_member_by_the_name_of_its_pod(load: Load, overlay: str, name: str) -> None:
    settings = load(overlay, name)
    workload = workloads(overlay)[name]
    assert workload["kind"] == "StatefulSet"
    assert settings.kafka.static_membership
    app = load.app(overlay, name)
    assert app.conf.consumer_group_instance_id == f"{name}-0"
    # The pod finds this name in its own /etc/hosts, and peers ask it there.
    namespace = workload["metadata"]["namespace"]
    host = f"{name}-0.{workload['spec']['serviceName']}.{namespace}.svc.cluster.local"
    assert str(app.conf.canonical_url) == f"http://{host}:8090"
    # Long enough for a pod to be replaced, and no longer than Faust waits for a broker.
    given = pod(workload)["terminationGracePeriodSeconds"]
    assert given <= settings.kafka.session_timeout <= app.conf.broker_request_timeout


@pytest.mark.parametrize(("overlay", "name"), GROUPED)
def test_who_has_tables_has_a_volume_for_each_pod(load: Load, overlay: str, name: str) -> None:
    settings = load(overlay, name)
    tables = load.app(overlay, name).tables
    claims = workloads(overlay)[name]["spec"].get("volumeClaimTemplates", [])
    assert bool(claims) == bool(tables)
    mounts = {each["name"]: each["mountPath"] for each in _mounts(overlay, name)}
    # In a folder of it: `stats rebuild` puts its own beside.
    assert settings.data_dir.parent == Path(mounts["tables"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_fronts_ask_stats_workers_that_are_always_there(load: Load, overlay: str) -> None:
    scaled = [
        each["spec"]["minReplicaCount"]
        for each in objects(overlay)
        if each["kind"] == "ScaledObject" and each["metadata"]["name"] == STATS.name
    ]
    always = scaled[0] if scaled else workloads(overlay)[STATS.name]["spec"]["replicas"]
    hosts = [
        environment(overlay, workloads(overlay)[STATS.name], ordinal)["CHATSTREAM_WEB__HOST"]
        for ordinal in range(always)
    ]
    told = load(overlay, FRONT.name).stats.workers
    assert told == tuple(f"http://{host}:8090" for host in hosts)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_fronts_ask_every_worker_of_content(load: Load, overlay: str) -> None:
    workload = workloads(overlay)[CONTENT.name]
    hosts = [
        environment(overlay, workload, ordinal)["CHATSTREAM_WEB__HOST"]
        for ordinal in range(workload["spec"]["replicas"])
    ]
    assert load(overlay, FRONT.name).feed.workers == [f"http://{host}:8090" for host in hosts]


def _mounts(overlay: str, name: str) -> list[Document]:
    found: list[Document] = container(workloads(overlay)[name])["volumeMounts"]
    return found


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_private_keys_are_where_they_are_needed_alone(load: Load, overlay: str) -> None:
    found = {}
    for name, workload in workloads(overlay).items():
        for volume in pod(workload)["volumes"]:
            if volume["name"] == "keys":
                secrets = volume["projected"]["sources"]
                found[name] = [each["secret"]["name"] for each in secrets]
                [mount] = [each for each in _mounts(overlay, name) if each["name"] == "keys"]
                assert Path(mount["mountPath"]) == load(overlay, name).auth.keys_dir
                assert "subPath" not in mount  # it would never change
    public = "chatstream-keys-public"
    assert found == {
        FRONT.name: [public],
        FRONT_AUTH.name: [public, "chatstream-keys-front-auth"],
        FRONT_COUPON.name: [public],
        USER.name: [public, "chatstream-keys-user"],
        COUPON.name: [public, "chatstream-keys-coupon"],
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_passwords_are_a_file_and_in_no_object(overlay: str) -> None:
    for name, workload in workloads(overlay).items():
        secrets = [
            each["secret"]["secretName"]
            for each in pod(workload)["volumes"]
            if each["name"] == "secrets"
        ]
        assert secrets == ([] if name == GATEWAY else ["chatstream"])
    text = json.dumps(objects(overlay)).lower()
    assert "password" not in text
    assert "secretkeyref" not in text


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_stores_are_where_the_network_lets_pods_go(load: Load, overlay: str) -> None:
    settings = load(overlay, "chat")
    ports = {int(each.rpartition(":")[2]) for each in settings.kafka.bootstrap_servers.split(",")}
    ports |= {
        int(parse_dsn(dsn).get("port", 5432))
        for databases in settings.postgres.lineages.values()
        for dsn in databases.values()
    }
    ports.add(urlsplit(settings.elastic.url).port or 0)
    stores = named(overlay, "NetworkPolicy", "stores")["spec"]
    allowed = {port["port"] for rule in stores["egress"] for port in rule["ports"]}
    assert ports == allowed


def test_keys_come_to_all_pods_before_they_are_used() -> None:
    # The kubelet looks after a minute or so, and its own memory is as old again.
    for overlay in OVERLAYS:
        assert int(said(overlay)["CHATSTREAM_AUTH__KEY_SETTLE"]) >= 300


def test_every_key_that_is_made_is_in_one_of_the_secrets(tmp_path: Path) -> None:
    keys.ensure_keys(tmp_path)
    text = DOCUMENT.read_text()
    chosen = {
        secret: [path.name for glob in globs.split() for path in tmp_path.glob(glob)]
        for secret, globs in re.findall(r"generic (chatstream-keys\S+) \$\(from ([^)]+)\)", text)
    }
    assert {secret: sorted(files) for secret, files in chosen.items()} == {
        "chatstream-keys-public": ["sealing-0001.pub.pem", "signing-0001.pub.pem"],
        "chatstream-keys-front-auth": ["refresh-0001.key", "signing-0001.pem"],
        "chatstream-keys-user": ["handles.key", "sealing-0001.pem"],
        "chatstream-keys-coupon": ["signing-0001.pem"],
    }
    assert {name for files in chosen.values() for name in files} == {*os.listdir(tmp_path)}
