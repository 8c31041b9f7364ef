"""The files for the grown-up setting (`examples/grown-up`, `examples/kubernetes`) fit the service, and each other."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from deployment_fixtures import (
    GROWN_UP,
    KUBERNETES,
    ROOT,
    VARIABLE,
    Container,
    Record,
    compose,
    containers,
    example_env,
    kustomization,
    named,
    of_kind,
    only_container,
    pods,
    selected,
    selects,
)

from service import cli
from service.settings import PREFIX, Settings

FILES = sorted(path for folder in (GROWN_UP, KUBERNETES) for path in folder.iterdir() if path.is_file())
ADDRESSES = ("ALSOREAD_CATALOGUE", "ALSOREAD_MILVUS", "ALSOREAD_EMBEDDER")
USUAL = {"postgresql": 5432, "http": 80, "https": 443}
OTHERS = {"postgres": 5432, "milvus": 19530}
PINNED = re.compile(r"[\w./-]+:(?!latest$)[\w.-]+")

CONTAINERS = {one.where: one for one in containers()}
each_container = pytest.mark.parametrize("container", CONTAINERS.values(), ids=list(CONTAINERS))
each_pod = pytest.mark.parametrize("name", list(pods()))
each_service = pytest.mark.parametrize("name", list(compose()["services"]))


def check_call(words: Sequence[str]) -> None:
    """Fails where there is no such command, or it has no such option or no room for such an argument."""
    command: click.Command | None = cli.main
    context: click.Context | None = None
    left = list(words)
    while isinstance(command, click.Group):
        # as the program makes it: what a command's own context settles stays with the command, for later tests too
        context = click.Context(command, parent=context, **command.context_settings)
        name = left.pop(0)
        command = command.get_command(context, name)
        assert command is not None, f"no command is called {name}"
    assert command is not None
    command.make_context(command.name, left, parent=context)


def test_every_variable_that_is_named_is_a_setting() -> None:
    settings = {f"{PREFIX}{one.name.upper()}" for one in fields(Settings)}
    for path in FILES:
        assert set(re.findall(rf"{PREFIX}[A-Z][A-Z_]*", path.read_text(encoding="utf-8"))) <= settings, path.name


@each_container
def test_what_a_container_is_called_with_exists_and_its_settings_are_taken(container: Container) -> None:
    assert container.calls
    for call in container.calls:
        check_call(call)
    settings = container.settings
    assert settings.replica == ("--replica" in container.calls[0])
    if settings.replica:
        assert not settings.indexer, "/health/ready would miss a data folder"
    if container.where.endswith("host"):
        assert settings.indexer
        assert settings.milvus, "nobody would fill it"


@pytest.mark.parametrize("folder", [GROWN_UP, KUBERNETES], ids=lambda folder: folder.name)
def test_what_a_reader_is_told_to_run_exists(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"(?:exec \S+|--) alsoread (.*)", text)
    runs = re.findall(r"docker compose run --rm(?: --no-TTY)? (\w+)([^`\n]*)", text)
    for line in told:
        check_call(shlex.split(line, comments=True))
    for service, line in runs:
        check_call([*compose()["services"][service]["entrypoint"][1:], *shlex.split(line, comments=True)])
    assert told
    assert set(re.findall(r"docker compose (?:exec|logs)(?: -\S+)* (\w+)", text)) <= compose()["services"].keys()


@each_service
def test_a_service_of_compose_is_pinned_bounded_watched_and_reaches_what_it_names(name: str) -> None:
    services = compose()["services"]
    service = services[name]
    assert PINNED.fullmatch(service["image"])
    assert service["mem_limit"]
    assert "profiles" in service or (service["restart"] == "unless-stopped" and service["healthcheck"]["test"])
    assert set(service["networks"]) <= compose()["networks"].keys()
    mounted = {volume.split(":")[0] for volume in service.get("volumes", [])}
    assert {one for one in mounted if one[0] not in "./"} <= compose()["volumes"].keys()
    for port in service.get("ports", []):
        assert name == "front" or port.startswith("127.0.0.1:")
    for other, how in service.get("depends_on", {}).items():
        assert how == {"condition": "service_healthy"}
        assert services[other]["healthcheck"]["test"]
    if f"compose {name}" in CONTAINERS:
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["build"]["target"] == service["image"].split(":")[1]
        listens = CONTAINERS[f"compose {name}"].listens
        assert all(int(port.rsplit(":", 1)[1]) == listens for port in service.get("ports", []))
        assert listens is None or int(service["environment"][f"{PREFIX}PORT"]) == listens, "the health check asks there"
    for variable in ADDRESSES:
        if variable in service.get("environment", {}):
            at = urlsplit(service["environment"][variable])
            other = services[str(at.hostname)]
            there = CONTAINERS.get(f"compose {at.hostname}")
            expected = there.listens if there else OTHERS[str(at.hostname)]
            assert (at.port or USUAL[at.scheme]) == expected
            assert set(service["networks"]) & set(other["networks"])


def test_the_front_listens_where_it_is_published_and_hands_on_to_where_the_replicas_listen() -> None:
    text = (GROWN_UP / "nginx.conf").read_text(encoding="utf-8")
    front = compose()["services"]["front"]
    assert {port.rsplit(":", 1)[1] for port in front["ports"]} == set(re.findall(r"\blisten (\d+);", text))
    assert set(re.findall(r":(\d+)/", front["healthcheck"]["test"][-1])) == set(re.findall(r"\blisten (\d+);", text))
    assert re.findall(r"\bserver (\w+):(\d+) ", text) == [("web", str(CONTAINERS["compose web"].listens))]


def test_the_example_of_env_names_every_variable_and_holds_no_secret() -> None:
    raw = (GROWN_UP / "compose.yaml").read_text(encoding="utf-8")
    assert {found[1] for found in VARIABLE.finditer(raw)} == example_env().keys()
    assert {name for name, value in example_env().items() if re.search("PASSWORD|KEY|TOKEN", name) and value} == set()
    assert ".env" in (GROWN_UP / ".gitignore").read_text(encoding="utf-8").split()


def test_the_kustomization_lists_every_file_and_names_every_image() -> None:
    listed = kustomization()["resources"]
    assert sorted(listed) == sorted({path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"})
    images = {only_container(pod)["image"].split(":")[0] for pod in pods().values()}
    assert {one["name"] for one in kustomization()["images"]} == images
    assert all(one["newTag"] != "latest" for one in kustomization()["images"])


@each_pod
def test_a_pod_is_pinned_bounded_not_root_and_writes_only_where_it_is_let(name: str) -> None:
    spec, container = pods()[name]["spec"], only_container(pods()[name])
    assert PINNED.fullmatch(container["image"])
    assert container["resources"]["limits"]["memory"]
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert spec["securityContext"]["runAsNonRoot"] is True
    user = spec["securityContext"]["runAsUser"]
    assert f"\nUSER {user}:{spec['securityContext']['runAsGroup']}\n" in (ROOT / "Dockerfile").read_text(
        encoding="utf-8"
    )
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert spec["enableServiceLinks"] is False, "variables made of Services are no settings"
    claims = [
        one
        for of in of_kind("StatefulSet")
        if of["metadata"]["name"] == name
        for one in of["spec"]["volumeClaimTemplates"]
    ]
    there = [*(one["name"] for one in spec["volumes"]), *(one["metadata"]["name"] for one in claims)]
    assert sorted(one["name"] for one in container["volumeMounts"]) == sorted(there)
    if name == "alsoread-web":
        assert all(one.keys() == {"name", "emptyDir"} for one in spec["volumes"])


@pytest.mark.parametrize("workload", of_kind("Deployment", "StatefulSet"), ids=lambda one: one["metadata"]["name"])
def test_a_workload_selects_its_own_pods_and_is_probed(workload: Record) -> None:
    pod = workload["spec"]["template"]
    container = only_container(pod)
    assert workload["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"] == workload["metadata"]["labels"]
    assert selected(workload["spec"]["selector"]) == [workload["metadata"]["name"]]
    for constraint in pod["spec"].get("topologySpreadConstraints", []):
        assert selects(constraint["labelSelector"], pod["metadata"]["labels"])
    for probe, path in (("readiness", "ready"), ("liveness", "live"), ("startup", "live")):
        asked = container[f"{probe}Probe"]["httpGet"]
        assert asked["path"] == f"/health/{path}"
        assert asked["port"] in {port["name"] for port in container["ports"]}
    ours = CONTAINERS[f"kubernetes {workload['metadata']['name']}"]
    assert list(ours.ports.values()) == [ours.listens]


def test_services_budgets_scaling_and_ingress_name_what_is_there() -> None:
    for service in of_kind("Service"):
        (name,) = selected({"matchLabels": service["spec"]["selector"]})
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= CONTAINERS[
            f"kubernetes {name}"
        ].ports.keys()
    for budget in of_kind("PodDisruptionBudget"):
        assert selected(budget["spec"]["selector"]) == ["alsoread-web"]
    for scaling in of_kind("HorizontalPodAutoscaler"):
        target = scaling["spec"]["scaleTargetRef"]
        assert named(target["kind"], target["name"])["spec"]["replicas"] == scaling["spec"]["minReplicas"]
    for path in [path for one in of_kind("Ingress") for rule in one["spec"]["rules"] for path in rule["http"]["paths"]]:
        asked = path["backend"]["service"]
        assert asked["port"]["name"] in {port["name"] for port in named("Service", asked["name"])["spec"]["ports"]}


def test_the_rebuild_works_where_the_host_does_on_its_volume_and_alone() -> None:
    host, rebuild = named("StatefulSet", "alsoread-host"), named("CronJob", "alsoread-rebuild")
    spec = pods()["alsoread-rebuild"]["spec"]
    (near,) = spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert (selected(near["labelSelector"]), near["topologyKey"]) == (["alsoread-host"], "kubernetes.io/hostname")
    (claim,) = host["spec"]["volumeClaimTemplates"]
    (claimed,) = [
        one["persistentVolumeClaim"]["claimName"] for one in spec["volumes"] if "persistentVolumeClaim" in one
    ]
    assert claimed == f"{claim['metadata']['name']}-{host['metadata']['name']}-0"
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert (host["spec"]["replicas"], rebuild["spec"]["concurrencyPolicy"]) == (1, "Forbid")
    data = {CONTAINERS[f"kubernetes {name}"].settings.data for name in ("alsoread-host", "alsoread-rebuild")}
    assert data == {Path("/data")}


@each_pod
def test_policies_let_a_pod_reach_the_addresses_it_is_given_and_be_reached(name: str) -> None:
    labels, ours = pods()[name]["metadata"]["labels"], CONTAINERS[f"kubernetes {name}"]
    policies = [one["spec"] for one in of_kind("NetworkPolicy") if selects(one["spec"]["podSelector"], labels)]
    allowed = {
        (
            other.get("namespaceSelector", {}).get("matchLabels", {}).get("kubernetes.io/metadata.name"),
            peer,
            port["port"],
        )
        for one in policies
        for rule in one.get("egress", [])
        for other in rule["to"]
        for peer in (selected(other["podSelector"]) if "podSelector" in other else [None])
        for port in rule["ports"]
    }
    for variable in ADDRESSES:
        if variable in ours.environment:
            at = urlsplit(ours.environment[variable])
            host, *rest = str(at.hostname).split(".")
            if rest:
                assert (rest[0], None, at.port or USUAL[at.scheme]) in allowed, variable
            else:
                service = named("Service", host)["spec"]
                (peer,) = selected({"matchLabels": service["selector"]})
                assert at.port in {port["port"] for port in service["ports"]}
                assert (None, peer, CONTAINERS[f"kubernetes {peer}"].listens) in allowed, variable
    incoming = {port["port"] for one in policies for rule in one.get("ingress", []) for port in rule["ports"]}
    assert incoming == set(ours.ports.values())


def test_every_policy_is_about_a_pod() -> None:
    assert all(selected(one["spec"]["podSelector"]) for one in of_kind("NetworkPolicy"))
