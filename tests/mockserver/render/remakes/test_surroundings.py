"""Surroundings: what lies beyond an edge goes on from what lies before it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from segmind_mock.render.remakes.surroundings import Edge, extend

EDGES = list(Edge)
FREE = st.integers(-5, 400)


def graded(width: int, height: int) -> Image.Image:
    """Colours that change across and down."""
    corners = Image.frombytes("RGB", (2, 2), bytes((30, 90, 200, 220, 160, 90, 60, 160, 70, 150, 60, 120)))
    return corners.resize((width, height), Image.Resampling.BILINEAR)


def joined(piece: Image.Image, edge: Edge, depth: int, free: int) -> Image.Image:
    """A picture that goes on for `depth` pixels beyond its edge."""
    width, height = piece.size
    across, down = (depth, 0) if edge.upright else (0, depth)
    whole = Image.new("RGB", (width + across, height + down))
    whole.paste(piece, (across if edge is Edge.LEFT else 0, down if edge is Edge.TOP else 0))
    beyond = extend(piece, edge, depth, free)
    corner = (whole.width - beyond.width, whole.height - beyond.height)
    whole.paste(beyond, corner if edge in (Edge.RIGHT, Edge.BOTTOM) else (0, 0))
    return whole


def largest(image: Image.Image) -> int:
    """The greatest value of any channel."""
    return max(image.tobytes())


def largest_step(image: Image.Image, *, across: bool) -> int:
    """The greatest difference of two neighbours in any channel."""
    width, height = image.size
    first = image.crop((0, 0, width - 1, height) if across else (0, 0, width, height - 1))
    second = image.crop((1, 0, width, height) if across else (0, 1, width, height))
    return largest(ImageChops.difference(first, second))


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(EDGES), st.integers(1, 80), st.integers(1, 80), st.integers(1, 300), st.tuples(FREE, FREE))
def test_size(edge: Edge, width: int, height: int, depth: int, free: tuple[int, int]) -> None:
    """The result is as long as the edge, and as deep as what is free and what is asked for, for any picture."""
    beyond = extend(Image.new("RGB", (width, height), (9, 8, 7)), edge, depth, *free)
    deep = depth + min(max(0, free[0]), width if edge.upright else height)
    assert beyond.size == ((deep, height) if edge.upright else (width, deep))
    assert beyond.mode == "RGB"


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("depth", [40, 200, 1000])
def test_no_seam(edge: Edge, depth: int) -> None:
    """No two neighbours differ more across the edge, or beyond it, than soft colours do."""
    piece = graded(200, 200)
    whole = joined(piece, edge, depth, 60)
    assert largest_step(whole, across=edge.upright) <= 2


@pytest.mark.parametrize("edge", EDGES)
def test_plain_stays_plain(edge: Edge) -> None:
    """Beyond a plain picture there is the same colour."""
    beyond = extend(Image.new("RGB", (120, 90), (200, 150, 100)), edge, 150, 30)
    assert beyond.getextrema() == ((200, 200), (150, 150), (100, 100))


@pytest.mark.parametrize("edge", EDGES)
def test_subject_is_not_repeated(edge: Edge) -> None:
    """What lies deeper than the free strip is not shown a second time."""
    piece = Image.new("RGB", (200, 200), (150, 190, 230))
    ImageDraw.Draw(piece).rectangle((40, 40, 160, 160), fill=(215, 30, 40))
    beyond = extend(piece, edge, 300, 39)
    assert beyond.getextrema() == ((150, 150), (190, 190), (230, 230))


def mean_step(whole: Image.Image, place: int) -> float:
    """How much column `place` differs from the one on its left, on average."""
    first, second = (whole.crop((at, 0, at + 1, whole.height)) for at in (place - 1, place))
    data = ImageChops.difference(first, second).tobytes()
    return sum(data) / len(data)


def hilly(width: int, height: int) -> Image.Image:
    """A sky, two ranges of hills and a disc between them."""
    image = Image.new("RGB", (width, height), (150, 190, 230))
    brush = ImageDraw.Draw(image)
    for step, colour in ((60, (90, 130, 110)), (40, (40, 70, 60))):
        tops = [(x, height * 2 // 3 + (60 - step) + (x // step % 2) * step // 3) for x in range(0, width + step, step)]
        brush.polygon([(0, height), *tops, (width, height)], fill=colour)
    brush.ellipse((width // 2 - 30, 20, width // 2 + 30, 80), fill=(230, 20, 30))
    return image


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("depth", [50, 600])
def test_nothing_marks_the_edge(edge: Edge, depth: int) -> None:
    """From what is drawn anew up to the frame's end, two neighbouring lines differ no more than in the picture."""
    turn = {
        Edge.LEFT: Image.Transpose.FLIP_LEFT_RIGHT,
        Edge.TOP: Image.Transpose.ROTATE_270,
        Edge.BOTTOM: Image.Transpose.ROTATE_90,
    }.get(edge)
    piece, whole = hilly(240, 160), joined(hilly(240, 160), edge, depth, 60)
    if turn is not None:
        piece, whole = piece.transpose(turn), whole.transpose(turn)
    usual = max(mean_step(piece, at) for at in range(piece.width - 60, piece.width))
    assert max(mean_step(whole, at) for at in range(piece.width - 60, whole.width)) <= 1.1 * usual + 0.5


