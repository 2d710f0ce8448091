"""`python -m rnn_core serve`: options that follow from the settings, and requests of strangers to a real server."""

import contextlib
import http.client
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from pages.parts.shell import people
from pages.parts.shell.style import STYLE
from rnn_core.cli import serve
from rnn_core.cli.main import main
from rnn_core.errors import UserError
from rnn_core.runs.engine.local import kill_tree
from rnn_core.runs.store.store import Store
from rnn_core.settings import Settings

ROOT = Path(__file__).parents[2]
LAN = "192.168.7.5"
CLASS = Settings(class_mode=True, teacher_key="open sesame")


@pytest.fixture
def one_network(monkeypatch):
    """A laptop with one network, and a bridge that only its own containers reach."""
    interfaces = {"docker0": "172.17.0.1", "lo": "127.0.0.1", "wlan0": LAN, "old0": "10.9.9.9"}
    addresses = {name: [SimpleNamespace(family=socket.AF_INET, address=ip)] for name, ip in interfaces.items()}
    addresses["wlan0"].append(SimpleNamespace(family=socket.AF_INET6, address="fe80::1%wlan0"))
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: addresses)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {name: SimpleNamespace(isup=name != "old0") for name in interfaces})
    monkeypatch.setattr(socket, "gethostname", lambda: "Teacher.school.example")


def flags(settings: Settings, address: str, names=()) -> dict[str, list[str]]:
    arguments = serve.streamlit_flags(settings, address, 8501, list(names))
    values = {}
    for name, value in zip(arguments[::2], arguments[1::2], strict=True):
        values.setdefault(name, []).append(value)
    return values


def test_alone_only_this_machine_is_answered(one_network):
    assert flags(Settings(), "localhost") == {
        "--server.address": ["localhost"],
        "--server.port": ["8501"],
        "--server.maxUploadSize": ["200"],
        "--server.allowedHosts": ["localhost", "127.0.0.1", "::1"],
        "--browser.serverAddress": ["localhost"],
        "--logger.hideWelcomeMessage": ["true"],
    }


def test_a_class_may_use_every_name_that_this_machine_has(one_network):
    arguments = flags(CLASS, "0.0.0.0", ["rnn.school.example"])
    assert set(arguments["--server.allowedHosts"]) == {
        "localhost", "127.0.0.1", "::1", "rnn.school.example", LAN, "172.17.0.1", "fe80::1",
        "teacher.school.example", "teacher.local", "teacher",
    }  # fmt: skip
    assert arguments["--server.maxUploadSize"] == ["20"]
    assert arguments["--browser.serverAddress"] == ["rnn.school.example"]
    assert flags(CLASS, "0.0.0.0")["--browser.serverAddress"] == [LAN]


def test_the_address_for_the_class_is_told(one_network):
    message = serve.announcement(CLASS, "0.0.0.0", 8501, [], ["--server.baseUrlPath", "lab"])
    assert message == [f"Class mode. The class opens http://{LAN}:8501/lab or http://172.17.0.1:8501/lab"]
    assert "RNN_TEACHER_KEY is not set" in serve.announcement(Settings(class_mode=True), "0.0.0.0", 8501, [], [])[1]
    assert serve.announcement(Settings(), "localhost", 8501, [], []) == [
        "The app is at http://localhost:8501/ (end it with Ctrl-C)"
    ]
    assert "--class" in serve.announcement(Settings(), "0.0.0.0", 8501, [], [])[1]


def test_the_next_free_port_is_taken():
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # another program has it: just as well
            busy.bind(("localhost", serve.PORT))
            busy.listen()
        assert serve._free_port("localhost") > serve.PORT


@pytest.mark.parametrize("arguments", [["--server.port", "1"], ["--server.allowedHosts=*"]])
def test_what_follows_from_the_settings_cannot_be_given_twice(arguments, capsys):
    assert main(["serve", "--port", "8501", "--", *arguments]) == 2
    assert arguments[0].split("=")[0] in capsys.readouterr().err


def test_an_address_that_is_not_this_machines_is_refused():
    with pytest.raises(UserError, match="--port"):
        serve._free_port("192.0.2.250")


# A real server in class mode, where a file may have 1 MB


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home = tmp_path_factory.mktemp("serve")
    with socket.socket() as free, socket.socket() as internet:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        internet.bind(("127.0.0.1", 0))  # requests to the internet arrive here
        internet.listen()
        internet.setblocking(False)
        proxy = f"http://127.0.0.1:{internet.getsockname()[1]}"
        clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        variables = {"RNN_HOME": str(home / "home"), "RNN_TEACHER_KEY": "open sesame", "RNN_CLASS_MAX_UPLOAD_MB": "1"}
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "rnn_core", "serve", "--class", "--port", str(port), "--", "--server.headless", "true"],
                cwd=ROOT, env={**clean, **variables, "HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}, stdout=log, stderr=log,
            )  # fmt: skip
        server = SimpleNamespace(port=port, home=home / "home", internet=internet, log=home / "log")
        try:
            deadline = time.monotonic() + 90
            while True:
                with contextlib.suppress(OSError):
                    assert ask(server, "GET", "/_stcore/health").status == 200
                    break
                assert time.monotonic() < deadline and process.poll() is None, server.log.read_text()
                time.sleep(0.1)
            yield server
        finally:
            kill_tree(process.pid)
            process.wait()


