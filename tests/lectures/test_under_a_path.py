"""A class server under a path of somebody else's site: behind a front that takes the path off, and one that does not."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest
from class_server import HOST, in_room, judgment, small

from boundaries.answers.store import Store

PUBLIC = "https://uni.example/teaching/class"
ADDRESS = {"host": "uni.example", "origin": "https://uni.example"}


@pytest.mark.parametrize("prefix", ["/teaching/class", ""], ids=["passed on", "taken off"])
def test_every_address_of_every_page_leads_to_the_server(fresh_store: Store, prefix):
    async def run(room):
        async def get(path: str):
            """What a browser gets that opens an address of the public site."""
            assert path.startswith("/teaching/class/"), path
            return await room.get(prefix + path.removeprefix("/teaching/class"), headers=ADDRESS)

        body = {"title": "Business", "mode": "homework", "vignettes": ["tiles"]}
        made = await room.post(f"{prefix}/api/sessions", body, headers=HOST | ADDRESS)
        lecture = await room.lecture("tiles")
        code, join = made.json()["code"], made.json()["join_url"]
        assert join == f"{PUBLIC}/{code[:4]}-{code[4:]}"
        for below in (
            "",
            "host",
            "screen",
            code,
            f"s/{code}",
            lecture,
            f"{lecture}/screen",
            "AAAA-AAAA/screen",
        ):
            path = f"/teaching/class/{below}"
            answer = await get(path)
            while answer.status_code == 307:
                path = urljoin(path, answer.headers["location"])
                answer = await get(path)
            assert answer.status_code in (200, 404), path
            (root,) = re.findall('data-root="([^"]*)"', answer.text)
            assert urljoin(path, f"{root}api/") == "/teaching/class/api/"
            files = re.findall('(?:href|src)="([^"#][^"]*)"', answer.text)
            linked = [urljoin(path, file) for file in files if not file.startswith("data:")]
            assert len(linked) > 1
            for file in linked:
                assert (await get(file)).status_code == 200, file
        sent = judgment(vignette="tiles")
        stored = await room.post(f"{prefix}/api/sessions/{code}/judgments", sent, headers=ADDRESS)
        assert stored.status_code == 201

    in_room(fresh_store, run, course=small(), public_url=PUBLIC)


def test_the_path_without_its_slash_leads_to_the_start(fresh_store: Store):
    async def run(room):
        answer = await room.get("/teaching/class", headers=ADDRESS)
        assert (answer.status_code, answer.headers["location"]) == (308, "/teaching/class/")
        assert answer.headers["x-boundaries"] == "1"
        assert (await room.get("/teaching/classes", headers=ADDRESS)).status_code == 404

    in_room(fresh_store, run, course=small(), public_url=PUBLIC)
