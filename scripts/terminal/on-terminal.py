"""Runs a command on a pseudo-terminal of its own, passes on what it prints, types what it is told.

Each line of standard input is a word: `interrupt` types Ctrl-C. The last line printed is
`exit STATUS MILLISECONDS`, counted from the last Ctrl-C.
"""

import os
import pty
import select
import sys
import time

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

typed = time.monotonic()
inputs = [terminal, 0]
while terminal in inputs:
    ready, _, _ = select.select(inputs, [], [])
    if 0 in ready:
        line = os.read(0, 64)
        if not line:
            inputs.remove(0)
        elif b"interrupt" in line:
            typed = time.monotonic()
            os.write(terminal, b"\x03")
    if terminal in ready:
        try:
            data = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            data = b""
        if data:
            os.write(1, data)
        else:
            inputs.remove(terminal)
_, status = os.waitpid(pid, 0)
left = round((time.monotonic() - typed) * 1000)
os.write(1, f"\nexit {os.waitstatus_to_exitcode(status)} {left}\n".encode())