@pytest.mark.parametrize("edge", EDGES)
def test_trace_of_the_subject_is_not_repeated(edge: Edge) -> None:
    """A line of the subject that reaches into what should be free does not turn up again further out."""
    piece = Image.new("RGB", (200, 200), (150, 190, 230))
    ImageDraw.Draw(piece).rectangle((40, 90, 159, 110), fill=(180, 150, 190))
    beyond = extend(piece, edge, 500, 42)
    rest = {
        Edge.LEFT: (0, 0, 500, 200),
        Edge.TOP: (0, 0, 200, 500),
        Edge.RIGHT: (42, 0, 542, 200),
        Edge.BOTTOM: (0, 42, 200, 542),
    }[edge]
    assert beyond.crop(rest).getextrema() == ((150, 150), (190, 190), (230, 230))


@pytest.mark.parametrize("edge", [Edge.LEFT, Edge.RIGHT])
@pytest.mark.parametrize("depth", [100, 900])
def test_bands_run_on(edge: Edge, depth: int) -> None:
    """Beside a picture of level bands, every column shows the same bands, as sharp as they were."""
    bands = Image.frombytes("RGB", (1, 4), bytes((200, 120, 90, 220, 170, 120, 90, 60, 80, 30, 20, 40)))
    piece = bands.resize((200, 120), Image.Resampling.NEAREST)
    beyond = extend(piece, edge, depth, 60)
    wanted = bands.resize(beyond.size, Image.Resampling.NEAREST)
    assert beyond.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("edge", [Edge.LEFT, Edge.RIGHT])
def test_hills_run_on(edge: Edge) -> None:
    """Beside a picture of hills there are hills up to the frame's end: their tops are not level there either."""
    beyond = extend(hilly(240, 160), edge, 900, 60)
    far = beyond.crop((0, 0, 400, 160) if edge is Edge.LEFT else (560, 0, 960, 160))
    sky = [sum(far.getchannel("B").crop((x, 0, x + 1, 160)).point([0] * 170 + [1] * 86).tobytes()) for x in range(400)]
    assert 60 < min(sky) < max(sky) - 4
    assert max(sky) < 140


@pytest.mark.parametrize("edge", [Edge.TOP, Edge.BOTTOM])
def test_no_streaks(edge: Edge) -> None:
    """Above and below a picture its upright stripes blend into one colour."""
    stripes = Image.frombytes("RGB", (8, 1), bytes((40, 80, 200, 200, 180, 60)) * 4)
    piece = stripes.resize((240, 160), Image.Resampling.NEAREST)
    beyond = extend(piece, edge, 600, 60)
    far = beyond.crop((0, 0, 240, 250) if edge is Edge.TOP else (0, 410, 240, 660))
    assert largest_step(far, across=True) <= 2


@pytest.mark.parametrize("edge", [Edge.TOP, Edge.BOTTOM])
def test_sky_goes_on_as_it_changes(edge: Edge) -> None:
    """A sky that gets darker towards the edge gets still darker beyond it, and never lighter again."""
    sky = Image.linear_gradient("L").point([level // 3 + 100 for level in range(256)]).resize((150, 256))
    upright = sky if edge is Edge.TOP else sky.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    column = extend(upright.convert("RGB"), edge, 400, 100).getchannel("G").crop((0, 0, 1, 500)).tobytes()
    outward = list(column[::-1] if edge is Edge.TOP else column)
    assert outward == sorted(outward, reverse=True)
    assert outward[-1] < 95


@pytest.mark.parametrize("edge", [Edge.LEFT, Edge.RIGHT])
def test_what_stands_at_the_edge_fades(edge: Edge) -> None:
    """Where the subject is at the edge, what lies far beyond is like the opposite side."""
    piece = Image.new("RGB", (200, 120), (150, 190, 230))
    ImageDraw.Draw(piece).ellipse((-50, 20, 50, 100), fill=(215, 30, 40))
    if edge is Edge.RIGHT:
        piece = piece.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    beyond = extend(piece, edge, 500, 0, 140)
    far = beyond.crop((0, 0, 440, 120) if edge is Edge.LEFT else (60, 0, 500, 120))
    assert far.getextrema() == ((150, 150), (190, 190), (230, 230))


def test_ornaments_keep_their_shape() -> None:
    """What is small and unlike the edge is stretched less than the emptiness round it."""
    piece = Image.new("RGB", (400, 120), (150, 190, 230))
    ImageDraw.Draw(piece).rectangle((240, 20, 299, 100), fill=(250, 240, 60))
    beyond = extend(piece, Edge.RIGHT, 200, 200)
    yellow = sum(level < 145 for level in beyond.getchannel("B").crop((0, 60, 400, 61)).tobytes())
    assert 60 <= yellow <= 90


def test_edges_are_alike() -> None:
    """All four edges are treated the same way: a turned picture has turned surroundings."""
    piece = graded(120, 120)
    brush = ImageDraw.Draw(piece)
    brush.rectangle((80, 20, 110, 90), fill=(0, 0, 0))
    brush.rectangle((10, 90, 60, 112), fill=(0, 0, 0))
    right = extend(piece, Edge.RIGHT, 90, 40)
    flip, turn = Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180
    left = extend(piece.transpose(flip), Edge.LEFT, 90, 40).transpose(flip)
    assert largest(ImageChops.difference(left, right)) <= 2
    bottom = extend(piece, Edge.BOTTOM, 90, 40)
    top = extend(piece.transpose(turn), Edge.TOP, 90, 40).transpose(turn)
    assert largest(ImageChops.difference(top, bottom)) <= 2
