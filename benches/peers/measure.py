"""Programs run in turn, and what they took."""

import os
import statistics
import subprocess
import tempfile
import time


class Failed(Exception):
    """A program ended with an error."""


class Program:
    """A program on an export, with the seconds and the peak memory of its runs."""

    def __init__(self, name, command, tells_seconds=False):
        self.name, self.command, self.tells_seconds = name, [str(word) for word in command], tells_seconds
        self.seconds, self.peak_bytes = [], []

    def run(self):
        """Runs it once: a peer tells the seconds of its question, for others the whole process counts."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            start = time.perf_counter()
            child = subprocess.Popen(self.command, stdout=out, stderr=err)
            # Its peak is at least that of this process, which therefore holds nothing big.
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            for file in (out, err):
                file.seek(0)
            if child.returncode != 0:
                raise Failed(f"{self.name}: {err.read().strip()[-1000:]}")
            self.seconds.append(float(out.read()) if self.tells_seconds else seconds)
            self.peak_bytes.append(usage.ru_maxrss * 1024)

    @property
    def median(self):
        """Median of its seconds."""
        return statistics.median(self.seconds)

    @property
    def peak(self):
        """The most memory that a run of it had, in bytes."""
        return max(self.peak_bytes)


def in_turn(programs, repeats):
    """Runs them all, one after another, again and again."""
    for _ in range(repeats):
        for program in programs:
            program.run()


def warm(path):
    """Reads a file from disk, so that the page cache holds it in the large pieces of a sequential reader, and not in those of whoever
    wrote it, which make every program slower. Gives its size in bytes."""
    buffer = bytearray(1 << 20)
    with open(path, "rb", buffering=0) as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while file.readinto(buffer):
            pass
    return path.stat().st_size
