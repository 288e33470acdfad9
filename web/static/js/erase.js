// Leaving for good: asked twice, with the password, and then to the page that shows how far it is.

import { call, reasonOf } from "./api.js";
import { wireDialog, wireForm } from "./dialogs.js";
import { byId } from "./dom.js";
import { me } from "./page_data.js";
import { ended, leave } from "./session.js";
import { forgetTyped } from "./typed.js";

/** Wire the dialog that erases the account. */
export function wireErase() {
  const dialog = byId("erase");
  const form = byId("erase-form");
  wireDialog(dialog, byId("open-erase"), () => form.reset());
  wireForm(
    form,
    byId("erase-problem"),
    async (data) => {
      const body = { password: data.get("password") };
      // 401 says here that the password is wrong, not that the login is over.
      const { sagaId } = await leave(() => call("DELETE", "/user/me", { body, public: true }));
      forgetTyped(me.userId);
      ended();
      location.assign(`/ops/sagas/${encodeURIComponent(sagaId)}`);
    },
    reasonOf,
  );
}
