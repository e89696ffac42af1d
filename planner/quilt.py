"""The quilt: each event's block, drawn from its id; bands of it; the colours that go with it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import cycle, islice, pairwise
from typing import NamedTuple
from uuid import UUID

from markupsafe import Markup

SIDE = 12  # a block is drawn in a box of 12 by 12


class Palette(NamedTuple):
    """An organisation's colours; in the light `q1` is the accent too."""

    q1: str
    q2: str
    q3: str
    q4: str
    q5: str
    accent_dark: str
    q1_dark: str

    def colour(self, number: int) -> str:
        """One of q1 to q5, by its number, as "#RRGGBB"."""
        return self[number - 1]


PALETTES = {
    "quince": Palette("#1F4D45", "#C8452D", "#E3A72F", "#8FB3AC", "#F3E3C3", "#8CC9BC", "#2F6B60"),
    "plum": Palette("#5B2346", "#C2426B", "#EBA54A", "#A9B88C", "#F4E1D2", "#E9A3C4", "#8A3F6C"),
    "harbour": Palette("#17365C", "#2F7FB8", "#E5653A", "#F0C35A", "#DCE8EA", "#8FC1EE", "#2C5B8C"),
    "brick": Palette("#7A2E1F", "#B5482F", "#D9A441", "#5F8A8B", "#EFDCC6", "#F0A58F", "#8F4130"),
    "meadow": Palette("#2E4A23", "#D9503F", "#F2C230", "#8DAF5C", "#E9ECCF", "#A9D08A", "#4C7439"),
    "indigo": Palette("#2A2F55", "#5566A8", "#F2A71B", "#C9B7A0", "#EEE6DA", "#AEB8F2", "#474F8C"),
}

Point = tuple[float, float]


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return text if text not in ("", "-0") else "0"


def _joined(*numbers: float) -> str:
    return " ".join(_number(number) for number in numbers).replace(" -", "-")


def _polygon(*points: Point) -> str:
    """A closed shape, written short: a band stays under 1 kB."""
    drawn = f"M{_joined(*points[0])}"
    for (x, y), (next_x, next_y) in pairwise(points):
        if y == next_y:
            drawn += f"h{_number(next_x - x)}"
        elif x == next_x:
            drawn += f"v{_number(next_y - y)}"
        else:
            drawn += f"l{_joined(next_x - x, next_y - y)}"
    return f"{drawn}z"


def _turned(*points: Point) -> str:
    """A shape turned four times about the middle."""
    drawn = []
    for _ in range(4):
        drawn.append(_polygon(*points))
        points = tuple((SIDE - y, x) for x, y in points)
    return "".join(drawn)


def _corners(x: float, y: float, width: float, height: float) -> tuple[Point, ...]:
    return (x, y), (x + width, y), (x + width, y + height), (x, y + height)


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    return _polygon(*_corners(x, y, width, height))


def _diamond(radius: float) -> str:
    return _polygon((6, 6 - radius), (6 + radius, 6), (6, 6 + radius), (6 - radius, 6))


def _twice(*triangles: tuple[Point, Point, Point]) -> str:
    """Triangles, and the same six lower."""
    return "".join(_polygon(*((x, y + lower) for x, y in triangle)) for lower in (0, 6) for triangle in triangles)


def _quarter(x: float, y: float, radius: float, right: int, down: int) -> str:
    """A quarter of a disc about x, y, towards the side that `right` and `down` (1 or -1) say."""
    sweep = int(right == down)
    arc = _joined(-right * radius, down * radius)
    return f"M{_joined(x, y)}h{_number(right * radius)}a{_joined(radius, radius)} 0 0 {sweep} {arc}z"


def _leaves() -> str:
    """Four leaves of two arcs of radius 5, from the middle towards the corners."""
    corners = ((-5, -5), (5, -5), (5, 5), (-5, 5))
    arcs = (f"5 5 0 0 1 {_joined(x, y)} 5 5 0 0 1 {_joined(-x, -y)}" for x, y in corners)
    return f"M6 6a{' '.join(arcs)}".replace(" -", "-")


