// The reader's choices of light or dark and of the language: cookies that the server reads, so that
// a page comes in the right colours and words from its first byte.

const YEAR = 31_536_000;

function keep(name, value) {
  const age = value ? YEAR : 0;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}

/** "light", "dark", or "" to follow the device. */
export function chooseTheme(theme) {
  keep("theme", theme);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

/** "ko" or "en"; the page comes again in it. */
export function chooseLanguage(language) {
  keep("lang", language);
  location.reload();
}

/** Make the radio buttons of the page do it. */
export function wireChoices(root = document) {
  for (const input of root.querySelectorAll('input[name="theme"]')) {
    input.addEventListener("change", () => chooseTheme(input.value));
  }
  for (const input of root.querySelectorAll('input[name="language"]')) {
    input.addEventListener("change", () => chooseLanguage(input.value));
  }
}

/** Calls `shown(isDark)` for what is chosen, or else for the device, at once and when it changes. */
export function followTheme(shown) {
  const device = matchMedia("(prefers-color-scheme: dark)");
  const show = () => shown((document.documentElement.dataset.theme ?? (device.matches ? "dark" : "")) === "dark");
  device.addEventListener("change", show);
  show();
}
