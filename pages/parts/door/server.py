"""The app behind middleware that checks every request before Streamlit; `python -m rnn_core serve` starts it.

Streamlit compares Host for WebSockets only, and accepts files from everybody who has opened a page.
"""

import re
from urllib.parse import urlsplit

import altair  # noqa: F401  this and pandas take half a second, which the first page would otherwise wait for
import pandas  # noqa: F401
import psutil
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import get_instance
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from pages.parts.shell.style import STYLE
from rnn_core.settings import PROJECT

_APP = PROJECT / "app.py"
_UPLOAD = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+$")
_MAX_FILES = 5  # files of the largest size that one person may have in the server's memory
_RESERVE = 500e6  # bytes of memory that uploads leave free
_CONDITIONS = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")  # the whole file, as text, is what is changed
_BODY = b"<body>"  # a style in it stands behind those of Streamlit, and before those of a page
_POLICY_VIOLATION = 1008  # the status code of WebSockets


class Door:
    """Refuses requests under a foreign name (DNS rebinding) or from a foreign page, and uploads that are too many or too large."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.uploading: dict[str, int] = {}  # by person: bytes of uploads in progress
        self.sessions: dict[str, str] = {}  # id of each session that has uploaded -> its person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        request = HTTPConnection(scope)
        upload = _UPLOAD.search(scope["path"]) if scope.get("method") == "PUT" else None
        if not _is_own_host(request):
            await _refuse(403, "This server does not answer to this name.", scope, receive, send)
        elif upload is None:
            await self.app(scope, receive, send)
        else:
            await self._upload(request, upload["session"], scope, receive, send)

    async def _upload(self, request: HTTPConnection, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        most = st.get_option("server.maxUploadSize") * 1024 * 1024
        length = request.headers.get("content-length", "")
        size = min(int(length), most) if length.isascii() and length.isdigit() and len(length) < 16 else most
        owner = await run_in_threadpool(_owner, request, session)
        if owner is None:
            return await _refuse(403, "Enter a nickname first.", scope, receive, send)
        self.sessions = {s: o for s, o in self.sessions.items() if get_instance().is_active_session(s)} | {session: owner}
        in_memory = sum(_stored(s) for s, o in self.sessions.items() if o == owner) + self.uploading.get(owner, 0)
        if in_memory + size > _MAX_FILES * most:
            return await _refuse(429, "Remove a file that you uploaded before, or refresh the page.", scope, receive, send)
        # An upload in progress takes its size twice: as a temporary file, which may be in memory, and when that file is read.
        if 2 * (sum(self.uploading.values()) + size) > psutil.virtual_memory().available - _RESERVE:
            return await _refuse(503, "This machine has no memory left for the file. Try again later.", scope, receive, send)
        self.uploading[owner] = self.uploading.get(owner, 0) + size
        try:
            await self.app(scope, receive, send)
        finally:
            self.uploading[owner] -= size
            if not self.uploading[owner]:
                del self.uploading[owner]


class Styled:
    """Sends the style of the pages with the file that a browser loads first. A page draws it later than it draws a button, and would jump."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or "text/html" not in Headers(scope=scope).get("accept", ""):
            return await self.app(scope, receive, send)
        headers = [(name, value) for name, value in scope["headers"] if name not in _CONDITIONS]
        start, body = None, b""

        async def styled(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and Headers(raw=message["headers"]).get("content-type", "").startswith(
                "text/html"
            ):
                start = message
            elif start is None:  # no page
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    whole = body.replace(_BODY, _BODY + f"<style>{STYLE}</style>".encode())
                    answer = MutableHeaders(raw=list(start["headers"]))
                    answer["content-length"] = str(len(whole))
                    del answer["etag"], answer["last-modified"]  # those of the file without the style
                    await send({**start, "headers": answer.raw})
                    await send({**message, "body": whole})

        await self.app({**scope, "headers": headers}, receive, styled)


def _is_own_host(request: HTTPConnection) -> bool:
    """Whether Host and Origin are names of this server."""
    origin = request.headers.get("origin")
    return is_host_allowed(request.headers.get("host")) and (origin is None or is_host_allowed(urlsplit(origin).netloc))


def _owner(request: HTTPConnection, session: str) -> str | None:
    """The id of the uploading person in class mode, else the session; None where nobody is signed in."""
    from pages.parts.shell import people, services  # imported here: their caches need a running Streamlit

    if not services.settings().class_mode:
        return session
    person = services.store().people.find(request.cookies.get(people.cookie_name(services.settings().home), ""))
    return person.id if person else None


def _stored(session: str) -> int:
    """Bytes of the files that a session has uploaded."""
    files = get_instance().uploaded_file_mgr.file_storage.get(session, {})
    return sum(len(file.data) for file in list(files.values()))


async def _refuse(status: int, sentence: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": sentence})
    else:
        await PlainTextResponse(sentence, status)(scope, receive, send)


app = st.App(_APP, middleware=[Middleware(Door), Middleware(Styled)])
