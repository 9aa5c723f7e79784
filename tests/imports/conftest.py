from io import StringIO

import pytest
from django.core.management import CommandError, call_command


@pytest.fixture
def run_import(tmp_path):
    """Runs a command of imports on these bytes; its report."""

    def run(command, content, *options, name):
        path = tmp_path / name
        path.write_bytes(content)
        out = StringIO()
        options = ("--by", "Edith", "--rejects", str(tmp_path / "rejects.csv"), *options)
        call_command(command, str(path), *options, stdout=out, stderr=StringIO())
        return out.getvalue()

    return run


@pytest.fixture
def refusal(run_import, tmp_path):
    """Why a command of imports refuses these bytes: its word, and the rejects that it lists."""

    def run(command, content, *options, name):
        with pytest.raises(CommandError) as refused:
            run_import(command, content, *options, name=name)
        listed = tmp_path / "rejects.csv"
        return str(refused.value) + (listed.read_text() if listed.exists() else "")

    return run
