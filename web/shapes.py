"""Rooms and messages as the public interface shows them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import MISSING

from chatstream.domain.reading import unread_in_room
from chatstream.domain.room_events import EventType
from chatstream.domain.rooms import SHOWN_MEMBERS
from chatstream.ports.messages import (
    MentionedMember,
    Page,
    PageAround,
    QuotedMessage,
    ShownEvent,
    StoredMessage,
)
from chatstream.ports.rooms import RoomListing, ShownPerson
from schemas import records
from web.edge.bodies import Shape
from web.room_settings import settings_of, with_settings
from web.shown_names import person_name, room_name


class MemberView(Shape):
    """A member; an erased one has no handle and no name."""

    user_id: str | None
    name: str | None


class QuoteView(Shape):
    """The message a reply answers, as it is now: at most 100 characters, null when deleted."""

    message_id: str
    seq: int
    user_id: str | None
    user_name: str | None
    message: str | None


class MessageView(Shape):
    """A message; `unread` members have not read it (null: too many members to count).

    A deleted one has `deletedAt`, an empty text and no `unread`. `mentions` are the members it
    mentions.
    """

    message_id: str
    room_id: str
    seq: int
    rev: int
    user_id: str | None
    user_name: str | None
    message: str
    created_at: str
    unread: int | MISSING | None = None
    reply_to: QuoteView | None = None
    mentions: list[MemberView] | None = None
    edited_at: str | None = None
    deleted_at: str | None = None


class EventView(Shape):
    """A line of the room's history, shown behind message `after` (0: before the first).

    `joined` and `left`: who came and went, once a membership; the first members do not come in.
    `renamed`: to `name` (empty: none of its own), by whom. `ownerChanged`: to whom. `earlier`: so
    many older ones behind the same message are left out (the newest 100 are shown). An erased
    person has no handle and no name.
    """

    type: EventType
    after: int
    rev: int
    user_id: str | None
    user_name: str | None
    at: str
    name: str | None = None
    earlier: int = 0


class MessagesView(Shape):
    """Messages ascending by seq, and whether there are more in the asked direction.

    They are as after change `rev` of the room or later: SUBSCRIBE with it brings what changed
    since. `events` stand behind messages of this page, in order; the pages of a history have each
    of them once.
    """

    messages: list[MessageView]
    events: list[EventView]
    has_more: bool
    rev: int


class MessagesAroundView(Shape):
    """Messages ascending by seq around one, and whether there are more before and after them.

    `rev` and `events` as in MessagesView.
    """

    messages: list[MessageView]
    events: list[EventView]
    has_before: bool
    has_after: bool
    rev: int


@with_settings
class RoomView(Shape):
    """A room as its members see it: the first 100 members and how many there are.

    A direct room has the other one's name, and no owner. The settings are its owner's to decide.
    """

    room_id: str
    kind: str
    name: str
    owner_id: str | None
    members: list[MemberView]
    member_count: int
    created_at: str


class ParticipantsView(Shape):
    """A page of members, longest first; `cursor` asks for the next page, null at the end."""

    members: list[MemberView]
    cursor: str | None = None


class EnteredRoom(RoomView):
    """What entering gives: where to connect, the latest messages, how far one has read."""

    endpoint: str
    last_read_seq: int
    rev: int
    chat_record: MessagesView


class RoomLine(RoomView):
    """A line of a room list; `unread` counts what is after `lastReadSeq`, but the deleted."""

    last_message: MessageView | None
    last_seq: int
    last_read_seq: int
    unread: int


class RoomsView(Shape):
    """Rooms, latest first; `cursor` asks for the next page, null at the end."""

    rooms: list[RoomLine]
    cursor: str | None = None


def message_view(message: StoredMessage | records.MessageStored) -> MessageView:
    """A stored message or its fact."""
    deleted_at = getattr(message, "deleted_at", None)
    fields = {
        "message_id": message.message_id,
        "room_id": message.room_id,
        "seq": message.seq,
        "rev": message.rev,
        "user_id": message.user_id or None,
        "user_name": person_name(message.user_name, message.user_id) or None,
        "message": message.message,
        "created_at": message.created_at,
        "unread": message.unread if deleted_at is None else MISSING,
        "reply_to": _quote(message.reply_to),
        "mentions": _members(message.mentions) or None,
        "edited_at": getattr(message, "edited_at", None),
        "deleted_at": deleted_at,
    }
    return MessageView.model_validate(fields)


def _quote(quote: QuotedMessage | records.Quote | None) -> dict[str, object] | None:
    """The fields of a QuoteView."""
    if quote is None:
        return None
    return {
        "message_id": quote.message_id,
        "seq": quote.seq,
        "user_id": quote.user_id,
        "user_name": person_name(quote.user_name, quote.user_id),
        "message": quote.message,
    }


def _event_views(events: Sequence[ShownEvent]) -> list[EventView]:
    """The lines, the first one behind each message with how many are left out before it."""
    former = [None, *(event.after for event in events)]
    return [
        EventView.model_construct(
            type=event.type,
            after=event.after,
            rev=event.rev,
            user_id=event.user_id,
            user_name=person_name(event.user_name, event.user_id),
            at=event.at,
            name=None if event.name is None else room_name(event.name, event.room_id),
            earlier=event.place - 1 if event.after != after else 0,
        )
        for event, after in zip(events, former, strict=False)
    ]


def messages_view(page: Page) -> MessagesView:
    """A page of history."""
    messages = list(map(message_view, page.messages))
    events = _event_views(page.events)
    return MessagesView(messages=messages, events=events, has_more=page.has_more, rev=page.rev)


def messages_around_view(page: PageAround) -> MessagesAroundView:
    """A page of history around a message."""
    return MessagesAroundView(
        messages=list(map(message_view, page.messages)),
        events=_event_views(page.events),
        has_before=page.has_before,
        has_after=page.has_after,
        rev=page.rev,
    )


def _room_fields(listing: RoomListing) -> dict[str, object]:
    room = listing.room
    return {
        "room_id": room.room_id,
        "kind": room.kind,
        "name": _name(listing),
        "owner_id": listing.owner,
        "members": _members(listing.members),
        "member_count": room.member_count,
        "created_at": room.created_at,
        **settings_of(room.kind, listing.settings),
    }


def _name(listing: RoomListing) -> str:
    """The room's name; a direct room's is that of one member, and shown as the member's is."""
    room = listing.room
    named = [each.user_id for each in listing.members if each.name == room.name]
    if room.kind == "direct" and len(named) == 1 and named[0]:
        return person_name(room.name, named[0])
    return room_name(room.name, room.room_id)