def _stripes(place: int) -> str:
    """The first (0) to last (2) of three stripes in each quarter, which lie and stand in turn."""
    at = place * 2
    return (
        _rectangle(0, at, 6, 2)
        + _rectangle(6 + at, 0, 2, 6)
        + _rectangle(at, 6, 2, 6)
        + _rectangle(6, 6 + at, 6, 2)
    )


def _angle(start: float, end: float) -> str:
    """An L two wide along the right and the bottom of the square from `start` to `end`."""
    inner = end - 2
    return _polygon((end, start), (end, end), (start, end), (start, inner), (inner, inner), (inner, start))


class Drawing(NamedTuple):
    """A block's name and the paths of its colours a, b and c; "" where it has no c."""

    name: str
    a: str
    b: str
    c: str = ""


DRAWINGS = (
    Drawing(
        "star",
        _turned((3, 0), (3, 3), (6, 3)) + _turned((9, 0), (9, 3), (6, 3)) + _rectangle(3, 3, 6, 6),
        _diamond(3),
        _turned(*_corners(0, 0, 3, 3)),
    ),
    Drawing(
        "geese",
        _twice(((0, 3), (3, 0), (6, 3)), ((6, 3), (9, 6), (12, 3))),
        _twice(((0, 6), (3, 3), (6, 6)), ((6, 0), (9, 3), (12, 0))),
    ),
    Drawing(
        "pinwheel",
        _turned((0, 0), (6, 0), (6, 6)),
        _polygon((0, 0), (6, 6), (0, 6)) + _polygon((12, 12), (6, 6), (12, 6)),
    ),
    Drawing(
        "churn dash",
        _turned((0, 4), (4, 0), (4, 4)),
        _turned(*_corners(4, 2, 4, 2)),
        _rectangle(4, 4, 4, 4),
    ),
    Drawing("log cabin", _angle(0, 12), _angle(2, 10), _rectangle(4, 4, 4, 4)),
    Drawing("puzzle", _turned((0, 3), (3, 0), (6, 3)), _turned((0, 6), (3, 3), (6, 6))),
    Drawing("economy", _diamond(6), _rectangle(3, 3, 6, 6), _diamond(3)),
    Drawing(
        "path",
        _quarter(6, 6, 5, -1, -1) + _quarter(6, 6, 5, 1, 1),
        _quarter(12, 0, 5, -1, 1) + _quarter(0, 12, 5, 1, -1),
        _quarter(0, 0, 2, 1, 1) + _quarter(12, 12, 2, -1, -1),
    ),
    Drawing(
        "hourglass",
        _turned((0, 0), (6, 0), (3, 3)),
        _turned((0, 6), (6, 6), (3, 3)),
        _diamond(2),
    ),
    Drawing(
        "friendship",
        _rectangle(4, 4, 4, 4) + _turned((4, 4), (8, 4), (4, 0)),
        _turned((0, 0), (4, 0), (0, 4)),
        _diamond(2),
    ),
    Drawing("rail fence", _stripes(0), _stripes(2)),
    Drawing("petals", _leaves(), _turned(*_corners(0, 5, 2, 2)), _diamond(1)),
)

# The palette's colours of ground, a, b and c.
COLOURS = ("5123", "5213", "3152", "4153", "5312", "1352", "2531", "1543")
TWIN_COLOURS = {"5": "4152", "3": "5123", "4": "1534", "1": "5213", "2": "5123"}


class Block(NamedTuple):
    """An event's block: the name of its drawing, and its colours as numbers of ground, a, b, c ("5123")."""

    name: str
    colours: str

    @property
    def twin(self) -> Block:
        """The same drawing in the colours that stand beside it in a band."""
        return Block(self.name, TWIN_COLOURS[self.colours[0]])

    @property
    def paths(self) -> Markup:
        """The block as SVG in a box of 12 by 12: its ground, then one path for each colour."""
        drawing = next(drawing for drawing in DRAWINGS if drawing.name == self.name)
        shapes = ("M0 0h12v12H0z", drawing.a, drawing.b, drawing.c)
        return Markup("").join(
            Markup('<path class="q{}" d="{}"/>').format(colour, shape)
            for colour, shape in zip(self.colours, shapes, strict=True)
            if shape
        )


