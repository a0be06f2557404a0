# SPDX-License-Identifier: BSD-2-Clause
"""A chapter of the README as an administrator works it off: files to write, commands to run."""
import re


def chapter(text, heading, section):
    """The steps of `### section` within `## heading`, in their order: ("file", path, content) for a block below a line that ends in `path`:, and
    ("command", "", line) for every line of a shell block. Raises ValueError where there are none."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    found = found and re.search(rf"^### {re.escape(section)}[^\n]*\n(.*?)(?=^### |\Z)", found[1], re.M | re.S)
    if not found:
        raise ValueError(f"the README has no chapter {heading}, {section}")
    steps = []
    for before, kind, block in re.findall(r"([^\n]*)\n+```(\w+)\n(.*?)^```", found[1], re.M | re.S):
        if kind == "sh":
            steps += [("command", "", line) for line in (re.sub(r"\s+# .*", "", line).strip() for line in block.splitlines()) if line and not line.startswith("#")]
        elif path := re.search(r"`(/[^`]+)`", before):
            steps.append(("file", path[1], block))
        else:
            raise ValueError(f"the README does not say which file this is: {before!r}")
    if not steps:
        raise ValueError(f"the README's chapter {heading}, {section} has no steps")
    return steps
