"""What goes wrong."""


class Error(RuntimeError):
    """A call that failed: what went wrong, where, what was found and expected, and what to do.

    `status` is the C interface's, in words: "invalid argument", "not found", "invalid model", "unsupported",
    "out of memory", "input or output failed", "verification failed", "internal error" or "cancelled".
    """

    def __init__(self, text: str, status: str):
        super().__init__(text)
        self.status = status

    def __reduce__(self):  # so that it passes between processes with its status
        return type(self), (str(self), self.status)
