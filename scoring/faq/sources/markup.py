"""From HTML, as question sites and help desks keep it, to what the model reads and to the Markdown that pages show."""

import re
from html.parser import HTMLParser

from scoring.faq.sources.banner import BANNER

BLOCK = "\0"
BLOCKS = {"p", "div", "ul", "ol", "li", "blockquote", "pre", "table", "tr", "aside", *(f"h{n}" for n in range(1, 7))}
FRAMED = BLOCKS | {"a", "code", "strong", "b", "em", "i", "script", "style"}
CLOSED_BY_ITSELF = {"p", "li"}
ENDS_PARAGRAPH = BLOCKS - {"li"}
LISTS = {"ul", "ol"}
NEVER_READ = {"script", "style"}
MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*"}

PROSE_TAG = re.compile(r"</(?:p|li)>|<br\s*/?>", re.IGNORECASE)
STYLE_TAG = re.compile(r"</(?:a|b|i|strong|em|u|span|div|h[1-6]|ul|ol|blockquote|pre|code|table)>", re.IGNORECASE)
CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
ANY_TAG = re.compile(r"<[^>]*>")
ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*://|www\.)\S+\s*", re.IGNORECASE)
WEB_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>]+", re.IGNORECASE)
LANGUAGE = re.compile(r"\blang(?:uage)?-([a-z0-9+#-]+)", re.IGNORECASE)
SPECIAL = re.compile(r"[\\`*\[\]<]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
LINE_START = re.compile(r"^(\s*\d*)([.)>+-]|#{1,6})(?=\s)")
NEXT_LINE = re.compile(r"\n(?=[^\n])")
GAP = re.compile(rf"[ \n]*{BLOCK}[ \n{BLOCK}]*")
SPACES = re.compile(r"[ \t\r\n]+")


def is_html(text: str) -> bool:
    """Whether a question holds the tags of running prose outside of Markdown code. Others it may be asking about."""
    return PROSE_TAG.search(CODE.sub(" ", text)) is not None


def is_html_answer(text: str) -> bool:
    """Whether an answer holds any tag of text outside of Markdown code."""
    return is_html(text) or STYLE_TAG.search(CODE.sub(" ", text)) is not None


def plain_text(html: str) -> tuple[str, int]:
    """The words without code blocks, links that show an address, and banners; how many banners there were."""
    reader = _Plain()
    return " ".join(_parsed(reader, html).replace(BLOCK, " ").split()), reader.banners


def markdown(html: str) -> str:
    """CommonMark of the same content. Only links to the web and mail keep their target."""
    return _parsed(_Markdown(), html)


def _parsed(reader: "_Frames", html: str) -> str:
    html = html.replace(BLOCK, "")
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:  # html.parser's answer to some broken declarations
        return ANY_TAG.sub(" ", html).strip()
    return reader.result()


class _Frame:
    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.pieces: list[str] = []
        self.items = 0


class _Frames(HTMLParser):
    """Each open element collects its content, and is turned into text when it closes. Forgives what is not closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open = [_Frame("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ENDS_PARAGRAPH and self.top.tag == "p":
            self._end()
        if tag in CLOSED_BY_ITSELF and self.top.tag == tag:
            self._end()
        if tag in FRAMED:
            self._open.append(_Frame(tag, dict(attrs)))
        else:
            self._add(self.single(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if all(frame.tag != tag for frame in self._open):
            return
        while self.top.tag != tag:
            self._end()
        self._end()

    def handle_data(self, data: str) -> None:
        self._add(self.text(data))

    def result(self) -> str:
        while len(self._open) > 1:
            self._end()
        return _joined("".join(self._open[0].pieces))

    @property
    def top(self) -> _Frame:
        """The innermost open element."""
        return self._open[-1]

    def inside(self, tag: str) -> bool:
        return any(frame.tag == tag for frame in self._open)

    def single(self, tag: str, attributes: dict[str, str | None]) -> str:
        """The text of an element that has no content."""
        raise NotImplementedError

    def text(self, data: str) -> str:
        raise NotImplementedError

    def element(self, frame: _Frame, content: str) -> str:
        """The text of a closed element; `self` no longer counts it as open."""
        raise NotImplementedError

    def _end(self) -> None:
        frame = self._open.pop()
        if frame.tag not in NEVER_READ:
            self._add(self.element(frame, "".join(frame.pieces)))

    def _add(self, text: str) -> None:
        self.top.pieces.append(text)


class _Plain(_Frames):
    def __init__(self) -> None:
        super().__init__()
        self.banners = 0

    def single(self, tag: str, attributes: dict[str, str | None]) -> str:
        return BLOCK if tag in ("br", "hr") else ""

    def text(self, data: str) -> str:
        return data

    def element(self, frame: _Frame, content: str) -> str:
        if frame.tag == "pre":
            return BLOCK
        if frame.tag == "a":
            return "" if ADDRESS.fullmatch(content) else content
        if self._is_banner(frame.tag, content):
            self.banners += 1
            return BLOCK
        return f"{BLOCK}{content}{BLOCK}" if frame.tag in BLOCKS else content

    def _is_banner(self, tag: str, content: str) -> bool:
        """The outermost element goes as a whole: the titles may stand in a paragraph of their own."""
        outermost = tag in ("blockquote", "aside") or (tag in ("p", "div") and not self.inside("blockquote"))
        return outermost and BANNER.match(content.replace(BLOCK, " ")) is not None


class _Markdown(_Frames):
    def single(self, tag: str, attributes: dict[str, str | None]) -> str:
        if tag == "br":
            return "\n" if self.inside("pre") else "  \n"
        if tag == "img":
            return _link(SPECIAL.sub(r"\\\g<0>", attributes.get("alt") or "image"), attributes.get("src"))
        return f"{BLOCK}---{BLOCK}" if tag == "hr" else ""

    def text(self, data: str) -> str:
        if self.inside("pre") or self.inside("code"):
            return data
        if self.top.tag in LISTS and data.isspace():
            return ""
        return SPECIAL.sub(r"\\\g<0>", SPACES.sub(" ", data))

    def element(self, frame: _Frame, content: str) -> str:
        if self.inside("pre"):
            self.top.attributes = {**frame.attributes, **self.top.attributes}
            return content
        if frame.tag in MARKS:
            return _marked(content, MARKS[frame.tag])
        if frame.tag == "code":
            return _inline_code(content)
        if frame.tag == "a":
            return _link(_joined(content), frame.attributes.get("href"))
        return self._item(_joined(content)) if frame.tag == "li" else f"{BLOCK}{_block(frame, content)}{BLOCK}"

    def _item(self, content: str) -> str:
        self.top.items += 1
        bullet = f"{self.top.items}. " if self.top.tag == "ol" else "- "
        return bullet + NEXT_LINE.sub("\n" + " " * len(bullet), content) + "\n"


def _block(frame: _Frame, content: str) -> str:
    match frame.tag:
        case "pre":
            return _fenced(content, frame.attributes.get("class") or "")
        case "blockquote":
            return "\n".join(f"> {line}".rstrip() for line in _joined(content).split("\n"))
        case "p" | "div":
            return LINE_START.sub(r"\1\\\2", content)
        case tag if tag[1:].isdigit():
            return f"{'#' * int(tag[1])} {_joined(content)}"
    return content


def _fenced(code: str, classes: str) -> str:
    language = LANGUAGE.search(classes)
    fence = "`" * max(3, 1 + _longest_run(code))
    return f"{fence}{language[1] if language else ''}\n{code.strip(chr(10)).rstrip()}\n{fence}"


def _inline_code(code: str) -> str:
    if not code.strip():
        return ""
    mark = "`" * (1 + _longest_run(code))
    pad = " " if len(mark) > 1 else ""
    return f"{mark}{pad}{' '.join(code.split())}{pad}{mark}"


def _longest_run(code: str) -> int:
    return max((len(run) for run in re.findall("`+", code)), default=0)


def _marked(content: str, mark: str) -> str:
    bare = content.strip()
    if not bare or BLOCK in bare:
        return content
    start = content.index(bare)
    return f"{content[:start]}{mark}{bare}{mark}{content[start + len(bare) :]}"


def _link(text: str, address: str | None) -> str:
    target = (address or "").strip()
    if not WEB_ADDRESS.fullmatch(target):
        return text
    return f"[{text}](<{target}>)" if "(" in target else f"[{text}]({target})"


def _joined(text: str) -> str:
    return GAP.sub("\n\n", text).strip(" \n" + BLOCK)
