from typing import Any

from django.core.management.base import CommandParser

from archive import audit
from archive.management.base import DescribedCommand


class Command(DescribedCommand):
    help = """Check what the database cannot: totals, vague dates, evidence, near-duplicates.

One line a finding: its level, the record's key, what is wrong, and the rule.
Errors must be mended; notices are for a person to judge.

Exit code 1 if there is an error, 0 otherwise.

  manage.py audit_archive              the findings
  manage.py audit_archive --errors     errors only
  manage.py audit_archive --coverage   for each article, the paragraphs of its
                                       body without a citation, and the share
                                       of paragraphs that have one
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--errors", action="store_true", help="leave the notices out")
        parser.add_argument(
            "--coverage", action="store_true", help="list the paragraphs without a citation"
        )

    def handle(self, *, errors: bool, coverage: bool, **options: Any) -> None:
        if coverage:
            self.report_coverage()
            return
        found = audit.findings()
        grave = sum(finding.level == audit.ERROR for finding in found)
        for finding in found:
            if finding.level == audit.ERROR or not errors:
                self.stdout.write(str(finding))
        self.stdout.write(f"{grave} errors, {len(found) - grave} notices.")
        if grave:
            raise SystemExit(1)

    def report_coverage(self) -> None:
        for article, cited, uncited in audit.coverage():
            total = len(cited) + len(uncited)
            self.stdout.write(
                f"{article.slug}: {len(cited)} of {total} paragraphs have a citation "
                f"({len(cited) / total:.0%})"
            )
            for paragraph in uncited:
                text = paragraph.text
                self.stdout.write(
                    f"  {paragraph.start}-{paragraph.end}: "
                    f"{text if len(text) <= 100 else text[:99] + '…'}"
                )
