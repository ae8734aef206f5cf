"""Starts the program for what tests it from outside, and stops it again."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading

# No fixed ports, nobody's own configuration, and hashes that cost next to nothing.
SETTINGS = {
    "SALLYPORT_LISTEN": "127.0.0.1:0",
    "SALLYPORT_SIMULATOR_LISTEN": "127.0.0.1:0",
    "SALLYPORT_SIMULATOR_SMTP_LISTEN": "127.0.0.1:0",
    "SALLYPORT_CAPTCHA": "none",
    "SALLYPORT_ARGON2_MEMORY_KIB": "64",
    "SALLYPORT_ARGON2_ITERATIONS": "1",
    "SALLYPORT_LOG": "error",
}


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def addresses(server, names):
    found = {}
    for line in server.stdout:
        for name in names:
            if line.startswith(name + " is listening on "):
                found[name] = line.split()[-1]
        if len(found) == len(names):
            return [found[name] for name in names]
    sys.exit("the program did not start")


@contextlib.contextmanager
def running(program, *arguments, names, settings=None):
    """The process, in a fresh data directory, and the addresses of what `names` it says it serves.

    What else it says is shown when it is stopped after a failure.
    """
    with tempfile.TemporaryDirectory() as data:
        environment = {"PATH": os.environ["PATH"], "SALLYPORT_DATA_DIR": data}
        server = subprocess.Popen(
            [os.path.abspath(program), *arguments], cwd=data, text=True,
            env=environment | SETTINGS | (settings or {}),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        said = []
        try:
            found = addresses(server, names)
            # Nobody else reads it, and a full pipe would hold the server up.
            threading.Thread(target=lambda: said.extend(server.stdout), daemon=True).start()
            yield server, *found
        except BaseException:
            sys.stderr.writelines(said[-40:])
            raise
        finally:
            server.terminate()
            server.wait(timeout=40)
