"""A browser tab without a browser: a WebSocket session that speaks Streamlit's protocol to a real server and draws nothing.

It keeps what the browser keeps: where each element stands, every widget's value, the messages the server need not send again,
and the fragments that run by themselves. What the browser loads over HTTP (scripts, fonts, pictures) is left out.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.widgets import FIELDS, state_of

ANSWER_SECONDS = 30.0  # a server that has not answered by then never will
_BUTTONS = ("button", "download_button")
_WORDS = ("title", "label", "body", "code_text", "alt", "message")  # fields that are seen, of whatever element


class NoAnswer(Exception):
    """The server did not answer, or the connection is gone."""


class GivenUp(NoAnswer):
    """Streamlit dropped the end of the answer; the next run of the fragment, or of the page, draws it.

    That happens to a question that arrives after the thread before it has decided to end and before its last messages have
    left: AppSession then starts a new thread and ignores what the old one still says.
    """


@dataclass
class _Node:
    kind: str  # of its element; "" for a container
    element: object
    run: str  # the script run that drew it last
    fragment: str  # "" outside of fragments


@dataclass
class _Asked:
    """A run that was asked for, until it has finished."""

    what: str  # did the person
    fragment: str  # "" for the whole page
    began: float
    done: asyncio.Future  # the seconds that it took, and whether the whole page ran
    mark: bool | None  # that the answering run must bear; None: a fragment's own question, which any run of it answers
    run: str = ""  # the script run that answers, once it has begun
    cut: bool = False  # that run ended early, in favour of another one


@dataclass
class _Cached:
    delta: Delta
    fragment: str
    used: int  # how many runs had finished when it was used last


@dataclass(eq=False)
class Session:
    """One tab. `open`, `click` and `set` return the seconds until the run that they caused had finished.

    `on_tick(session, fragment, seconds, whole)` hears of every run that a fragment caused by itself, and whether that made the
    whole page run.
    """

    address: str  # such as http://localhost:8501
    on_tick: Callable[["Session", str, float, bool], None] = lambda *_: None
    exceptions: list[str] = field(default_factory=list)  # everything of the kind that was ever shown
    lost: str = ""  # why the server closed the connection, if it did
    asks_again: int = 0  # times, where Streamlit dropped the answer; only for what may be done twice
    cookies: dict[str, str] = field(default_factory=dict)

    _socket: ClientConnection | None = None
    _reader: asyncio.Task | None = None

    def _forget(self, page: str, query: str) -> None:
        """A fresh tab at that address."""
        self.query_string, self._page_name, self._page_hash = query, page, ""
        self._run, self._fragments_of_run, self._finished, self._oldest = "", [], 0, 2
        self.addresses: list[dict[str, str]] = []  # every query that the server has written into the address since
        self._nodes: dict[tuple[int, ...], _Node] = {}
        self._states: dict[str, WidgetState] = {}
        self._forms: dict[str, dict[str, WidgetState]] = {}  # what was typed into a form that is not sent yet
        self._cache: dict[str, _Cached] = {}
        self._asked: list[_Asked] = []
        self._ticks: dict[str, tuple[float, asyncio.TimerHandle]] = {}
        self._sending: set[asyncio.Task] = set()
        self._mark = False

    # What a person does

    async def open(self, page: str = "", **query: str) -> float:
        """Load an address as the browser does: a connection and a session of its own, the old one is left."""
        began = time.perf_counter()
        await self.close()
        self._forget(page, urlencode(query))
        self._socket = await connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream",
            origin=self.address, subprotocols=["streamlit"], proxy=None, max_size=None, close_timeout=2,
            additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())},
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read(self._socket))
        return await self._act(f"open {page}", "", began)

    async def click(self, label: str) -> float:
        began = time.perf_counter()
        node = self._find(label, _BUTTONS)
        if node.element.disabled:
            raise LookupError(f"{label} cannot be clicked now")
        if node.kind == "button" and node.element.is_form_submitter:
            self._states |= self._forms.pop(node.element.form_id, {})
        return await self._act(label, node.fragment, began, WidgetState(id=node.element.id, trigger_value=True))

    async def set(self, label: str, value) -> float:
        """Change a widget: a selectbox's or segmented control's option by its text, everything else by its value."""
        began = time.perf_counter()
        node = self._find(label, FIELDS)
        state = state_of(node.kind, node.element, value)
        if node.element.form_id:
            self._forms.setdefault(node.element.form_id, {})[state.id] = state
            return 0.0
        self._states[state.id] = state
        return await self._act(label, node.fragment, began)

    async def until(self, seen: Callable[[], bool], seconds: float) -> float:
        """Wait for something that comes by itself; returns how long."""
        began = time.perf_counter()
        while not seen():
            if self.lost or time.perf_counter() - began > seconds:
                raise NoAnswer(self.lost or f"Not seen within {seconds:.0f} s. On the page: {self.text()[:500]}")
            await asyncio.sleep(0.02)
        return time.perf_counter() - began

    async def close(self) -> None:
        if self._socket is None:
            return
        self._stop_ticking()
        self._reader.cancel()
        await self._socket.close()
        self._give_up("The tab was closed")
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
        return any(node.kind in (*_BUTTONS, *FIELDS) and node.element.label == label for node in self._nodes.values())

    def remember(self) -> None:
        """What the page's script does in a browser: keep who this is in a cookie."""
        for node in self._nodes.values():
            if node.kind == "bidi_component" and node.element.component_name.endswith("rnn_memory"):
                told = json.loads(node.element.json)
                self.cookies[told["name"]] = told["person"]

    def kinds(self, fragment: str) -> frozenset[str]:
        """Which kinds of elements a fragment shows."""
        return frozenset(node.kind for node in self._nodes.values() if node.fragment == fragment)

    def text(self) -> str:
        """Everything that can be read on the page, from top to bottom: texts, labels, metrics, what charts are said to show."""
        said = []
        for _, node in sorted(self._nodes.items()):
            if node.kind:
                has = node.element.DESCRIPTOR.fields_by_name
                said.append(" ".join(str(getattr(node.element, name)) for name in _WORDS if name in has))
        return "\n".join(said)

    def _find(self, label: str, kinds) -> _Node:
        for _, node in sorted(self._nodes.items()):
            if node.kind in kinds and node.element.label == label:
                return node
        raise LookupError(f"Nothing called {label} among the {' and '.join(kinds)} of the page: {self.text()[:500]}")

    # Asking for runs

    async def _act(self, what: str, fragment: str, began: float, trigger: WidgetState | None = None) -> float:
        """Ask for a run and wait for its end.

        A fragment that is running already does not stop for a new question, so its answer is awaited first, on the clock.
        """
        for left in reversed(range(self.asks_again + 1)):
            if before := [asked.done for asked in self._asked if fragment and asked.fragment == fragment]:
                await asyncio.wait(before, timeout=ANSWER_SECONDS)
            await self._set_mark()
            asked = await self._ask(what, fragment, began, trigger)
            try:
                seconds, _ = await asyncio.wait_for(asked.done, ANSWER_SECONDS)
                return seconds
            except GivenUp:
                if not left:
                    raise
            except TimeoutError:
                self._asked.remove(asked)
                if not left:
                    raise NoAnswer(f"{what}: no answer within {ANSWER_SECONDS:.0f} s") from None

    async def _set_mark(self) -> None:
        """Turn the one setting that the server repeats at the beginning of every run and that does nothing here.

        The server does not say what a run answers, and one that a fragment caused may begin at the same moment: a run without
        the mark began before the server had heard of what is asked next.
        """
        self._mark = not self._mark
        await self._send(BackMsg(set_run_on_save=self._mark))

    async def _send(self, message: BackMsg) -> None:
        if not self.connected:
            raise NoAnswer(self.lost or "Not connected")
        await self._socket.send(message.SerializeToString())

    async def _ask(
        self, what: str, fragment: str, began: float, trigger: WidgetState | None = None, by_itself: bool = False
    ) -> _Asked:
        message = BackMsg()
        client = message.rerun_script
        client.query_string, client.fragment_id, client.is_auto_rerun = self.query_string, fragment, by_itself
        client.page_script_hash, client.page_name = self._page_hash, "" if self._page_hash else self._page_name
        client.widget_states.widgets.extend([*self._states.values(), *([trigger] if trigger else [])])
        client.cached_message_hashes.extend(self._cache)
        context = client.context_info
        context.timezone, context.timezone_offset, context.locale = "UTC", 0, "en-US"
        context.url, context.is_embedded, context.color_scheme = f"{self.address}/{self._page_name}", False, "light"
        asked = _Asked(what, fragment, began, asyncio.get_running_loop().create_future(), None if by_itself else self._mark)
        self._asked.append(asked)
        await self._send(message)
        return asked

    def _give_up(self, why: str) -> None:
        for asked in self._asked:
            _fail(asked, why)
        self._asked.clear()

    def _tick_every(self, fragment: str, interval: float) -> None:
        if self.ticks.get(fragment) == interval:
            return
        self._stop_ticking([fragment])
        self._wind_up(fragment, interval, asyncio.get_running_loop().time() + interval)

    def _wind_up(self, fragment: str, interval: float, due: float) -> None:
        self._ticks[fragment] = interval, asyncio.get_running_loop().call_at(due, self._tick, fragment, interval, due)

    def _tick(self, fragment: str, interval: float, due: float) -> None:
        """The browser's timer: it does not ask whether the last run has finished, and does not catch up either."""
        self._wind_up(fragment, interval, max(due + interval, asyncio.get_running_loop().time()))
        task = asyncio.create_task(self._run_by_itself(fragment))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _run_by_itself(self, fragment: str) -> None:
        try:
            asked = await self._ask("tick", fragment, time.perf_counter(), by_itself=True)
            self.on_tick(self, fragment, *await asked.done)
        except (NoAnswer, ConnectionClosed):
            pass  # the tab was closed, or the connection is lost, which `lost` says

    def _stop_ticking(self, fragments: list[str] | None = None) -> None:
        for fragment in list(self._ticks) if fragments is None else fragments:
            if fragment in self._ticks:
                self._ticks.pop(fragment)[1].cancel()

    # What the server says

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                self._hear(ForwardMsg.FromString(data))
        except ConnectionClosed:
            pass
        self.lost = f"The server closed the connection ({socket.close_code} {socket.close_reason})"
        self._stop_ticking()
        self._give_up(self.lost)

    def _hear(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "delta":
            if message.metadata.cacheable:
                self._cache.setdefault(message.hash, _Cached(message.delta, message.delta.fragment_id, 0)).used = self._finished
            self._draw(tuple(message.metadata.delta_path), message.delta)
        elif kind == "ref_hash":
            cached = self._cache[message.ref_hash]
            cached.used = self._finished
            self._draw(tuple(message.metadata.delta_path), cached.delta)
        elif kind == "new_session":
            self._begin(message)
        elif kind == "script_finished":
            self._finish(message.script_finished, message.metadata.run.script_run_id)
        elif kind == "auto_rerun":
            self._tick_every(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            self._stop_ticking(message.stop_auto_rerun.fragment_ids)
        elif kind == "page_info_changed":
            self.query_string = message.page_info_changed.query_string
            self.addresses.append(self.query)
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
        elif kind == "page_not_found":
            self.exceptions.append(f"There is no page {message.page_not_found.page_name}")
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            self.exceptions.append(message.session_event.script_compilation_exception.message)

    def _draw(self, path: tuple[int, ...], delta: Delta) -> None:
        what = delta.WhichOneof("type")
        if what == "new_transient":  # a spinner over what is there
            return
        kind = delta.new_element.WhichOneof("type") if what == "new_element" else ""
        element = getattr(delta.new_element, kind) if kind else None
        self._nodes[path] = _Node(kind, element, self._run, delta.fragment_id)
        if kind in FIELDS and (element.id not in self._states or getattr(element, "set_value", False)):
            self._states[element.id] = state_of(kind, element)
        elif kind == "exception":
            self.exceptions.append(f"{element.type}: {element.message}")

    def _begin(self, message: ForwardMsg) -> None:
        run, begins = message.metadata.run, message.new_session
        self._run, self._fragments_of_run = run.script_run_id, list(run.fragment_ids)
        whole = not run.fragment_ids
        if whole:
            self._stop_ticking()
            self._oldest = begins.config.max_cached_message_age
        for asked in list(self._asked):
            if asked.mark not in (None, begins.initialize.session_status.run_on_save):
                continue
            if whole:  # whatever ran before was given up for it
                asked.run, asked.cut = self._run, False
            elif asked.run and not asked.cut:  # Streamlit lost the end of that run, and what it drew
                self._asked.remove(asked)
                _fail(asked, "the end of the answer was dropped", GivenUp)
            elif not asked.run and asked.fragment in run.fragment_ids:
                asked.run = self._run
            elif asked.cut and asked.fragment:  # its own end was reported as an early one because this run followed at once
                self._answer(asked, whole=False)

    def _finish(self, status: int, run: str) -> None:
        early = status == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        whole = not self._fragments_of_run
        if not early:
            self._clear_old()
        for asked in list(self._asked):
            if asked.run and asked.run == run:
                if early:
                    asked.cut = True
                else:
                    self._answer(asked, whole)

    def _answer(self, asked: _Asked, whole: bool) -> None:
        self._asked.remove(asked)
        if not asked.done.done():
            asked.done.set_result((time.perf_counter() - asked.began, whole))

    def _clear_old(self) -> None:
        """What the run that has finished did not draw again is gone, and so is what was cached and not used for long."""
        of = self._fragments_of_run
        self._nodes = {p: n for p, n in self._nodes.items() if n.run == self._run or (of and n.fragment not in of)}
        shown = {node.element.id for node in self._nodes.values() if node.kind in FIELDS}
        self._states = {key: state for key, state in self._states.items() if key in shown}
        self._finished += 1
        kept = self._finished - self._oldest
        self._cache = {h: c for h, c in self._cache.items() if c.used >= kept or (of and c.fragment not in of)}


def _fail(asked: _Asked, why: str, error: type[NoAnswer] = NoAnswer) -> None:
    if not asked.done.done():
        asked.done.set_exception(error(f"{asked.what}: {why}"))
        asked.done.exception()  # nobody may be waiting for a fragment's own run
