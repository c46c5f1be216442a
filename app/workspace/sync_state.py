"""What window and command line may know of offline work, without reaching into the store themselves."""

from app.sync.model import AttentionItem, EntryState, Reading, SyncMode, SyncReport, SyncStatus

__all__ = ["AttentionItem", "EntryState", "Reading", "SyncMode", "SyncReport", "SyncStatus"]
