"""What a department runs: compose.yaml and its files, and the page that explains them, run where possible."""

import argparse
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from phones import Server

from boundaries import cli
from boundaries.content import load

ROOT = Path(__file__).parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
CLASS = {
    name: service
    for name, service in SERVICES.items()
    if service.get("image") == "boundaries-class"
}
CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
PAGE = (ROOT / "deploy" / "README.md").read_text("utf-8")
SETTINGS = {"DOMAIN", "POSTGRES_PASSWORD", "HOST_KEY"}


def filled(text: str) -> str:
    return re.sub(r"\$\{\w+:\?[^}]*\}", "class.example.org", text)


def strings(thing) -> list[str]:
    if isinstance(thing, dict):
        return [text for pair in thing.items() for part in pair for text in strings(part)]
    return (
        [text for part in thing for text in strings(part)]
        if isinstance(thing, list)
        else [str(thing)]
    )


def serve_options(words: list[str]) -> argparse.Namespace:
    """What the command line makes of them; words that `serve` does not know end the test."""
    command, *options = words
    assert command == "serve"
    return argparse.Namespace(**cli.program.commands[command].make_context(command, options).params)


def test_three_processes_on_one_postgresql_behind_caddy():
    assert sorted(CLASS) == ["class-1", "class-2", "class-3"]
    named = {name: SERVICES[name]["image"] for name in SERVICES if name not in CLASS}
    assert sorted(named) == ["db", "front"]
    # A name, a version and its digest, and no registry's host: what is pulled is what was chosen.
    pinned = r"(postgres|caddy|python):[\d.]+(-slim)?@sha256:[0-9a-f]{64}"
    for image in (*named.values(), re.search("^FROM (.*)", DOCKERFILE, re.MULTILINE)[1]):
        assert re.fullmatch(pinned, image), image


@pytest.mark.parametrize("service", CLASS.values(), ids=CLASS)
def test_the_class_server_is_started_with_options_that_it_knows(service):
    options = serve_options(filled(service["command"]).split())
    assert options.store == "postgresql+psycopg://boundaries@db/boundaries"
    assert (options.host, options.port) == ("0.0.0.0", 8000)
    assert options.public_url == "https://class.example.org"
    assert service["environment"]["FORWARDED_ALLOW_IPS"] == "*"


def test_the_images_own_command_and_that_of_the_jupyterhub_page_are_known_too():
    entry, command = (
        json.loads(re.search(f"^{word} (.*)", DOCKERFILE, re.MULTILINE)[1])
        for word in ("ENTRYPOINT", "CMD")
    )
    assert entry == ["python", "-m", "boundaries"]
    assert serve_options(command).host == "0.0.0.0"
    service = re.search(r"```python\n(c\.JupyterHub\.services = .*?)```", PAGE, re.DOTALL)[1]
    c = argparse.Namespace(JupyterHub=argparse.Namespace())
    exec(service, {"c": c})
    (one,) = c.JupyterHub.services
    assert one["command"][1:3] == ["-m", "boundaries"]
    assert serve_options(one["command"][3:]).public_url == "https://class.example.org"
    assert "url" not in one


def test_only_the_front_can_be_reached_and_it_asks_after_health():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["front"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert [name for name, service in SERVICES.items() if "outside" in service["networks"]] == [
        "front"
    ]
    backends = re.search(r"reverse_proxy (.*) \{", CADDYFILE)[1].split()
    assert backends == [f"{name}:8000" for name in CLASS]
    assert "health_uri /healthz" in CADDYFILE
    assert not re.search(r"^\s*(flush_interval|log)\b", CADDYFILE, re.MULTILINE)
    for service in CLASS.values():
        assert "http://127.0.0.1:8000/healthz" in service["healthcheck"]["test"][-1]
        compile(service["healthcheck"]["test"][-1], "healthcheck", "exec")


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_every_container_is_hardened_and_limited(service):
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["pids_limit"] <= 200
    # What each still may do: begin as root and become its own user; listen at ports 80 and 443.
    needed = {
        "postgres": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
        "caddy": ["NET_BIND_SERVICE"],
    }
    assert service.get("cap_add") == needed.get(service["image"].partition(":")[0])


def test_the_documented_fronts_speak_http_2():
    nginx = re.search(r"```nginx\n(.*?)```", PAGE, re.DOTALL)[1]
    assert re.search(r"^\s*http2 on;", nginx, re.MULTILINE)
    assert "protocols" not in CADDYFILE  # Caddy's own choice holds HTTP/2


def test_no_secret_stands_in_any_file():
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "deploy" / "compose.yaml").read_text("utf-8")))
    assert used == SETTINGS
    secret = [
        text for service in SERVICES.values() for text in strings(service.get("environment", {}))
    ]
    assert [
        t
        for t in secret
        if re.search("[0-9A-Za-z+/_-]{20,}", t) and not t.isupper() and not t.startswith("$")
    ] == []
    named = {
        n: v
        for s in SERVICES.values()
        for n, v in s.get("environment", {}).items()
        if re.search("PASS|KEY", n)
    }
    assert named
    assert all(value.startswith("${") and value.endswith("}") for value in named.values())
    example = (ROOT / "deploy" / "env.example").read_text("utf-8")
    settings = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))
    assert settings == {"DOMAIN": "class.example.org", "POSTGRES_PASSWORD": "", "HOST_KEY": ""}
    assert ".env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_what_the_image_copies_is_there_and_nothing_else_is_sent_to_it():
    copied = [
        name
        for line in re.findall("^COPY (.*) .*$", DOCKERFILE, re.MULTILINE)
        for name in line.split()
    ]
    assert all((ROOT / name).exists() for name in copied)
    let_in = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    ]
    assert sorted(let_in) == sorted(copied)
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert needed["readme"] in copied
    assert set(needed["license-files"]) <= set(copied)
    assert {"lecture", "postgres"} <= needed["optional-dependencies"].keys()


def test_the_http_examples_of_the_page_run_as_they_stand(tmp_path):
    (block,) = (b for b in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if "/healthz" in b)
    assert all(
        case in load().vignettes
        for case in re.findall(r'"vignettes": \["([^"]+)", "([^"]+)"\]', block)[0]
    )
    server = Server(tmp_path / "class.sqlite", tmp_path).start()
    try:
        block = block.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{server.port}")
        script = re.sub("KEY=….*", f"KEY={server.host_key}", block)
        assert script != block
        done = subprocess.run(
            ["sh", "-u", "-c", script], capture_output=True, text=True, encoding="utf-8", timeout=30
        )
    finally:
        server.stop()
    said = done.stdout
    assert '{"ok":true}' in said
    assert '"status":"stored"' in said
    assert "event: state" in said
    assert said.count('"stage":"first"') >= 3  # the answer to the host, the state, the events
    assert '"stage":"reveal"' in said
    assert '"format":"boundaries-export"' in said
    assert '"error"' not in said, said
