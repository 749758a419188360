from demo.logs import Log


def test_a_full_log_turns_and_only_one_old_file_is_kept(tmp_path):
    log = Log(tmp_path / "a.log", limit_bytes=10)
    for line in (b"first\n", b"second\n", b"third\n"):
        log.write(line)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.log": "third\n", "a.log.1": "second\n"}


def test_a_new_start_sets_the_last_log_aside(tmp_path):
    Log(tmp_path / "a.log").write(b"yesterday\n")
    assert Log(tmp_path / "a.log").tail() == []
    assert (tmp_path / "a.log.1").read_text() == "yesterday\n"


def test_the_tail_is_the_last_lines_that_say_something(tmp_path):
    log = Log(tmp_path / "a.log")
    log.write("\n".join(f"line {number}\n" for number in range(20)).encode() + b"\xff end\n")
    assert log.tail(3) == ["line 18", "line 19", "\ufffd end"]
