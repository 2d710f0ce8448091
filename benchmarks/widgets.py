"""The state that a browser sends for each kind of widget, with a value that a person set or its initial one."""

from streamlit.proto.Common_pb2 import DoubleArray, FileUploaderState, StringArray
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState

FIELDS = ("selectbox", "number_input", "slider", "text_input", "text_area", "checkbox", "button_group", "file_uploader", "popover")


def state_of(kind: str, widget, value=None) -> WidgetState:
    """`widget` is the widget's message; without `value`, the state is the initial one."""
    if value is None and kind != "file_uploader":
        value = _initial_value(kind, widget)
    if value is None:
        return WidgetState(id=widget.id)
    if kind in ("selectbox", "text_input", "text_area"):
        return WidgetState(id=widget.id, string_value=value)
    if kind in ("checkbox", "popover"):
        return WidgetState(id=widget.id, bool_value=value)
    if kind == "file_uploader":
        return WidgetState(id=widget.id, file_uploader_state_value=FileUploaderState())
    if kind == "number_input":
        if widget.data_type == NumberInput.INT:
            return WidgetState(id=widget.id, int_value=int(value))
        return WidgetState(id=widget.id, double_value=value)
    values = value if isinstance(value, list) else [value]
    if kind == "button_group" or widget.type == Slider.SELECT_SLIDER:
        return WidgetState(id=widget.id, string_array_value=StringArray(data=values))
    return WidgetState(id=widget.id, double_array_value=DoubleArray(data=values))


def _initial_value(kind: str, widget):
    """The value that the server set, otherwise the default; None where nothing is selected."""
    if kind == "popover":
        return widget.open
    if kind == "button_group":
        return list(widget.raw_values) if widget.set_value else [widget.options[i].content for i in widget.default]
    if kind == "slider":
        if widget.type == Slider.SELECT_SLIDER:
            return list(widget.raw_value) if widget.set_value else [widget.options[int(i)] for i in widget.default]
        return list(widget.value if widget.set_value else widget.default)
    if kind == "selectbox":
        if widget.set_value:
            return widget.raw_value if widget.HasField("raw_value") else None
        return widget.options[widget.default] if widget.HasField("default") else None
    if kind == "checkbox":
        return widget.value if widget.set_value else widget.default
    name = "value" if widget.set_value else "default"
    return getattr(widget, name) if widget.HasField(name) else None
