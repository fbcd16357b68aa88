"""Matters of Party and State that are secret or not yet public, told by cues and never by a number.

A topic alone is no sign: reports, news and lessons are full of them. A topic counts with what is
said of it: that it is not public, that it is planned, another topic beside it, the person or unit
it is about, a request to work on the very text. What is public, taught or asked counts against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lab.policy.recognizers._evidence import Evidence
from lab.policy.recognizers._people import People
from lab.policy.recognizers._words import Found, Reading, lexicon, outermost, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views

ENOUGH = 3.0
WEIGHT = {"grave": 2.6, "topic": 1.2}
SAME = {
    "status": 2.0,
    "planned": 0.9,
    "content": 0.8,
    "handling": 0.5,
    "tie": 0.8,
    "learning": -2.5,
    "question": -0.8,
    "asking": -1.5,
    "permission": -4.0,
    "tools": -4.5,
    "forbidding": -2.0,
    "public": -3.0,
    "history": -3.0,
}
"""What stands in the topic's own sentence."""
NEAR = {
    "status": 1.4,
    "planned": 0.3,
    "content": 0.6,
    "handling": 0.4,
    "tie": 0.3,
    "public": -1.2,
    "learning": -0.8,
    "history": -1.5,
}
"""What stands in the sentence before or after."""
DOUBTS = frozenset({"question", "asking"})
"""A question about what is said to be not public asks for its content: it excuses nothing."""
ANOTHER = 0.9
TWO_MORE = 1.4
GENERAL = 1.0
FIGURES = 0.4
SUBJECT = 0.4


class SecretTopic(Recognizer):
    """Finds matters that are secret or not yet public."""

    name = "secret_topic"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._topics = lexicon(
            **{label: rule.words(label) for label in WEIGHT if label in rule.lists}
        )
        self._not = lexicon(harmless=rule.words("not"))
        self._people = People(rule)
        self._evidence = Evidence(rule)

    def find(self, views: Views) -> Iterator[Hit]:
        """Topics with enough beside them."""
        for reading in readings(views):
            topics = outermost(reading.find(self._topics))
            if not topics:
                continue
            harmless = reading.find(self._not)
            topics = [one for one in topics if not any(each.overlaps(one) for each in harmless)]
            for topic in topics:
                weight = self._weigh(reading, topic, topics)
                if weight >= ENOUGH:
                    start, end = reading.view.span(topic.start, topic.end)
                    score = min(0.95, 0.5 + weight / 12)
                    yield Hit(start, end, score, topic.phrase, view=reading.view.name)

    def _weigh(self, reading: Reading, topic: Found, topics: list[Found]) -> float:
        sentence = reading.sentence_of[topic.first]
        kinds = self._evidence.kinds(reading, topic)
        start, end = reading.bounds(sentence)
        if any(start <= first and last <= end for first, last in self._people.places(reading)):
            kinds.add("tie")
        if "status" in kinds:
            kinds -= DOUBTS
        weight = WEIGHT[topic.label] + sum(SAME.get(kind, 0.0) for kind in kinds)
        beside = set(self._evidence.beside(reading, topic)) - kinds
        weight += sum(NEAR.get(kind, 0.0) for kind in beside)
        others = {
            other.phrase
            for other in topics
            if abs(reading.sentence_of[other.first] - sentence) <= 1
        } - {topic.phrase}
        weight += ANOTHER * min(len(others), 2) - (len(others) > 1) * (2 * ANOTHER - TWO_MORE)
        if topic.label == "grave":
            weight += FIGURES * ("figures" in kinds)
            weight += SUBJECT * _is_subject(reading, topic)
        if _is_general(reading, topic):
            weight -= GENERAL
        return weight


def _is_subject(reading: Reading, topic: Found) -> bool:
    """True where the sentence begins with the topic."""
    start, _ = reading.bounds(reading.sentence_of[topic.first])
    return not any(char.isalpha() for char in reading.text[start : topic.start])


def _is_general(reading: Reading, topic: Found) -> bool:
    """True for ``công tác kiểm tra, giám sát``: a field of work, no matter in hand."""
    near = reading.words[max(0, topic.first - 3) : topic.last + 1]
    return ("cong", "tac") in pairwise(near)


RECOGNIZER = SecretTopic