def _members(
    people: Sequence[ShownPerson | records.Member | MentionedMember | records.Mention],
) -> list[dict[str, object]]:
    """The members as fields: the view that they are part of makes all of them at once."""
    return [
        {"user_id": each.user_id, "name": person_name(each.name, each.user_id)} for each in people
    ]


def participants_view(people: Sequence[ShownPerson], cursor: str | None) -> ParticipantsView:
    """A page of members."""
    return ParticipantsView.model_validate({"members": _members(people), "cursor": cursor})


def room_view(listing: RoomListing) -> RoomView:
    """A room as its caller, a member, sees it now."""
    return RoomView.model_validate(_room_fields(listing))


def entered_room(listing: RoomListing, latest: Page, endpoint: str) -> EnteredRoom:
    """The answer of entering."""
    return EnteredRoom.model_validate(
        {
            **_room_fields(listing),
            "endpoint": endpoint,
            "last_read_seq": listing.last_read_seq,
            "rev": listing.room.rev,
            "chat_record": messages_view(latest),
        }
    )


def rooms_view(listings: Sequence[RoomListing], cursor: str | None) -> RoomsView:
    """A page of a room list."""
    lines = [
        {
            **_room_fields(listing),
            "last_message": listing.last_message and message_view(listing.last_message),
            "last_seq": listing.room.head,
            "last_read_seq": listing.last_read_seq,
            "unread": unread_in_room(
                listing.room.head, listing.last_read_seq, listing.deleted_unread
            ),
        }
        for listing in listings
    ]
    return RoomsView.model_validate({"rooms": lines, "cursor": cursor})


def created_room(fact: records.RoomCreated) -> RoomView:
    """A room from the fact of its creation, as its maker sees it."""
    is_direct = fact.kind == "direct"
    other = fact.members[-1]
    fields = {
        "room_id": fact.room_id,
        "kind": fact.kind,
        "name": person_name(other.name, other.user_id)
        if is_direct
        else room_name(fact.name, fact.room_id),
        "owner_id": None if is_direct else fact.owner.user_id,
        "members": _members(fact.members[:SHOWN_MEMBERS]),
        "member_count": fact.member_count,
        "created_at": fact.created_at,
        **settings_of(fact.kind, {}),
    }
    return RoomView.model_validate(fields)
