"""A real kernel: a judgment arrives on its own thread (a subshell) while a cell draws charts."""

from __future__ import annotations

import json
import os
import time

from jupyter_client.manager import KernelManager

SETUP = """
import boundaries
lesson = boundaries.lesson("business")
for item in lesson.items[1:]:
    lesson.student.judge(item, "first", 2, 3)
lesson.card(1)
lesson.chart()
lesson.chart("spread")
print("comm", lesson._widgets[0].comm.comm_id, lesson.items[0].id)
"""
DRAW = """
from boundaries import charts
for kind in ("moves", "intuition_vs_code", "gap_map"):
    chart = charts.CHARTS[kind](lesson.released, lesson.content, "business")
    assert chart._repr_html_().startswith("<figure")
print("drawn")
"""
PATIENCE = 120


class Kernel:
    """An ipykernel of its own, with one more shell beside the first."""

    def __init__(self, home):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(
            env=os.environ | {"BOUNDARIES_HOME": str(home), "BOUNDARIES_DEMO": ""}
        )
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def subshell(self):
        """The id of a new subshell."""
        request = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(request)
        while True:
            reply = self.client.get_control_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                return reply["content"]["subshell_id"]

    def say(self, comm, data, subshell):
        """Sends a widget's message as a front end does, to a subshell."""
        content = {"comm_id": comm, "data": {"method": "custom", "content": data}}
        message = self.client.session.msg("comm_msg", content)
        message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def until(self, done):
        """What the kernel says until `done(message)`; a kernel that died fails the test."""
        heard, end = [], time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.manager.is_alive(), heard[-3:]
            while self.client.iopub_channel.msg_ready():
                message = self.client.get_iopub_msg(timeout=1)
                heard.append(message)
                assert message["msg_type"] != "error", message["content"]
                if done(message):
                    return heard
            time.sleep(0.02)
        raise AssertionError("the kernel said nothing more")

    def run(self, code):
        """What a cell prints and shows, as messages."""
        cell = self.client.execute(code)
        return self.until(lambda m: is_idle(m, cell))


def is_idle(message, request):
    return (
        message["msg_type"] == "status"
        and message["content"]["execution_state"] == "idle"
        and message["parent_header"].get("msg_id") == request
    )


def receipts(messages):
    """What the form was told in these messages."""
    told = []
    for message in messages:
        if message["msg_type"] == "comm_msg":
            content = message["content"]["data"].get("content", {})
            if content.get("kind") == "state" and content["receipt"]:
                told.append(content["receipt"])
    return told


def test_a_judgment_is_stored_and_shown_while_a_cell_draws(tmp_path):
    judge = {"kind": "judge", "phase": "first", "rating": 2, "confidence": 3, "reason": ""}
    again = judge | {"phase": "informed"}
    with Kernel(tmp_path / "answers") as kernel:
        printed = "".join(
            m["content"]["text"] for m in kernel.run(SETUP) if m["msg_type"] == "stream"
        )
        comm, item = printed.split("comm ")[1].split()
        subshell = kernel.subshell()
        for number in range(5):
            cell = kernel.client.execute(DRAW)
            sent = [kernel.say(comm, judge if not number else again, subshell)]
            for _ in range(3):
                time.sleep(0.2)
                sent.append(kernel.say(comm, again | {"rating": 1 + number % 5}, subshell))
            open_requests = {cell, *sent}

            def done(message, waiting=open_requests):
                waiting -= {request for request in waiting if is_idle(message, request)}
                return not waiting

            heard = kernel.until(done)
            printed = [m["content"]["text"] for m in heard if m["msg_type"] == "stream"]
            assert "".join(printed).endswith("drawn\n"), json.dumps(printed)
            assert [r["tone"] for r in receipts(heard)].count("ok") == 4
        kernel.run(
            f"assert lesson.student.judgment(lesson.items[0], 'informed').rating == 5, {item!r}"
        )
