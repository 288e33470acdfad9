// Log in, sign up, and come back to where the reader was.

import { afterLogin } from "./addresses.js";
import { post, reasonOf } from "./api.js";
import { wireForm, wireTabs } from "./dialogs.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { LoggedOut, began, ended, mayHaveLogin, renew } from "./session.js";
import { wireChoices } from "./theme.js";

const destination = () => afterLogin(location.search, location.origin);

async function logIn(userId, password) {
  const answer = await post("/user/login", { userId, password }, { public: true });
  began(answer.expiresIn);
  location.assign(destination());
}

async function signUp(form) {
  const userId = form.get("userId").trim();
  const password = form.get("password");
  await post("/user", { userId, password, name: form.get("name") }, { public: true });
  await logIn(userId, password);
}

function wireReveal(button) {
  const input = byId(button.dataset.reveal);
  button.addEventListener("click", () => {
    const isShown = input.type === "password";
    input.type = isShown ? "text" : "password";
    button.setAttribute("aria-pressed", String(isShown));
    button.setAttribute("aria-label", t(isShown ? "login.hide" : "login.show"));
  });
}

/** A browser that has logged in before: its access cookie has ended, its login perhaps not. */
async function resume() {
  const problem = byId("login-problem");
  problem.textContent = t("login.resume");
  try {
    await renew({ always: true });
    location.replace(destination());
  } catch (error) {
    problem.textContent = "";
    if (error instanceof LoggedOut) ended();
    byId("login-user").focus();
  }
}

wireChoices();
wireTabs(document.querySelector('[role="tablist"]'));
document.querySelectorAll("[data-reveal]").forEach(wireReveal);
wireForm(
  byId("login"),
  byId("login-problem"),
  (form) => logIn(form.get("userId").trim(), form.get("password")),
  reasonOf,
);
wireForm(byId("signup"), byId("signup-problem"), signUp, reasonOf);
if (mayHaveLogin()) resume();
else byId("login-user").focus();
