"""Start the app: Streamlit, with the options that follow from the settings and that no config file could know."""

import ipaddress
import os
import re
import runpy
import socket
import sys

import psutil

from rnn_core.errors import UserError, quoted
from rnn_core.settings import PROJECT, Settings

PORT = 8501
_MOST_PORT = 65_535
_PORTS = 100  # that are tried, from `PORT` on, where none is asked for
_LOCAL = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE = ("0.0.0.0", "::")
_VIRTUAL = ("docker", "br-", "veth", "virbr", "vmnet", "vEthernet", "tun", "utun")  # interfaces that no class can reach
_SERVER = PROJECT / "pages" / "parts" / "door" / "server.py"  # Streamlit puts its folder on the path
_NO_KEY = "RNN_TEACHER_KEY is not set, so nobody can open the page Class. Set it to at least 8 characters and start again."


def serve(settings: Settings, *, port: int | None, address: str | None, names: list[str], options: list[str]) -> None:
    """Run the app in this process until it is ended; leaves with Streamlit's exit status. Raises `UserError`."""
    if port is not None and not 1 <= port <= _MOST_PORT:
        raise UserError(f"A port is a number from 1 to {_MOST_PORT:,}; it is {quoted(port)}. Leave --port out to use a free one.")
    address = address or (_EVERYWHERE[0] if settings.class_mode else _LOCAL[0])
    port = port or _free_port(address)
    flags = streamlit_flags(settings, address, port, names)
    taken = [option for option in options if option.startswith("--") and option.split("=")[0] in flags]
    if taken:
        raise UserError(f"{taken[0].split('=')[0]} follows from the settings and from --port, --address and --name. Leave it out.")
    for sentence in announcement(settings, address, port, names, options):
        print(sentence, file=sys.stderr)
    sys.stderr.flush()
    os.environ["RNN_CLASS"] = str(int(settings.class_mode))
    sys.argv = ["streamlit", "run", *flags, *options, str(_SERVER)]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)  # in this process: signals and exit status are its own


def streamlit_flags(settings: Settings, address: str, port: int, names: list[str]) -> list[str]:
    values = {
        "server.address": [address],
        "server.port": [str(port)],
        "server.maxUploadSize": [str(settings.upload_mb)],
        "server.allowedHosts": allowed_hosts(address, names),
        # Streamlit otherwise asks a service on the internet for this machine's address.
        "browser.serverAddress": [_reached_as(address, names)[0]],
        "logger.hideWelcomeMessage": ["true"],  # the announcement says where the app is, without advice for programmers
    }
    return [part for name, each in values.items() for value in each for part in (f"--{name}", value)]


def allowed_hosts(address: str, names: list[str]) -> list[str]:
    """The names under which this server may be asked for; all others are refused, whoever's they are."""
    if address in _LOCAL:
        return list(dict.fromkeys([*_LOCAL, *names]))
    host = socket.gethostname().lower()
    own = [str(ip) for ip in _addresses()] if address in _EVERYWHERE else [address]
    return list(dict.fromkeys([*_LOCAL, *names, *own, host, f"{host.split('.')[0]}.local", host.split(".")[0]]))


def announcement(settings: Settings, address: str, port: int, names: list[str], options: list[str]) -> list[str]:
    """What whoever starts the server has to know."""
    paths = re.findall(r"--server\.baseUrlPath[= ](\S+)", " ".join(options))
    path = paths[-1].strip("/") if paths else ""
    scheme = "https" if any(option.startswith("--server.sslCertFile") for option in options) else "http"
    urls = " or ".join(f"{scheme}://{_in_url(host)}:{port}/{path}" for host in _reached_as(address, names))
    said = [f"Class mode. The class opens {urls}" if settings.class_mode else f"The app is at {urls} (end it with Ctrl-C)"]
    if settings.class_mode:
        said += [] if settings.teacher_key else [_NO_KEY]
    elif address not in _LOCAL:
        said.append("Whoever reaches this address sees and changes everything. For a class, add --class.")
    return said


def _reached_as(address: str, names: list[str]) -> list[str]:
    """What people type, best first."""
    if names or address not in _EVERYWHERE:
        return names or ["localhost" if address in _LOCAL else address]
    return [str(ip) for ip in _addresses() if ip.version == 4 and not ip.is_loopback] or ["localhost"]


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _addresses() -> list:
    """This machine's own, read from its interfaces; nobody is asked. Those that a class can reach come first."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    found = []
    for name, each in psutil.net_if_addrs().items():
        for entry in each if name in up else ():
            if entry.family in (socket.AF_INET, socket.AF_INET6):
                found.append((name.startswith(_VIRTUAL), ipaddress.ip_address(entry.address.split("%")[0])))
    found.sort(key=lambda pair: (pair[0], pair[1].is_link_local, not pair[1].is_private))
    return [ip for _, ip in found]


def _free_port(address: str) -> int:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for port in range(PORT, PORT + _PORTS):
        with socket.socket(family) as tried:
            if os.name != "nt":  # there it would take a port that is in use
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((address, port))
            except OSError as error:
                last = error
            else:
                return port
    raise UserError(
        f"No port from {PORT} to {PORT + _PORTS - 1} can be used at {address} ({last.strerror}). Choose one with --port."
    )
