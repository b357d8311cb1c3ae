"""Lines of one's own: pictures of lines with their texts, found, checked, prepared and drawn in batches."""

from kerasrec.lines.own.files import OwnLine, Problem, find_lines
from kerasrec.lines.own.prepared import PreparedLines, prepare
from kerasrec.lines.own.source import OwnLines

__all__ = ["OwnLine", "OwnLines", "PreparedLines", "Problem", "find_lines", "prepare"]
