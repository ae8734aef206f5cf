"""Starts programs for those who test them from outside, and stops them again."""

import atexit
import contextlib
import os
import queue
import signal
import socket
import subprocess
import threading

# Seconds. Nothing here takes one; whoever takes so many hangs.
PATIENCE = 30

# For a program of ours beside others: no fixed ports, no CAPTCHA, hashes that cost next to nothing.
SETTINGS = {
    "SALLYPORT_LISTEN": "127.0.0.1:0",
    "SALLYPORT_SIMULATOR_LISTEN": "127.0.0.1:0",
    "SALLYPORT_SIMULATOR_SMTP_LISTEN": "127.0.0.1:0",
    "SALLYPORT_ARGON2_MEMORY_KIB": "64",
    "SALLYPORT_ARGON2_ITERATIONS": "1",
    "SALLYPORT_LOG": "error",
}


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Process:
    """A program that says where it listens, and is stopped in the end."""

    def __init__(self, command, directory=None, **environment):
        environment = {"PATH": os.environ["PATH"], **environment}
        self.process = subprocess.Popen(
            [str(part) for part in command], cwd=directory, env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        # Also where a test run is broken off.
        atexit.register(self.stop)
        self.said = []
        self.lines = queue.Queue()
        # Read to the end: a full pipe would hold the program up.
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with self.process.stdout as stdout:
            for line in stdout:
                self.said.append(line)
                self.lines.put(line)
        self.lines.put(None)

    def address(self, name):
        """Where `name` listens, once it says so."""
        with contextlib.suppress(queue.Empty):
            while line := self.lines.get(timeout=PATIENCE):
                if line.startswith(f"{name} is listening on "):
                    return line.split()[-1]
        self.stop()
        raise AssertionError(f"{name} did not start:\n{''.join(self.said)}")

    @contextlib.contextmanager
    def frozen(self):
        """Takes connections, as the system does for it, and answers none."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self):
        atexit.unregister(self.stop)
        self.process.terminate()
        try:
            self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
