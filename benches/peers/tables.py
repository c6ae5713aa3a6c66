"""What was measured, as Markdown."""

import importlib.metadata
import os
import platform
import subprocess


def table(header, rows):
    """A table; numbers stand to the right."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def seconds(program):
    """Median and spread of the seconds of a program."""
    if program is None:
        return ""
    return f"{program.median:.2f} ({min(program.seconds):.2f} to {max(program.seconds):.2f})"


def megabytes(count):
    return f"{count / 1e6:,.0f}"


def setting(root, attain, command, packages):
    """On what was measured, and with what."""
    said = lambda *words: subprocess.run(words, cwd=root, stdout=subprocess.PIPE, text=True).stdout.strip()
    with open("/proc/cpuinfo") as file:
        names = {line.split(":")[1].strip() for line in file if line.startswith("model name")}
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    built = attain or f"commit {said('git', 'rev-parse', '--short', 'HEAD')}"
    is_changed = not attain and said("git", "status", "--porcelain", "--", "src", "Cargo.toml", "Cargo.lock")
    changed = " with changes" if is_changed else ""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    return [
        f"- Machine: {os.cpu_count()} cores of {', '.join(names) or platform.processor()}, {gigabytes:.0f} GB, {platform.system()}",
        f"- attain: {built}{changed}, {said('rustc', '--version')}",
        f"- Peers: {versions}, Python {platform.python_version()}",
        f"- Command: `{command}`",
    ]
