"""The service as a process: its log, its stop, its exit code."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

import httpx2

from tests.scoring.service.serving import LAME_DUCK_S, LONG_S, ask

MODULE = "tests.scoring.service.serving"
MANY = 256


@contextmanager
def process(kind):
    running = subprocess.Popen([sys.executable, "-m", MODULE, kind], stdout=subprocess.PIPE, text=True)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def next_event(running, event):
    for line in running.stdout:
        found = json.loads(line)
        if found["event"] == event:
            return found
    raise AssertionError(f"no {event} line")


def test_a_stop_under_load_fails_no_request_and_exits_0():
    with process("slow") as running:
        url = f"http://127.0.0.1:{next_event(running, 'start')['port']}"
        next_event(running, "ready")
        unready, answers = threading.Event(), []

        def caller():
            with httpx2.Client(trust_env=False, timeout=LONG_S) as client:
                while not unready.is_set():
                    answers.append(client.post(f"{url}/v1/score", json="x").status_code)

        callers = [threading.Thread(target=caller) for _ in range(4)]
        for each in callers:
            each.start()
        while len(answers) < 8:
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        while httpx2.get(f"{url}/readyz", trust_env=False).status_code == 200:
            pass
        assert ask(url, "still served").status_code == 200
        unready.set()
        for each in callers:
            each.join(LONG_S)
        assert set(answers) == {200}
        rest, _ = running.communicate(timeout=LONG_S)
        assert running.returncode == 0
        assert json.loads(rest.splitlines()[-1])["event"] == "stop"


REQUEST = b'POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n"x"'


def test_who_connected_before_the_port_closed_is_answered():
    """The process stands still until its time as a lame duck is over."""
    with process("echo") as running, ExitStack() as opened:
        address = ("127.0.0.1", next_event(running, "start")["port"])
        next_event(running, "ready")
        running.send_signal(signal.SIGTERM)
        while httpx2.get(f"http://127.0.0.1:{address[1]}/readyz", trust_env=False).status_code == 200:
            pass
        running.send_signal(signal.SIGSTOP)
        over = time.monotonic() + LAME_DUCK_S
        callers = [opened.enter_context(socket.create_connection(address, LONG_S)) for _ in range(MANY)]
        for caller in callers:
            caller.sendall(REQUEST)
        time.sleep(max(0.0, over - time.monotonic()))
        running.send_signal(signal.SIGCONT)
        assert {caller.recv(12) for caller in callers} <= {b"HTTP/1.1 200", b"HTTP/1.1 429"}
        running.communicate(timeout=LONG_S)
        assert running.returncode == 0


def test_a_request_on_its_way_to_an_idle_connection_is_answered():
    with process("patient") as running:
        address = ("127.0.0.1", next_event(running, "start")["port"])
        next_event(running, "ready")
        with socket.create_connection(address, LONG_S) as caller:
            running.send_signal(signal.SIGTERM)
            while is_open(address):
                assert running.poll() is None
            caller.sendall(REQUEST)
            assert caller.recv(12) == b"HTTP/1.1 200"
        running.communicate(timeout=LONG_S)
        assert running.returncode == 0


def is_open(address):
    try:
        socket.create_connection(address, LONG_S).close()
    except ConnectionError:
        return False
    return True


def test_a_model_that_does_not_load_is_named_and_exits_1():
    with process("broken") as running:
        assert next_event(running, "model does not load")["reason"] == "the weights are gone"
        assert running.wait(LONG_S) == 1


def test_the_log_names_the_request_and_never_what_was_asked():
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    with process("echo") as running:
        url = f"http://127.0.0.1:{next_event(running, 'start')['port']}"
        next_event(running, "ready")
        ask(url, "canary-4711", x_request_id="id-1", traceparent=trace)
        ask(url, "bomb", x_request_id='"forged')
        httpx2.get(f"{url}/livez", trust_env=False)
        httpx2.get(f"{url}/canary%0a%22level", params={"question": "canary-4711"}, trust_env=False)
        running.send_signal(signal.SIGTERM)
        text, _ = running.communicate(timeout=LONG_S)
    lines = [json.loads(line) for line in text.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["path"], line["status"], line["method"]) for line in requests] == [
        ("/v1/score", 200, "POST"),
        ("/v1/score", 500, "POST"),
        ('/canary?"level', 404, "GET"),
    ]
    first = requests[0]
    assert (first["request_id"], first["traceparent"], first["batch_size"]) == ("id-1", trace, 1)
    assert {"time", "level", "ms", "replica"} <= set(first)
    failure = next(line for line in lines if line["event"] == "request failed")
    assert (failure["error"], "score" in failure["traceback"]) == ("RuntimeError", True)
    assert "canary-4711" not in text
    assert "forged" not in text


def test_what_was_no_request_leaves_a_line_without_what_was_sent():
    with process("echo") as running:
        address = ("127.0.0.1", next_event(running, "start")["port"])
        next_event(running, "ready")
        for sent in (b"canary-4711\r\n\r\n", b"GET /canary-4711 HTTP/1.1\r\nX: " + b"x" * 40_000):
            with socket.create_connection(address, LONG_S) as caller:
                caller.sendall(sent)
                while caller.recv(65_536):
                    pass
        running.send_signal(signal.SIGTERM)
        text, _ = running.communicate(timeout=LONG_S)
    lines = [json.loads(line) for line in text.splitlines()]
    refused = [
        (line["level"], line["status"], line["reason"]) for line in lines if line["event"] == "connection refused"
    ]
    assert refused == [("info", 400, "bad-request"), ("info", 431, "head-too-large")]
    assert "canary-4711" not in text
