"""What the processor is able to do, as Linux tells it."""

from pathlib import Path

CPU = Path("/proc/cpuinfo")
# By their names on x86 and on Arm.
_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}


def is_slow_in_bfloat16(cpu: Path = CPU) -> bool:
    """Whether the processor has no instructions for bfloat16; False where the system does not tell."""
    try:
        lines = cpu.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return False
    flags = {flag for line in lines if line.lower().startswith(("flags", "features")) for flag in line.split()}
    return bool(flags) and not flags & _BFLOAT16
