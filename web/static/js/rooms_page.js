// The page with the list of chats.

import { Connection } from "./connection.js";
import { wireFrame } from "./frame.js";
import { wireRoomsPane } from "./rooms_pane.js";

const connection = new Connection();
wireFrame();
wireRoomsPane(connection);
connection.start();
