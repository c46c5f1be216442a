"""Draws what happens at random, yet everything again and again: like cards from a deck that is shuffled anew."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Deck(Generic[T]):
    """``cards``: each kind with how many of it are in a deck. The first deck has one of each, and two of ``pairs``."""

    def __init__(self, random: Random, cards: Mapping[T, int], pairs: frozenset[T] = frozenset()) -> None:
        self._random, self._cards = random, dict(cards)
        self._left = [*self._cards, *(one for one in self._cards if one in pairs)]
        random.shuffle(self._left)

    def draw(self) -> T:
        """The next one."""
        if not self._left:
            self._left = [one for one, count in self._cards.items() for _ in range(count)]
            self._random.shuffle(self._left)
        return self._left.pop()
