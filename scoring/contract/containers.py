"""Photos in the ISO container: AVIF and HEIC, told apart by the brands in their first box (ISO/IEC 14496-12, 4.3)."""

_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MOST_BRANDS = 64


def name_of(content: bytes) -> str:
    """ "AVIF", "HEIC", or "" for what is neither."""
    brands = _brands(content)
    if brands & _AVIF:
        return "AVIF"
    return "HEIC" if brands & _HEIC else ""


def is_unread(content: bytes, reads_avif: bool) -> bool:
    """Whether it is a photo of these two that the decoder does not read."""
    name = name_of(content)
    return name == "HEIC" or (name == "AVIF" and not reads_avif)


def _brands(content: bytes) -> set[bytes]:
    if content[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(content[:4], "big"), len(content), 16 + 4 * _MOST_BRANDS)
    return {content[8:12], *(content[at : at + 4] for at in range(16, end, 4))}
