// The panels that contexts add to the page of an open room; see room_panels.js.

import { NoticePanel } from "./notice_panel.js";
import { PostCardPanel } from "./post_card_panel.js";
import { RoomSearchPanel } from "./room_search_panel.js";

export const PANELS = [NoticePanel, RoomSearchPanel, PostCardPanel];
