"""A letter's plain text as blocks: empty lines part it; a line with a colon before "- " lines is a heading."""

from __future__ import annotations

from app.documents.model import Block, Bullets, Heading, Paragraph

_MARK = "- "


def letter_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a letter as a provider typed it."""
    made: list[Block] = []
    for piece in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.rstrip() for line in piece.split("\n")]
        while lines:
            if lines[0].startswith(_MARK):
                count = next((at for at, line in enumerate(lines) if not line.startswith(_MARK)), len(lines))
                made.append(Bullets(tuple(line[len(_MARK) :] for line in lines[:count])))
            elif lines[0].endswith(":") and len(lines) > 1 and lines[1].startswith(_MARK):
                count = 1
                made.append(Heading(lines[0][:-1]))
            else:
                count = _running(lines)
                words = "\n".join(lines[:count]).strip("\n")
                if words.strip():
                    made.append(Paragraph(words))
            lines = lines[count:]
    return tuple(made)


def _running(lines: list[str]) -> int:
    """Return how many lines belong together before a list or its heading begins."""
    for at in range(1, len(lines)):
        heading = lines[at].endswith(":") and at + 1 < len(lines) and lines[at + 1].startswith(_MARK)
        if lines[at].startswith(_MARK) or heading:
            return at
    return len(lines)
