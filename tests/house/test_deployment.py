"""The files in `deploy` are consistent, and the proxies among them serve the tool.

No container is built here. The Dockerfile is only read, and checked for known mistakes.
"""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from tests.support.paths import ROOT
from tests.support.real_servers import free_port
from tests.support.source_files import python_files, source

DEPLOY = ROOT / "deploy"
LARGEST = "31"  # megabytes that a proxy lets through


def written(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile with their arguments, continued lines joined."""
    lines = re.sub(r"\\\n\s*", " ", written("Dockerfile")).splitlines()
    return [(line.split()[0], line.partition(" ")[2]) for line in lines if line and not line.startswith("#")]


def copied() -> list[str]:
    """Return the files and folders of the project that are copied into the image."""
    lines = [said.split()[:-1] for what, said in instructions() if what == "COPY" and "--from" not in said]
    return [name for names in lines for name in names]


def settings_read() -> set[str]:
    """Return every setting that the code reads from the environment, and each with `_FILE`."""
    code = "".join(source(path) for path in python_files("compliance"))
    reading = r"(?:environ\.get\(|read_(?:setting|secret)\(|envvar=|SECRETS = \(|, |name = )"
    names = set(re.findall(reading + r"\"([A-Z0-9_]+)\"", code))
    return names | {f"{name}_FILE" for name in names}


# ── The container


def test_the_image_starts_from_fixed_versions_and_runs_as_its_own_user() -> None:
    images = [said.split()[0] for what, said in instructions() if what == "FROM"]
    assert len(images) == 2 and all(re.fullmatch(r"python:3\.\d+-slim-\w+", image) for image in images)
    assert [said for what, said in instructions() if what == "USER"] == ["10034:10034"]
    [number] = re.findall(r"--uid (\d+)", written("Dockerfile"))
    assert number == "10034"
    after = [what for what, _said in instructions()]
    assert "RUN" not in after[after.index("USER") :], "nothing is installed by the user that serves"


def test_the_image_copies_only_files_that_exist_and_contains_no_secret() -> None:
    sources = copied()
    assert [name for name in sources if not (ROOT / name).exists()] == []
    ignored = [line for line in written("Dockerfile.dockerignore").splitlines() if line and not line.startswith("#")]
    assert ignored[0] == "*" and {line[1:] for line in ignored if line.startswith("!")} == set(sources)
    assert not {"ADD", "ARG"} & {what for what, _said in instructions()}
    named = {name for what, said in instructions() if what == "ENV" for name in re.findall(r"([A-Z0-9_]+)=", said)}
    assert not [name for name in named if re.search("SECRET|PASSWORD|TOKEN|SALT", name)]
    assert {name for name in named if name.startswith("ARTICLE34_")} <= settings_read()


def test_the_files_copied_into_the_image_are_enough_to_build_the_package(tmp_path: Path) -> None:
    for name in copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path)
    build = "from hatchling.build import build_wheel; print(build_wheel('dist'))"
    done = subprocess.run([sys.executable, "-c", build], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "dist" / done.stdout.split()[-1]) as wheel:
        names = set(wheel.namelist())
    for needed in ("compliance/__main__.py", "compliance/templates/base.html", "compliance/web/static/look.css"):
        assert needed in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_image_installs_extras_that_exist_and_serves_in_the_foreground() -> None:
    [extras] = re.findall(r'"\.\[([a-z0-9,]+)\]"', written("Dockerfile"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(extras.split(",")) <= set(project["optional-dependencies"]) - {"dev", "mutation"}
    said = dict(instructions())
    assert json.loads(said["ENTRYPOINT"]) == list(project["scripts"]) and json.loads(said["CMD"]) == ["serve"]
    supported = {line.rpartition(" ")[2] for line in project["classifiers"] if "Python :: 3." in line}
    assert re.findall(r"python:(3\.\d+)", said["FROM"])[0] in supported


class Alive(BaseHTTPRequestHandler):
    """A server that responds at /healthz only."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_the_image_is_healthy_while_its_health_page_responds() -> None:
    [asked] = [said for what, said in instructions() if what == "HEALTHCHECK"]
    command = json.loads(asked[asked.index("CMD") + 4 :])
    assert command[0] == "python" and "/healthz" in command[-1]
    with ThreadingHTTPServer(("127.0.0.1", 0), Alive) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        for port, code in ((server.server_port, 0), (free_port(), 1)):
            program = command[-1].replace("5034", str(port))
            done = subprocess.run([sys.executable, *command[1:-1], program], capture_output=True, check=False)
            assert done.returncode == code
        server.shutdown()


# ── Several containers


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(written("compose.yaml"))
    return found


def test_containers_of_the_tool_may_do_nothing_but_serve(compose: dict[str, Any]) -> None:
    for name in ("sqlite", "postgresql"):
        tool = compose["services"][name]
        assert tool["read_only"] and len(tool["tmpfs"]) == 1 and tool["cap_drop"] == ["ALL"], name
        assert tool["security_opt"] == ["no-new-privileges:true"] and tool["volumes"] == ["data:/data"], name
        assert "ports" not in tool, "only the proxy is reached from outside"
        assert (DEPLOY / tool["build"]["context"] / tool["build"]["dockerfile"]).samefile(DEPLOY / "Dockerfile")


def test_containers_are_given_settings_that_the_tool_reads_and_secrets_by_file(compose: dict[str, Any]) -> None:
    for name in ("sqlite", "postgresql"):
        given = compose["services"][name]["environment"]
        assert set(given) <= settings_read(), name
        known = "ARTICLE34_BREACHED_PASSWORDS"  # the path of a public list
        assert {known, "ARTICLE34_SECOND_FACTOR_ROLES"} <= set(given)
        secret = [each for each in given if re.search("SECRET|PASSWORD|TOTP|URL", each) and each != known]
        assert all(each.endswith("_FILE") for each in secret)
        secrets = {Path(value).name for key, value in given.items() if key.endswith("_FILE")}
        assert secrets == set(compose["services"][name].get("secrets", ()))
    files = {name: said["file"] for name, said in compose["secrets"].items()}
    assert files == {name: f"secrets/{name}" for name in files}
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_every_profile_has_a_tool_that_the_proxy_finds_by_one_name(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for profile in services["caddy"]["profiles"]:
        [tool] = [one for one in services.values() if one.get("image") == "article34" and profile in one["profiles"]]
        [alias] = tool["networks"]["default"]["aliases"]
        assert services["caddy"]["environment"]["ARTICLE34_UPSTREAM"] == f"{alias}:5034"
    assert services["postgresql"]["depends_on"]["database"]["condition"] == "service_healthy"
    volumes = [volume.partition(":")[0] for one in services.values() for volume in one.get("volumes", ())]
    assert {name for name in volumes if not name.startswith(".")} == set(compose["volumes"])


# ── A service of the system


def test_systemd_accepts_the_unit_and_rates_its_exposure_as_low(systemd_analyze: str, tmp_path: Path) -> None:
    unit = tmp_path / "article34.service"
    unit.write_text(written("article34.service").replace("/opt/article34/.venv/bin/compliance", sys.executable))
    checked = subprocess.run([systemd_analyze, "verify", unit], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    rated = subprocess.run(
        [systemd_analyze, "security", "--offline=true", "--no-pager", unit], capture_output=True, text=True, check=False
    )
    assert float(re.findall(r"exposure level for article34\.service: ([\d.]+)", rated.stdout)[0]) < 2


def test_the_unit_sets_only_settings_that_the_tool_reads() -> None:
    named = re.findall(r"^(?:# )?Environment=([A-Z0-9_]+)=", written("article34.service"), re.M)
    assert len(named) == 6 and set(named) <= settings_read()


# ── Proxies


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile", "apache.conf"])
def test_a_proxy_accepts_the_largest_file_and_mentions_every_page_for_operators(name: str) -> None:
    said = written(name)
    assert re.search(rf"\b{LARGEST}(m;|MB|000000)", said)
    for inside in ("healthz", "readyz", "metrics"):
        assert inside in said
    assert "127.0.0.1:5034" in said


@pytest.mark.parametrize("name", ["nginx.conf", "apache.conf"])
def test_a_proxy_accepts_only_tls_1_2_and_1_3(name: str) -> None:
    said = written(name)  # Caddy only speaks TLS 1.2 and 1.3 by default
    assert re.findall(r"TLSv\d\.?\d?", said) == ["TLSv1.2", "TLSv1.3"]
    assert "ECDHE+AESGCM:ECDHE+CHACHA20" in said


@pytest.mark.parametrize("name", ["nginx.conf", "apache.conf"])
@pytest.mark.parametrize(
    "address",
    ["/quick/r/1ab2", "/fr/quick/r/1ab2", "/join/token", "/drafts/token/2", "/confirm/token", "/mails/stop/signed",
     "/account/forgotten/token", "/account/codes/token", "/account/passkeys/token", "/ar/sign-in/passkey/token"],
)  # fmt: skip
def test_a_proxy_logs_no_address_that_grants_access(name: str, address: str) -> None:
    [pattern] = re.findall(r"(\^\(/\[a-z-\]\+\)\?/\(quick/r\S*?)(?: \{|\" unlogged)", written(name))
    assert re.match(pattern, address) and not re.match(pattern, "/law")


def test_every_address_with_a_token_is_kept_out_of_the_log_of_a_proxy() -> None:
    rules = {
        rule
        for path in python_files("compliance/web")
        for rule in re.findall(r"\.(?:get|post|route)\(\"(/[^\"]*<(?:token|signed|path:code)>)", source(path))
    }
    [pattern] = re.findall(r"(\^\(/\[a-z-\]\+\)\?/\(quick/r\S*?) \{", written("nginx.conf"))
    assert len(rules) >= 4 and [rule for rule in rules if not re.match(pattern, rule)] == []


def test_every_deployment_file_is_mentioned_in_the_guide_for_operators() -> None:
    told = (ROOT / "OPERATING.md").read_text("utf-8")
    names = {path.name for path in DEPLOY.iterdir()} - {"secrets"}
    assert [name for name in names if f"deploy/{name}" not in told] == []
