"""What leaves the chart: on paper, as PDF, as FHIR."""
