from typing import Any

from django.db.migrations.operations.base import Operation
from pgtrigger.migrations import AddTrigger, RemoveTrigger


class Together(Operation):
    """Several operations in one step, none of which needs to see what another makes of a model.

    Between two operations Django makes all models anew that have to do with the first one's: for
    one field and constraint after the other that was nearly all the time that a new database took.
    """

    def __init__(self, operations: list[Any]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: Any) -> None:
        vars(state).pop("apps", None)  # made anew when they are asked for, once
        for each in self.operations:
            each.state_forwards(app_label, state)

    def database_forwards(self, *args: Any) -> None:
        for each in self.operations:
            each.database_forwards(*args)

    def database_backwards(self, *args: Any) -> None:
        for each in reversed(self.operations):
            each.database_backwards(*args)

    def describe(self) -> str:
        return f"{len(self.operations)} steps together"


class ChangeTriggers(Together):
    """Several triggers; one that is replaced is removed first. No model depends on a trigger."""

    operations: list[AddTrigger | RemoveTrigger]

    def state_forwards(self, app_label: str, state: Any) -> None:
        for each in self.operations:
            options = state.models[app_label, each.model_name.lower()].options
            triggers = options.get("triggers", [])
            if isinstance(each, AddTrigger):
                options["triggers"] = [*triggers, each.trigger]
            else:
                options["triggers"] = [one for one in triggers if one.name != each.name]

    def describe(self) -> str:
        return f"Change triggers, in {len(self.operations)} steps"
