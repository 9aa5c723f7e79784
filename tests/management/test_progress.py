"""What a terminal shows of a long command."""

from io import StringIO

from archive.management import progress


def test_a_wait_is_shown_and_is_no_work(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    terminal = StringIO()
    terminal.isatty = lambda: True
    shown = progress.Progress(terminal)
    now[0] = 61.0
    shown.wait("Waiting …", 0)
    assert terminal.getvalue().endswith("Waiting …")
    now[0] = 100.0
    shown.wait("", 90.0)
    assert terminal.getvalue().endswith("\r\033[K")
    shown(0.25, 1000)
    assert terminal.getvalue().endswith(" 25%  1,000 rows  100 a second  0:30 left to read")


def test_elsewhere_nothing_is_shown():
    file = StringIO()
    shown = progress.Progress(file)
    shown.wait("Waiting …", 0)
    shown.wait("", 2.0)
    assert file.getvalue() == ""
