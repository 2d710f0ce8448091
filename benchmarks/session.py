"""A browser tab without a browser: a WebSocket session that speaks Streamlit's protocol to a real server and draws nothing.

The session keeps the page's state (`page_state`) and the fragments that run by themselves. What a browser loads over HTTP (scripts,
fonts, images) is left out.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.page_state import BUTTONS, PageState
from benchmarks.widgets import FIELDS

ANSWER_SECONDS = 30.0  # after which a server counts as not answering


class NoAnswer(Exception):
    """The server did not answer, or the connection is gone."""


class AnswerDropped(NoAnswer):
    """Streamlit dropped the end of the answer; the next run of the fragment, or of the page, draws it.

    That happens to a request that arrives after the previous thread has decided to end and before its last messages are sent:
    AppSession then starts a new thread and ignores the last messages of the old one.
    """


@dataclass
class _Request:
    """A request for a run, until that run has finished."""

    action: str  # of the person
    fragment: str  # "" for the whole page
    start: float  # perf_counter
    done: asyncio.Future  # the seconds that it took, and whether the whole page ran
    mark: bool | None  # that the answering run must carry; None: a fragment's own request, which any run of it answers
    run: str = ""  # the script run that answers, once it has started
    ended_early: bool = False  # that run ended early, in favour of another one


@dataclass(eq=False)
class Session:
    """One tab. `open`, `click` and `set` return the seconds until the run that they caused has finished.

    `on_tick(session, fragment, seconds, whole)` is called after every run that a fragment caused by itself; `whole` is whether the whole
    page ran.
    """

    address: str  # such as http://localhost:8501
    on_tick: Callable[["Session", str, float, bool], None] = lambda *_: None
    exceptions: list[str] = field(default_factory=list)  # every exception that the tab has shown
    lost: str = ""  # why the server closed the connection, if it did
    retries: int = 0  # where Streamlit dropped the answer; only for actions that may be done twice
    cookies: dict[str, str] = field(default_factory=dict)

    _socket: ClientConnection | None = None
    _reader: asyncio.Task | None = None

    def _reset(self, page: str, query: str) -> None:
        """A new tab at that address."""
        self.query_string, self._page_name, self._page_hash = query, page, ""
        self.page = PageState(self.exceptions)
        self.addresses: list[dict[str, str]] = []  # every query that the server has written into the address since
        self._requests: list[_Request] = []
        self._operations: dict[str, asyncio.Future] = {}  # by id: what is asked of the server beside runs
        self._ticks: dict[str, tuple[float, asyncio.TimerHandle]] = {}
        self._sending: set[asyncio.Task] = set()
        self._mark = False
        self._session_id = ""
        self.is_running = False  # the script, or a fragment of it

    # What a person does

    async def open(self, page: str = "", **query: str) -> float:
        """Load an address as a browser does: with a new connection and a new session; the old one ends."""
        start = time.perf_counter()
        await self.close()
        self._reset(page, urlencode(query))
        self._socket = await connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream",
            origin=self.address, subprotocols=["streamlit"], proxy=None, max_size=None, close_timeout=2,
            additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())},
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read(self._socket))
        return await self._act(f"open {page}", "", start)

    async def click(self, label: str) -> float:
        start = time.perf_counter()
        node = self.page.find(label, BUTTONS)
        if node.element.disabled:
            raise LookupError(f"{label} is disabled, so it cannot be clicked.")
        self.page.submit_form(node)
        return await self._act(label, node.fragment, start, WidgetState(id=node.element.id, trigger_value=True))

    async def set(self, label: str, value) -> float:
        """Change a widget: a selectbox's or segmented control's option by its text, everything else by its value."""
        start = time.perf_counter()
        node = self.page.find(label, FIELDS)
        return await self._act(label, node.fragment, start) if self.page.set(node, value) else 0.0

    async def download(self, label: str) -> tuple[float, bytes]:
        """Press a download button whose file is made by the press; returns the seconds until the file is here, and the file."""
        start = time.perf_counter()
        button = self.page.find(label, ("download_button",)).element
        if button.disabled:
            raise LookupError(f"{label} is disabled, so it cannot be clicked.")
        message, answer = BackMsg(), asyncio.get_running_loop().create_future()
        message.backend_operation_request.request_id = name = f"{id(answer)}"
        message.backend_operation_request.session_id = self._session_id
        message.backend_operation_request.deferred_file.file_id = button.deferred_file_id
        self._operations[name] = answer
        await self._send(message)
        response = await asyncio.wait_for(answer, ANSWER_SECONDS)
        if response.error_msg:
            raise NoAnswer(f"{label}: {response.error_msg}")
        content = await asyncio.to_thread(self._fetch, response.deferred_file.url)
        return time.perf_counter() - start, content

    def _fetch(self, path: str) -> bytes:
        with urlopen(f"{self.address}{path}", timeout=ANSWER_SECONDS) as response:
            return response.read()

    async def until(self, seen: Callable[[], bool], seconds: float) -> float:
        """Wait until `seen` returns True; returns the seconds. Raises `NoAnswer`."""
        start = time.perf_counter()
        while not seen():
            if self.lost or time.perf_counter() - start > seconds:
                raise NoAnswer(self.lost or f"Not seen within {seconds:.0f} s. On the page: {self.text()[:500]}")
            await asyncio.sleep(0.02)
        return time.perf_counter() - start

    async def close(self) -> None:
        if self._socket is None:
            return
        self._stop_ticking()
        self._reader.cancel()
        await self._socket.close()
        self._fail_all("The tab was closed")
        self._socket = None

    # What a person sees

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.query_string).items()}

    @property
    def connected(self) -> bool:
        return self._socket is not None and not self.lost

    @property
    def ticks(self) -> dict[str, float]:
        """Fragments that run by themselves, and every how many seconds."""
        return {fragment: interval for fragment, (interval, _) in self._ticks.items()}

    def has(self, label: str) -> bool:
        return self.page.has(label)

    def can_click(self, label: str) -> bool:
        """Whether the page has this button, and it is not disabled."""
        return self.has(label) and not self.page.find(label, BUTTONS).element.disabled

    def remember(self) -> None:
        """Store the person's id in a cookie, as the page's script does in a browser."""
        for node in self.page.nodes.values():
            if node.kind == "bidi_component" and node.element.component_name.endswith("rnn_memory"):
                cookie = json.loads(node.element.json)
                self.cookies[cookie["name"]] = cookie["person"]

    def kinds(self, fragment: str) -> frozenset[str]:
        return self.page.kinds(fragment)

    def text(self) -> str:
        return self.page.text()

    # Requests for runs

    async def _act(self, action: str, fragment: str, start: float, trigger: WidgetState | None = None) -> float:
        """Request a run and wait for its end; returns the seconds since `start`.

        A fragment that is running does not stop for a new request, so its answer is awaited first, within the measured time.
        """
        for retries_left in reversed(range(self.retries + 1)):
            if earlier := [request.done for request in self._requests if fragment and request.fragment == fragment]:
                await asyncio.wait(earlier, timeout=ANSWER_SECONDS)
            await self._set_mark()
            request = await self._request_run(action, fragment, start, trigger)
            try:
                seconds, _ = await asyncio.wait_for(request.done, ANSWER_SECONDS)
                return seconds
            except AnswerDropped:
                if not retries_left:
                    raise
            except TimeoutError:
                self._requests.remove(request)
                if not retries_left:
                    raise NoAnswer(f"{action}: no answer within {ANSWER_SECONDS:.0f} s") from None

    async def _set_mark(self) -> None:
        """Change the one setting that the server repeats at the start of every run and that has no effect here.

        The server does not say which request a run answers, and a run of a fragment may start at the same moment. A run without the
        mark started before the server had received the next request.
        """
        self._mark = not self._mark
        await self._send(BackMsg(set_run_on_save=self._mark))

    async def _send(self, message: BackMsg) -> None:
        if not self.connected:
            raise NoAnswer(self.lost or "Not connected")
        await self._socket.send(message.SerializeToString())

    async def _request_run(
        self, action: str, fragment: str, start: float, trigger: WidgetState | None = None, by_itself: bool = False
    ) -> _Request:
        message = BackMsg()
        client = message.rerun_script
        client.query_string, client.fragment_id, client.is_auto_rerun = self.query_string, fragment, by_itself
        client.page_script_hash, client.page_name = self._page_hash, "" if self._page_hash else self._page_name
        client.widget_states.widgets.extend([*self.page.widgets.values(), *([trigger] if trigger else [])])
        context = client.context_info
        context.timezone, context.timezone_offset, context.locale = "UTC", 0, "en-US"
        context.url, context.is_embedded, context.color_scheme = f"{self.address}/{self._page_name}", False, "light"
        request = _Request(action, fragment, start, asyncio.get_running_loop().create_future(), None if by_itself else self._mark)
        self._requests.append(request)
        await self._send(message)
        return request

    def _fail_all(self, why: str) -> None:
        for request in self._requests:
            _fail(request, why)
        self._requests.clear()

    def _tick_every(self, fragment: str, interval: float) -> None:
        if self.ticks.get(fragment) == interval:
            return
        self._stop_ticking([fragment])
        self._schedule_tick(fragment, interval, asyncio.get_running_loop().time() + interval)

    def _schedule_tick(self, fragment: str, interval: float, due: float) -> None:
        self._ticks[fragment] = interval, asyncio.get_running_loop().call_at(due, self._tick, fragment, interval, due)

    def _tick(self, fragment: str, interval: float, due: float) -> None:
        """The browser's timer, which neither waits for the last run nor makes up for missed ticks."""
        self._schedule_tick(fragment, interval, max(due + interval, asyncio.get_running_loop().time()))
        task = asyncio.create_task(self._request_tick(fragment))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _request_tick(self, fragment: str) -> None:
        try:
            request = await self._request_run("tick", fragment, time.perf_counter(), by_itself=True)
            self.on_tick(self, fragment, *await request.done)
        except (NoAnswer, ConnectionClosed):
            pass  # the tab was closed, or the connection is lost: see `lost`

    def _stop_ticking(self, fragments: list[str] | None = None) -> None:
        for fragment in list(self._ticks) if fragments is None else fragments:
            if fragment in self._ticks:
                self._ticks.pop(fragment)[1].cancel()

    # Messages of the server

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                self._receive(ForwardMsg.FromString(data))
        except ConnectionClosed:
            pass
        self.lost = f"The server closed the connection ({socket.close_code} {socket.close_reason})"
        self._stop_ticking()
        self._fail_all(self.lost)

    def _receive(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "delta":
            self.page.draw(message)
        elif kind == "new_session":
            self._on_run_start(message)
        elif kind == "script_finished":
            self._on_run_end(message.script_finished, message.metadata.run.script_run_id)
        elif kind == "auto_rerun":
            self._tick_every(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            self._stop_ticking(message.stop_auto_rerun.fragment_ids)
        elif kind == "backend_operation_response":
            self._operations.pop(message.backend_operation_response.request_id).set_result(message.backend_operation_response)
        elif kind == "page_info_changed":
            self.query_string = message.page_info_changed.query_string
            self.addresses.append(self.query)
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
        elif kind == "page_not_found":
            self.exceptions.append(f"There is no page {message.page_not_found.page_name}")
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            self.exceptions.append(message.session_event.script_compilation_exception.message)

    def _on_run_start(self, message: ForwardMsg) -> None:
        run, new_session = message.metadata.run, message.new_session
        self.page.run, self.page.fragments = run.script_run_id, list(run.fragment_ids)
        whole = not run.fragment_ids
        self.is_running = True
        self._session_id = new_session.initialize.session_id
        if whole:
            self._stop_ticking()
        for request in list(self._requests):
            if request.mark not in (None, new_session.initialize.session_status.run_on_save):
                continue
            if whole:  # it replaces every earlier run
                request.run, request.ended_early = self.page.run, False
            elif request.run and not request.ended_early:  # Streamlit dropped the end of that run, and what it drew
                self._requests.remove(request)
                _fail(request, "the end of the answer was dropped", AnswerDropped)
            elif not request.run and request.fragment in run.fragment_ids:
                request.run = self.page.run
            elif request.ended_early and request.fragment:  # its end was reported as early because this run followed at once
                self._answer(request, whole=False)

    def _on_run_end(self, status: int, run: str) -> None:
        ended_early = status == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        whole = not self.page.fragments
        if not ended_early:
            self.is_running = False
            self.page.clear_old()
        for request in list(self._requests):
            if request.run and request.run == run:
                if ended_early:
                    request.ended_early = True
                else:
                    self._answer(request, whole)

    def _answer(self, request: _Request, whole: bool) -> None:
        self._requests.remove(request)
        if not request.done.done():
            request.done.set_result((time.perf_counter() - request.start, whole))


def _fail(request: _Request, why: str, error: type[NoAnswer] = NoAnswer) -> None:
    if not request.done.done():
        request.done.set_exception(error(f"{request.action}: {why}"))
        request.done.exception()  # marks it as seen: nobody waits for a fragment's own run
