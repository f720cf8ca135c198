"""The manifests are whole, agree with each other and with the daemon, and give the pod no more than it needs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from monitor.cli.shard import ShardOption
from monitor.config import load
from monitor.settings import Settings, Shard
from monitor.web import routes

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
BASE = FOLDER / "base"
KUSTOMIZATIONS = sorted(FOLDER.rglob("kustomization.yaml"))
STATEFUL_SET = {"podManagementPolicy", "replicas", "selector", "serviceName", "template", "updateStrategy"}
POD = {
    "automountServiceAccountToken", "containers", "enableServiceLinks", "securityContext", "serviceAccountName",
    "terminationGracePeriodSeconds", "volumes",
}  # fmt: skip
CONTAINER = {
    "args", "env", "image", "imagePullPolicy", "livenessProbe", "name", "ports", "readinessProbe", "resources",
    "securityContext", "startupProbe", "volumeMounts",
}  # fmt: skip


def manifest(name):
    return yaml.safe_load((BASE / f"{name}.yaml").read_text("utf-8"))


@pytest.fixture
def stateful_set():
    return manifest("statefulset")


@pytest.fixture
def pod(stateful_set):
    return stateful_set["spec"]["template"]["spec"]


@pytest.fixture
def container(pod):
    (only,) = pod["containers"]
    return only


def named(kustomization):
    """Return every path that a kustomization names."""
    found = yaml.safe_load(kustomization.read_text("utf-8"))
    files = [file for generated in found.get("configMapGenerator", ()) for file in generated["files"]]
    files += [patch["path"] for patch in found.get("patches", ()) if "path" in patch]
    return [kustomization.parent / one for one in (*found.get("resources", ()), *found.get("components", ()), *files)]


@pytest.mark.parametrize("path", KUSTOMIZATIONS, ids=lambda path: path.parent.name)
def test_kustomization_names_what_is_there(path):
    for one in named(path):
        assert one.is_file() or (one / "kustomization.yaml").is_file(), one


def test_no_file_is_forgotten():
    told = {one.resolve() for path in KUSTOMIZATIONS for one in named(path)}
    there = {path for path in FOLDER.rglob("*.yaml") if path.name != "kustomization.yaml"}

    assert there - told == set()


def test_every_selector_finds_the_pod_and_its_port(stateful_set, container):
    labels = stateful_set["spec"]["template"]["metadata"]["labels"].items()
    selectors = [
        stateful_set["spec"]["selector"]["matchLabels"],
        manifest("service")["spec"]["selector"],
        manifest("poddisruptionbudget")["spec"]["selector"]["matchLabels"],
        manifest("networkpolicy")["spec"]["podSelector"]["matchLabels"],
    ]
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}

    assert all(selector and selector.items() <= labels for selector in selectors)
    assert stateful_set["spec"]["serviceName"] == manifest("service")["metadata"]["name"]
    assert [one["targetPort"] for one in manifest("service")["spec"]["ports"]] == ["http"]
    assert ports == {"http": Settings().web.port}
    assert container["args"][container["args"].index("--listen") + 1] == f"0.0.0.0:{Settings().web.port}"


def test_one_replica_may_be_moved(stateful_set):
    budget = manifest("poddisruptionbudget")["spec"]

    assert stateful_set["spec"]["replicas"] == 1
    assert budget["maxUnavailable"] == 1


@pytest.mark.parametrize("name", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_probe_asks_what_the_daemon_answers(container, name):
    asked = container[name]["httpGet"]
    served = re.findall(r'web\.get\("([^"]+)"', Path(routes.__file__).read_text("utf-8"))

    assert asked["path"] in served
    assert asked["port"] == "http"
    assert container[name]["timeoutSeconds"] <= container[name]["periodSeconds"]


def test_every_key_is_one(stateful_set, pod, container):
    assert stateful_set["spec"].keys() <= STATEFUL_SET
    assert pod.keys() <= POD
    assert container.keys() <= CONTAINER
    assert manifest("networkpolicy")["spec"].keys() == {"podSelector", "policyTypes", "ingress", "egress"}


def test_pod_has_no_privilege(pod, container):
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["runAsGroup"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()


def test_pod_has_what_it_needs_and_not_more(container):
    assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
    assert "memory" in container["resources"]["limits"]
    assert "cpu" not in container["resources"]["limits"]


def test_every_mount_has_its_volume_and_only_tmp_can_be_written(pod, container):
    mounts = {one["name"]: one for one in container["volumeMounts"]}

    assert mounts.keys() == {one["name"] for one in pod["volumes"]}
    assert [name for name, one in mounts.items() if not one.get("readOnly")] == ["tmp"]


def test_every_configmap_is_made(pod):
    kustomization = yaml.safe_load((BASE / "kustomization.yaml").read_text("utf-8"))

    assert {one["configMap"]["name"] for one in pod["volumes"] if "configMap" in one} == {
        one["name"] for one in kustomization["configMapGenerator"]
    }


def test_network_policy_lets_out_what_the_monitor_may_reach():
    rules = [one for rule in manifest("networkpolicy")["spec"]["egress"] for one in rule["to"]]
    allowed = yaml.safe_load((BASE / "config" / "monitor.yaml").read_text("utf-8"))["egress"]["allow"]

    assert [one["ipBlock"]["cidr"] for one in rules if "ipBlock" in one] == allowed


def test_configuration_loads_as_it_is_mounted(tmp_path, container):
    """A volume of a ConfigMap is links: each file to ``..data``, and that to a folder named after the moment."""
    for mount in container["volumeMounts"]:
        if not mount["mountPath"].startswith("/etc/datashare-monitor"):
            continue
        source = BASE / "config" / Path(mount["mountPath"]).relative_to("/etc/datashare-monitor")
        place = tmp_path / Path(mount["mountPath"]).relative_to("/")
        if "subPath" in mount:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)
            continue
        shutil.copytree(source, place / "..2026_11_29")
        (place / "..data").symlink_to("..2026_11_29")
        for file in source.iterdir():
            (place / file.name).symlink_to(f"..data/{file.name}")

    loaded = load(tmp_path / "etc" / "datashare-monitor")

    assert [str(problem) for problem in loaded.problems] == []
    assert set(loaded.inventory.agencies) == {"ha-noi"}
    assert set(loaded.inventory.programmes) == {"emc"}


@pytest.mark.parametrize("component", ["servicemonitor", "http-sd"])
def test_prometheus_finds_the_service(component):
    (path,) = list(named(FOLDER / "components" / component / "kustomization.yaml"))
    found = yaml.safe_load(path.read_text("utf-8"))
    service, namespace = manifest("service"), manifest("namespace")["metadata"]["name"]

    assert found["metadata"]["namespace"] == namespace
    if found["kind"] == "ServiceMonitor":
        assert [one["port"] for one in found["spec"]["endpoints"]] == [one["name"] for one in service["spec"]["ports"]]
    else:
        host = f"{service['metadata']['name']}.{namespace}.svc"
        assert [one["url"] for one in found["spec"]["httpSDConfigs"]] == [f"http://{host}:{Settings().web.port}/sd"]


def shards_of(stateful_set):
    """Return the shards that the pods of a set are started as."""
    (container,) = stateful_set["spec"]["template"]["spec"]["containers"]
    environment = {one["name"]: one.get("value") for one in container["env"]}
    written = container["args"][container["args"].index("--shard") + 1]
    return [
        ShardOption().convert(
            written.replace("$(SHARD)", str(ordinal)).replace("$(SHARDS)", environment["SHARDS"]), None, None
        )
        for ordinal in range(stateful_set["spec"]["replicas"])
    ]


def test_pod_is_the_shard_of_its_ordinal(stateful_set, container):
    index = next(one for one in container["env"] if one["name"] == "SHARD")

    assert index["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.labels['apps.kubernetes.io/pod-index']"
    assert shards_of(stateful_set) == [Shard(0, 1)]


def test_component_of_shards_has_as_many_pods_as_shards():
    patch = yaml.safe_load((FOLDER / "components" / "shards" / "shards.yaml").read_text("utf-8"))
    (container,) = patch["spec"]["template"]["spec"]["containers"]

    assert container["env"] == [{"name": "SHARDS", "value": str(patch["spec"]["replicas"])}]


def test_kustomize_makes_the_shards(tmp_path):
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is missing")
    copy = shutil.copytree(FOLDER, tmp_path / "kubernetes")
    (copy / "many").mkdir()
    (copy / "many" / "kustomization.yaml").write_text("resources: [../base]\ncomponents: [../components/shards]\n")

    result = subprocess.run(
        ["kubectl", "kustomize", str(copy / "many")], capture_output=True, text=True, timeout=60, check=False
    )

    assert result.returncode == 0, result.stderr
    made = next(one for one in yaml.safe_load_all(result.stdout) if one["kind"] == "StatefulSet")
    assert shards_of(made) == [Shard(0, 3), Shard(1, 3), Shard(2, 3)]


@pytest.fixture(scope="module")
def built():
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is missing")
    command = ["kubectl", "kustomize", str(FOLDER / "example")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return {one["kind"]: one for one in yaml.safe_load_all(result.stdout)}


def test_kustomize_changes_no_selector_of_others(built):
    spec = built["NetworkPolicy"]["spec"]

    assert spec == manifest("networkpolicy")["spec"]


def test_kustomize_puts_image_and_configuration_into_the_pod(built):
    pod = built["StatefulSet"]["spec"]["template"]["spec"]
    configured = [one["configMap"]["name"] for one in pod["volumes"] if "configMap" in one]

    assert pod["containers"][0]["image"] == "registry.agency.example/datashare-monitor:0.1.0"
    assert built["ConfigMap"]["metadata"]["name"] in configured
    assert all(re.fullmatch(r"datashare-monitor(-\w+)?-\w{10}", name) for name in configured)


def test_schema_of_kubernetes_takes_every_manifest(built):
    kubernetes_validate = pytest.importorskip("kubernetes_validate")

    for kind, one in built.items():
        if kind != "ScrapeConfig":
            kubernetes_validate.validate(one, "1.32", strict=True)
