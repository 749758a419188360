import asyncio
import os
import signal
import sys

import pytest

from demo.supervisor import Ended, Program, Supervisor
from tests.demo.processes import (
    LIMIT_S,
    PARENT,
    STUBBORN,
    alive,
    mentioning,
    numbers,
    small_demo,
    small_demo_in_a_terminal,
    until,
)


def nothing_left(pids, folder):
    until(lambda: not any(alive(pid) for pid in pids))
    until(lambda: mentioning(str(folder)) == [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_part_and_is_no_failure(tmp_path, number):
    supervisor, pids = small_demo(tmp_path)
    supervisor.send_signal(number)
    supervisor.send_signal(number)
    output, _ = supervisor.communicate(timeout=LIMIT_S)
    assert (supervisor.returncode, output) == (0, "\nStopping …\n")
    nothing_left(pids, tmp_path)


def test_a_signal_to_the_whole_group_as_from_a_terminal_stops_every_part(tmp_path):
    supervisor, pids = small_demo(tmp_path)
    os.killpg(supervisor.pid, signal.SIGINT)
    supervisor.communicate(timeout=LIMIT_S)
    assert supervisor.returncode == 0
    nothing_left(pids, tmp_path)


def test_a_closed_terminal_stops_every_part_even_if_its_hangup_reaches_make_alone(tmp_path):
    terminal, leader, pids = small_demo_in_a_terminal(tmp_path)
    os.close(terminal)
    leader.wait(LIMIT_S)
    nothing_left(pids, tmp_path)


def test_a_part_that_will_not_stop_is_killed(tmp_path):
    supervisor, pids = small_demo(tmp_path, two=STUBBORN)
    supervisor.terminate()
    supervisor.communicate(timeout=LIMIT_S)
    assert supervisor.returncode == 0
    nothing_left(pids, tmp_path)


def test_a_killed_supervisor_leaves_nothing_behind(tmp_path):
    supervisor, pids = small_demo(tmp_path, one=STUBBORN)
    supervisor.kill()
    supervisor.communicate(timeout=LIMIT_S)
    nothing_left(pids, tmp_path)


def test_a_part_that_is_killed_takes_the_demo_with_it(tmp_path):
    supervisor, pids = small_demo(tmp_path)
    os.kill(pids[0], signal.SIGKILL)
    output, _ = supervisor.communicate(timeout=LIMIT_S)
    assert supervisor.returncode == 1
    assert output.splitlines() == [
        "",
        "one ended (killed by SIGKILL); everything else is being stopped. Its last lines:",
        "  started",
        f"More in {tmp_path / 'logs' / 'one.log'}",
    ]
    nothing_left(pids, tmp_path)


def test_a_part_that_fails_is_named_with_its_code_and_last_ten_lines(tmp_path):
    other_is_up = "while not whole.with_name('one').exists(): time.sleep(0.01)\n"
    ending = "[print('line', n) for n in range(12)]; sys.exit(3)\n"
    failing = PARENT.replace("time.sleep(600)\n", other_is_up + ending)
    supervisor, pids = small_demo(tmp_path, two=failing)
    output, _ = supervisor.communicate(timeout=LIMIT_S)
    assert supervisor.returncode == 1
    assert output.splitlines()[1:-1] == [
        "two ended (exit code 3); everything else is being stopped. Its last lines:",
        *(f"  line {number}" for number in range(2, 12)),
    ]
    nothing_left(pids, tmp_path)


def supervised(tmp_path, scenario):
    async def whole():
        supervisor = Supervisor(tmp_path)
        try:
            return await asyncio.wait_for(scenario(supervisor), LIMIT_S)
        finally:
            await supervisor.stop()

    return asyncio.run(whole())


def python(code, *arguments, name="it"):
    return Program(name, [sys.executable, "-c", code, *map(str, arguments)], os.environ, grace=1.0)


def test_a_program_that_ends_by_itself_gives_its_code_and_output(tmp_path):
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(4)"
    ended = supervised(tmp_path, lambda supervisor: supervisor.run(python(code)))
    assert (ended.code, sorted(ended.last_lines)) == (4, ["err", "out"])


def test_what_a_finished_program_started_is_ended_with_it(tmp_path):
    code = PARENT.replace("time.sleep(600)\n", "sys.exit(0)\n")
    supervised(tmp_path, lambda supervisor: supervisor.run(python(code, tmp_path / "pids")))
    until(lambda: not any(alive(pid) for pid in numbers(tmp_path / "pids")))


def test_a_program_that_is_not_there_is_said_so(tmp_path):
    program = Program("ghost", ["/no/such/program"], os.environ)
    ended = supervised(tmp_path, lambda supervisor: supervisor.run(program))
    assert ended == Ended("ghost", 127, ["/no/such/program: No such file or directory"])


def test_parts_stop_in_the_opposite_order(tmp_path):
    diary = tmp_path / "diary"
    code = (
        "import pathlib, signal, sys, time\n"
        "diary = pathlib.Path(sys.argv[1])\n"
        "def leave(*_):\n"
        "    diary.open('a').write(sys.argv[2]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, leave)\n"
        "pathlib.Path(sys.argv[1] + sys.argv[2]).touch()\n"
        "time.sleep(600)"
    )

    async def three(supervisor):
        for name in "abc":
            await supervisor.start(python(code, diary, name, name=name))
        await asyncio.to_thread(until, lambda: all((tmp_path / f"diary{name}").exists() for name in "abc"))

    supervised(tmp_path, three)
    assert diary.read_text() == "cba"


def test_programs_do_not_hold_the_leashes_of_others(tmp_path):
    """Otherwise the death of the supervisor would not be seen."""
    code = "import os; print(sorted(n for n in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + n)))"
    if sys.platform != "linux":
        pytest.skip("looks into /proc")

    async def with_a_neighbour(supervisor):
        await supervisor.start(python("import time; time.sleep(600)", name="neighbour"))
        return await supervisor.run(python(code))

    assert supervised(tmp_path, with_a_neighbour).last_lines == ["['0', '1', '2']"]
