from cisim.eventlog.log import COLUMNS, Event, EventLog, Integrals, Pool, StepName, patient_text, same_log

__all__ = ["COLUMNS", "Event", "EventLog", "Integrals", "Pool", "StepName", "patient_text", "same_log"]
