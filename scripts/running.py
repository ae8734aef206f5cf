"""Starts a program for tests over its network interface, and stops it."""

import atexit
import contextlib
import os
import queue
import signal
import socket
import subprocess
import threading

# Maximum time to wait for an output or the end of a program, in seconds.
TIMEOUT = 30

# Settings for tests: free ports, and password hashes with a low cost.
SETTINGS = {
    "SALLYPORT_LISTEN": "127.0.0.1:0",
    "SALLYPORT_SIMULATOR_LISTEN": "127.0.0.1:0",
    "SALLYPORT_SIMULATOR_SMTP_LISTEN": "127.0.0.1:0",
    "SALLYPORT_ARGON2_MEMORY_KIB": "64",
    "SALLYPORT_ARGON2_ITERATIONS": "1",
    "SALLYPORT_LOG": "error",
}


@contextlib.contextmanager
def reserved_port():
    """Yields a free port, which no other program gets before the end of the block."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


class Process:
    """A running program. It prints the address that it listens on."""

    def __init__(self, command, directory=None, **environment):
        environment = {"PATH": os.environ["PATH"], **environment}
        self.process = subprocess.Popen(
            [str(part) for part in command], cwd=directory, env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        # Stops the program also if the test run is interrupted.
        atexit.register(self.stop)
        self.output = []
        self.lines = queue.Queue()
        # Reads all output: a full pipe would block the program.
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with self.process.stdout as stdout:
            for line in stdout:
                self.output.append(line)
                self.lines.put(line)
        self.lines.put(None)

    def address(self, name):
        """Waits until the server `name` prints its address, and returns it."""
        with contextlib.suppress(queue.Empty):
            while line := self.lines.get(timeout=TIMEOUT):
                if line.startswith(f"{name} is listening on "):
                    return line.split()[-1]
        self.stop()
        raise AssertionError(f"{name} did not start:\n{''.join(self.output)}")

    @contextlib.contextmanager
    def frozen(self):
        """Pauses the program. The system accepts connections for it, but nothing responds."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self):
        atexit.unregister(self.stop)
        self.process.terminate()
        try:
            self.process.wait(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