def ask(served, method: str, path: str, body=None, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.sentence = response.read().decode(errors="replace")
    return response


@contextlib.contextmanager
def session(served, **headers: str):
    """A tab's id, while it is open."""
    address = f"ws://localhost:{served.port}/_stcore/stream"
    with connect(
        address, subprotocols=["streamlit"], proxy=None, additional_headers=headers, max_size=None, close_timeout=0.1
    ) as tab:
        message = BackMsg()
        message.rerun_script.query_string = ""
        tab.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(tab.recv(30))
            if answer.WhichOneof("type") == "new_session":
                yield answer.new_session.initialize.session_id
                return


def put(served, tab: str, size: int, *, person: str = "", chunked: bool = False, **headers: str) -> http.client.HTTPResponse:
    """A file as the browser sends it."""
    xsrf = ask(served, "GET", "/_stcore/health").headers["Set-Cookie"].partition(";")[0]
    name = people.cookie_name(served.home)
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\n'
    body = head + b"x" * size + b"\r\n--b--\r\n"
    return ask(
        served, "PUT", f"/_stcore/upload_file/{tab}/{time.monotonic_ns()}", (part for part in [body]) if chunked else body,
        **{"Content-Type": "multipart/form-data; boundary=b", "X-Xsrftoken": xsrf.partition("=")[2],
           "Cookie": f"{xsrf}; {name}={person}", **headers},
    )  # fmt: skip


@pytest.mark.parametrize("foreign", [
    {"Host": "evil.example"}, {"Host": "evil.example:80"}, {"Host": "localhost.evil.example"}, {"Host": "localhost@evil.example"},
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "file://"},
])  # fmt: skip
@pytest.mark.parametrize("method, path", [
    ("GET", "/"), ("GET", "/text"), ("GET", "/_stcore/health"), ("GET", "/media/x"), ("PUT", "/_stcore/upload_file/a/b"),
])  # fmt: skip
def test_under_a_foreign_name_or_from_a_foreign_page_nothing_is_answered(served, method, path, foreign):
    assert ask(served, method, path, **foreign).status == 403


@pytest.mark.parametrize("foreign", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_a_foreign_page_gets_no_session_and_nobody_outside_is_asked(served, foreign):
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Origin": f"http://localhost:{served.port}",
    }  # fmt: skip
    assert ask(served, "GET", "/_stcore/stream", **{**upgrade, **foreign}).status == 403
    with pytest.raises(BlockingIOError):  # Streamlit would ask whether the foreign name is this machine's
        served.internet.accept()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", socket.gethostname()])
def test_own_names_are_answered(served, host):
    own = f"{host}:{served.port}"
    assert ask(served, "GET", "/", Host=own, Origin=f"http://{own}").status == 200


@pytest.mark.parametrize("path", ["/", "/text", "/text?run=example"])
def test_the_first_file_of_a_page_has_its_style(served, path):
    """Whatever a browser may have kept or asks for: the file that Streamlit sends is another one."""
    plain = ask(served, "GET", path).sentence
    tags = {
        "If-None-Match": "*",
        "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT",
        "Range": "bytes=0-9",
        "Accept-Encoding": "gzip",
    }
    answer = ask(served, "GET", path, Accept="text/html,*/*", **tags)
    assert answer.status == 200 and answer.sentence == plain.replace("<body>", f"<body><style>{STYLE}</style>") != plain
    assert int(answer.headers["content-length"]) == len(answer.sentence.encode()) and answer.headers["etag"] is None


def test_other_files_are_sent_as_they_are(served):
    script = re.search(r"\./(static/js/index\.[^\"]+)", ask(served, "GET", "/").sentence)[1]
    kept = ask(served, "GET", f"/{script}", Accept="text/html,*/*").headers["etag"]
    assert ask(served, "GET", f"/{script}", Accept="*/*", **{"If-None-Match": kept}).status == 304
    assert "style" not in ask(served, "GET", "/_stcore/health", Accept="text/html").sentence


def test_who_has_no_nickname_uploads_nothing(served):
    with session(served) as tab:
        assert put(served, tab, 1000).status == 403
        assert put(served, tab, 1000, person="somebody").status == 403


def test_files_that_are_too_large_or_too_many_are_refused(served):
    with session(served) as tab:  # opened a page, which made the store
        ada, ben = (Store(served.home).people.enter(name).id for name in ("Ada", "Ben"))
        with session(served) as other:
            megabyte = 1024 * 1024
            assert put(served, tab, 1000, person=ada).status == 204
            assert put(served, tab, megabyte + 1, person=ada).status == 413
            assert put(served, tab, 2 * megabyte, person=ada, chunked=True).status in (413, 400)
            assert put(served, "no-such-tab", 1000, person=ada).status == 400
            statuses = [put(served, where, 900_000, person=ada).status for where in (tab, other) * 4]
            assert statuses[:4] == [204] * 4 and statuses[5:] == [429] * 3
            assert put(served, other, 900_000, person=ben).status == 204


def test_it_says_what_to_tell_the_class(served):
    assert f":{served.port}/" in served.log.read_text() and "Class mode" in served.log.read_text()
