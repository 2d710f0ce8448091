"""Start the app: Streamlit, with the options that follow from the settings, which no config file can know."""

import argparse
import ipaddress
import os
import re
import runpy
import socket
import sys
from dataclasses import replace

import psutil

from rnn_core.errors import UserError, quoted
from rnn_core.runs.store.store import Store
from rnn_core.settings import PROJECT, Settings

PORT = 8501
_MAX_PORT = 65_535
_PORTS_TRIED = 100  # from `PORT` on, unless --port is given
_LOCAL = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE = ("0.0.0.0", "::")
_VIRTUAL = ("docker", "br-", "veth", "virbr", "vmnet", "vEthernet", "tun", "utun")  # interfaces that no class can reach
_SERVER = PROJECT / "pages" / "parts" / "door" / "server.py"  # Streamlit puts its folder on the path
_NO_KEY = "RNN_TEACHER_KEY is not set, so nobody can open the page Class. Set it to at least 8 characters and start again."


def serve_command(args: argparse.Namespace, store: Store, settings: Settings) -> int:
    settings = replace(settings, class_mode=settings.class_mode or args.for_class)
    serve(settings, port=args.port, address=args.address, names=args.name, options=args.options)
    return 0


def serve(settings: Settings, *, port: int | None, address: str | None, names: list[str], options: list[str]) -> None:
    """Run the app in this process until somebody ends it; exits with Streamlit's exit status. Raises `UserError`."""
    if port is not None and not 1 <= port <= _MAX_PORT:
        raise UserError(f"A port is a number from 1 to {_MAX_PORT:,}; it is {quoted(port)}. Leave --port out to use a free one.")
    address = address or (_EVERYWHERE[0] if settings.class_mode else _LOCAL[0])
    port = port or _free_port(address)
    flags = streamlit_flags(settings, address, port, names)
    repeated = [option for option in options if option.startswith("--") and option.split("=")[0] in flags]
    if repeated:
        raise UserError(
            f"{repeated[0].split('=')[0]} follows from the settings and from --port, --address and --name. Leave it out."
        )
    for sentence in announcement(settings, address, port, names, options):
        print(sentence, file=sys.stderr)
    sys.stderr.flush()
    os.environ["RNN_CLASS"] = str(int(settings.class_mode))
    sys.argv = ["streamlit", "run", *flags, *options, str(_SERVER)]
    runpy.run_module(
        "streamlit", run_name="__main__", alter_sys=True
    )  # in this process, which then has Streamlit's signals and exit status


def streamlit_flags(settings: Settings, address: str, port: int, names: list[str]) -> list[str]:
    """Arguments of `streamlit run`: a flag, then its value."""
    values = {
        "server.address": [address],
        "server.port": [str(port)],
        "server.maxUploadSize": [str(settings.upload_mb)],
        "server.allowedHosts": allowed_hosts(address, names),
        # Streamlit otherwise asks a service on the internet for this machine's address.
        "browser.serverAddress": [_hosts_for_people(address, names)[0]],
        "logger.hideWelcomeMessage": ["true"],  # the announcement says where the app is, without advice for programmers
    }
    return [part for name, each in values.items() for value in each for part in (f"--{name}", value)]


def allowed_hosts(address: str, names: list[str]) -> list[str]:
    """The names under which this server answers; requests for all others are refused."""
    if address in _LOCAL:
        return list(dict.fromkeys([*_LOCAL, *names]))
    host = socket.gethostname().lower()
    own = [str(ip) for ip in _addresses()] if address in _EVERYWHERE else [address]
    return list(dict.fromkeys([*_LOCAL, *names, *own, host, f"{host.split('.')[0]}.local", host.split(".")[0]]))


def announcement(settings: Settings, address: str, port: int, names: list[str], options: list[str]) -> list[str]:
    """Sentences for the person who starts the server."""
    paths = re.findall(r"--server\.baseUrlPath[= ](\S+)", " ".join(options))
    path = paths[-1].strip("/") if paths else ""
    scheme = "https" if any(option.startswith("--server.sslCertFile") for option in options) else "http"
    urls = " or ".join(f"{scheme}://{_in_url(host)}:{port}/{path}" for host in _hosts_for_people(address, names))
    sentences = [f"Class mode. The class opens {urls}" if settings.class_mode else f"The app is at {urls} (end it with Ctrl-C)"]
    if settings.class_mode:
        sentences += [] if settings.teacher_key else [_NO_KEY]
    elif address not in _LOCAL:
        sentences.append("Everybody who reaches this address sees and changes everything. For a class, add --class.")
    return sentences


def _hosts_for_people(address: str, names: list[str]) -> list[str]:
    """The names or addresses that people type into a browser, best first."""
    if names or address not in _EVERYWHERE:
        return names or ["localhost" if address in _LOCAL else address]
    return [str(ip) for ip in _addresses() if ip.version == 4 and not ip.is_loopback] or ["localhost"]


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _addresses() -> list:
    """This machine's IP addresses, read from its network interfaces. Those that a class can reach come first."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    addresses = []
    for name, each in psutil.net_if_addrs().items():
        for entry in each if name in up else ():
            if entry.family in (socket.AF_INET, socket.AF_INET6):
                addresses.append((name.startswith(_VIRTUAL), ipaddress.ip_address(entry.address.split("%")[0])))
    addresses.sort(key=lambda pair: (pair[0], pair[1].is_link_local, not pair[1].is_private))
    return [ip for _, ip in addresses]


def _free_port(address: str) -> int:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for port in range(PORT, PORT + _PORTS_TRIED):
        with socket.socket(family) as candidate:
            if os.name != "nt":  # on Windows this would take a port that is in use
                candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind((address, port))
            except OSError as error:
                last = error
            else:
                return port
    raise UserError(
        f"No port from {PORT} to {PORT + _PORTS_TRIED - 1} can be used at {address} ({last.strerror}). Choose one with --port."
    )
