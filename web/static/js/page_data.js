// What the server put into the page: the language, the texts, who reads it, and the page's own data.

const island = document.getElementById("page-data");

export const pageData = JSON.parse(island.textContent);

/** The reader's own account, {userId, name}; null on the login page. */
export const me = pageData.me;

export const language = pageData.language;
