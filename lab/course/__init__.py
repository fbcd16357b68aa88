"""The course as data: ``exercises/`` read into exercises, or problems with file and line."""

from lab.course.cross import Pointer, nearest, problem
from lab.course.exercise import Box, Exercise, Material, ModelAnswer
from lab.course.load import Course
from lab.course.shapes import PARTS, Fact, Lexicon, PlantedValue, Text, Widget

__all__ = [
    "PARTS",
    "Box",
    "Course",
    "Exercise",
    "Fact",
    "Lexicon",
    "Material",
    "ModelAnswer",
    "PlantedValue",
    "Pointer",
    "Text",
    "Widget",
    "nearest",
    "problem",
]
