// What a message needs before it is sent, as the server judges it (chatstream/domain/visible_text.py).

// What never joins anything: it comes with what is pasted, and nobody sees it to delete it. Joiners,
// selectors, tags and fillers of jamo may join; whether they do, the server says.
const MAY_JOIN = "[\\u034f\\u115f\\u1160\\u180b-\\u180f\\u200c\\u200d\\ufe00-\\ufe0f\\u{e0020}-\\u{e007f}\\u{e0100}-\\u{e01ef}]";
const HIDDEN = "\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}\\ufff9-\\ufffb\\p{Cs}";
const USELESS = new RegExp(`(?!${MAY_JOIN})[${HIDDEN}]|(?![\\t-\\r\\x85])\\p{Cc}`, "gu");
const JOINERS_IN_A_ROW = /([\u200c\u200d])[\u200c\u200d]+/g;
const SEEN = new RegExp(`(?![${HIDDEN}\\u2800\\u{1d159}])[^\\p{Z}\\p{M}\\p{Cc}\\p{Co}]`, "u");

/** The text without invisible characters that join nothing, and without what turns the line. */
export const tidied = (text) => text.replace(USELESS, "").replace(JOINERS_IN_A_ROW, "$1");

/** Whether there is a letter, digit, sign or symbol to see. */
export const isVisible = (text) => SEEN.test(text);
