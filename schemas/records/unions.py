"""Records by what they are for: facts, and answers of the topics that fronts tail."""

from __future__ import annotations

from schemas.records.accounts import (
    AccountCreated,
    AccountErased,
    AccountResponse,
    ProfileChanged,
    SessionResponse,
)
from schemas.records.conduct import SanctionImposed, SanctionLifted, SanctionResponse
from schemas.records.erasure import ErasureResponse
from schemas.records.friends import FriendFact, FriendResponse
from schemas.records.messages import MessageDeleted, MessageEdited, MessageResponse, MessageStored
from schemas.records.reading import ReadResponse, SavedResponse
from schemas.records.rooms import RoomFact, RoomResponse

Fact = (
    MessageStored
    | MessageEdited
    | MessageDeleted
    | RoomFact
    | AccountCreated
    | ProfileChanged
    | AccountErased
    | FriendFact
    | SanctionImposed
    | SanctionLifted
)
Response = (
    MessageResponse
    | RoomResponse
    | ReadResponse
    | SavedResponse
    | AccountResponse
    | FriendResponse
    | SessionResponse
    | SanctionResponse
    | ErasureResponse
)
