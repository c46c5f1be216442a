"""Real windows on a real clinic."""

from tests.support.front_desk import clinic, front_desk_database, front_desk_template, sign_in, window

__all__ = ["clinic", "front_desk_database", "front_desk_template", "sign_in", "window"]
