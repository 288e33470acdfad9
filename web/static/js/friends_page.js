// Friends: one's own name, finding people, the lists of friends and of blocks.

import { call, get, reasonOf } from "./api.js";
import { Connection } from "./connection.js";
import { wireClosing, wireForm } from "./dialogs.js";
import { byId, paintAvatar } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t, tCount } from "./i18n.js";
import { showName } from "./names.js";
import { me } from "./page_data.js";
import {
  PeopleList,
  act,
  addFriend,
  blockUser,
  openChat,
  personItem,
  removeFriend,
  unblockUser,
} from "./people.js";
import { renew } from "./session.js";

const TYPING_PAUSE = 350;
const SHORTEST = 2;
// Names of friends with whom one shares no room come by no event.
const READ_AGAIN = 60_000;

const announce = (text) => {
  byId("announcer").textContent = text;
};

// -- one's own name ----------------------------------------------------------------------------

function wireOwnName() {
  const form = byId("name-form");
  const opener = byId("edit-name");
  const field = byId("own-name");
  const show = (isEditing) => {
    form.hidden = !isEditing;
    opener.hidden = isEditing;
    (isEditing ? field : opener).focus();
  };
  opener.addEventListener("click", () => {
    field.value = byId("own").querySelector(".name").textContent;
    show(true);
    field.select();
  });
  byId("name-cancel").addEventListener("click", () => show(false));
  form.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
  wireForm(
    form,
    byId("name-problem"),
    async (data) => {
      const account = await call("PATCH", "/user/me", { body: { name: data.get("name") } });
      // The token holds the name that pages begin with; without a new one it follows later.
      await renew({ always: true }).catch(() => {});
      showName({ userId: account.userId, userName: account.name });
      show(false);
      announce(t("friends.name.saved"));
    },
    reasonOf,
  );
}

// -- the lists ---------------------------------------------------------------------------------

const friends = new PeopleList("friends", friendItem, "friends.none");
const blocks = new PeopleList("blocks", blockedItem, "friends.blocks.none");

async function readAgain() {
  await Promise.all([friends.read(), blocks.read()]);
  await finder.repeat();
}

/** Do it, tell it, and show what has become of the lists. */
const doing = (work, told) => async () => {
  await work();
  announce(told);
  await readAgain();
  if (document.activeElement === document.body) byId("main").focus(); // its button went with the row
};

function friendItem({ userId, name }) {
  return personItem(
    { userId, name },
    act("chat", t("friends.chat", { name }), () => openChat(userId)),
    act(
      "minus",
      t("friends.remove", { name }),
      doing(() => removeFriend(userId), t("friends.removed", { name })),
    ),
    act("block", t("friends.block.name", { name }), () => blocking.ask({ userId, name }), { danger: true }),
  );
}

function blockedItem({ userId, name }) {
  const done = doing(() => unblockUser(userId), t("friends.unblocked", { name }));
  return personItem({ userId, name }, act("again", t("friends.unblock", { name }), done));
}

// -- blocking ----------------------------------------------------------------------------------

/** The question before a block. */
const blocking = {
  dialog: byId("blocking"),
  person: null,

  ask(person) {
    this.person = person;
    byId("blocking-title").textContent = t("friends.block.name", { name: person.name });
    byId("blocking-problem").textContent = "";
    this.dialog.showModal();
  },

  wire() {
    const button = byId("block-now");
    wireClosing(this.dialog);
    button.addEventListener("click", async () => {
      const { userId, name } = this.person;
      button.disabled = true;
      try {
        await doing(() => blockUser(userId), t("friends.blocked", { name }))();
        this.dialog.close();
      } catch (error) {
        byId("blocking-problem").textContent = reasonOf(error);
      } finally {
        button.disabled = false;
      }
    });
  },
};

// -- finding people ----------------------------------------------------------------------------

function foundItem(one) {
  const { userId, name } = one;
  if (one.isBlocked) return blockedItem(one);
  if (one.isFriend) return friendItem(one);
  return personItem(
    one,
    act(
      "plus",
      t("friends.add", { name }),
      doing(() => addFriend(userId), t("friends.added", { name })),
    ),
    act("chat", t("friends.chat", { name }), () => openChat(userId)),
    act("block", t("friends.block.name", { name }), () => blocking.ask({ userId, name }), { danger: true }),
  );
}

/** The search field; an answer to an older question is dropped. */
const finder = {
  field: byId("find-people-text"),
  note: byId("find-note"),
  list: byId("found"),
  asked: 0,

  wire() {
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.find(), TYPING_PAUSE);
    });
    byId("find-people").addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(this.timer);
      this.find();
    });
  },

  get text() {
    return this.field.value.trim().replace(/^@/, "").trim();
  },

  async find() {
    const question = ++this.asked;
    if (this.text.length < SHORTEST) {
      this.list.replaceChildren();
      this.note.textContent = this.text ? t("friends.find.longer") : "";
      return;
    }
    try {
      const { users } = await get(`/user/search?${new URLSearchParams({ q: this.text })}`);
      if (question !== this.asked) return;
      this.list.replaceChildren(...users.map(foundItem));
      this.note.textContent = users.length
        ? tCount("friends.find.count", users.length)
        : t("friends.find.none");
    } catch (error) {
      if (question === this.asked) this.note.textContent = reasonOf(error);
    }
  },

  /** Show the hits as they are now, if there are any. */
  async repeat() {
    if (this.list.children.length) await this.find();
  },
};

// -- the page ----------------------------------------------------------------------------------

function onOwnEvent(event) {
  if (event.type === "nameChanged") showName(event);
  else if (event.type === "friendsChanged") readAgain();
}

function keepFresh() {
  const again = () => document.visibilityState === "visible" && readAgain();
  document.addEventListener("visibilitychange", again);
  setInterval(again, READ_AGAIN);
}

wireFrame();
paintAvatar(byId("own-avatar"), me.name, me.userId);
wireOwnName();
blocking.wire();
finder.wire();
const connection = new Connection();
connection.listenToOwn(onOwnEvent, { onReady: readAgain });
connection.start();
readAgain();
keepFresh();
