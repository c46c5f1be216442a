"""What window and command line may know of offline work, without reaching into the store themselves."""

from app.sync.model import AttentionItem, EntryState, SyncMode, SyncReport, SyncStatus

__all__ = ["AttentionItem", "EntryState", "SyncMode", "SyncReport", "SyncStatus"]
