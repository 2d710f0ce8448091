"""The app behind a door that looks at every request before Streamlit does; `python -m rnn_core serve` starts it.

Streamlit checks the names of hosts for WebSockets only, and takes files from whoever has opened a page.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime import get_instance
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

_APP = Path(__file__).parents[3] / "app.py"
_UPLOAD = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+$")
_FILES = 5  # of the largest size, that one person may have in the server's memory at once
_RESERVE = 500e6  # bytes of memory that uploads leave free
_POLICY_VIOLATION = 1008  # of a WebSocket


class Door:
    """Refuses requests under a foreign name, which DNS rebinding makes, or from a foreign page; and uploads that are too many."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.coming: dict[str, int] = {}  # by person: bytes on their way
        self.sessions: dict[str, str] = {}  # that have uploaded: whose they are

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        request = HTTPConnection(scope)
        upload = _UPLOAD.search(scope["path"]) if scope.get("method") == "PUT" else None
        if not _is_at_home(request):
            await _refuse(403, "This server does not answer to this name.", scope, receive, send)
        elif upload is None:
            await self.app(scope, receive, send)
        else:
            await self._upload(request, upload["session"], scope, receive, send)

    async def _upload(self, request: HTTPConnection, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        most = st.get_option("server.maxUploadSize") * 1024 * 1024
        told = request.headers.get("content-length", "")
        size = min(int(told), most) if told.isascii() and told.isdigit() and len(told) < 16 else most
        owner = await run_in_threadpool(_owner, request, session)
        if owner is None:
            return await _refuse(403, "Enter a nickname first.", scope, receive, send)
        self.sessions = {s: o for s, o in self.sessions.items() if get_instance().is_active_session(s)} | {session: owner}
        held = sum(_stored(s) for s, o in self.sessions.items() if o == owner) + self.coming.get(owner, 0)
        if held + size > _FILES * most:
            return await _refuse(429, "Remove a file that you uploaded before, or refresh the page.", scope, receive, send)
        # While it comes it is held twice: as a temporary file, which may be in memory, and when that is read.
        if 2 * (sum(self.coming.values()) + size) > psutil.virtual_memory().available - _RESERVE:
            return await _refuse(503, "This machine has no memory left for the file. Try again later.", scope, receive, send)
        self.coming[owner] = self.coming.get(owner, 0) + size
        try:
            await self.app(scope, receive, send)
        finally:
            self.coming[owner] -= size
            if not self.coming[owner]:
                del self.coming[owner]


def _is_at_home(request: HTTPConnection) -> bool:
    origin = request.headers.get("origin")
    return is_host_allowed(request.headers.get("host")) and (origin is None or is_host_allowed(urlsplit(origin).netloc))


def _owner(request: HTTPConnection, session: str) -> str | None:
    """Whose upload it is: the person's in class mode, else that of the session. None: nobody's."""
    from pages.parts.shell import people, services  # only now, when there is a Streamlit that their caches belong to

    if not services.settings().class_mode:
        return session
    person = services.store().people.find(request.cookies.get(people.cookie_name(services.settings().home), ""))
    return person.id if person else None


def _stored(session: str) -> int:
    files = get_instance().uploaded_file_mgr.file_storage.get(session, {})
    return sum(len(file.data) for file in list(files.values()))


async def _refuse(status: int, sentence: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": sentence})
    else:
        await PlainTextResponse(sentence, status)(scope, receive, send)


app = st.App(_APP, middleware=[Middleware(Door)])
