// The panels that contexts add to the page of an open room; see room_panels.js.

export const PANELS = [];
