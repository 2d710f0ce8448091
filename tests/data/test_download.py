"""Downloads against a server on loopback that can also misbehave."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rnn_core.data import download
from rnn_core.data.download import SHAKESPEARE, Remote, fetch_all
from rnn_core.errors import UserError
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.reviews import sources as reviews
from tests.conftest import shared_datasets
from tests.data import fake_datasets

BODY = b"O Romeo, Romeo, wherefore art thou Romeo?\n" * 5000


@pytest.fixture
def server(monkeypatch):
    """Serves BODY; `server.faults` says how the next answers go wrong."""
    monkeypatch.setattr("time.sleep", lambda _: None)  # pooch waits a second before it tries again

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            fault = httpd.faults.pop(0) if httpd.faults else None
            httpd.asked += 1
            if fault == "gone":
                self.send_error(404)
                return
            body = b"something else" if fault == "changed" else httpd.bodies.get(self.path, BODY)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if fault == "interrupted" else body)

        def log_message(self, *_):
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.faults, httpd.asked, httpd.bodies = [], 0, {}
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield httpd
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def remote(server):
    url = f"http://127.0.0.1:{server.server_address[1]}/romeo.txt"
    return Remote("romeo.txt", url, hashlib.sha256(BODY).hexdigest(), len(BODY))


def test_a_file_is_fetched_once_with_progress(server, remote, settings):
    seen = []
    (path,) = fetch_all((remote,), settings, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == BODY and path == settings.home / "downloads" / "romeo.txt"
    assert seen[-1] == (len(BODY), len(BODY)) and len(seen) > 10
    fetch_all((remote,), settings)
    assert server.asked == 1


def test_an_interrupted_download_is_tried_again(server, remote, settings):
    server.faults = ["interrupted", "interrupted"]
    assert fetch_all((remote,), settings)[0].read_bytes() == BODY
    assert server.asked == 3


@pytest.mark.parametrize("fault, said", [("interrupted", "could not be downloaded"), ("gone", "could not be downloaded"),
                                         ("changed", "not the published file")])  # fmt: skip
def test_what_does_not_arrive_says_what_to_do_and_leaves_nothing(server, remote, settings, fault, said):
    server.faults = [fault] * 9
    with pytest.raises(UserError, match=said) as caught:
        fetch_all((remote,), settings)
    assert "RNN_DATA_DIR" in str(caught.value)
    assert list((settings.home / "downloads").iterdir()) == []


def test_a_full_disk_is_said(server, remote, settings, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.move", full)
    with pytest.raises(UserError, match=r"could not be saved .*No space left"):
        fetch_all((remote,), settings)


def test_the_published_checksum_is_the_one_of_the_real_file():
    raw = (shared_datasets() / "shakespeare.txt").read_bytes()
    assert (hashlib.sha256(raw).hexdigest(), len(raw)) == (SHAKESPEARE.sha256, SHAKESPEARE.size)


# MNIST and IMDB, downloaded


def serve_files(server, folder, *remotes: str) -> tuple[Remote, ...]:
    """The files of a folder as downloads from loopback, with their real checksums."""
    server.bodies = {f"/{name}": (folder / name).read_bytes() for name in remotes}
    at = f"http://127.0.0.1:{server.server_address[1]}"
    return tuple(
        Remote(name, f"{at}/{name}", hashlib.sha256(server.bodies[f"/{name}"]).hexdigest(), len(server.bodies[f"/{name}"]))
        for name in remotes
    )


@pytest.mark.parametrize("faults", [[], ["interrupted"], ["changed"], ["interrupted", None, "changed"]])
def test_imdb_comes_in_two_files_with_one_progress_and_is_read_because_it_is_the_published_one(
    server, settings, monkeypatch, tmp_path, faults, in_this_process
):
    fake_datasets.imdb(tmp_path)
    both = serve_files(server, tmp_path, "imdb.npz", "imdb_word_index.json")
    monkeypatch.setattr(download, "IMDB", both[0])
    monkeypatch.setattr(download, "IMDB_WORDS", both[1])
    assert reviews.sources(settings)["imdb"].read is None
    server.faults, seen = faults, []
    fetch_all(both, settings, lambda done, total: seen.append((done, total)))
    total = sum(remote.size for remote in both)
    assert seen[-1] == (total, total) and all(whole == total for _, whole in seen)
    loaded = reviews.load("imdb", settings)
    assert len(loaded.train) == 25_000 and loaded.words[:2] == ["the", "film"]


def test_mnist_is_downloaded_checked_and_read(server, settings, monkeypatch, tmp_path, in_this_process):
    fake_datasets.mnist(tmp_path / "mnist.npz")
    (remote,) = serve_files(server, tmp_path, "mnist.npz")
    monkeypatch.setattr(download, "MNIST", remote)
    fetch_all((remote,), settings)
    assert digits.load("mnist", settings).train.shape == (60_000, 28, 28)


def test_when_the_second_file_does_not_come_the_first_is_kept_and_the_way_without_internet_is_told(
    server, settings, monkeypatch, tmp_path
):
    fake_datasets.imdb(tmp_path, count=10)
    both = serve_files(server, tmp_path, "imdb.npz", "imdb_word_index.json")
    server.faults = [None, "gone", "gone", "gone"]
    with pytest.raises(UserError, match=r"imdb_word_index.json could not be downloaded.*Without internet.*RNN_DATA_DIR") as caught:
        fetch_all(both, settings)
    advice = caught.value.sentences[1]
    assert all(remote.name in advice and remote.url in advice for remote in both)  # they must lie in one folder
    asked = server.asked
    fetch_all(both, settings)
    assert server.asked == asked + 1  # only what was missing
