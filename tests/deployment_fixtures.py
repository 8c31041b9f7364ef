"""The files of `examples/grown-up` and `examples/kubernetes`, read as Docker Compose and Kubernetes read them."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from service.settings import Settings, read_settings

ROOT = Path(__file__).parents[1]
GROWN_UP, KUBERNETES = ROOT / "examples" / "grown-up", ROOT / "examples" / "kubernetes"
VARIABLE = re.compile(r"\$\{(\w+)(?::?[?-]([^}]*))?\}")

Record = dict[str, Any]


@dataclass(frozen=True)
class Container:
    """One that runs our program: how it is called, with which variables, and where it says that it listens."""

    where: str
    calls: list[list[str]]
    environment: dict[str, str]
    ports: dict[str, int]

    @property
    def settings(self) -> Settings:
        return read_settings(self.environment)

    @property
    def listens(self) -> int | None:
        (call,) = self.calls
        if call[0] == "embedder":
            return int(call[call.index("--port") + 1])
        return self.settings.port if call[0] == "serve" else None


@cache
def example_env() -> dict[str, str]:
    lines = (GROWN_UP / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@cache
def compose() -> Record:
    """As Docker Compose reads it beside an `.env` whose passwords were filled in."""
    given = {name: value or "made-by-chance-1234" for name, value in example_env().items()}
    raw = (GROWN_UP / "compose.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(VARIABLE.sub(lambda found: given[found[1]], raw))  # type: ignore[no-any-return]


@cache
def manifests() -> list[Record]:
    paths = sorted(path for path in KUBERNETES.glob("*.yaml") if path.name != "kustomization.yaml")
    return [one for path in paths for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def kustomization() -> Record:
    return yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def of_kind(*kinds: str) -> list[Record]:
    return [one for one in manifests() if one["kind"] in kinds]


def named(kind: str, name: str) -> Record:
    (found,) = [one for one in of_kind(kind) if one["metadata"]["name"] == name]
    return found


def pods() -> dict[str, Record]:
    """The template of each workload's pods, by the workload's name."""
    templates = {one["metadata"]["name"]: one["spec"]["template"] for one in of_kind("Deployment", "StatefulSet")}
    jobs = {one["metadata"]["name"]: one["spec"]["jobTemplate"]["spec"]["template"] for one in of_kind("CronJob")}
    return {**templates, **jobs}


def only_container(pod: Record) -> Record:
    (container,) = pod["spec"]["containers"]
    return container  # type: ignore[no-any-return]


def environment_of(container: Record) -> dict[str, str]:
    """The variables that Kubernetes gives it; fails where a ConfigMap, a Secret or a key of it is not there."""
    given: dict[str, str] = {}
    for source in container.get("envFrom", []):
        given |= named("ConfigMap", source["configMapRef"]["name"])["data"]
    for one in container.get("env", []):
        if "value" in one:
            given[one["name"]] = one["value"]
        else:
            asked = one["valueFrom"]["secretKeyRef"]
            given[one["name"]] = named("Secret", asked["name"])["stringData"][asked["key"]]
    return given


def calls_of(words: Sequence[str]) -> list[list[str]]:
    """The arguments of each call of our program, in a shell's script too."""
    if list(words[:2]) != ["/bin/sh", "-c"]:
        assert words[0] == "alsoread"
        return [list(words[1:])]
    lexer = shlex.shlex(words[2], posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in lexer:
        if set(word) <= set("|&;()<>"):
            commands.append([])
        else:
            commands[-1].append(word)
    return [command[1:] for command in commands if command[:1] == ["alsoread"]]


def containers() -> Iterator[Container]:
    for name, service in compose()["services"].items():
        if service["image"].startswith("alsoread:"):
            words = [*service.get("entrypoint", ["alsoread"]), *service.get("command", [])]
            yield Container(f"compose {name}", calls_of(words), service["environment"], {})
    for name, pod in pods().items():
        one = only_container(pod)
        words = [*one.get("command", ["alsoread"]), *one.get("args", [])]
        ports = {port["name"]: port["containerPort"] for port in one.get("ports", [])}
        yield Container(f"kubernetes {name}", calls_of(words), environment_of(one), ports)


def selects(selector: Record, labels: Mapping[str, str]) -> bool:
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    others = selector.get("matchExpressions", [])
    assert all(one["operator"] == "In" for one in others)
    return wanted and all(labels.get(one["key"]) in one["values"] for one in others)


def selected(selector: Record) -> list[str]:
    return [name for name, pod in pods().items() if selects(selector, pod["metadata"]["labels"])]
