"""The LOINC codes that are measurements here. LOINC codes and names © Regenstrief Institute, loinc.org/license.

Only codes that mean the very thing: no percentiles, estimates by others, ideal or birth weights, no
24-hour extremes, no challenge tests.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.measurements import MeasurementType as M

PRESSURE_PANELS = frozenset({"85354-9", "55284-4", "55417-0", "35094-2", "18684-1", "96607-7"})
SYSTOLIC = frozenset({"8480-6", "8459-0", "8460-8", "8461-6", "76534-7", "76215-3", "96608-5"})
DIASTOLIC = frozenset({"8462-4", "8453-3", "8454-1", "8455-8", "76535-4", "76213-8", "96609-3"})
BMI = frozenset({"39156-5"})

MEASUREMENTS: Mapping[str, M] = {
    **dict.fromkeys(("29463-7", "3141-9", "3142-7", "8350-1", "8351-9"), M.WEIGHT),
    **dict.fromkeys(("8302-2", "3137-7", "3138-5", "8301-4", "8306-3", "8308-9"), M.HEIGHT),
    **dict.fromkeys(("8310-5", "8331-1", "8332-5", "8328-7", "8333-3", "8329-5", "75539-7", "76011-6"), M.TEMPERATURE),
    **dict.fromkeys(
        ("8867-4", "40443-4", "8889-8", "8893-0", "68999-2", "69000-8", "69001-6", "76282-3"), M.HEART_RATE
    ),
    **dict.fromkeys(("2708-6", "59408-5", "59417-6"), M.SPO2),
    "9279-1": M.RESPIRATION,
    **dict.fromkeys(
        ("2339-0", "2345-7", "2340-8", "2341-6", "41653-7", "32016-8", "74774-1", "1558-6", "1556-0", "1557-8"),
        M.GLUCOSE,
    ),
    **dict.fromkeys(("15074-8", "14749-6", "14743-9", "14771-0", "76629-5", "99504-3"), M.GLUCOSE),
    **dict.fromkeys(("4548-4", "17856-6", "4549-2", "59261-8"), M.A1C),
    **dict.fromkeys(("72514-3", "38208-5"), M.PAIN),
    **dict.fromkeys(("41950-7", "55423-8"), M.STEPS),
    "93832-4": M.SLEEP,
}

PAIN_0_TO_10 = "72514-3"
STEPS_IN_24_HOURS = "41950-7"
