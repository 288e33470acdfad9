// What contexts add to the page of an open room, each in a module of its own. Touches no document.

/**
 * All panels of an open room as one; `kinds` are classes. One is made by `new Panel({ room, path,
 * jumpTo, places, timeline })` and may have, of these:
 * `knows(event)`: whether an event of the room is its own, and `take(event)`, which shows it;
 * `heard(event)`: an event of the room that others show was shown;
 * `connected()`: the subscription is complete, so what was missed may be asked for;
 * `choices(message)`: [text, work] pairs for the menu of a message; `closed()`: the room is over.
 */
export class RoomPanels {
  constructor(room, kinds) {
    this.panels = kinds.map((Panel) => new Panel(room));
  }

  /** Let the panel that knows the event show it; false when none does. */
  take(event) {
    const panel = this.panels.find((each) => each.knows?.(event));
    panel?.take(event);
    return panel !== undefined;
  }

  heard(event) {
    for (const panel of this.panels) panel.heard?.(event);
  }

  connected() {
    for (const panel of this.panels) panel.connected?.();
  }

  choices(message) {
    return this.panels.flatMap((panel) => panel.choices?.(message) ?? []);
  }

  closed() {
    for (const panel of this.panels) panel.closed?.();
  }
}
