"""What first start needs from set-up. ``app/setup`` does it, ``app/main.py`` wires it; all on worker threads."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from app.setup.plan import ClinicPlan, Report, ServerAddress, SetUpResult


class SetupService(Protocol):
    """Try the demo, set up a clinic here, join a server. Calls wait and report; they raise the error families."""

    def make_demo(self, report: Report) -> SetUpResult:
        """Make (once) or refresh the demo clinic; reports count and step."""
        ...

    def begin_here(self, report: Report) -> None:
        """Get the embedded server ready while the person fills in the wizard; safe to call again."""
        ...

    def create_clinic(self, plan: ClinicPlan, report: Report) -> SetUpResult:
        """Make the clinic with all that was entered, in one go or not at all; ``Refused`` names the field."""
        ...

    def restore_clinic(self, file: Path, passphrase: str, report: Report) -> SetUpResult:
        """Make a clinic of this computer out of a backup, beside those that are here; ``Refused`` names the field."""
        ...

    def test_server(self, address: ServerAddress, email: str, password: str) -> str:
        """Connect once and return the clinic's name; the error's code and message name the cause.

        Codes: "HostUnknown", "NoAnswer", "NoTls", "BadCertificate", "WrongHost", "WeakSignIn", "WrongPassword",
        "NoDatabase", "NoClinic", "SchemaTooNew", "SchemaTooOld".
        """
        ...

    def join(self, address: ServerAddress, email: str, password: str) -> SetUpResult:
        """Remember the server as a profile, after a successful connection."""
        ...
