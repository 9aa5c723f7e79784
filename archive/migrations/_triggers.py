from typing import Any

from django.db.migrations.operations.base import Operation
from pgtrigger.migrations import AddTrigger


class AddTriggers(Operation):
    """Several triggers in one step.

    Between two operations Django makes all models anew that have to do with the first one's: for
    one trigger after the other that was half of the time that a new database took. No model of a
    migration depends on a trigger.
    """

    def __init__(self, operations: list[AddTrigger]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: Any) -> None:
        for each in self.operations:
            options = state.models[app_label, each.model_name.lower()].options
            options["triggers"] = [*options.get("triggers", []), each.trigger]

    def database_forwards(self, *args: Any) -> None:
        for each in self.operations:
            each.database_forwards(*args)

    def database_backwards(self, *args: Any) -> None:
        for each in reversed(self.operations):
            each.database_backwards(*args)

    def describe(self) -> str:
        return f"Create {len(self.operations)} triggers"