def _digest(identifier: UUID | str) -> bytes:
    return hashlib.sha256(str(identifier).lower().encode()).digest()


def block_of(identifier: UUID | str) -> Block:
    """The block of an event, or of an organisation, from the SHA-256 of its id as text: the same for ever."""
    digest = _digest(identifier)
    return Block(DRAWINGS[digest[0] % len(DRAWINGS)].name, COLOURS[digest[1] % len(COLOURS)])


def block_svg(identifier: UUID | str, size: int, css_class: str = "") -> Markup:
    """One block, `size` pixels wide and high."""
    names = f"quilt {css_class}".strip()
    return Markup('<svg class="{}" width="{}" height="{}" viewBox="0 0 12 12" aria-hidden="true">{}</svg>').format(
        names, size, size, block_of(identifier).paths
    )


BAND = Markup(
    '<svg class="quilt {names}" width="100%" height="{total}" aria-hidden="true">'
    '<pattern id="{key}" width="{width}" height="{height}" patternUnits="userSpaceOnUse"'
    ' patternTransform="scale({scale})">{pattern}</pattern>'
    '<rect width="100%" height="{total}" fill="url(#{key})"/></svg>'
)
MOVED = Markup('<g transform="translate({} {})">{}</g>')


def _scale(height: int) -> int:
    if height % SIDE:
        raise ValueError(f"A row is a multiple of {SIDE} pixels high, not {height}: seams would show.")
    return height // SIDE


def band_svg(
    identifier: UUID | str, rows: int = 1, height: int = 48, cancelled: bool = False, key: str = ""
) -> Markup:
    """The block and its twin in turn, as wide as the page, in `rows` of `height` pixels each.

    Every second row begins with the twin. The pattern's id comes from the arguments; where the same band
    stands on a page twice, `key` tells them apart.

    Raises:
        ValueError: `height` is not a multiple of 12.
    """
    block = block_of(identifier)
    pattern = block.paths + MOVED.format(SIDE, 0, block.twin.paths)
    name = f"q{_digest(identifier).hex()[:6]}-{rows}-{height}{key}"
    if rows > 1:
        pattern = Markup(
            '<g id="{0}r">{1}</g><use href="#{0}r" x="12" y="12"/><use href="#{0}r" x="-12" y="12"/>'
        ).format(name, pattern)
    return BAND.format(
        names="band cancelled" if cancelled else "band",
        total=rows * height,
        key=name,
        width=2 * SIDE,
        height=SIDE * min(rows, 2),
        scale=_scale(height),
        pattern=pattern,
    )


def year_quilt_svg(identifiers: Sequence[UUID | str], height: int = 72, key: str = "year") -> Markup:
    """All blocks of a year in two rows of `height` pixels each, repeated to the page's width.

    An odd number is filled up with the twin of the first block. Empty where there is no event.

    Raises:
        ValueError: `height` is not a multiple of 12.
    """
    if not identifiers:
        return Markup("")
    blocks = [block_of(identifier) for identifier in identifiers]
    if len(blocks) % 2:
        blocks.append(blocks[0].twin)
    columns = len(blocks) // 2
    pattern = Markup("").join(
        MOVED.format(SIDE * (place % columns), SIDE * (place // columns), block.paths)
        for place, block in enumerate(blocks)
    )
    return BAND.format(
        names="band",
        total=2 * height,
        key=key,
        width=SIDE * columns,
        height=2 * SIDE,
        scale=_scale(height),
        pattern=pattern,
    )


def calendar_colour(identifier: UUID | str, palette: str) -> str:
    """The colour of an event in calendars, "#RRGGBB": that of its block's a."""
    return PALETTES[palette].colour(int(block_of(identifier).colours[1]))


def mail_cells(identifier: UUID | str, palette: str) -> tuple[list[str], list[str]]:
    """The quilt where SVG is dropped: two rows of 16 colours "#RRGGBB": a, b, ground, c in turn."""
    ground, a, b, c = (PALETTES[palette].colour(int(number)) for number in block_of(identifier).colours)
    turn = (a, b, ground, c)
    return list(islice(cycle(turn), 16)), list(islice(cycle(turn), 2, 18))
