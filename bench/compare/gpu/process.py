"""A process that runs jobs (worker.py), and how to end processes."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys

ENDING_SECONDS = 5


def stop(process):
    """Ends a process that was started in a session of its own, and what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class WorkerProcess:
    """Started when it is asked, and again where it did not answer. What it prints beside goes to `log`."""

    def __init__(self, log, module="compare.gpu.worker"):
        self.log = log
        self.module = module
        self.process = None

    def start(self):
        path = os.pathsep.join(sys.path)
        self.process = subprocess.Popen([sys.executable, "-m", self.module], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        start_new_session=True, env={**os.environ, "PYTHONPATH": path})

    def ask(self, job, seconds):
        """What the process answers to a job, a dictionary, or in `reason` why there is nothing."""
        if self.process is None:
            self.start()
        try:
            print(json.dumps(job), file=self.process.stdin, flush=True)
            selector = selectors.DefaultSelector()
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(max(0, seconds)):
                self.end()
                return {"reason": f"no answer within {seconds:.0f} s"}
            return json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            status = self.status()
            self.end()
            return {"reason": f"its process ended with status {status}; {self.log.name} has its words"}

    def status(self):
        """Of a process that is ending."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDING_SECONDS)
        return self.process.poll()

    def end(self):
        if self.process is not None:
            stop(self.process)
            self.process.communicate()
            self.process = None
