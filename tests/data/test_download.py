"""Downloads against a server on loopback that can also misbehave."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rnn_core.data.download import SHAKESPEARE, Remote, fetch
from rnn_core.problem import Problem
from tests.conftest import shared_datasets

BODY = b"O Romeo, Romeo, wherefore art thou Romeo?\n" * 5000


@pytest.fixture
def server(monkeypatch):
    """Serves BODY; `server.faults` says how the next answers go wrong."""
    monkeypatch.setattr("time.sleep", lambda _: None)  # pooch waits a second before it tries again

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            fault = made.faults.pop(0) if made.faults else None
            made.asked += 1
            if fault == "gone":
                self.send_error(404)
                return
            body = b"something else" if fault == "changed" else BODY
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if fault == "interrupted" else body)

        def log_message(self, *_):
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.faults, made.asked = [], 0
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def remote(server):
    url = f"http://127.0.0.1:{server.server_address[1]}/romeo.txt"
    return Remote("romeo.txt", url, hashlib.sha256(BODY).hexdigest(), len(BODY))


def test_a_file_is_fetched_once_with_progress(server, remote, settings):
    seen = []
    path = fetch(remote, settings, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == BODY and path == settings.home / "downloads" / "romeo.txt"
    assert seen[-1] == (len(BODY), len(BODY)) and len(seen) > 10
    fetch(remote, settings)
    assert server.asked == 1


def test_an_interrupted_download_is_tried_again(server, remote, settings):
    server.faults = ["interrupted", "interrupted"]
    assert fetch(remote, settings).read_bytes() == BODY
    assert server.asked == 3


@pytest.mark.parametrize("fault, said", [("interrupted", "could not be downloaded"), ("gone", "could not be downloaded"),
                                         ("changed", "not the published file")])  # fmt: skip
def test_what_does_not_arrive_says_what_to_do_and_leaves_nothing(server, remote, settings, fault, said):
    server.faults = [fault] * 9
    with pytest.raises(Problem, match=said) as caught:
        fetch(remote, settings)
    assert "RNN_DATA_DIR" in str(caught.value)
    assert list((settings.home / "downloads").iterdir()) == []


def test_a_full_disk_is_said(server, remote, settings, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.move", full)
    with pytest.raises(Problem, match=r"could not be saved .*No space left"):
        fetch(remote, settings)


def test_the_published_checksum_is_the_one_of_the_real_file():
    raw = (shared_datasets() / "shakespeare.txt").read_bytes()
    assert (hashlib.sha256(raw).hexdigest(), len(raw)) == (SHAKESPEARE.sha256, SHAKESPEARE.size)
