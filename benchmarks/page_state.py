"""What a browser tab keeps of a page of Streamlit: its elements, and the values of its widgets."""

from dataclasses import dataclass, field

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.widgets import FIELDS, state_of

BUTTONS = ("button", "download_button")
_TEXT_FIELDS = ("title", "label", "body", "code_text", "alt", "message")  # fields with text that is visible, of any element


@dataclass
class Node:
    """A place in the page's tree of elements."""

    kind: str  # of its element; "" for a container
    element: object
    run: str  # the script run that drew it last
    fragment: str  # "" outside of fragments


@dataclass
class PageState:
    """The page of one tab, as the server's messages have drawn it."""

    exceptions: list[str]  # every exception that the page has shown
    nodes: dict[tuple[int, ...], Node] = field(default_factory=dict)  # by their path from the root
    widgets: dict[str, WidgetState] = field(default_factory=dict)  # by id
    forms: dict[str, dict[str, WidgetState]] = field(default_factory=dict)  # values in forms that are not submitted yet
    run: str = ""  # the script run that draws now
    fragments: list[str] = field(default_factory=list)  # that this run draws; none: the whole page
    to_keep: int = 0  # messages that a browser would keep for the next run, which `.streamlit/config.toml` forbids

    def draw(self, message: ForwardMsg) -> None:
        """Draw a message with a new element."""
        path, delta = tuple(message.metadata.delta_path), message.delta
        self.to_keep += message.metadata.cacheable
        change = delta.WhichOneof("type")
        if change == "new_transient":  # a spinner over the elements
            return
        kind = delta.new_element.WhichOneof("type") if change == "new_element" else ""
        element = getattr(delta.new_element, kind) if kind else None
        if delta.add_block.popover.id:  # a container with a state
            kind, element = "popover", delta.add_block.popover
        self.nodes[path] = Node(kind, element, self.run, delta.fragment_id)
        if kind in FIELDS and (element.id not in self.widgets or getattr(element, "set_value", False)):
            self.widgets[element.id] = state_of(kind, element)
        elif kind == "exception":
            self.exceptions.append(f"{element.type}: {element.message}")

    def clear_old(self) -> None:
        """Remove elements that the finished run has not drawn again."""
        drawn = self.fragments
        self.nodes = {p: n for p, n in self.nodes.items() if n.run == self.run or (drawn and n.fragment not in drawn)}
        shown = {node.element.id for node in self.nodes.values() if node.kind in FIELDS}
        self.widgets = {key: state for key, state in self.widgets.items() if key in shown}

    def set(self, node: Node, value) -> bool:
        """Set the value of a widget; returns whether the server has to know it now, and not when its form is submitted."""
        state = state_of(node.kind, node.element, value)
        if getattr(node.element, "form_id", ""):
            self.forms.setdefault(node.element.form_id, {})[state.id] = state
            return False
        self.widgets[state.id] = state
        return True

    def submit_form(self, node: Node) -> None:
        """Make the values of the form valid whose submit button `node` is, if it is one."""
        if node.kind == "button" and node.element.is_form_submitter:
            self.widgets |= self.forms.pop(node.element.form_id, {})

    def find(self, label: str, kinds: tuple[str, ...]) -> Node:
        """The first element with this label. Raises `LookupError`."""
        for _, node in sorted(self.nodes.items()):
            if node.kind in kinds and node.element.label == label:
                return node
        raise LookupError(f"Nothing called {label} among the {' and '.join(kinds)} of the page: {self.text()[:500]}")

    def has(self, label: str) -> bool:
        return any(node.kind in (*BUTTONS, *FIELDS) and node.element.label == label for node in self.nodes.values())

    def kinds(self, fragment: str) -> frozenset[str]:
        """The kinds of elements that a fragment shows."""
        return frozenset(node.kind for node in self.nodes.values() if node.fragment == fragment)

    def text(self) -> str:
        """Everything that can be read on the page, from top to bottom: texts, labels, metrics, descriptions of charts."""
        lines = []
        for _, node in sorted(self.nodes.items()):
            if node.kind:
                fields = node.element.DESCRIPTOR.fields_by_name
                lines.append(" ".join(str(getattr(node.element, name)) for name in _TEXT_FIELDS if name in fields))
        return "\n".join(lines)
