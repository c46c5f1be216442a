"""Records that an import brings, a clinic's own export included: scenarios."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from app.commands.imports import ImportRecords
from app.domain.enums import (
    DeviceProvider,
    ExcuseNoteStatus,
    ExcuseNoteType,
    LabOrderStatus,
    ReferralPriority,
    ReferralStatus,
    VisitMode,
    VisitStatus,
    VisitType,
)
from app.domain.imports import (
    BmiRow,
    CarePlanRow,
    ExcuseRow,
    HrvRow,
    LabOrderRow,
    ListEntryRow,
    MeasurementRow,
    MessageRow,
    NoteAddition,
    NoteRow,
    PatientImport,
    PatientRow,
    PractitionerRow,
    ReferralRow,
    SourceId,
    VisitRow,
)
from app.domain.labs import LabResult
from app.domain.paper_codes import complete
from tests.support.desk import at
from tests.support.twins import Twins


def imports(twins: Twins) -> None:
    def of(kind: str, value: str) -> SourceId:
        return SourceId("http://elsewhere.example", kind, value)

    start = at("09:00") - timedelta(days=400)
    doctor = PractitionerRow(source=of("Practitioner", "d1"), name="Adam Careful", specialties=("Family medicine",))
    person = PatientRow(source=of("Patient", "p1"), first_name="Ada", last_name="Winter", birth_date=date(1970, 3, 4),
                        demographics={"mrn": "W-1", "phones": [{"system": "phone", "value": "555-0100"}]})  # fmt: skip
    visit = VisitRow(source=of("Encounter", "e1"), start=start, end=start + timedelta(minutes=30),
                     mode=VisitMode.IN_PERSON, visit_type=VisitType.SCHEDULED, status=VisitStatus.COMPLETED,
                     reason="Check-up", practitioner=doctor.source)  # fmt: skip
    weight = MeasurementRow(source=of("Observation", "o1"), type="WEIGHT", value=81.0, at=start,
                            metadata={"unit": "kg"}, encounter=visit.source)  # fmt: skip
    bmi = BmiRow(source=of("Observation", "o2"), at=start, weight_kg=81, height_cm=180, bmi=25)
    asthma = ListEntryRow(source=of("Condition", "c1"), name="conditions", entry={"display": "Asthma"})
    pulse = HrvRow(source=of("Observation", "h1"), at=start, rmssd_ms=34, sdnn_ms=40, device=DeviceProvider.APPLE)
    asked = MessageRow(source=of("Communication", "m1"), at=start, text="Dizzy.", thread=of("Thread", "t1"),
                       subject="Dizziness", from_patient=True)  # fmt: skip
    told = replace(asked, source=of("Communication", "m2"), text="Sit down.", from_patient=False, sender="Dr Careful")
    brought = PatientImport(source=person.source, patient=person, height_cm=180.0, visits=(visit,),
                            measurements=(weight,), bmi=(bmi,), entries=(asthma,), variability=(pulse,),
                            messages=(asked, told))  # fmt: skip
    twins.admin.run(ImportRecords(practitioners=(doctor,), patients=(brought,)))
    twins.admin.run(ImportRecords(practitioners=(doctor,), patients=(brought,)))
    corrected = MeasurementRow(source=of("Observation", "o1"), type="WEIGHT", value=82.5, at=start,
                               metadata={"unit": "kg"}, encounter=visit.source)  # fmt: skip
    twins.admin.run(
        ImportRecords(patients=(PatientImport(source=person.source, patient=person, measurements=(corrected,)),))
    )
    potassium = LabResult(code="2823-3", name="Potassium", value=6.4, unit="mmol/L", high=5.1, observed_at=at("08:00"))
    order = LabOrderRow(source=of("ServiceRequest", "o1"), at=start, status=LabOrderStatus.COMPLETED, tests=("BMP",),
                        items=(potassium,), practitioner=doctor.source, encounter=visit.source)  # fmt: skip
    open_one = LabOrderRow(source=of("ServiceRequest", "o2"), at=start, status=LabOrderStatus.IN_PROGRESS)
    never = LabOrderRow(source=of("ServiceRequest", "o3"), at=start, status=LabOrderStatus.CANCELLED)
    sent = ReferralRow(source=of("ServiceRequest", "r1"), at=start, specialty="Cardiology", reason="Murmur",
                       priority=ReferralPriority.URGENT, status=ReferralStatus.SENT, sent_at=start,
                       letter="Please see.", recipient={"fax": "555 0101"}, appointment_on=start.date())  # fmt: skip
    plan = CarePlanRow(
        source=of("CarePlan", "c1"), at=start, phases=({"name": "Start", "durationWeeks": 4, "tasks": []},)
    )
    care = PatientImport(source=person.source, orders=(order, open_one, never), referrals=(sent,), plans=(plan,))
    twins.admin.run(ImportRecords(patients=(care,)))
    better = replace(order, items=(replace(potassium, value=4.6, status="corrected"),))
    done = replace(open_one, status=LabOrderStatus.COMPLETED)
    twins.admin.run(ImportRecords(patients=(replace(care, orders=(better, done)),)))
    read = replace(asked, read_at=start + timedelta(hours=1))
    later = replace(told, source=of("Communication", "m3"), at=start + timedelta(days=1), text="Better?")
    twins.admin.run(ImportRecords(patients=(PatientImport(source=person.source, messages=(read, told, later)),)))
    added = NoteAddition("a", "X-ray clear.", "Dr Careful", start + timedelta(hours=1))
    note = NoteRow(source=of("DocumentReference", "n1"), at=start, parts={"reason": "Cough", "plan": "Rest"},
                   signed_at=start, signed_by="Dr Careful", practitioner=doctor.source,
                   encounter=visit.source)  # fmt: skip
    beside = replace(note, source=of("DocumentReference", "n2"), practitioner=None, addenda=(added,))
    gone = ExcuseRow(source=of("DocumentReference", "x1"), at=start, kind=ExcuseNoteType.WORK, start=start.date(),
                     end=start.date(), reason="Influenza", status=ExcuseNoteStatus.EXPIRED, code=complete("0" * 11),
                     sent_at=start, signed_at=start, signed_by="Dr Careful", drafted_by="A Desk", withdrawn_at=start,
                     withdrawn_by="Dr Careful", withdrawn_reason="Wrong days")  # fmt: skip
    newer = replace(gone, source=of("DocumentReference", "x2"), at=start + timedelta(hours=1), replaces=gone.source,
                     withdrawn_at=None, withdrawn_by="", withdrawn_reason="")  # fmt: skip
    papers = PatientImport(source=person.source, notes=(note, beside), excuses=(gone, newer))
    twins.admin.run(ImportRecords(patients=(papers,)))
    longer = replace(papers, notes=(replace(note, addenda=(added,)), beside), excuses=(gone,))
    twins.admin.run(ImportRecords(patients=(longer,)))
    lone = PatientRow(source=of("Patient", "p2"), first_name="Anna", last_name="Kowalska")
    twins.desk.run(ImportRecords(patients=(PatientImport(source=lone.source, patient=lone),)))


IMPORT_SCENARIOS = {imports: frozenset({ImportRecords})}
